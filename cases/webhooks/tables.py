"""How far each subscriber has come, and what is on its way to it."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, text

from cases.tables import UtcDateTime, metadata

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("failing_since", UtcDateTime),
    Column("held_until", UtcDateTime),
    Column("paused_at", UtcDateTime),
    Column("why", String(500), nullable=False),
    comment="Who hears of case events, up to which row of the outbox, and how the receiver is doing.",
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("subscription", String(100), primary_key=True),
    Column("outbox_id", BigInteger, primary_key=True, autoincrement=False),
    Column("case_id", String(36), nullable=False),
    Column("state", String(20), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("enqueued_at", UtcDateTime, nullable=False),
    Column("first_try_at", UtcDateTime),
    Column("next_try_at", UtcDateTime),
    Column("settled_at", UtcDateTime),
    Column("status", Integer),
    Column("why", String(500), nullable=False),
    comment="One event on its way to one subscriber. Of those of one case that wait, only the oldest has a "
    "`next_try_at`: the others come after it.",
)
_WAITING = text("state = 'waiting'")
_DUE = text("state = 'waiting' AND next_try_at IS NOT NULL")
_DEAD = text("state = 'dead'")
_DELIVERED = text("state = 'delivered'")
Index(
    "ix_deliveries_due",
    deliveries.c.subscription,
    deliveries.c.next_try_at,
    deliveries.c.outbox_id,
    sqlite_where=_DUE,
    postgresql_where=_DUE,
)
Index(
    "ix_deliveries_waiting",
    deliveries.c.subscription,
    deliveries.c.case_id,
    deliveries.c.outbox_id,
    sqlite_where=_WAITING,
    postgresql_where=_WAITING,
)
Index(
    "ix_deliveries_dead",
    deliveries.c.subscription,
    deliveries.c.outbox_id,
    sqlite_where=_DEAD,
    postgresql_where=_DEAD,
)
Index(
    "ix_deliveries_delivered",
    deliveries.c.settled_at,
    sqlite_where=_DELIVERED,
    postgresql_where=_DELIVERED,
)
