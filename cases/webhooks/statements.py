"""What is said to the database about deliveries: rows, conditions and the statements that change them."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    bindparam,
    case,
    func,
    literal_column,
    select,
    update,
)

from cases.case_event import CaseEvent
from cases.tables import UtcDateTime
from cases.webhooks.records import Delivery, DeliveryState, Settled
from cases.webhooks.rules import Health, Verdict
from cases.webhooks.tables import deliveries, subscriptions
from models.errors import ConfigurationError

WHY_LENGTH = 500
GAVE_UP = "the receiver failed ever since it was due"


def of(name: str, state: DeliveryState) -> ColumnElement[bool]:
    """The deliveries of one subscription in one state."""
    # The state stands in the statement itself: were it bound, no database would use the partial indexes.
    return (deliveries.c.subscription == name) & (deliveries.c.state == literal_column(f"'{state.value}'"))


def subscription_row(connection: Connection, name: str, *, lock: bool = False) -> RowMapping:
    """A subscription, locked against other writers where asked for.

    Raises:
        ConfigurationError: there is none of that name.
    """
    query = select(subscriptions).where(subscriptions.c.name == name)
    row = connection.execute(query.with_for_update() if lock else query).mappings().first()
    if row is None:
        problem, remedy = f"there is no subscription {name!r}", "see `clearway webhooks list`"
        raise ConfigurationError.of("connect", problem, remedy)
    return row


def write_health(connection: Connection, name: str, health: Health) -> None:
    """Keep how a receiver is doing."""
    values = asdict(health) | {"why": health.why[:WHY_LENGTH]}
    connection.execute(update(subscriptions).where(subscriptions.c.name == name).values(values))


def new_row(name: str, event: CaseEvent, now: datetime) -> dict[str, object]:
    """An event that waits, without a time of its own."""
    return {
        "subscription": name,
        "outbox_id": event.row,
        "case_id": event.case_id,
        "state": DeliveryState.WAITING.value,
        "attempts": 0,
        "enqueued_at": now,
        "next_try_at": None,
        "why": "",
    }


def new_rows(
    connection: Connection, name: str, wanted: Sequence[CaseEvent], now: datetime
) -> list[dict[str, object]]:
    """Rows of new events: due at once, unless something of their case waits already."""
    waiting = select(deliveries.c.case_id).where(
        of(name, DeliveryState.WAITING), deliveries.c.case_id.in_({event.case_id for event in wanted})
    )
    ahead = set(connection.execute(waiting).scalars())
    rows = []
    for event in wanted:
        row = new_row(name, event, now)
        if event.case_id not in ahead:
            ahead.add(event.case_id)
            row["next_try_at"] = now
        rows.append(row)
    return rows


def outcome(name: str, item: Settled, now: datetime) -> dict[str, object]:
    """The parameters of `SETTLE`."""
    delivery, fate = item.delivery, item.fate
    state = {
        Verdict.TAKEN: DeliveryState.DELIVERED,
        Verdict.LATER: DeliveryState.WAITING,
        Verdict.NEVER: DeliveryState.DEAD,
    }[fate.verdict]
    return {
        "of": name,
        "row": delivery.event.row,
        "to_state": state.value,
        "to_attempts": delivery.attempts + 1,
        "to_first": delivery.first_try_at or item.started_at,
        "to_next": fate.next_try_at,
        "to_settled": None if fate.verdict is Verdict.LATER else now,
        "to_status": item.status,
        "to_why": fate.why[:WHY_LENGTH],
    }


def after_it(name: str, item: Settled, now: datetime) -> dict[str, object]:
    """The parameters of `PROMOTE`."""
    return {"of": name, "case": item.delivery.event.case_id, "now": now}


def write_row(connection: Connection, name: str, row: int, values: dict[str, object]) -> None:
    """Change one delivery that waits; what is done stays as it is."""
    connection.execute(
        update(deliveries)
        .where(of(name, DeliveryState.WAITING), deliveries.c.outbox_id == row)
        .values(values)
    )


def reorder(connection: Connection, name: str, case_id: str, now: datetime) -> None:
    """The oldest event of a case that waits is due, if it was behind another; all others come after it."""
    of_case = of(name, DeliveryState.WAITING) & (deliveries.c.case_id == case_id)
    oldest = connection.execute(select(func.min(deliveries.c.outbox_id)).where(of_case)).scalar_one()
    if oldest is None:
        return
    connection.execute(
        update(deliveries)
        .where(of_case, deliveries.c.outbox_id == oldest, deliveries.c.next_try_at.is_(None))
        .values(next_try_at=now)
    )
    connection.execute(
        update(deliveries)
        .where(of_case, deliveries.c.outbox_id > oldest, deliveries.c.next_try_at.is_not(None))
        .values(next_try_at=None)
    )


def give_up(connection: Connection, name: str, until: datetime, now: datetime) -> int:
    """Give up what waited at a moment already; returns how many."""
    waited = of(name, DeliveryState.WAITING) & (deliveries.c.enqueued_at <= until)
    case_ids = set(connection.execute(select(deliveries.c.case_id).where(waited)).scalars())
    values = {"state": DeliveryState.DEAD.value, "why": GAVE_UP, "settled_at": now, "next_try_at": None}
    died = connection.execute(update(deliveries).where(waited).values(values)).rowcount
    for case_id in case_ids:
        reorder(connection, name, case_id, now)
    return int(died)


_STILL_WAITS = deliveries.c.state == literal_column(f"'{DeliveryState.WAITING.value}'")
SETTLE = (
    update(deliveries)
    .where(
        deliveries.c.subscription == bindparam("of"), deliveries.c.outbox_id == bindparam("row"), _STILL_WAITS
    )
    .values(
        state=bindparam("to_state"),
        attempts=bindparam("to_attempts"),
        first_try_at=bindparam("to_first"),
        # A replayed event of its case may have gone before it meanwhile: then it has no time of its own.
        next_try_at=case(
            (deliveries.c.next_try_at.is_(None), None), else_=bindparam("to_next", type_=UtcDateTime)
        ),
        settled_at=bindparam("to_settled"),
        status=bindparam("to_status"),
        why=bindparam("to_why"),
    )
)
_behind = deliveries.alias("behind")
PROMOTE = (
    update(deliveries)
    .where(
        deliveries.c.subscription == bindparam("of"),
        deliveries.c.outbox_id
        == select(func.min(_behind.c.outbox_id))
        .where(
            _behind.c.subscription == bindparam("of"),
            _behind.c.case_id == bindparam("case"),
            _behind.c.state == literal_column(f"'{DeliveryState.WAITING.value}'"),
        )
        .scalar_subquery(),
        deliveries.c.next_try_at.is_(None),
    )
    .values(next_try_at=bindparam("now"))
)


def delivery_of(row: RowMapping, event: CaseEvent) -> Delivery:
    """A row and its event as the relay sees them."""
    return Delivery(
        event=event,
        attempts=row["attempts"],
        first_try_at=row["first_try_at"],
        enqueued_at=row["enqueued_at"],
    )
