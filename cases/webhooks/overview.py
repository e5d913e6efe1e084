"""Reading what is on its way: what screens, metrics and the command line show of subscriptions."""

from typing import Any

from sqlalchemy import Connection, func, literal_column, select

from cases import outgoing
from cases.database import Database
from cases.tables import outbox
from cases.webhooks.records import DeliveryState
from cases.webhooks.tables import deliveries, subscriptions

Row = dict[str, Any]


class DeliveryReading:
    """Every question about subscriptions and deliveries. Rows are plain dicts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def subscriptions(self) -> list[Row]:
        """All that were ever attached, with how many events wait and died, and how far behind they are."""
        with self._database.read() as connection:
            newest = connection.execute(select(func.coalesce(func.max(outbox.c.id), 0))).scalar_one()
            rows = [
                dict(row)
                for row in connection.execute(select(subscriptions).order_by(subscriptions.c.name)).mappings()
            ]
            counts = {
                state: _counts(connection, state) for state in (DeliveryState.WAITING, DeliveryState.DEAD)
            }
        return [
            row
            | {"behind": max(0, newest - row["position"])}
            | {state.value: counts[state].get(row["name"], 0) for state in counts}
            for row in rows
        ]

    def dead(self, name: str | None = None, *, limit: int = 100) -> list[Row]:
        """Events that were given up, newest first, with the event's own id."""
        query = (
            select(deliveries)
            .where(deliveries.c.state == literal_column(f"'{DeliveryState.DEAD.value}'"))
            .order_by(deliveries.c.outbox_id.desc(), deliveries.c.subscription)
            .limit(limit)
        )
        if name is not None:
            query = query.where(deliveries.c.subscription == name)
        with self._database.read() as connection:
            rows = [dict(row) for row in connection.execute(query).mappings()]
            events = outgoing.events_of(connection, [row["outbox_id"] for row in rows]) if rows else {}
        for row in rows:
            event = events.get(row["outbox_id"])
            row["event_id"] = None if event is None else event.id
            row["type"] = None if event is None else event.type
        return rows


def _counts(connection: Connection, state: DeliveryState) -> dict[str, int]:
    query = (
        select(deliveries.c.subscription, func.count().label("n"))
        .where(deliveries.c.state == literal_column(f"'{state.value}'"))
        .group_by(deliveries.c.subscription)
    )
    return {row.subscription: row.n for row in connection.execute(query)}
