"""Writing down what is on its way to whom: every method is one transaction, and repeating it adds nothing.

A subscription's row is locked first by whoever changes its deliveries, so that "only the oldest waiting event
of a case has a `next_try_at`" holds at every commit.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from sqlalchemy import RowMapping, bindparam, delete, func, insert, literal_column, select, update

from cases import outgoing
from cases.case_event import CaseEvent
from cases.database import Database
from cases.webhooks.records import Delivery, DeliveryState, Kind, Settled
from cases.webhooks.rules import Health, Verdict
from cases.webhooks.statements import (
    PROMOTE,
    SETTLE,
    WHY_LENGTH,
    after_it,
    delivery_of,
    give_up,
    new_row,
    new_rows,
    of,
    outcome,
    reorder,
    subscription_row,
    write_health,
    write_row,
)
from cases.webhooks.tables import deliveries, subscriptions

CHUNK = 500
"""Rows a transaction: milliseconds, so that the ledger's other writers never wait long."""
PURGED = "the event was purged before it could be sent"


class DeliveryBook:
    """All writes about deliveries."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def attach(self, name: str, kind: Kind, position: int) -> None:
        """Write a new subscription down; one that is known goes on from where it was."""
        with self._database.write() as connection:
            known = select(subscriptions.c.name).where(subscriptions.c.name == name)
            if connection.execute(known).first() is None:
                values = {"name": name, "kind": kind.value, "position": position, "failures": 0, "why": ""}
                connection.execute(insert(subscriptions), values)

    def position(self, name: str) -> int:
        """The last row of the outbox that a subscription has dealt with."""
        with self._database.read() as connection:
            return int(subscription_row(connection, name)["position"])

    def health(self, name: str) -> Health:
        """How the receiver was doing when last heard of."""
        with self._database.read() as connection:
            row = subscription_row(connection, name)
        return Health(**{field: row[field] for field in Health.__dataclass_fields__})

    def note_health(self, name: str, health: Health) -> None:
        """Write down how the receiver is doing, where no event was tried."""
        with self._database.write() as connection:
            write_health(connection, name, health)

    def advance(self, name: str, position: int, health: Health) -> None:
        """Everything up to a row is with the subscriber."""
        with self._database.write() as connection:
            write_health(connection, name, health)
            connection.execute(
                update(subscriptions).where(subscriptions.c.name == name).values(position=position)
            )

    def enqueue(
        self, name: str, until: int, wants: Callable[[CaseEvent], bool], now: datetime
    ) -> tuple[int, int]:
        """Take the next rows of the outbox, at most `CHUNK`.

        Args:
            name: of the subscription.
            until: no further than this row, before which nothing can appear any more.
            wants: which events the subscriber asked for.
            now: wall clock.

        Returns:
            The new position, and how many events were taken.
        """
        with self._database.write() as connection:
            after = int(subscription_row(connection, name, lock=True)["position"])
            found = outgoing.events(connection, after, until, CHUNK)
            position = found[-1].row if len(found) == CHUNK else max(after, until)
            wanted = [event for event in found if wants(event)]
            if wanted:
                connection.execute(insert(deliveries), new_rows(connection, name, wanted, now))
            if position > after:
                connection.execute(
                    update(subscriptions).where(subscriptions.c.name == name).values(position=position)
                )
        return position, len(wanted)

    def due(
        self, name: str, now: datetime, limit: int, *, but_not: Collection[int] = (), freshest: bool = False
    ) -> list[Delivery]:
        """Events to try now: of each case the oldest that waits.

        Args:
            name: of the subscription.
            now: wall clock.
            limit: at most so many.
            but_not: rows that are being tried.
            freshest: those tried least often first, to find out whether a receiver works again; otherwise
                those due longest.
        """
        order = (deliveries.c.attempts, deliveries.c.next_try_at) if freshest else (deliveries.c.next_try_at,)
        query = (
            select(deliveries)
            .where(
                of(name, DeliveryState.WAITING),
                deliveries.c.next_try_at <= now,
                deliveries.c.outbox_id.not_in(set(but_not)),
            )
            .order_by(*order, deliveries.c.outbox_id)
            .limit(limit)
        )
        with self._database.read() as connection:
            rows = connection.execute(query).mappings().all()
            found = outgoing.events_of(connection, [row["outbox_id"] for row in rows]) if rows else {}
        if gone := [row for row in rows if row["outbox_id"] not in found]:
            self._bury(name, gone, now)
        return [delivery_of(row, found[row["outbox_id"]]) for row in rows if row["outbox_id"] in found]

    def next_due(self, name: str, now: datetime) -> datetime | None:
        """When an event is due after now; None when none waits for its time."""
        query = select(func.min(deliveries.c.next_try_at)).where(
            of(name, DeliveryState.WAITING), deliveries.c.next_try_at > now
        )
        with self._database.read() as connection:
            found: datetime | None = connection.execute(query).scalar_one()
        return found

    def settle(
        self,
        name: str,
        done: Sequence[Settled],
        health: Health,
        now: datetime,
        *,
        recovered: bool = False,
        dead_until: datetime | None = None,
    ) -> int:
        """Write down what became of tries, and let the next events of their cases come.

        Args:
            name: of the subscription.
            done: in the order they ended.
            health: of the receiver after them.
            now: wall clock.
            recovered: the receiver works again: whatever waits for its next try is due now.
            dead_until: what was waiting at this moment already is dead.

        Returns:
            How many events died.
        """
        dead = 0
        with self._database.write() as connection:
            subscription_row(connection, name, lock=True)
            if done:
                dead += sum(item.fate.verdict is Verdict.NEVER for item in done)
                connection.execute(SETTLE, [outcome(name, item, now) for item in done])
                connection.execute(PROMOTE, [after_it(name, item, now) for item in done])
            if dead_until is not None:
                dead += give_up(connection, name, dead_until, now)
            if recovered:
                connection.execute(
                    update(deliveries)
                    .where(of(name, DeliveryState.WAITING), deliveries.c.next_try_at > now)
                    .values(next_try_at=now)
                )
            write_health(connection, name, health)
        return dead

    def replay(self, name: str, rows: Collection[int] | None, now: datetime) -> int:
        """Let dead events wait again, as if they had just come; returns how many.

        Args:
            name: of the subscription.
            rows: of the outbox; None for all that are dead.
            now: wall clock.
        """
        with self._database.write() as connection:
            subscription_row(connection, name, lock=True)
            chosen = of(name, DeliveryState.DEAD)
            if rows is not None:
                chosen &= deliveries.c.outbox_id.in_(set(rows))
            case_ids = set(connection.execute(select(deliveries.c.case_id).where(chosen)).scalars())
            revived = connection.execute(
                update(deliveries)
                .where(chosen)
                .values(
                    state=DeliveryState.WAITING.value,
                    attempts=0,
                    enqueued_at=now,
                    first_try_at=None,
                    next_try_at=None,
                    settled_at=None,
                )
            ).rowcount
            for case_id in sorted(case_ids):
                reorder(connection, name, case_id, now)
        return int(revived)

    def resume(self, name: str) -> None:
        """Try a paused receiver at once."""
        with self._database.write() as connection:
            subscription_row(connection, name, lock=True)
            write_health(connection, name, Health())

    def prune(self, before: datetime) -> int:
        """Forget deliveries that were done before a moment, at most `CHUNK`; returns how many."""
        old = (
            select(deliveries.c.subscription, deliveries.c.outbox_id)
            .where(
                deliveries.c.state == literal_column(f"'{DeliveryState.DELIVERED.value}'"),
                deliveries.c.settled_at < before,
            )
            .limit(CHUNK)
        )
        with self._database.read() as connection:
            rows = connection.execute(old).all()
        if not rows:
            return 0
        with self._database.write() as connection:
            connection.execute(
                delete(deliveries).where(
                    deliveries.c.subscription == bindparam("of"),
                    deliveries.c.outbox_id == bindparam("row"),
                    deliveries.c.state == DeliveryState.DELIVERED,
                ),
                [{"of": row.subscription, "row": row.outbox_id} for row in rows],
            )
        return len(rows)

    def bury(self, name: str, event: CaseEvent, why: str, now: datetime) -> None:
        """Write down an event that a subscriber without deliveries of its own can never take."""
        values = new_row(name, event, now) | {
            "state": DeliveryState.DEAD.value,
            "attempts": 1,
            "first_try_at": now,
            "settled_at": now,
            "why": why[:WHY_LENGTH],
        }
        with self._database.write() as connection:
            same = (deliveries.c.subscription == name) & (deliveries.c.outbox_id == event.row)
            connection.execute(delete(deliveries).where(same))
            connection.execute(insert(deliveries), values)

    def _bury(self, name: str, rows: Sequence[RowMapping], now: datetime) -> None:
        with self._database.write() as connection:
            subscription_row(connection, name, lock=True)
            for row in rows:
                values = {"state": DeliveryState.DEAD.value, "why": PURGED, "settled_at": now}
                write_row(connection, name, row["outbox_id"], values | {"next_try_at": None})
                reorder(connection, name, row["case_id"], now)
