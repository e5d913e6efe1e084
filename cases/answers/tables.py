"""The ledger's tables of what owners answer, and of who wants no messages."""

from sqlalchemy import Column, ForeignKey, Index, String, Table, text

from cases.tables import UtcDateTime, metadata

case_answers = Table(
    "case_answers",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("case_id", String(36), ForeignKey("cases.id"), nullable=False, index=True),
    Column("notice_id", String(36), nullable=False, index=True),
    Column("kind", String(20), nullable=False),
    Column("text", String(1000), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("token_sha", String(64), nullable=False),
    Column("client", String(64), nullable=False),
    Column("source", String(200), nullable=False),
    Column("zone", String(64), nullable=False),
    Column("review", String(20), nullable=False, server_default=""),
    comment="What owners answered on the public page; once each, whatever was tapped twice.",
)
Index(
    "ix_case_answers_not_mine",
    case_answers.c.at,
    sqlite_where=text("kind = 'not_mine'"),
    postgresql_where=text("kind = 'not_mine'"),
)

opt_outs = Table(
    "opt_outs",
    metadata,
    Column("recipient", String(64), primary_key=True),
    Column("since", UtcDateTime, nullable=False),
    Column("source", String(20), nullable=False),
    comment="Who wants no messages, by the token that stands for their number.",
)
