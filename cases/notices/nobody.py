"""Writing down that nobody could be told, and what the ladder does instead (`cases.notices.instead`)."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from cases import trail
from cases.notices.delivery import GIVEN_BACK
from cases.notices.instead import NOBODY, TAKEN, instead
from cases.rows import case_of
from cases.tables import cases, notices, steps

HOPELESS = ("refused", "withheld")
"""States of notices that reached nobody."""


def nobody_told(
    connection: Connection, case_id: str, step: str, why: str, now: datetime, *, actor: str
) -> None:
    """Write down that nobody could be told, and what follows, in the caller's transaction.

    Args:
        connection: inside a transaction that writes.
        case_id: the case.
        step: the step, closed already or not.
        why: for people.
        now: the time.
        actor: who says so.
    """
    _end(connection, case_id, step, why, now, again=True)
    rows = connection.execute(
        select(steps.c.step, steps.c.due_at, steps.c.done_at, steps.c.outcome).where(
            steps.c.case_id == case_id
        )
    ).all()
    waiting = {row.step: row.due_at for row in rows if row.done_at is None}
    done = frozenset(row.step for row in rows if row.done_at is not None and row.outcome == TAKEN)
    case = case_of(connection.execute(select(cases).where(cases.c.id == case_id)).mappings().one())
    follows = instead(case.policy, step, waiting, done)
    for dropped in follows.dropped:
        _end(connection, case_id, dropped, f"as with the step {step!r} before it", now)
    entries = [
        (f"{one}: {NOBODY}as with the step {step!r} before it", "step_not_taken") for one in follows.dropped
    ]
    if follows.now and waiting[follows.now] > now:
        where = (steps.c.case_id == case_id, steps.c.step == follows.now, steps.c.done_at.is_(None))
        connection.execute(update(steps).where(*where).values(due_at=now))
        was = f"{waiting[follows.now]:%Y-%m-%d %H:%M:%S}"
        said = f"{follows.now}: now and not at {was} UTC, for nobody could be told by {step!r}: {why}"
        entries.append((said, "step_brought_forward"))
    told = [
        {"case_id": case_id, "at": now, "actor": actor, "what": what, "why": said[:1000]}
        for said, what in entries
    ]
    trail.append(connection, told)


def told_nobody(connection: Connection, case_id: str, step: str) -> bool:
    """Whether every notice of a step came to nothing, and none is under way or at the provider."""
    mine = (notices.c.case_id == case_id, notices.c.step == step)
    hopeful = (notices.c.state.not_in(HOPELESS), notices.c.delivery.not_in(GIVEN_BACK))
    return connection.execute(select(notices.c.id).where(*mine, *hopeful).limit(1)).first() is None


def _end(
    connection: Connection, case_id: str, step: str, why: str, now: datetime, *, again: bool = False
) -> None:
    """Close a step with nobody told; `again` when it may be closed as one whose notices were written."""
    where = [steps.c.case_id == case_id, steps.c.step == step]
    if not again:
        where.append(steps.c.done_at.is_(None))
    connection.execute(update(steps).where(*where).values(done_at=now, outcome=(NOBODY + why)[:1000]))
