"""The catalogue of matters: who leads, who helps, by when, and up which ladder, in which area."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cases.responsibility.records import Matter, MatterDeadline


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What the catalogue says of a matter in an area.

    Attributes:
        lead_unit: empty if it names none.
        policy: empty if it names none.
        why: the entry that named the lead unit; empty if none did.
    """

    lead_unit: str = ""
    assisting: tuple[str, ...] = ()
    deadlines: tuple[MatterDeadline, ...] = ()
    policy: str = ""
    why: str = ""


class Catalogue:
    """Every matter of a city.

    Args:
        matters: entries as `cases.responsibility.checks.check_matters` lets through.
    """

    def __init__(self, matters: Sequence[Matter] = ()) -> None:
        self._by_key = {(matter.code, matter.area or ""): matter for matter in matters}

    def __len__(self) -> int:
        return len(self._by_key)

    def __iter__(self) -> Iterator[Matter]:
        """All entries, those of the whole city and those of areas, in the order of the file."""
        return iter(self._by_key.values())

    def matter(self, code: str) -> Matter | None:
        """The entry of the whole city."""
        return self._by_key.get((code, ""))

    def charge(self, code: str, line: Sequence[str] = ()) -> Charge:
        """Who deals with a matter, how and by when.

        Each of these is taken from the first entry that says it: of the smallest area, of the areas it
        lies in, of the whole city; then the same again for the wider matter.

        Args:
            code: the matter.
            line: ids of the areas it happened in, from the top down.
        """
        entries = list(self._entries(code, line))
        leading = next((entry for entry in entries if entry.lead_unit), None)
        return Charge(
            lead_unit="" if leading is None else leading.lead_unit or "",
            assisting=next((entry.assisting for entry in entries if entry.assisting), ()),
            deadlines=next((entry.deadlines for entry in entries if entry.deadlines), ()),
            policy=next((entry.policy for entry in entries if entry.policy), "") or "",
            why="" if leading is None else _shown(leading),
        )

    def _entries(self, code: str, line: Sequence[str]) -> Iterator[Matter]:
        seen: set[str] = set()
        here: str | None = code
        while here is not None and here not in seen:
            seen.add(here)
            for area in (*reversed(line), ""):
                if (entry := self._by_key.get((here, area))) is not None:
                    yield entry
            general = self._by_key.get((here, ""))
            here = None if general is None else general.parent


def _shown(entry: Matter) -> str:
    return f"matter {entry.code} in {entry.area}" if entry.area else f"matter {entry.code}"
