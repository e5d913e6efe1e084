"""The rest of what the page shows, over the REST API: counts, notices, devices, dead letters, who asks."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from cases.clients import Scope
from console.api import Counts, KerbCounts, Summary
from console.health import DoubtLine, Health
from console.office import Office
from console.rest_access import Admin, Anybody, Reader
from console.rest_views import notice_for
from console.views import DeadLetterLine, NoticeLine

Limit = Annotated[int, Query(ge=1, le=1000)]


class Me(BaseModel):
    """Who asks, and what they may do."""

    name: str
    scopes: tuple[Scope, ...]
    per_minute: int
    expires_at: datetime | None


def status(office: Office) -> APIRouter:
    """The routes."""
    router = APIRouter(tags=["status"])
    desk = office.desk

    @router.get("/me")
    def get_me(client: Anybody) -> Me:
        """Who you are here."""
        return Me(
            name=client.name,
            scopes=tuple(sorted(client.scopes)),
            per_minute=client.per_minute,
            expires_at=client.expires_at,
        )

    @router.get("/summary")
    def get_summary(_: Reader) -> Summary:
        """The whole at a glance."""
        counts = Counts.of(asdict(desk.reading.totals()))
        return Summary(at=datetime.now(UTC), ledger=counts, kerb=KerbCounts.of(desk.health().model_dump()))

    @router.get("/notices")
    def list_notices(client: Reader, limit: Limit = 200) -> list[NoticeLine]:
        """Notices, newest first."""
        return [notice_for(client, NoticeLine.of(row)) for row in desk.reading.notices(limit=limit)]

    @router.get("/devices")
    def get_devices(_: Reader) -> Health:
        """How cameras, sensors and boxes are."""
        return desk.health()

    @router.get("/alerts")
    def list_alerts(_: Reader) -> list[DoubtLine]:
        """Zones whose notices are doubted: several owners say that the vehicle is not theirs."""
        return list(desk.health().doubts)

    @router.get("/deadletters")
    def list_dead_letters(_: Admin) -> list[DeadLetterLine]:
        """What came over the wire and could not be used."""
        return list(desk.dead_letters())

    return router
