"""Tables of people at the desk and of who is signed in."""

from sqlalchemy import Boolean, Column, ForeignKey, Integer, String, Table

from cases.tables import UtcDateTime, metadata

people = Table(
    "people",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("display", String(100), nullable=False),
    Column("role", String(20), nullable=False),
    Column("password", String(200), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("disabled_at", UtcDateTime),
    Column("must_change", Boolean, nullable=False),
    Column("signed_in_at", UtcDateTime),
    Column("failed", Integer, nullable=False),
    Column("locked_until", UtcDateTime),
    comment="Who may sign in at the desk. A password is kept as its Argon2id hash only.",
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_sha256", String(64), primary_key=True),
    Column("person_id", String(36), ForeignKey("people.id"), nullable=False, index=True),
    Column("began_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    comment="Who is signed in: a row that is taken away ends the session. Tokens as their SHA-256 only.",
)
