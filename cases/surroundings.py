"""Reading what decides on steps besides their own case: other cases of the plate and the place, silences."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import BindParameter, Connection, RowMapping, bindparam, select, text

from cases.notices.delivery import GIVEN_BACK
from cases.notices.instead import NOBODY, TAKEN
from cases.record import Case
from cases.rows import case_of
from cases.silences import Silence, active, silence_over
from cases.states import Disowned
from cases.steps import Step
from cases.tables import IS_OPEN, cases, notices, steps
from cases.taking import Surroundings, violations
from models.errors import Refused

INTENDED, ACCEPTED = "intended", "accepted"
MOST_VIOLATIONS = 1000

Around = dict[tuple[str, str], Surroundings]
"""By case and step."""


def cases_of(connection: Connection, ids: Collection[str], *, lock: bool = False) -> dict[str, Case]:
    """Cases by id; locked against other writers until the transaction ends, if asked for."""
    query = select(cases).where(cases.c.id.in_(ids)).order_by(cases.c.number)
    rows = connection.execute(query.with_for_update() if lock else query).mappings()
    return {row["id"]: case_of(row) for row in rows}


def surroundings(connection: Connection, due: Sequence[tuple[Case, Step]], at: datetime) -> Around:
    """What decides on steps, by case and step.

    Args:
        connection: any.
        due: the steps, with their cases as they are now.
        at: now.
    """
    if not due:
        return {}
    ids = {case.id for case, _ in due}
    history = _history(connection, ids)
    silences = active(connection, at)
    graver = _graver(connection, [case for case, _ in due])
    return {
        (case.id, rung.id): Surroundings(
            violations=_violations(connection, case, rung),
            taken=frozenset(history[case.id].taken),
            inherited=frozenset(history[case.id].inherited),
            told=history[case.id].told,
            unreached=frozenset(history[case.id].unreached),
            undecided=frozenset(history[case.id].undecided | history[case.id].elsewhere),
            elsewhere=frozenset(history[case.id].elsewhere),
            silence=_silence(case, silences, at),
            graver=graver.get(case.id, ""),
        )
        for case, rung in due
    }


def site_of(source: str) -> str:
    """The site of a camera or sensor; empty for what has none."""
    return source.split("/")[1] if source.count("/") > 1 else ""


@dataclass(slots=True)
class _History:
    """What became of the steps of a case, and of those of cases that were merged into it."""

    taken: set[str] = field(default_factory=set)
    inherited: set[str] = field(default_factory=set)
    told: dict[str, datetime] = field(default_factory=dict)
    unreached: set[str] = field(default_factory=set)
    undecided: set[str] = field(default_factory=set)
    elsewhere: set[str] = field(default_factory=set)


# Written once: to put a statement together takes longer than to run it, and each notice asks several times.
_IDS: BindParameter[str] = bindparam("ids", expanding=True)
_MERGED = select(cases.c.id, cases.c.merged_into).where(cases.c.merged_into.in_(_IDS))
_STEPS = select(steps.c.case_id, steps.c.step, steps.c.done_at, steps.c.outcome).where(
    steps.c.case_id.in_(_IDS)
)
_NOTICES = select(notices.c.case_id, notices.c.step, notices.c.state, notices.c.accepted_at).where(
    notices.c.case_id.in_(_IDS),
    notices.c.state.in_((ACCEPTED, INTENDED)),
    # Nobody was told by what the provider gave back.
    notices.c.delivery.not_in(GIVEN_BACK),
)


def _history(connection: Connection, ids: Collection[str]) -> defaultdict[str, _History]:
    merged = connection.execute(_MERGED, {"ids": list(ids)})
    family = {one: one for one in ids} | {row.id: row.merged_into for row in merged}
    found: defaultdict[str, _History] = defaultdict(_History)
    for row in connection.execute(_STEPS, {"ids": list(family)}).mappings():
        _note_step(found[family[row["case_id"]]], row, own=family[row["case_id"]] == row["case_id"])
    for row in connection.execute(_NOTICES, {"ids": list(family)}).mappings():
        _note_notice(found[family[row["case_id"]]], row, own=family[row["case_id"]] == row["case_id"])
    return found


def _note_step(history: _History, row: RowMapping, *, own: bool) -> None:
    outcome = row["outcome"] or ""
    if outcome == TAKEN:
        history.taken.add(row["step"])
        if not own:
            history.inherited.add(row["step"])
    elif own and row["done_at"] is None:
        history.undecided.add(row["step"])
    elif own and outcome.startswith(NOBODY):
        history.unreached.add(row["step"])


def _note_notice(history: _History, row: RowMapping, *, own: bool) -> None:
    if row["state"] == INTENDED:
        (history.undecided if own else history.elsewhere).add(row["step"])
        return
    history.taken.add(row["step"])
    if not own:
        history.inherited.add(row["step"])
    if row["accepted_at"] is not None:
        history.told[row["step"]] = max(row["accepted_at"], history.told.get(row["step"], row["accepted_at"]))


def _violations(connection: Connection, case: Case, rung: Step) -> tuple[datetime, ...]:
    """Earlier incidents of the same plate in the same matter; only a plate that was surely read counts."""
    if rung.violations_at_least == 1 or case.plate is None or not case.plate.names_vehicle:
        return ()
    rows = connection.execute(
        select(cases.c.opened_at, cases.c.closed_at, cases.c.resolution)
        .where(
            cases.c.plate_text == case.plate.text,
            cases.c.matter == case.matter,
            cases.c.opened_at >= case.opened_at - timedelta(days=rung.within_days),
            cases.c.opened_at <= case.opened_at,
            cases.c.id != case.id,
            cases.c.state.not_in(("dismissed", "merged")),
            cases.c.disowned != Disowned.TRUE,
            cases.c.dedup_key.endswith(f"/plate/{case.plate.text}", autoescape=True),
        )
        .order_by(cases.c.opened_at.desc())
        .limit(MOST_VIOLATIONS)
    )
    return violations([(row.opened_at, row.closed_at, row.resolution) for row in rows], case.policy.grace_s)


def _silence(case: Case, known: Sequence[Silence], at: datetime) -> tuple[datetime, str] | None:
    found = silence_over(case, known, at)
    return None if found is None else (found.until, found.why)


_GRAVE = select(cases.c.id, cases.c.matter, cases.c.source, cases.c.place).where(
    text(IS_OPEN), cases.c.matter.in_(bindparam("matters", expanding=True))
)


def _graver(connection: Connection, due: Sequence[Case]) -> dict[str, str]:
    """Open cases at the same site, or the same address, of a matter that holds back tows."""
    matters = {matter for case in due for matter in case.policy.inhibited_by}
    if not matters:
        return {}
    rows = connection.execute(_GRAVE, {"matters": sorted(matters)}).all()
    return {
        case.id: f"{row.matter} is open"
        for case in due
        for row in rows
        if row.matter in case.policy.inhibited_by
        and row.id != case.id
        and (
            (site_of(case.source) and site_of(row.source) == site_of(case.source))
            or (case.place and row.place == case.place)
        )
    }


def rung_of(case: Case, step: str) -> Step:
    """A step of the ladder that is pinned into a case.

    Raises:
        Refused: the ladder has none of that id.
    """
    found = case.policy.step_of(step)
    if found is None:
        raise Refused(f"policy {case.policy.name!r} has no step {step!r}", state=case.state, command="step")
    return found
