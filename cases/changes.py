"""What changes in one transaction: noted case by case, written once, with everything that follows from it."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from itertools import chain
from typing import Any

from sqlalchemy import Connection, bindparam, update

from cases import deadlines as rules
from cases import life, trail
from cases.bulk import insert_many
from cases.life import Case, Change
from cases.rows import CHANGING, audited, changing_values, values_of
from cases.steps import Does
from cases.tables import cases, deadlines, notices, origins, outbox, steps

CASE_CLOSED = "the case was closed"
OVER_BECAUSE = {
    Change.CLOSED: CASE_CLOSED,
    Change.DISMISSED: "the case was dismissed",
    Change.MERGED: "the case was merged into another",
}
VOICE, CLOCK = "voice", "clock"
"""Who takes a step: the notifier, or the clock of the ledger (`cases.clockwork`)."""
KEPT, MISSED = "kept", "missed"


class Changes:
    """One transaction's changes. Note them in their order, then `write` once.

    Args:
        connection: inside a transaction that writes.
        now: wall clock.
    """

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now
        self._cases: dict[str, Case] = {}
        self._said: dict[str, tuple[Case, dict[str, Any]]] = {}
        self._new: set[str] = set()
        self._merged: list[dict[str, str]] = []
        self._over: list[dict[str, Any]] = []
        self._kept: list[dict[str, Any]] = []
        self._all_kept: list[dict[str, Any]] = []
        self._audit: list[dict[str, Any]] = []
        self._outbox: list[dict[str, Any]] = []
        self._steps: list[dict[str, Any]] = []
        self._deadlines: dict[str, list[dict[str, Any]]] = defaultdict(list)

    def latest(self, case: Case) -> Case:
        """The case as it is after what was noted so far."""
        return self._cases.get(case.id, case)

    def note(
        self,
        before: Case | None,
        after: Case,
        change: Change,
        *,
        actor: str,
        why: str,
        cause: str | None = None,
        about: str = "",
        said: Mapping[str, Any] | None = None,
    ) -> None:
        """Take note of a change, and of everything that follows from it.

        Args:
            before: None for a case that opens.
            after: the case as the rules left it.
            change: what became of it.
            actor: who did it.
            why: for the audit and for whoever reads the outbox.
            cause: the observation that led to it.
            about: the step of the ladder or the deadline it is about.
            said: more for the outbox.
        """
        if before is None:
            self._new.add(after.id)
        self._cases[after.id] = after
        self._audit.append(
            {
                "case_id": after.id,
                "at": self._now,
                "actor": actor[:100],
                "what": change.value,
                "why": why[:1000],
                "cause": cause,
                "before": None if before is None else self._said_of(before),
                "after": self._said_of(after),
            }
        )
        more = {"why": why, "actor": actor} | ({"about": about} if about else {}) | dict(said or {})
        self._outbox.append(
            {
                "case_id": after.id,
                "type": f"clearway.case.{change.value}.v1",
                "at": self._now,
                "body": self._said_of(after) | more,
            }
        )
        self._follow(after, change, about)

    def merge(self, younger: Case, elder: Case, *, actor: str, why: str, cause: str | None = None) -> Case:
        """One incident, one case: the younger ends in the elder, which is returned as it goes on."""
        gone, grown = life.merged(younger, elder, self._now)
        self.note(younger, gone, Change.MERGED, actor=actor, why=why, cause=cause)
        self.note(elder, grown, Change.ABSORBED, actor=actor, why=why, cause=cause)
        self._merged.append({"younger": younger.id, "elder": elder.id})
        return grown

    def write(self) -> int:
        """Write everything noted; returns how many cases changed."""
        old = [case for case in self._cases.values() if case.id not in self._new]
        # A key must be given up before another case can take it: what is over first, then those that
        # got another key, then the new ones.
        for going_on in (False, True):
            self._many(_UPDATE_CASE, [_bound(one) for one in old if one.state.is_open is going_on])
        opened = [values_of(self._cases[one]) for one in self._cases if one in self._new]
        insert_many(self._connection, cases, opened)
        self._many(_CANCEL_STEPS, self._over)
        self._many(_HURRY_NOTICES, self._hurried())
        self._many(_KEEP, self._kept)
        self._many(_KEEP_ALL, self._all_kept)
        # A step is taken once in a case's life, however often its condition comes about.
        insert_many(self._connection, steps, self._steps, unless_same=("case_id", "step"))
        insert_many(self._connection, deadlines, [*chain.from_iterable(self._deadlines.values())])
        insert_many(self._connection, outbox, self._outbox)
        trail.append(self._connection, self._audit)
        return len(self._cases)

    def repoint(self) -> None:
        """Let the stays and alarms of merged cases belong to the case that goes on; after `write`."""
        for statement in (_REPOINT_ORIGINS, _REPOINT_CASES):
            self._many(statement, self._merged)

    def _hurried(self) -> list[dict[str, Any]]:
        return [{"of_case": one["of_case"], "now": one["now"]} for one in self._over]

    def _many(self, statement: Any, rows: list[dict[str, Any]]) -> None:  # noqa: ANN401 - any statement
        if rows:
            self._connection.execute(statement, rows)

    def _follow(self, case: Case, change: Change, about: str) -> None:
        if change in OVER_BECAUSE:
            self._drop_steps(case.id, OVER_BECAUSE[change])
        self._fulfil(case, change)
        # Owners are told from when a device saw it, and a clock that is ahead puts nothing off. Departments
        # have their time from when the centre knew.
        since = min(case.recorded_at, self._now) if change is Change.OPENED else self._now
        for due in life.due_steps(case, change, since, about):
            rung = case.policy.step_of(due.step)
            told = rung is not None and rung.does is Does.NOTIFY_OWNER
            self._steps.append(
                {
                    "case_id": case.id,
                    "step": due.step,
                    "due_at": due.due_at,
                    "done_at": None,
                    "outcome": None,
                    "lane": VOICE if told else CLOCK,
                    "urgent": rung is not None and case.policy.is_urgent(rung),
                }
            )
        self._deadlines[case.id].extend(
            {
                "case_id": case.id,
                "name": due.name,
                "unit": case.lead,
                "area_path": case.area_path,
                "began_at": self._now,
                "due_at": due.due_at,
                "done_at": None,
                "outcome": None,
            }
            for due in rules.begin(case, change, self._now)
        )

    def _said_of(self, case: Case) -> dict[str, Any]:
        """What audit and outbox say of a case; what one change leads to, the next one begins with."""
        known = self._said.get(case.id)
        if known is None or known[0] is not case:
            known = self._said[case.id] = (case, audited(case))
        return known[1]

    def _drop_steps(self, case_id: str, why: str) -> None:
        """What was due while it stood is due no more, written already or still to be written."""
        if case_id not in self._new:
            self._over.append({"of_case": case_id, "now": self._now, "why": why})
        for row in self._steps:
            if row["case_id"] == case_id:
                row.update(done_at=self._now, outcome=why)

    def _fulfil(self, case: Case, change: Change) -> None:
        """What was done in time was kept; what is late already is left for the clock to say."""
        for row in self._deadlines.get(case.id, ()):
            if rules.fulfils(change, row["name"]) and self._in_time(row):
                row.update(done_at=self._now, outcome=KEPT)
        if case.id in self._new:
            return
        if change in rules.OVER:
            self._all_kept.append({"of_case": case.id, "now": self._now})
        else:
            names = sorted(rules.FULFILS.get(change, ()))
            self._kept.extend({"of_case": case.id, "now": self._now, "of_name": name} for name in names)

    def _in_time(self, row: Mapping[str, Any]) -> bool:
        return row["done_at"] is None and bool(row["due_at"] >= self._now)


def _bound(case: Case) -> dict[str, Any]:
    return {f"b_{name}": value for name, value in changing_values(case).items()} | {"b_id": case.id}


_UPDATE_CASE = (
    update(cases)
    .where(cases.c.id == bindparam("b_id"))
    .values({name: bindparam(f"b_{name}") for name in CHANGING})
)
_CANCEL_STEPS = (
    update(steps)
    .where(steps.c.case_id == bindparam("of_case"), steps.c.done_at.is_(None))
    .values(done_at=bindparam("now"), outcome=bindparam("why"))
)
_HURRY_NOTICES = (
    update(notices)
    .where(
        notices.c.case_id == bindparam("of_case"),
        notices.c.state == "intended",
        notices.c.in_doubt.is_(False),
        notices.c.next_try_at > bindparam("now"),
    )
    .values(next_try_at=bindparam("now"))
)
"""What waits for the morning is judged at once when its case is over: withheld, and nothing waits for it."""
_PENDING = (
    (deadlines.c.case_id == bindparam("of_case"))
    & deadlines.c.done_at.is_(None)
    & (deadlines.c.due_at >= bindparam("now"))
)
_KEEP = (
    update(deadlines)
    .where(_PENDING, deadlines.c.name == bindparam("of_name"))
    .values(done_at=bindparam("now"), outcome=KEPT)
)
_KEEP_ALL = (
    update(deadlines)
    .where(_PENDING, deadlines.c.name != rules.ARCHIVE)
    .values(done_at=bindparam("now"), outcome=KEPT)
)
_REPOINT_ORIGINS = (
    update(origins).where(origins.c.case_id == bindparam("younger")).values(case_id=bindparam("elder"))
)
_REPOINT_CASES = (
    update(cases).where(cases.c.merged_into == bindparam("younger")).values(merged_into=bindparam("elder"))
)
