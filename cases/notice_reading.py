"""Reading steps that are due and notices that wait, each with all that decides on it."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, RowMapping, select

from cases.changes import VOICE
from cases.notice_records import DueStep, NoticeState, Pending, view_of, with_case
from cases.record import Case
from cases.surroundings import Around, cases_of, rung_of, surroundings
from cases.tables import cases, notices, steps
from cases.taking import purpose_of, verdict

_NOTICE = (
    notices.c.id.label("notice_id"),
    notices.c.step,
    notices.c.recipient,
    notices.c.mask,
    notices.c.body,
    notices.c.attempts,
    notices.c.in_doubt,
    notices.c.intended_at,
    notices.c.urgent,
    notices.c.why,
)


def due_steps(
    connection: Connection, now: datetime, *, rows: Collection[int] | None = None, limit: int = 50
) -> list[DueStep]:
    """Steps that are not done: those named, else those whose time has come, the oldest first."""
    query = (
        with_case(select(steps.c.id.label("step_row"), steps.c.step, steps.c.due_at, steps.c.urgent))
        .join_from(steps, cases, steps.c.case_id == cases.c.id)
        .where(steps.c.done_at.is_(None), steps.c.lane == VOICE)
        .order_by(steps.c.due_at, steps.c.id)
        .limit(limit)
    )
    query = query.where(steps.c.due_at <= now if rows is None else steps.c.id.in_(rows))
    found = connection.execute(query).mappings().all()
    known, around = _around(connection, found, now)
    return [_due_step(row, known[row["id"]], around, now) for row in found]


def pending_notices(
    connection: Connection, now: datetime, *, ids: Collection[str] | None = None, limit: int = 50
) -> list[Pending]:
    """Notices written down and not accepted: those named, else those due for a try, the oldest first."""
    query = (
        with_case(select(*_NOTICE))
        .join_from(notices, cases, notices.c.case_id == cases.c.id)
        .where(notices.c.state == NoticeState.INTENDED)
        .order_by(notices.c.next_try_at, notices.c.id)
        .limit(limit)
    )
    query = query.where(notices.c.next_try_at <= now if ids is None else notices.c.id.in_(ids))
    found = connection.execute(query).mappings().all()
    known, around = _around(connection, found, now)
    return [_pending(row, known[row["id"]], around, now) for row in found]


def _around(
    connection: Connection, rows: Collection[RowMapping], now: datetime
) -> tuple[dict[str, Case], Around]:
    known = cases_of(connection, {row["id"] for row in rows})
    asked = [(known[row["id"]], rung_of(known[row["id"]], row["step"])) for row in rows]
    return known, surroundings(connection, asked, now)


def _due_step(row: RowMapping, case: Case, around: Around, now: datetime) -> DueStep:
    rung = rung_of(case, row["step"])
    return DueStep(
        row=row["step_row"],
        case=view_of(row),
        step=rung,
        due_at=row["due_at"],
        verdict=verdict(rung, case, around[case.id, rung.id], now),
        purpose=purpose_of(rung),
        urgent=row["urgent"],
    )


def _pending(row: RowMapping, case: Case, around: Around, now: datetime) -> Pending:
    rung = rung_of(case, row["step"])
    return Pending(
        id=row["notice_id"],
        case=view_of(row),
        step=rung,
        recipient=row["recipient"],
        mask=row["mask"],
        body=row["body"],
        attempts=row["attempts"],
        in_doubt=row["in_doubt"],
        intended_at=row["intended_at"],
        verdict=verdict(rung, case, around[case.id, rung.id], now),
        purpose=purpose_of(rung),
        urgent=row["urgent"],
        why=row["why"],
    )
