"""The tables of the ledger. Changed only together with a migration (`cases/migrations`)."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
    text,
)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time; SQLite keeps no offset, so it is added again on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """For SQLite the text that the library would write, in a third of its time."""
        return _as_text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """To the database, always in UTC."""
        return None if value is None else _in_utc(value)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """From the database, always aware."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _in_utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError(f"{value!r} has no offset")
    return value if value.tzinfo is UTC else value.astimezone(UTC)


@lru_cache(maxsize=4096)  # most rows of a transaction tell of one moment
def _as_text(value: datetime | None) -> str | None:
    return None if value is None else _in_utc(value).isoformat(" ", "microseconds")[:-6]


class Json(TypeDecorator[Any]):
    """A JSON value as text, written by msgspec: records and times need no detour through dicts."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ANN401, ARG002
        """To the database."""
        return None if value is None else msgspec.json.encode(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ANN401, ARG002
        """From the database, as plain values."""
        return None if value is None else msgspec.json.decode(value)


Serial = BigInteger().with_variant(Integer, "sqlite")
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

observations = Table(
    "observations",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("type", String(100), nullable=False),
    Column("source", String(200), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("origin_id", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("applied_at", UtcDateTime, nullable=False),
    Column("case_id", String(36), index=True),
    Column("body", Text, nullable=False),
    comment="What edge boxes said, once each: the primary key is what drops repeats of the transport.",
)

cases = Table(
    "cases",
    metadata,
    Column("number", Serial, primary_key=True, autoincrement=True),
    Column("id", String(36), nullable=False, unique=True),
    Column("dedup_key", String(400), nullable=False, index=True),
    Column("state", String(20), nullable=False),
    Column("matter", String(64), nullable=False),
    Column("unit", String(100), nullable=False),
    Column("task", String(64), nullable=False),
    Column("source", String(200), nullable=False),
    Column("zone", String(64), nullable=False),
    Column("place", String(500), nullable=False),
    Column("label", String(40), nullable=False),
    Column("plate", Json),
    Column("pictures", Json, nullable=False),
    Column("policy", Json, nullable=False),
    Column("began_at", UtcDateTime, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
    Column("last_seen_at", UtcDateTime, nullable=False),
    Column("spot_xy", Json),
    Column("live_origins", Json, nullable=False),
    Column("unseen_since", UtcDateTime),
    Column("closed_at", UtcDateTime),
    Column("resolution", String(20)),
    Column("previous_id", String(36)),
    Column("zone_group", String(64), nullable=False, server_default=""),
    Column("appearance", String(512), nullable=False, server_default=""),
    Column("policy_version", Integer, nullable=False, server_default="1"),
    Column("policy_digest", String(64), nullable=False, server_default=""),
    Column("plate_text", String(16)),
    Column("area", String(64), nullable=False, server_default=""),
    Column("area_path", String(500), nullable=False, server_default=""),
    Column("escalated", Integer, nullable=False, server_default="0"),
    Column("handed_by", String(100), nullable=False, server_default=""),
    Column("assisting", Json, nullable=False, server_default="[]"),
    Column("position_lat", Float),
    Column("position_lon", Float),
    Column("assessed_at", UtcDateTime),
    Column("accepted_at", UtcDateTime),
    Column("started_at", UtcDateTime),
    Column("feedback_at", UtcDateTime),
    Column("archived_at", UtcDateTime),
    Column("decisions", Json, nullable=False, server_default="{}"),
    Column("duties", Json, nullable=False, server_default="[]"),
    Column("rule", String(64), nullable=False, server_default=""),
    Column("dismissed_as", String(20)),
    Column("merged_into", String(36)),
    Column("incidents", Integer, nullable=False, server_default="1"),
    Column("sources", Json, nullable=False, server_default="[]"),
    Column("components", Json, nullable=False, server_default="[]"),
    Column("enforceable", Boolean, nullable=False, server_default=false()),
    Column("disowned", String(12), nullable=False, server_default=""),
    sqlite_autoincrement=True,
    comment="One row per real incident.",
)
IS_OPEN = "state IN ('discovered', 'assessed', 'accepted', 'handling')"
"""Of `cases.states.OPEN_STATES`, as indexes say it; queries must say it in these very words to use them."""
Index(
    "uq_cases_one_open_per_incident",
    cases.c.dedup_key,
    unique=True,
    sqlite_where=text(IS_OPEN),
    postgresql_where=text(IS_OPEN),
)
Index(
    "ix_cases_unseen",
    cases.c.unseen_since,
    sqlite_where=text(f"{IS_OPEN} AND unseen_since IS NOT NULL"),
    postgresql_where=text(f"{IS_OPEN} AND unseen_since IS NOT NULL"),
)
# SQLite has the number in every index; PostgreSQL would fetch each row for it.
Index("ix_cases_opened_at", cases.c.opened_at, cases.c.number)
Index("ix_cases_source", cases.c.source, cases.c.opened_at)
Index("ix_cases_state", cases.c.state, cases.c.number)
Index("ix_cases_unit", cases.c.unit, cases.c.number)
Index("ix_cases_area_path", cases.c.area_path, cases.c.number, cases.c.unit, cases.c.matter)
Index(
    "ix_cases_plate",
    cases.c.plate_text,
    cases.c.matter,
    cases.c.opened_at,
    sqlite_where=text("plate_text IS NOT NULL"),
    postgresql_where=text("plate_text IS NOT NULL"),
)
Index(
    "ix_cases_merged",
    cases.c.merged_into,
    sqlite_where=text("merged_into IS NOT NULL"),
    postgresql_where=text("merged_into IS NOT NULL"),
)
Index("ix_cases_matter", cases.c.matter, cases.c.number)
Index("ix_cases_zone", cases.c.zone, cases.c.number)
Index("ix_cases_closed", cases.c.closed_at)
Index(
    "ix_cases_open",
    cases.c.number,
    sqlite_where=text(IS_OPEN),
    postgresql_where=text(IS_OPEN),
)
Index(
    "ix_cases_open_unit",
    cases.c.unit,
    cases.c.number,
    sqlite_where=text(IS_OPEN),
    postgresql_where=text(IS_OPEN),
)
Index(
    "ix_cases_open_area",
    cases.c.area_path,
    cases.c.number,
    sqlite_where=text(IS_OPEN),
    postgresql_where=text(IS_OPEN),
)
Index(
    "ix_cases_open_matter",
    cases.c.matter,
    cases.c.source,
    sqlite_where=text(IS_OPEN),
    postgresql_where=text(IS_OPEN),
)
Index(
    "ix_cases_open_position",
    cases.c.matter,
    cases.c.position_lat,
    cases.c.position_lon,
    sqlite_where=text(f"{IS_OPEN} AND position_lat IS NOT NULL"),
    postgresql_where=text(f"{IS_OPEN} AND position_lat IS NOT NULL"),
)

origins = Table(
    "origins",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("case_id", String(36), ForeignKey("cases.id"), nullable=False, index=True),
    comment="Which stay or alarm belongs to which case, open or closed.",
)

audit = Table(
    "audit",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("case_id", String(36), index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String(100), nullable=False),
    Column("what", String(64), nullable=False),
    Column("why", String(1000), nullable=False),
    Column("cause", String(64)),
    Column("before", Json),
    Column("after", Json),
    Column("chain", String(160), nullable=False, server_default=""),
    Column("number", BigInteger, nullable=False, server_default="0"),
    Column("day", String(10), nullable=False, server_default="", index=True),
    Column("leaves", Json),
    Column("previous", String(64), nullable=False, server_default=""),
    Column("hash", String(64), nullable=False, server_default=""),
    sqlite_autoincrement=True,
    comment="Who changed what, when, why: append-only.",
)

Index("uq_audit_chain_number", audit.c.chain, audit.c.number, unique=True)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("case_id", String(36), nullable=False, index=True),
    Column("type", String(100), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("body", Json, nullable=False),
    sqlite_autoincrement=True,
    comment="Case events for the world outside, written in the transaction that made them true.",
)

steps = Table(
    "steps",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("case_id", String(36), ForeignKey("cases.id"), nullable=False),
    Column("step", String(64), nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("done_at", UtcDateTime),
    Column("outcome", String(1000)),
    Column("lane", String(8), nullable=False, server_default="voice"),
    Column("urgent", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("case_id", "step"),
    sqlite_autoincrement=True,
    comment="Steps of the ladder and when they are due. A step is done once.",
)
Index(
    "ix_steps_due",
    steps.c.lane,
    steps.c.due_at,
    sqlite_where=text("done_at IS NULL"),
    postgresql_where=text("done_at IS NULL"),
)
Index(
    "ix_steps_told",
    steps.c.urgent,
    steps.c.due_at,
    sqlite_where=text("done_at IS NULL AND lane = 'voice'"),
    postgresql_where=text("done_at IS NULL AND lane = 'voice'"),
)

deadlines = Table(
    "deadlines",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("case_id", String(36), ForeignKey("cases.id"), nullable=False, index=True),
    Column("name", String(64), nullable=False),
    Column("unit", String(100), nullable=False),
    Column("area_path", String(500), nullable=False),
    Column("began_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("done_at", UtcDateTime),
    Column("outcome", String(20)),
    sqlite_autoincrement=True,
    comment="What has to be done by when, and by whom; and when a closed case goes into the archive.",
)
Index(
    "ix_deadlines_due",
    deadlines.c.due_at,
    sqlite_where=text("done_at IS NULL"),
    postgresql_where=text("done_at IS NULL"),
)

commands = Table(
    "commands",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("case_id", String(36), ForeignKey("cases.id"), nullable=False, index=True),
    Column("digest", String(64), nullable=False),
    Column("change", String(40), nullable=False),
    Column("state", String(20), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    comment="Commands that came with an idempotency key, and what became of them the first time.",
)

silences = Table(
    "silences",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("source", String(200), nullable=False),
    Column("zone", String(64), nullable=False),
    Column("place", String(500), nullable=False),
    Column("matter", String(64), nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("until", UtcDateTime, nullable=False, index=True),
    Column("reason", String(500), nullable=False),
    Column("author", String(100), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("lifted_at", UtcDateTime),
    comment="Where no steps are taken for a while, why, and who said so.",
)

notices = Table(
    "notices",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("case_id", String(36), ForeignKey("cases.id"), nullable=False, index=True),
    Column("step", String(64), nullable=False),
    Column("recipient", String(64), nullable=False),
    Column("mask", String(40), nullable=False),
    Column("language", String(20), nullable=False),
    Column("body", String(2000), nullable=False),
    Column("state", String(20), nullable=False),
    Column("why", String(1000), nullable=False),
    Column("provider_id", String(64), index=True),
    Column("attempts", Integer, nullable=False),
    Column("next_try_at", UtcDateTime),
    Column("in_doubt", Boolean, nullable=False),
    Column("intended_at", UtcDateTime, nullable=False),
    Column("accepted_at", UtcDateTime),
    Column("latency_s", Float),
    Column("sender", String(20), nullable=False, server_default=""),
    Column("delivery", String(20), nullable=False, server_default=""),
    Column("delivery_code", String(20), nullable=False, server_default=""),
    Column("delivered_at", UtcDateTime),
    Column("urgent", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("case_id", "step", "recipient"),
    comment="One message to one owner. The row is written before the message is sent.",
)
Index("ix_notices_recipient", notices.c.recipient, notices.c.intended_at)
Index(
    "ix_notices_pending",
    notices.c.urgent,
    notices.c.next_try_at,
    sqlite_where=text("state = 'intended'"),
    postgresql_where=text("state = 'intended'"),
)

devices = Table(
    "devices",
    metadata,
    Column("site", String(64), primary_key=True),
    Column("device", String(64), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("status", Json, nullable=False),
    comment="What each edge box last said of itself.",
)

conditions = Table(
    "conditions",
    metadata,
    Column("source", String(200), primary_key=True),
    Column("state", String(40), nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("why", String(500), nullable=False),
    comment="Cameras that are blind and sensors that are silent, as their observations say.",
)

packets = Table(
    "packets",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("device", String(130), nullable=False),
    Column("chain", String(32), nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("previous", String(64)),
    Column("stay_id", String(36), nullable=False, index=True),
    Column("key", String(44), nullable=False),
    Column("signature", String(88), nullable=False),
    Column("manifest", Text, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Index("ix_packets_chain", "device", "chain", "number"),
    comment="Sealed evidence, by the SHA-256 of its manifest: whatever came is kept, also what does not fit.",
)

dead_letters = Table(
    "dead_letters",
    metadata,
    Column("id", String(200), primary_key=True),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("origin", String(500), nullable=False),
    Column("field", String(200), nullable=False),
    Column("problem", String(500), nullable=False),
    Column("size", Integer, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    comment="Bytes that could not be used, by their place in the dead-letter topic.",
)
