"""Reading steps that are due and notices that wait, each with all that decides on it."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import BindParameter, Connection, RowMapping, bindparam, select

from cases.changes import VOICE
from cases.notices.records import DueStep, NoticeState, Pending, view_of
from cases.record import Case
from cases.rows import case_of
from cases.surroundings import Around, rung_of, surroundings
from cases.tables import UtcDateTime, cases, notices, steps
from cases.taking import purpose_of, verdict

# Written once: to put a statement together takes longer than to run it, and each notice asks several times.
_NOW = bindparam("now", type_=UtcDateTime)
_MOST: BindParameter[int] = bindparam("most")
_STEPS = (
    select(cases, steps.c.id.label("step_row"), steps.c.step, steps.c.due_at, steps.c.urgent)
    .join_from(steps, cases, steps.c.case_id == cases.c.id)
    .where(steps.c.done_at.is_(None), steps.c.lane == VOICE)
    .order_by(steps.c.due_at, steps.c.id)
)
_STEPS_DUE = _STEPS.where(steps.c.due_at <= _NOW).limit(_MOST)
_STEPS_NAMED = _STEPS.where(steps.c.id.in_(bindparam("rows", expanding=True)))
_NOTICES = (
    select(
        cases,
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
    .join_from(notices, cases, notices.c.case_id == cases.c.id)
    .where(notices.c.state == NoticeState.INTENDED)
    .order_by(notices.c.next_try_at, notices.c.id)
)
_NOTICES_DUE = _NOTICES.where(notices.c.next_try_at <= _NOW).limit(_MOST)
_NOTICES_NAMED = _NOTICES.where(notices.c.id.in_(bindparam("ids", expanding=True)))


def due_steps(
    connection: Connection, now: datetime, *, rows: Collection[int] | None = None, limit: int = 50
) -> list[DueStep]:
    """Steps that are not done: those named, else those whose time has come, the oldest first."""
    if rows is None:
        answer = connection.execute(_STEPS_DUE, {"now": now, "most": limit})
    else:
        answer = connection.execute(_STEPS_NAMED, {"rows": list(rows)})
    found = answer.mappings().all()
    known, around = _around(connection, found, now)
    return [_due_step(row, known[row["id"]], around, now) for row in found]


def pending_notices(
    connection: Connection, now: datetime, *, ids: Collection[str] | None = None, limit: int = 50
) -> list[Pending]:
    """Notices written down and not accepted: those named, else those due for a try, the oldest first."""
    if ids is None:
        answer = connection.execute(_NOTICES_DUE, {"now": now, "most": limit})
    else:
        answer = connection.execute(_NOTICES_NAMED, {"ids": list(ids)})
    found = answer.mappings().all()
    known, around = _around(connection, found, now)
    return [_pending(row, known[row["id"]], around, now) for row in found]


def _around(
    connection: Connection, rows: Collection[RowMapping], now: datetime
) -> tuple[dict[str, Case], Around]:
    known = {row["id"]: case_of(row) for row in rows}
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
