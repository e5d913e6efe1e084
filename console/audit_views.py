"""What is shown of the audit: its entries in words, with what each changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cases.trail.check import Report
from cases.trail.hashing import purged
from cases.trail.rows import Stored
from console.timeline import actor_name
from console.views import case_name
from console.wording import Wording

LONGEST = 160
"""Characters of one value that are shown: enough to know it by."""
FINDINGS_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One entry.

    Attributes:
        case_id: empty for entries of no case.
        place: the case by its number, or the chain that it stands in.
        changes: field, before, after.
        odd: why it cannot be read as it was written; empty when it can.
    """

    number: int
    at: datetime | None
    actor: str
    kind: str
    title: str
    why: str
    case_id: str
    place: str
    changes: tuple[tuple[str, str, str], ...]
    hash: str
    odd: str = ""


def entries_of(rows: Iterable[Stored], numbers: Mapping[str, int], words: Wording) -> list[AuditEntry]:
    """Entries in words."""
    return [_entry(row, numbers, words) for row in rows]


def verdict(report: Report, numbers: Mapping[str, int], words: Wording) -> tuple[bool, list[str]]:
    """Whether everything is as it was written, and in words what is not."""
    told = [
        f"{_place(one.chain, numbers)}{f', {one.number}' if one.number else ''}: {one.problem}"
        for one in report.findings[:FINDINGS_SHOWN]
    ]
    more = len(report.findings) - len(told)
    if more > 0:
        told.append(words.count("findings", more))
    return not report.findings, told


def _entry(row: Stored, numbers: Mapping[str, int], words: Wording) -> AuditEntry:
    entry = row.entry
    place = _place(row.chain, numbers)
    if entry is None:
        return AuditEntry(
            number=row.number,
            at=None,
            actor="",
            kind="odd",
            title=words.odd_entry,
            why="",
            case_id="",
            place=place,
            changes=(),
            hash=row.hash[:12],
            odd=row.odd,
        )
    gone = purged(entry)
    return AuditEntry(
        number=row.number,
        at=entry.at,
        actor=actor_name(entry.actor, words),
        kind="person" if entry.actor.startswith("operator:") else "program",
        title=words.name("what", entry.what),
        why=words.purged if "why" in gone else entry.why,
        case_id=entry.case_id or "",
        place=place,
        changes=() if gone - {"why"} else tuple(_changes(entry.before or {}, entry.after or {})),
        hash=row.hash[:12],
    )


def _place(chain: str, numbers: Mapping[str, int]) -> str:
    return case_name(numbers[chain]) if chain in numbers else chain.removeprefix("subject:")


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterable[tuple[str, str, str]]:
    for name in sorted(after):
        if after[name] != before.get(name):
            yield name, _short(before.get(name)), _short(after[name])


def _short(value: object) -> str:
    if value is None or value == "":
        return "–"
    text = str(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
