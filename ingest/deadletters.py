"""Dead letters: how bytes that cannot be used travel on the log, with the reason in the headers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from cases.arrivals import DeadLetter
from models.errors import BadRecord
from models.units import utc

KEPT_BYTES = 64 * 1024
"""As much of a bad message is kept: enough to see what it is, too little to fill a disk with."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A bad message on its way to the dead-letter topic."""

    key: bytes
    value: bytes
    headers: dict[str, bytes]


def refuse(origin: str, payload: bytes, why: BadRecord, at: datetime) -> Refused:
    """Wrap bytes that cannot be used.

    Args:
        origin: where they came from: an MQTT topic, or a place on the log.
        payload: the bytes, kept in part.
        why: the field and the fault.
        at: now.
    """
    return Refused(
        key=origin.encode()[:200],
        value=payload[:KEPT_BYTES],
        headers={
            "origin": origin.encode(),
            "field": why.field.encode(),
            "problem": why.problem.encode(),
            "size": str(len(payload)).encode(),
            "at": at.isoformat().encode(),
        },
    )


def letter(place: str, value: bytes, headers: Mapping[str, bytes]) -> DeadLetter:
    """A message of the dead-letter topic as the ledger shows it.

    Args:
        place: topic, partition and offset: its id.
        value: the bad bytes, as far as they were kept.
        headers: what `refuse` wrote.
    """

    def text(name: str, limit: int) -> str:
        return headers.get(name, b"").decode(errors="replace").replace("\x00", "�")[:limit]

    size = text("size", 9)
    return DeadLetter(
        id=place,
        at=_time(text("at", 40)),
        origin=text("origin", 500) or place,
        field=text("field", 200) or "$",
        problem=text("problem", 500),
        size=int(size) if size.isascii() and size.isdigit() else len(value),
        payload=value,
    )


def _time(text: str) -> datetime:
    try:
        return utc(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return datetime.fromtimestamp(0, UTC)
