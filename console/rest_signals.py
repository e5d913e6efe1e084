"""Signals of a case system over the REST API: plain JSON, or CloudEvents."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from cases.signals import Word, commands_for
from cases.states import Change, Resolution, State
from console.office import Office
from console.rest_access import CaseId, Line, Moment, System, Why
from console.rest_orders import said

EventId = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,100}$")]
"""Of the signal, chosen by the system that sends it: the same one is taken once."""


class SignalBody(BaseModel):
    """What is said of a case.

    Attributes:
        resolution: how it ended; for `done` only.
        why: in the system's own words.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    case: CaseId
    signal: Word
    resolution: Resolution = Resolution.HANDLED
    why: Why = ""


class PlainSignal(SignalBody):
    """A signal as plain JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: EventId
    at: Moment | None = None


class EventSignal(BaseModel):
    """A signal as a CloudEvent in structured mode; its other attributes are left alone."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: Literal["1.0"]
    id: EventId
    source: Line
    type: Line
    time: Moment | None = None
    data: SignalBody


class Applied(BaseModel):
    """What became of a signal.

    Attributes:
        changes: what it did to the case, in order; empty when the case was that far already.
        repeat: it had been said before; nothing was changed now.
    """

    case_id: str
    state: State
    changes: tuple[Change, ...]
    repeat: bool


def signals(office: Office) -> APIRouter:
    """The routes."""
    router = APIRouter(tags=["signals"])

    @router.post("/signals")
    def take_signal(client: System, body: Annotated[PlainSignal | EventSignal, Field()]) -> Applied:
        """Say that a case was accepted, that somebody is on scene, or that it is done.

        Idempotent by its `id`. A case is brought as far as the signal says; one that came late, or says what
        is known already, changes nothing.
        """
        told = body.data if isinstance(body, EventSignal) else body
        resolution = said(told.resolution, "body.resolution")
        row = office.desk.search.require(told.case)
        state, made, repeats = State(row["state"]), [], []
        key = f"signal:{client.id}:{body.id}"
        for order in commands_for(state, told.signal, resolution, told.why):
            step = f"{key}:{type(order).__name__}"
            outcome = office.ledger.command(
                row["id"], order, actor=client.actor, at=datetime.now(UTC), key=step
            )
            state = outcome.state
            made.append(outcome.change)
            repeats.append(outcome.repeat)
        return Applied(
            case_id=row["id"], state=state, changes=tuple(made), repeat=bool(repeats) and all(repeats)
        )

    return router
