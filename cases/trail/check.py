"""Checking the whole audit: every chain, every day, every seal, and that nothing is missing beside them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from sqlalchemy import Connection, exists, select
from sqlalchemy.exc import DBAPIError

from cases.tables import audit, cases
from cases.trail import guard as trail_guard
from cases.trail.hashing import GENESIS, added
from cases.trail.rows import Stored, rows_of, stored
from cases.trail.seal import HEAD, Seal, seal_hash, seals_of, signed_by, tree_of
from cases.trail.tables import trail_days, trail_gate, trail_heads
from cases.trail.walk import Finding, Walk

_AT_ONCE = 500


@dataclass
class Report:
    """What was looked at and what was found.

    Attributes:
        findings: empty when everything is as it was written.
    """

    entries: int = 0
    chains: int = 0
    days: int = 0
    seals: int = 0
    signed: int = 0
    findings: list[Finding] = field(default_factory=list)

    def take(self, place: str, findings: Iterable[Finding]) -> None:
        """Add what a check finds; values that cannot even be read are a finding too."""
        try:
            self.findings.extend(findings)
        except (ValueError, TypeError, DBAPIError) as exc:
            said = str(exc).splitlines()[0]
            self.findings.append(Finding(place, f"cannot be read, so it is not as it was written: {said}"))


def check_case(connection: Connection, case_id: str) -> Report:
    """Check the chain of one case, not the days that it counts in."""
    report = Report()
    query = stored().where(audit.c.chain == case_id).order_by(audit.c.number, audit.c.id)
    report.take("audit", _chains(connection, rows_of(connection, query), report, {}, since=None))
    if report.entries == 0:
        report.findings.append(Finding(case_id, "has no entries"))
    return report


def check_all(
    connection: Connection, *, since: str | None = None, key: str | None = None, anchor: str | None = None
) -> Report:
    """Check everything, in one consistent view.

    Args:
        connection: to the ledger, reading.
        since: only days from here on, `2026-11-22`; what was before is believed.
        key: the centre's public key; with it every seal must be signed by it.
        anchor: the hash of a seal that was kept elsewhere: it must still be among the seals.
    """
    report, days = Report(), dict[str, tuple[int, str]]()
    query = stored().order_by(audit.c.chain, audit.c.number, audit.c.id)
    if since is not None:
        query = query.where(audit.c.day >= since)
    report.take("audit", _chains(connection, rows_of(connection, query), report, days, since=since))
    report.take("audit", _lost_chains(connection, since))
    report.take("days", _days(connection, report, days, since))
    report.take(HEAD, _seals(connection, report, since=since, key=key, anchor=anchor))
    report.take("guard", _guards(connection))
    return report


def _guards(connection: Connection) -> Iterator[Finding]:
    for name in trail_guard.missing(connection):
        yield Finding("guard", f"the trigger {name} is missing or was changed")
    if connection.execute(select(trail_gate.c.reason)).first() is not None:
        yield Finding("guard", "the gate for purges stands open")


def _chains(
    connection: Connection,
    rows: Iterator[Stored],
    report: Report,
    days: dict[str, tuple[int, str]],
    *,
    since: str | None,
) -> Iterator[Finding]:
    walks: list[Walk] = []
    for chain, entries in groupby(rows, key=lambda row: row.chain):
        walk = Walk(chain)
        for entry in entries:
            if walk.number == 0 and since is not None and entry.number > 1:
                _begin_later(connection, walk, entry)
            walk.add(entry)
            report.entries += 1
            count, total = days.get(entry.day, (0, GENESIS))
            days[entry.day] = (count + 1, _plus(total, entry.hash))
        walks.append(walk)
        report.chains += 1
        if len(walks) == _AT_ONCE:
            yield from _settle(connection, walks)
            walks = []
    yield from _settle(connection, walks)


def _begin_later(connection: Connection, walk: Walk, entry: Stored) -> None:
    """Believe the entries before the first one looked at: only that the last of them is there."""
    query = select(audit.c.hash).where(audit.c.chain == walk.chain, audit.c.number == entry.number - 1)
    before = connection.execute(query).scalar_one_or_none()
    if before is not None:
        walk.number, walk.hash = entry.number - 1, before


def _plus(total: str, sealed: str) -> str:
    try:
        return added(total, [sealed])
    except ValueError:  # no hash at all: the walk has said so
        return total


def _settle(connection: Connection, walks: list[Walk]) -> Iterator[Finding]:
    """Hold finished chains against their heads and against their cases."""
    names = [walk.chain for walk in walks]
    heads = {
        row.chain: (row.number, row.hash)
        for row in connection.execute(select(trail_heads).where(trail_heads.c.chain.in_(names)))
    }
    columns = (cases.c.id, cases.c.state, cases.c.resolution)
    found = {row.id: row for row in connection.execute(select(*columns).where(cases.c.id.in_(names)))}
    for walk in walks:
        yield from walk.end(heads.get(walk.chain))
        case = found.get(walk.chain)
        if case is not None:
            yield from _state(walk, (case.state, case.resolution))
        elif not walk.chain.startswith(("day:", "subject:")) and "cases" not in walk.classes:
            yield Finding(walk.chain, "the case is gone, and no proof of purge says so")


def _state(walk: Walk, found: tuple[str, str | None]) -> Iterator[Finding]:
    if walk.state not in {None, found}:
        said, now = (" ".join(str(word) for word in words if word) for words in (walk.state or (), found))
        yield Finding(walk.chain, f"the trail ends with {said}, the case says {now}")


def _lost_chains(connection: Connection, since: str | None) -> Iterator[Finding]:
    """Chains of which only the head is left, and cases that have no chain."""
    entries = exists().where(audit.c.chain == trail_heads.c.chain)
    empty = select(trail_heads.c.chain, trail_heads.c.number).where(
        trail_heads.c.number > 0, trail_heads.c.chain != HEAD, ~entries
    )
    for row in connection.execute(empty):
        yield Finding(row.chain, f"all {row.number} entries are missing")
    silent = select(cases.c.id).where(~exists().where(trail_heads.c.chain == cases.c.id))
    if since is not None:
        silent = silent.where(cases.c.opened_at >= datetime.fromisoformat(f"{since}T00:00:00+00:00"))
    for case_id in connection.execute(silent).scalars():
        yield Finding(case_id, "the case has no trail")


def _days(
    connection: Connection, report: Report, days: dict[str, tuple[int, str]], since: str | None
) -> Iterator[Finding]:
    """Hold every day's count and sum against its entries."""
    query = select(trail_days).order_by(trail_days.c.day)
    if since is not None:
        query = query.where(trail_days.c.day >= since)
    counted: dict[str, tuple[int, str]] = {}
    for row in connection.execute(query):
        count, total = counted.get(row.day, (0, GENESIS))
        counted[row.day] = (count + row.entries, _plus(total, row.sum))
    report.days = len(counted)
    for day in sorted(counted.keys() | days.keys()):
        wanted, found = counted.get(day, (0, GENESIS)), days.get(day, (0, GENESIS))
        if wanted[0] != found[0]:
            yield Finding(day, f"the day had {wanted[0]} entries, and {found[0]} are here")
        elif wanted[1] != found[1]:
            yield Finding(day, "the day's entries are not those that were counted")


def _seals(
    connection: Connection, report: Report, *, since: str | None, key: str | None, anchor: str | None
) -> Iterator[Finding]:
    seals = seals_of(connection)
    report.seals = len(seals)
    yield from seal_chain(seals, key)
    head = connection.execute(select(trail_heads).where(trail_heads.c.chain == HEAD)).first()
    ends = (seals[-1].number, seals[-1].hash) if seals else (0, GENESIS)
    if (head.number, head.hash) != ends if head is not None else bool(seals):
        yield Finding(HEAD, "the last seal is not the one that was made last: seals are missing at the end")
    if anchor is not None and anchor not in {seal.hash for seal in seals}:
        yield Finding(
            HEAD, f"the seal {anchor[:12]}… is not here: the audit is not the one it was taken from"
        )
    for seal in seals:
        if since is not None and seal.day < since:
            continue
        tree = tree_of(connection, seal.day)
        if (tree.count, tree.root) != (seal.entries, seal.root):
            yield Finding(seal.day, f"its seal is over {seal.entries} entries, and they are not those here")
    report.signed = sum(seal.signature is not None for seal in seals)
    closed = select(trail_days.c.day).where(trail_days.c.closed).distinct().order_by(trail_days.c.day)
    unsealed = set(connection.execute(closed).scalars()) - {seal.day for seal in seals}
    for day in sorted(unsealed):
        if seals and day < seals[-1].day:
            yield Finding(day, "the day was closed and has no seal")


def seal_chain(seals: Iterable[Seal], key: str | None = None) -> Iterator[Finding]:
    """What is wrong with seals by themselves: one after the other, from the first."""
    previous, number = GENESIS, 0
    for seal in seals:
        if seal.number != number + 1:
            yield Finding(HEAD, f"the seals from {number + 1} to {seal.number - 1} are missing", seal.number)
        elif seal.previous != previous:
            yield Finding(HEAD, f"the seal of {seal.day} does not follow the one before it", seal.number)
        if seal_hash(seal) != seal.hash:
            yield Finding(HEAD, f"the seal of {seal.day} is not what was written", seal.number)
        signer = key or seal.key
        if signer is not None and not signed_by(seal, signer):
            problem = "is not signed by the centre's key" if key else "has a signature that does not hold"
            yield Finding(HEAD, f"the seal of {seal.day} {problem}", seal.number)
        previous, number = seal.hash, seal.number
