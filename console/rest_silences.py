"""Silences over the REST API."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, StringConstraints

from cases.silences import Silence
from console.office import Office
from console.rest_access import Line, Moment, Reader, Supervisor, Why

SilenceId = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$")]
Reason = Annotated[Why, StringConstraints(min_length=1, max_length=500)]


class NewSilence(BaseModel):
    """Where no steps are to be taken for a while. What is left empty may be anything; something is needed.

    Attributes:
        source: `/{site}`, `/{site}/{device}` or `/{site}/{device}/{camera}`.
        since: now, if left out.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    until: Moment
    reason: Reason
    since: Moment | None = None
    source: Line = ""
    zone: Line = ""
    place: Line = ""
    matter: Line = ""


class SilenceLine(BaseModel):
    """A silence in force."""

    id: str
    source: str
    zone: str
    place: str
    matter: str
    since: datetime
    until: datetime
    reason: str
    author: str

    @classmethod
    def of(cls, silence: Silence) -> "SilenceLine":
        """As the API shows it."""
        return cls(
            id=silence.id,
            source=silence.source,
            zone=silence.zone,
            place=silence.place,
            matter=silence.matter,
            since=silence.since,
            until=silence.until,
            reason=silence.reason,
            author=silence.author,
        )


def silences(office: Office) -> APIRouter:
    """The routes."""
    router = APIRouter(tags=["silences"])
    book = office.silences

    @router.get("/silences")
    def list_silences(_: Reader) -> list[SilenceLine]:
        """The silences in force."""
        return [SilenceLine.of(one) for one in book.active(datetime.now(UTC))]

    @router.post("/silences", status_code=201)
    def add_silence(client: Supervisor, body: NewSilence) -> SilenceLine:
        """Take no steps there for a while; cases open all the same."""
        now = datetime.now(UTC)
        wished = Silence(
            since=body.since or now,
            until=body.until,
            reason=body.reason,
            author=client.actor,
            source=body.source,
            zone=body.zone,
            place=body.place,
            matter=body.matter,
        )
        return SilenceLine.of(book.add(wished, now))

    @router.delete("/silences/{silence_id}", status_code=204, response_class=Response)
    def lift_silence(
        client: Supervisor, silence_id: SilenceId, why: Annotated[Reason, Query(description="The reason.")]
    ) -> Response:
        """End a silence early: what waited for its end is due at once."""
        book.lift(silence_id, by=client.actor, why=why, now=datetime.now(UTC))
        return Response(status_code=204)

    return router
