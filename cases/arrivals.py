"""What comes in from the stream, and what became of it."""

from dataclasses import dataclass
from datetime import datetime

from cases.life import Change, Signal, State
from models.packet import Packet


@dataclass(frozen=True, slots=True)
class Arrival:
    """One observation as it arrived: its bytes, and what was concluded from it."""

    signal: Signal
    body: bytes


@dataclass(frozen=True, slots=True)
class Condition:
    """A camera that is blind or a sensor that is silent; or the end of it, when `state` is `ok`."""

    source: str
    state: str
    since: datetime
    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class SealedEvidence:
    """A packet as its device sealed it; its signature has been checked."""

    event_id: str
    packet: Packet


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """Bytes that could not be used, by their place in the dead-letter topic."""

    id: str
    at: datetime
    origin: str
    field: str
    problem: str
    size: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of one arrival."""

    event_id: str
    case_id: str | None
    change: Change | None
    repeat: bool


@dataclass(frozen=True, slots=True)
class CommandOutcome:
    """What became of a command.

    Attributes:
        change: what it did to the case.
        state: the case's state afterwards.
        at: when the ledger took it.
        repeat: its key was used before: this is the first outcome again, and nothing was changed now.
    """

    case_id: str
    change: Change
    state: State
    at: datetime
    repeat: bool = False
