"""One chain of the audit, entry after entry: what does not follow, does not fit or is not there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cases.trail.hashing import AFTER, BEFORE, GENESIS, WHY, Sealable, entry_hash, purged
from cases.trail.rows import Stored

PURGED = "purged"
"""`what` of an entry that proves a purge: its `after` names the class and the parts that were blanked."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it was written.

    Attributes:
        chain: the chain it is about, or the place: `seals`, a day.
        problem: what is wrong, in words.
        number: of the entry; 0 where it is about none.
    """

    chain: str
    problem: str
    number: int = 0


@dataclass
class Walk:
    """One chain so far.

    Attributes:
        number, hash: of the last entry.
        state: what the last entry that says so says of its case.
        classes: of which data was purged, by the chain's own proofs.
    """

    chain: str
    number: int = 0
    hash: str = GENESIS
    state: tuple[Any, Any] | None = None
    classes: set[str] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)
    _row: int = 0
    _blank: set[tuple[int, str]] = field(default_factory=set)
    _whole: set[tuple[int, str]] = field(default_factory=set)
    _proven: set[tuple[int, str]] = field(default_factory=set)

    def add(self, stored: Stored) -> None:
        """The next entry, in the order of their numbers."""
        number, follows = stored.number, stored.number == self.number + 1
        if number <= self.number:
            self._find(number, "stands twice")
        elif not follows:
            first, last = self.number + 1, number - 1
            self._find(first, "is missing" if first == last else f"and those up to {last} are missing")
        if stored.row <= self._row:
            self._find(number, "stands before the entry that it follows")
        self.number, self._row = number, max(self._row, stored.row)
        previous, self.hash = self.hash, stored.hash
        entry = stored.entry
        if entry is None:
            self._find(number, f"is not as it was written: {stored.odd}")
            return
        if follows and entry.previous != previous:
            self._find(number, "does not follow the entry before it: one of the two was changed or exchanged")
        problem = _spoilt(entry, stored.hash)
        if problem:
            self._find(number, problem)
        self._note(entry)

    def end(self, head: tuple[int, str] | None) -> list[Finding]:
        """All that was found.

        Args:
            head: number and hash that the ledger keeps of the chain's last entry.
        """
        if head is None:
            self._find(0, "the chain has no head: it was taken away, or the entries were put in by hand")
        elif head[0] > self.number:
            self._find(0, f"the chain had {head[0]} entries; those after {self.number} are missing")
        elif head != (self.number, self.hash):
            self._find(self.number, "is not the one that the chain ends with")
        for number, path in sorted(self._blank - self._proven):
            self._find(number, f"has lost its {path}, and no proof of purge says so")
        for number, path in sorted(self._proven & self._whole):
            self._find(number, f"has its {path} again, which was purged")
        return self.findings

    def _note(self, entry: Sealable) -> None:
        blank = purged(entry)
        self._blank.update((entry.number, path) for path in blank)
        self._whole.update((entry.number, path) for path in entry.leaves.keys() - blank)
        after = entry.after or {}
        if entry.what == PURGED:
            self.classes.add(str(after.get("class")))
            parts = after.get("blanked")
            if isinstance(parts, Mapping):
                self._proven.update((int(number), path) for number, paths in parts.items() for path in paths)
        elif "state" in after:
            self.state = (after["state"], after.get("resolution"))

    def _find(self, number: int, problem: str) -> None:
        self.findings.append(Finding(self.chain, problem, max(number, 0)))


def _spoilt(entry: Sealable, said: str) -> str:
    """What is wrong with one entry by itself; empty when nothing is."""
    values = {WHY: entry.why or None, BEFORE: entry.before, AFTER: entry.after}
    for path in purged(entry):
        whole, _, key = path.partition(".")
        value: Any = values.get(whole)
        if key:
            value = None if value is None else value.get(key)
        if value is not None:
            return f"has a {path}, of which only the commitment should be left"
    return "" if entry_hash(entry) == said else "is not what was written: its hash does not fit"
