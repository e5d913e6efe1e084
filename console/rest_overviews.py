"""What the pages of areas and of the audit show, over the REST API."""

from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from cases.clients import Client, Scope
from cases.lights import Light
from cases.statistics.tree import AreaNow
from cases.trail.finding import Wanted
from cases.trail.hashing import purged
from cases.trail.rows import Stored
from console.office import Office
from console.rest_access import Line, Reader, need

Auditor = Annotated[Client, Depends(need(Scope.AUDIT_READ))]


class AreaLine(BaseModel):
    """An area with all that lies in it: open cases by their light.

    Attributes:
        path: from the city down; empty for cases of no known area.
        light: the worst of all.
    """

    path: str
    name: str
    level: str
    open: int
    green: int
    yellow: int
    red: int
    overdue: int
    light: Light

    @classmethod
    def of(cls, area: AreaNow) -> "AreaLine":
        """As the API shows it."""
        return cls(
            path=area.path,
            name=area.name,
            level=area.level,
            open=area.open,
            green=area.green,
            yellow=area.yellow,
            red=area.red,
            overdue=area.overdue,
            light=area.lamp,
        )


class AuditEntryLine(BaseModel):
    """One entry of the audit.

    Attributes:
        chain: the case, or what else it belongs to; `number` counts in it.
        unreadable: why it is not as it was written; null where it is readable.
        purged: parts of which only the proof is left.
    """

    chain: str
    number: int
    hash: str
    case_id: str | None = None
    at: datetime | None = None
    actor: str = ""
    what: str = ""
    why: str = ""
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    purged: tuple[str, ...] = ()
    unreadable: str | None = None

    @classmethod
    def of(cls, row: Stored) -> "AuditEntryLine":
        """As the API shows it."""
        place: dict[str, Any] = {"chain": row.chain, "number": row.number, "hash": row.hash}
        entry = row.entry
        if entry is None:
            return cls(**place, unreadable=row.odd)
        return cls(
            **place,
            case_id=entry.case_id,
            at=entry.at,
            actor=entry.actor,
            what=entry.what,
            why=entry.why,
            before=entry.before,
            after=entry.after,
            purged=tuple(sorted(purged(entry))),
        )


class AuditEntries(BaseModel):
    """Entries, newest first.

    Attributes:
        next: cursor of the next page; null at the end. With `actor` or `what`, a page may be short and still
            have one.
    """

    items: tuple[AuditEntryLine, ...]
    next: str | None


class AuditQuery(BaseModel):
    """Which entries are wanted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    case: Annotated[Line, Field(description="Id of a case, or its number.")] = ""
    actor: Annotated[Line, Field(description="A part of who did it.")] = ""
    what: Annotated[Line, Field(description="The whole word, as `assessed`.")] = ""
    day: Annotated[date | None, Field(description="In UTC.")] = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[str, Field(pattern=r"^[0-9]{0,18}$", description="`next` of the page before.")] = ""


def overviews(office: Office) -> APIRouter:
    """The routes."""
    router = APIRouter(tags=["overviews"])
    desk = office.desk

    @router.get("/areas")
    def list_areas(_: Reader) -> list[AreaLine]:
        """Every area, in the order of the tree, with the three-colour index of what is open now."""
        return [AreaLine.of(area) for area in desk.areas(datetime.now(UTC))]

    @router.get("/audit")
    def search_audit(_: Auditor, asked: Annotated[AuditQuery, Query()]) -> AuditEntries:
        """Entries of the audit. Checking its chains is `clearway audit verify`'s."""
        wanted = Wanted(
            case_id=desk.search.require(asked.case)["id"] if asked.case else "",
            actor=asked.actor,
            what=asked.what,
            day="" if asked.day is None else asked.day.isoformat(),
        )
        after = int(asked.cursor) if asked.cursor else None
        found = desk.audit.page(wanted, limit=asked.limit, after=after)
        items = tuple(map(AuditEntryLine.of, found.rows))
        return AuditEntries(items=items, next=None if found.after is None else str(found.after))

    return router
