"""The story of a case: what was seen and what was done about it, in the order it became known."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from console.views import CaseFile
from console.wording import Wording

SEEN, CHANGED, TOLD = "seen", "changed", "told"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the story.

    Attributes:
        at: when the centre knew it; the order of the story.
        captured_at: when the camera saw it, by its own clock; None for what people and programs did.
        kind: `seen`, `changed` or `told`.
        count: how many equal entries in a row it stands for, `last_at` being the last of them.
    """

    at: datetime
    kind: str
    title: str
    why: str
    actor: str = ""
    captured_at: datetime | None = None
    count: int = 1
    last_at: datetime


def timeline(file: CaseFile, words: Wording) -> tuple[Entry, ...]:
    """Tell one case, oldest first; a row of equal entries is folded into one."""
    entries = sorted([*_observations(file, words), *_audit(file, words)], key=lambda entry: entry.at)
    return tuple(_folded(entries))


def _observations(file: CaseFile, words: Wording) -> Iterator[Entry]:
    for seen in file.observations:
        yield Entry(
            at=seen.applied_at,
            last_at=seen.applied_at,
            captured_at=seen.at,
            kind=SEEN,
            title=words.name("observation", seen.type),
            why=seen.why,
        )


def _audit(file: CaseFile, words: Wording) -> Iterator[Entry]:
    told = {line.id for line in file.observations}
    for line in file.audit:
        if line.what == "grew" and line.cause in told:
            continue  # the observation itself is in the story
        yield Entry(
            at=line.at,
            last_at=line.at,
            kind=TOLD if line.what.startswith(("notice", "owner")) else CHANGED,
            title=words.name("what", line.what),
            why=line.why,
            actor=actor_name(line.actor, words),
        )


def actor_name(actor: str, words: Wording) -> str:
    """A person or program by its own name, without what it is (`operator:ann`); roles by their word."""
    kind, _, name = actor.partition(":")
    return name if name and kind in {"operator", "client"} else words.name("actor", actor)


def _alike(one: Entry, other: Entry) -> bool:
    """Whether two entries in a row are one to a reader. What was told or not told has its own reason each."""
    same = (one.kind, one.title) == (other.kind, other.title)
    return same and (one.kind != TOLD or one.why == other.why)


def _folded(entries: Iterable[Entry]) -> Iterator[Entry]:
    row: Entry | None = None
    for entry in entries:
        if row is not None and _alike(row, entry):
            row = replace(row, count=row.count + 1, last_at=entry.at)
            continue
        if row is not None:
            yield row
        row = entry
    if row is not None:
        yield row
