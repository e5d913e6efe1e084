"""The clock of the ledger: takes every step that is no notice, says what was missed, and archives.

What is due stands in the database, so a restart forgets nothing: what was missed meanwhile is done once, in
its order. At rest one indexed question tells that nothing is due.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, select, text, update

from cases import life, trail
from cases.changes import CLOCK, MISSED, Changes
from cases.commanding import escalated_to
from cases.database import Database
from cases.deadlines import ARCHIVE, archives
from cases.life import Case, Missed, Shelved, Taken
from cases.notices.instead import TAKEN
from cases.routing import Router
from cases.steps import Does, Step
from cases.surroundings import Around, cases_of, surroundings
from cases.tables import UtcDateTime, deadlines, steps
from cases.taking import Later, Never, Surroundings, verdict
from models.errors import Refused

ACTOR = "clearway.clock"
AT_ONCE = 200
"""How much one transaction does; a thousand deadlines that fall due together are five of them."""

_MOMENT = bindparam("now", type_=UtcDateTime)
_STEP_DUE = select(func.min(steps.c.due_at)).where(steps.c.done_at.is_(None), text(f"lane = '{CLOCK}'"))
_DEADLINE_DUE = select(func.min(deadlines.c.due_at)).where(deadlines.c.done_at.is_(None))
_STEPS = (
    select(steps.c.id, steps.c.case_id, steps.c.step, steps.c.due_at)
    .where(steps.c.done_at.is_(None), text(f"lane = '{CLOCK}'"), steps.c.due_at <= _MOMENT)
    .order_by(steps.c.due_at, steps.c.id)
    .limit(AT_ONCE)
    .with_for_update(skip_locked=True)
)
_DEADLINES = (
    select(deadlines.c.id, deadlines.c.case_id, deadlines.c.name, deadlines.c.due_at)
    .where(deadlines.c.done_at.is_(None), deadlines.c.due_at <= _MOMENT)
    .order_by(deadlines.c.due_at, deadlines.c.id)
    .limit(AT_ONCE)
    .with_for_update(skip_locked=True)
)


@dataclass(frozen=True, slots=True, order=True)
class Due:
    """Something whose time has come.

    Attributes:
        step: id of a step of the ladder; empty for a deadline.
        deadline: its name; empty for a step.
    """

    due_at: datetime
    row: int
    case_id: str
    step: str = ""
    deadline: str = ""


class Clockwork:
    """Does what is due.

    Args:
        database: the ledger's.
        router: who knows the areas, for escalations.
    """

    def __init__(self, database: Database, router: Router) -> None:
        self._database = database
        self._router = router

    def next_due(self) -> datetime | None:
        """When there will be something to do; None when nothing waits."""
        with self._database.read() as connection:
            found = [connection.execute(query).scalar_one() for query in (_STEP_DUE, _DEADLINE_DUE)]
        return min((at for at in found if at is not None), default=None)

    def run(self, now: datetime) -> int:
        """Do what is due, up to `AT_ONCE` in one transaction; returns how much was looked at.

        Raises:
            TransportDown: nothing was done; try again.
        """
        first = self.next_due()
        if first is None or first > now:
            return 0
        with self._database.write() as connection:
            due = _due(connection, now)
            known = cases_of(connection, {one.case_id for one in due}, lock=True)
            around = _around(connection, due, known, now)
            turn = _Turn(connection, self._router, known, around, now)
            for one in due:
                turn.take(one)
            turn.write()
        return len(due)


class _Turn:
    """One transaction of the clock."""

    def __init__(
        self,
        connection: Connection,
        router: Router,
        known: dict[str, Case],
        around: Around,
        now: datetime,
    ) -> None:
        self._connection = connection
        self._router = router
        self._known = known
        self._around = around
        self._now = now
        self._changes = Changes(connection, now)
        self._steps: list[dict[str, object]] = []
        self._deadlines: list[dict[str, object]] = []
        self._untaken: list[dict[str, object]] = []
        self._taken: set[tuple[str, str]] = set()
        self._settled: set[tuple[str, str]] = set()

    def take(self, due: Due) -> None:
        case = self._changes.latest(self._known[due.case_id])
        if due.deadline == ARCHIVE:
            self._shelve(due, case)
        elif due.deadline:
            self._miss(due, case)
        else:
            self._step(due, case)

    def write(self) -> None:
        self._changes.write()
        for statement, rows in ((_STEP_DONE, self._steps), (_DEADLINE_DONE, self._deadlines)):
            if rows:
                self._connection.execute(statement, rows)
        trail.append(self._connection, self._untaken)

    def _step(self, due: Due, case: Case) -> None:
        rung = case.policy.step_of(due.step)
        if rung is None:
            self._refuse(due, case, f"policy {case.policy.name!r} has no such step")
            return
        match verdict(rung, case, self._near(case, rung), self._now):
            case Later(until, why):
                self._finish(due, until, None, f"waits: {why}")
            case Never(why):
                self._refuse(due, case, why)
            case _:
                self._do(due, case, rung)

    def _do(self, due: Due, case: Case, rung: Step) -> None:
        try:
            after, changes = life.step(case, Taken(rung), self._now)
        except Refused as exc:
            self._refuse(due, case, exc.reason)
            return
        said: dict[str, object] = {"due_at": due.due_at, "does": rung.does.value, "unit": case.lead}
        if rung.does is Does.ESCALATE:
            said |= escalated_to(self._connection, after, self._router)
        for change in changes:
            why = f"the ladder's step {rung.id!r} was due"
            self._changes.note(case, after, change, actor=ACTOR, why=why, about=rung.id, said=said)
        self._finish(due, due.due_at, self._now, TAKEN)

    def _refuse(self, due: Due, case: Case, why: str) -> None:
        """It will not be taken: written down with the reason, and told to nobody."""
        self._finish(due, due.due_at, self._now, why)
        self._untaken.append(
            {
                "case_id": case.id,
                "at": self._now,
                "actor": ACTOR,
                "what": "step_not_taken",
                "why": f"{due.step}: {why}"[:1000],
            }
        )

    def _near(self, case: Case, rung: Step) -> Surroundings:
        """What decides on a step, with what this very turn did: steps due together follow their order."""
        near = self._around[case.id, rung.id]
        return replace(
            near,
            taken=near.taken | {step for owner, step in self._taken if owner == case.id},
            undecided=near.undecided - {step for owner, step in self._settled if owner == case.id},
        )

    def _miss(self, due: Due, case: Case) -> None:
        after, (change,) = life.step(case, Missed(due.deadline), self._now)
        late_s = round((self._now - due.due_at).total_seconds(), 3)
        said = {"due_at": due.due_at, "late_s": late_s, "unit": case.lead}
        why = f"the deadline {due.deadline!r} passed"
        self._changes.note(case, after, change, actor=ACTOR, why=why, about=due.deadline, said=said)
        self._deadlines.append({"of_row": due.row, "done": self._now, "said": MISSED})

    def _shelve(self, due: Due, case: Case) -> None:
        if archives(case):
            after, (change,) = life.step(case, Shelved(), self._now)
            why = f"closed for {case.policy.archive_after_days:g} days"
            self._changes.note(case, after, change, actor=ACTOR, why=why)
        self._deadlines.append({"of_row": due.row, "done": self._now, "said": "archived"})

    def _finish(self, due: Due, due_at: datetime, done_at: datetime | None, outcome: str) -> None:
        if done_at is not None:
            self._settled.add((due.case_id, due.step))
        if outcome == TAKEN:
            self._taken.add((due.case_id, due.step))
        self._steps.append({"of_row": due.row, "due": due_at, "done": done_at, "said": outcome[:1000]})


def _due(connection: Connection, now: datetime) -> list[Due]:
    """What is due, oldest first, at most `AT_ONCE`."""
    found = [
        Due(row.due_at, row.id, row.case_id, step=row.step)
        for row in connection.execute(_STEPS, {"now": now})
    ] + [
        Due(row.due_at, row.id, row.case_id, deadline=row.name)
        for row in connection.execute(_DEADLINES, {"now": now})
    ]
    return sorted(found)[:AT_ONCE]


def _around(connection: Connection, due: Sequence[Due], known: dict[str, Case], now: datetime) -> Around:
    """What decides on the steps among what is due; nothing is read where there are only deadlines."""
    rungs: list[tuple[Case, Step]] = []
    for one in due:
        rung = known[one.case_id].policy.step_of(one.step) if one.step else None
        if rung is not None:
            rungs.append((known[one.case_id], rung))
    return surroundings(connection, rungs, now) if rungs else {}


_STEP_DONE = (
    update(steps)
    .where(steps.c.id == bindparam("of_row"))
    .values(due_at=bindparam("due"), done_at=bindparam("done"), outcome=bindparam("said"))
)
_DEADLINE_DONE = (
    update(deadlines)
    .where(deadlines.c.id == bindparam("of_row"))
    .values(done_at=bindparam("done"), outcome=bindparam("said"))
)
