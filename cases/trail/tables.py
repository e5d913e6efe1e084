"""The tables of proof: heads and seals of the audit's chains, legal holds, and what was purged."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table

from cases.tables import Serial, UtcDateTime, audit, metadata

trail_heads = Table(
    "trail_heads",
    metadata,
    Column("chain", String(160), primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("hash", String(64), nullable=False),
    comment="Where each chain of the audit ends. Locked by whoever makes it longer.",
)

trail_days = Table(
    "trail_days",
    metadata,
    Column("day", String(10), primary_key=True),
    Column("shard", Integer, primary_key=True, autoincrement=False),
    Column("entries", BigInteger, nullable=False),
    Column("sum", String(64), nullable=False),
    Column("closed", Boolean, nullable=False),
    comment="How many audit entries each day has, and the sum of their hashes: in rows for many writers.",
)

trail_seals = Table(
    "trail_seals",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("day", String(10), nullable=False, unique=True),
    Column("entries", BigInteger, nullable=False),
    Column("root", String(64), nullable=False),
    Column("sealed_at", UtcDateTime, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("key", String(44)),
    Column("signature", String(88)),
    comment="One seal a finished day, over all its audit entries and the seal before.",
)

trail_gate = Table(
    "trail_gate",
    metadata,
    Column("reason", String(100), primary_key=True),
    comment="Empty but inside a purge: its row lets that one transaction blank what the rules say.",
)

legal_holds = Table(
    "legal_holds",
    metadata,
    Column("case_id", String(36), ForeignKey("cases.id"), primary_key=True),
    Column("since", UtcDateTime, nullable=False),
    Column("actor", String(100), nullable=False),
    Column("why", String(1000), nullable=False),
    comment="Cases of which nothing is purged while the row stands.",
)

purges = Table(
    "purges",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("case_id", String(36)),
    Column("class", String(20), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("rule", String(200), nullable=False),
    Column("items", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    sqlite_autoincrement=True,
    comment="What was purged of which case; its proof is the audit entry of the same moment.",
)
Index("uq_purges_case_id_class", purges.c.case_id, purges.c["class"], unique=True)

__all__ = ["audit", "legal_holds", "purges", "trail_days", "trail_gate", "trail_heads", "trail_seals"]
