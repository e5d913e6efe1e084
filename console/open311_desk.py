"""What Open311 reads of the ledger."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, text

from cases import open311
from cases.open311 import Record, Wanted
from cases.tables import IS_OPEN, cases
from console.office import Office


class Open311Desk:
    """Service requests of cases. Every method blocks: call it in a thread.

    Attributes:
        changed: since when the interface is as it is.
    """

    changed = datetime(2026, 11, 22, tzinfo=UTC)

    def __init__(self, office: Office) -> None:
        self._office = office
        self._search = office.desk.search

    def requests(self, wanted: Wanted) -> list[Record]:
        """The service requests that are asked for, newest first."""
        if wanted.ids is not None:
            return self.by_numbers(wanted.ids)
        where: list[ColumnElement[bool]] = []
        if wanted.codes:
            where.append(cases.c.matter.in_(wanted.codes))
        if wanted.open_only is not None:
            is_open: Any = text(IS_OPEN if wanted.open_only else f"NOT ({IS_OPEN})")
            where.append(is_open)
        offset = (wanted.page - 1) * wanted.page_size
        rows = self._search.opened_between(
            wanted.since, wanted.until, where=where, limit=wanted.page_size, offset=offset
        )
        return self._told(rows)

    def by_numbers(self, numbers: tuple[int, ...]) -> list[Record]:
        """The service requests of some ids, those that there are."""
        return self._told(self._search.by_numbers(list(numbers)))

    def _told(self, rows: list[dict[str, Any]]) -> list[Record]:
        names = self._office.services()
        due = self._search.due({row["id"] for row in rows})
        elders = self._search.numbers({row["merged_into"] for row in rows if row["merged_into"]})
        told = []
        for row in rows:
            known = names.get(row["matter"])
            merged = row | {"merged_number": elders.get(row["merged_into"])}
            name = row["matter"] if known is None else known.name
            told.append(open311.request(merged, name, _expected(due.get(row["id"], []))))
        return told


def _expected(deadlines: list[dict[str, Any]]) -> datetime | None:
    """By when the city means to be done: the deadline for closing, else the last one that is running."""
    running = [one for one in deadlines if one["done_at"] is None]
    closing = [one["due_at"] for one in running if one["name"] == "close"]
    return max(closing or [one["due_at"] for one in running], default=None)
