"""Reading what decides on steps besides their own case: other cases of the plate and the place, silences."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, Select, func, select, text

from cases.instead import NOBODY, TAKEN
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
    ids = {case.id for case, _ in due}
    family = _family(connection, ids)
    history = _history(connection, family)
    undecided, elsewhere = _undecided(connection, ids), set[tuple[str, str]]()
    unreached = _unreached(connection, ids)
    for case_id, step in _on_their_way(connection, family.keys()):
        if case_id in ids:
            undecided[case_id].add(step)
        else:
            elsewhere.add((family[case_id], step))
    silences = active(connection, at)
    graver = _graver(connection, [case for case, _ in due])
    return {
        (case.id, rung.id): Surroundings(
            violations=_violations(connection, case, rung),
            taken=frozenset(history[case.id].taken),
            inherited=frozenset(history[case.id].inherited),
            told=history[case.id].told,
            unreached=frozenset(unreached[case.id]),
            undecided=frozenset(undecided[case.id] | {step for owner, step in elsewhere if owner == case.id}),
            elsewhere=frozenset(step for owner, step in elsewhere if owner == case.id),
            silence=_silence(case, silences, at),
            graver=graver.get(case.id, ""),
        )
        for case, rung in due
    }


def site_of(source: str) -> str:
    """The site of a camera or sensor; empty for what has none."""
    return source.split("/")[1] if source.count("/") > 1 else ""


def _family(connection: Connection, ids: Collection[str]) -> dict[str, str]:
    """Each case, and those that were merged into it, by the case that goes on."""
    rows = connection.execute(select(cases.c.id, cases.c.merged_into).where(cases.c.merged_into.in_(ids)))
    return {one: one for one in ids} | {row.id: row.merged_into for row in rows}


@dataclass(slots=True)
class _History:
    """Which steps of a case were taken, by whom, and when owners were told."""

    taken: set[str] = field(default_factory=set)
    inherited: set[str] = field(default_factory=set)
    told: dict[str, datetime] = field(default_factory=dict)


def _history(connection: Connection, family: dict[str, str]) -> defaultdict[str, _History]:
    accepted = select(notices.c.case_id, notices.c.step, func.max(notices.c.accepted_at).label("at")).where(
        notices.c.case_id.in_(family), notices.c.state == ACCEPTED
    )
    done = select(steps.c.case_id, steps.c.step).where(steps.c.case_id.in_(family), steps.c.outcome == TAKEN)
    found: defaultdict[str, _History] = defaultdict(_History)
    rows = [
        (row.case_id, row.step, row.at)
        for row in connection.execute(accepted.group_by(notices.c.case_id, notices.c.step))
    ] + [(row.case_id, row.step, None) for row in connection.execute(done)]
    for case_id, step, at in rows:
        own = found[family[case_id]]
        own.taken.add(step)
        if family[case_id] != case_id:
            own.inherited.add(step)
        if at is not None:
            own.told[step] = max(at, own.told.get(step, at))
    return found


def _undecided(connection: Connection, ids: Collection[str]) -> defaultdict[str, set[str]]:
    waiting = select(steps.c.case_id, steps.c.step).where(steps.c.case_id.in_(ids), steps.c.done_at.is_(None))
    found: defaultdict[str, set[str]] = defaultdict(set)
    for row in connection.execute(waiting):
        found[row.case_id].add(row.step)
    return found


def _unreached(connection: Connection, ids: Collection[str]) -> defaultdict[str, set[str]]:
    """Steps that found nobody to tell."""
    query = select(steps.c.case_id, steps.c.step).where(
        steps.c.case_id.in_(ids), steps.c.done_at.is_not(None), steps.c.outcome.startswith(NOBODY)
    )
    found: defaultdict[str, set[str]] = defaultdict(set)
    for row in connection.execute(query):
        found[row.case_id].add(row.step)
    return found


def _on_their_way(connection: Connection, ids: Collection[str]) -> list[tuple[str, str]]:
    query: Select[tuple[str, str]] = select(notices.c.case_id, notices.c.step).where(
        notices.c.case_id.in_(ids), notices.c.state == INTENDED
    )
    return [(row.case_id, row.step) for row in connection.execute(query)]


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


def _graver(connection: Connection, due: Sequence[Case]) -> dict[str, str]:
    """Open cases at the same site, or the same address, of a matter that holds back tows."""
    matters = {matter for case in due for matter in case.policy.inhibited_by}
    if not matters:
        return {}
    rows = connection.execute(
        select(cases.c.id, cases.c.matter, cases.c.source, cases.c.place).where(
            text(IS_OPEN), cases.c.matter.in_(matters)
        )
    ).all()
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
