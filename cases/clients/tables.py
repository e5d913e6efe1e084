"""Tables of those who use the ledger from outside: clients, answers given to them, reports of people."""

from sqlalchemy import Column, Float, Index, Integer, LargeBinary, String, Table, text

from cases.tables import Json, Serial, UtcDateTime, metadata

clients = Table(
    "clients",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("name", String(64), nullable=False),
    Column("token_sha256", String(64), nullable=False, unique=True),
    Column("scopes", Json, nullable=False),
    Column("per_minute", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
    Column("last_used_at", UtcDateTime),
    comment="Who may use the API. A token is kept as its SHA-256 only.",
)
Index(
    "uq_clients_one_of_a_name",
    clients.c.name,
    unique=True,
    sqlite_where=text("revoked_at IS NULL"),
    postgresql_where=text("revoked_at IS NULL"),
)

answers = Table(
    "answers",
    metadata,
    Column("client_id", String(36), primary_key=True),
    Column("key", String(128), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("status", Integer),
    Column("content_type", String(100), nullable=False, server_default=""),
    Column("body", LargeBinary),
    comment="What a client was told under an idempotency key, for a day; no status while it is worked on.",
)

reports = Table(
    "reports",
    metadata,
    Column("number", Serial, primary_key=True, autoincrement=True),
    Column("id", String(36), nullable=False, unique=True),
    Column("channel", String(20), nullable=False),
    Column("reporter", String(100), nullable=False),
    Column("reference", String(128)),
    Column("matter", String(64), nullable=False),
    Column("lat", Float),
    Column("lon", Float),
    Column("address", String(500), nullable=False),
    Column("description", String(4000), nullable=False),
    Column("media_url", String(2000)),
    Column("reported_at", UtcDateTime, nullable=False),
    Column("received_at", UtcDateTime, nullable=False, index=True),
    Column("case_id", String(36), index=True),
    Column("suggested_case_id", String(36), index=True),
    Column("score", Float),
    Column("metres", Float),
    Column("state", String(20), nullable=False),
    Column("decided_by", String(100), nullable=False, server_default=""),
    Column("contact_mask", String(200), nullable=False, server_default=""),
    sqlite_autoincrement=True,
    comment="What people reported, and the case each belongs to. Of their contact data, a mask only.",
)
Index(
    "uq_reports_one_of_a_reference",
    reports.c.channel,
    reports.c.reporter,
    reports.c.reference,
    unique=True,
    sqlite_where=text("reference IS NOT NULL"),
    postgresql_where=text("reference IS NOT NULL"),
)
