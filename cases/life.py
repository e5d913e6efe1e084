"""The life of a case, as one pure function.

```
            OBSERVED                    ENDED with proof
  (none) ─────────────► discovered ─────────────────────────► closed
                          │    ▲
     ENDED without proof  │    │ CONTINUES, OBSERVED (seen again within the quiet gap)
                          ▼    │
                         unseen ────────── quiet gap over ──► closed as `unknown`
```

A case whose vehicle turns out to be exempt is closed at once. A closed case never re-opens; the next incident
opens a new one that links to it.
"""

import math
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from cases.policy import Policy, When
from models import ids
from models.records import Picture, Plate, PlateSource
from models.resemblance import BYTES, UNLIKE, VERY_LIKE, resemblance


class State(StrEnum):
    """Where a case is in its life. Later states belong to the departments' part of it."""

    DISCOVERED = "discovered"
    CLOSED = "closed"


class Resolution(StrEnum):
    """Why a case was closed."""

    LEFT = "left"
    CLEARED = "cleared"
    UNKNOWN = "unknown"
    EXEMPT = "exempt"


class SignalKind(StrEnum):
    """What a machine signal says of an incident."""

    NOTED = "noted"
    OBSERVED = "observed"
    CONTINUES = "continues"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """What the stream concluded from one observation.

    Attributes:
        kind: `noted` is written down and opens nothing (a stay that only began).
        event_id: of the observation.
        origin_id: the stay or alarm it is about; one incident may have several.
        dedup_key: names the incident: equal keys are one open case.
        at: when it was so, by the camera's clock.
        recorded_at: when the device received the frame that showed it.
        spot_xy: where it touches the ground, in fractions of the frame; None where there is no frame.
        resolution: for `ended`; None when the end was seen without proof.
        group: zones of one group are one place, also before several cameras; empty for a zone alone.
        appearance: what the vehicle looks like, hexadecimal (`models.resemblance`); may be empty.
        exempt: why nobody is to be told to leave; empty for others.
    """

    kind: SignalKind
    event_id: str
    event_type: str
    origin_id: str
    dedup_key: str
    policy: str
    source: str
    zone: str
    at: datetime
    recorded_at: datetime
    began_at: datetime
    place: str = ""
    label: str = ""
    plate: Plate | None = None
    pictures: tuple[Picture, ...] = ()
    spot_xy: tuple[float, float] | None = None
    resolution: Resolution | None = None
    group: str = ""
    appearance: str = ""
    exempt: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One real incident.

    Attributes:
        live_origins: stays or alarms of it that have not ended.
        last_seen_at: last moment at which it was known to be going on (device's receipt clock).
        unseen_since: all origins ended, the last of them without proof; None otherwise.
        previous_id: the last closed case of the same incident key.
    """

    id: str
    dedup_key: str
    policy: Policy
    state: State
    source: str
    zone: str
    place: str
    label: str
    plate: Plate | None
    pictures: tuple[Picture, ...]
    began_at: datetime
    opened_at: datetime
    recorded_at: datetime
    last_seen_at: datetime
    spot_xy: tuple[float, float] | None = None
    live_origins: frozenset[str] = field(default_factory=frozenset)
    unseen_since: datetime | None = None
    closed_at: datetime | None = None
    resolution: Resolution | None = None
    previous_id: str | None = None
    group: str = ""
    appearance: str = ""

    @property
    def matter(self) -> str:
        """The entry of the responsibility catalogue."""
        return self.policy.matter


class Change(StrEnum):
    """What became of a case: the words of the audit and of the outbox."""

    OPENED = "opened"
    GREW = "grew"
    UNSEEN = "unseen"
    SEEN_AGAIN = "seen_again"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class DueStep:
    """A step of the ladder that becomes due."""

    step: str
    due_at: datetime


SAME_SPOT = 0.05
"""How far apart two stays may touch the ground and still be the same spot, in fractions of the frame:
about a third of a car's length in a usual view, more than boxes jitter."""


def resumes(case: Case, signal: Signal) -> bool:
    """Whether a new stay is the incident of a case that is out of sight.

    A plate decides where both were read for sure. Else it is the same before the same camera if it stands in
    the same spot and looks like no other vehicle; and before another camera of the same group of zones if it
    looks very like it. Only a case that nobody sees can be resumed: while one vehicle is still there, another
    one beside it is another incident.
    """
    if case.state is State.CLOSED or case.unseen_since is None or not opens(signal):
        return False
    at_home = (case.source, case.zone) == (signal.source, signal.zone)
    if case.policy.name != signal.policy or not (at_home or (case.group and case.group == signal.group)):
        return False
    named = [plate.text for plate in (case.plate, signal.plate) if plate is not None and plate.names_vehicle]
    if len(named) == 2:  # noqa: PLR2004 - both
        return named[0] == named[1]
    alike = _resemblance(case.appearance, signal.appearance)
    if not at_home:
        return alike is not None and alike >= VERY_LIKE
    if case.spot_xy is None or signal.spot_xy is None or (alike is not None and alike < UNLIKE):
        return False
    return math.dist(case.spot_xy, signal.spot_xy) <= SAME_SPOT


def opens(signal: Signal) -> bool:
    """Whether a signal about an unknown incident opens a case.

    `continues` does too: it is only said of overstays, and the observation that should have opened the
    case may have been lost with a full disk at the kerb. Whoever may stand there opens none.
    """
    return not signal.exempt and signal.kind in {SignalKind.OBSERVED, SignalKind.CONTINUES}


def open_case(signal: Signal, policy: Policy, previous_id: str | None = None) -> Case:
    """The case that a first signal opens."""
    return Case(
        id=ids.case_id(signal.dedup_key, signal.event_id),
        dedup_key=signal.dedup_key,
        policy=policy,
        state=State.DISCOVERED,
        source=signal.source,
        zone=signal.zone,
        place=signal.place,
        label=signal.label,
        plate=signal.plate,
        pictures=signal.pictures,
        began_at=signal.began_at,
        opened_at=signal.at,
        recorded_at=signal.recorded_at,
        last_seen_at=signal.recorded_at,
        spot_xy=signal.spot_xy,
        live_origins=frozenset({signal.origin_id}),
        previous_id=previous_id,
        group=signal.group,
        appearance=signal.appearance,
    )


def step(case: Case, signal: Signal) -> tuple[Case, Change | None]:
    """Advance a case by one signal about it.

    Args:
        case: the case so far.
        signal: a signal whose origin or key belongs to this case.

    Returns:
        The case afterwards, and what became of it; None when nothing did.
    """
    if case.state is State.CLOSED:
        return case, None
    if signal.exempt:
        # It was told to leave before anybody knew: nothing more is said, whoever else saw it.
        excused = replace(case, state=State.CLOSED, closed_at=signal.at, resolution=Resolution.EXEMPT)
        return replace(excused, live_origins=frozenset(), unseen_since=None), Change.CLOSED
    if signal.kind is SignalKind.ENDED:
        return _end_origin(case, signal)
    if not opens(signal):
        return case, None
    seen = replace(
        case,
        live_origins=case.live_origins | {signal.origin_id},
        last_seen_at=max(case.last_seen_at, signal.recorded_at),
        unseen_since=None,
        plate=_surer(case.plate, signal.plate),
        pictures=_with_pictures(case.pictures, signal.pictures),
    )
    if case.unseen_since is not None:
        return seen, Change.SEEN_AGAIN
    return seen, Change.GREW


def close_unseen(case: Case, now: datetime) -> tuple[Case, Change | None]:
    """Close a case whose incident was lost from sight for longer than the quiet gap."""
    if case.state is State.CLOSED or case.unseen_since is None:
        return case, None
    if now < unseen_deadline(case.unseen_since, case.policy):
        return case, None
    closed = replace(case, state=State.CLOSED, closed_at=now, resolution=Resolution.UNKNOWN)
    return closed, Change.CLOSED


def unseen_deadline(unseen_since: datetime, policy: Policy) -> datetime:
    """When a case that is out of sight is given up."""
    return unseen_since + timedelta(seconds=policy.quiet_gap_s)


def due_steps(case: Case, change: Change, at: datetime) -> tuple[DueStep, ...]:
    """The steps of the ladder that a change sets going.

    Args:
        case: the case after the change.
        change: what became of it.
        at: the wall-clock time that steps are counted from.
    """
    if change is Change.OPENED:
        steps = case.policy.steps(When.STANDING)
    elif change is Change.CLOSED and case.resolution is Resolution.LEFT:
        steps = case.policy.steps(When.LEFT)
    else:
        return ()
    return tuple(DueStep(step.id, at + timedelta(seconds=step.after_s)) for step in steps)


def _end_origin(case: Case, signal: Signal) -> tuple[Case, Change | None]:
    if signal.origin_id not in case.live_origins:
        return case, None
    left = replace(
        case,
        live_origins=case.live_origins - {signal.origin_id},
        pictures=_with_pictures(case.pictures, signal.pictures),
    )
    if left.live_origins:
        return left, Change.GREW
    if signal.resolution is None:
        return replace(left, unseen_since=signal.recorded_at), Change.UNSEEN
    closed = replace(left, state=State.CLOSED, closed_at=signal.at, resolution=signal.resolution)
    return closed, Change.CLOSED


def _resemblance(one: str, other: str) -> float | None:
    """How far two appearances may be of one vehicle; None where one is missing or cannot be read."""
    try:
        a, b = bytes.fromhex(one), bytes.fromhex(other)
    except ValueError:  # what a box of another version says proves nothing
        return None
    return resemblance(a, b) if len(a) == len(b) == BYTES and a[:1] == b[:1] else None


def _surer(old: Plate | None, new: Plate | None) -> Plate | None:
    """The first plate stays, unless this one is better known: surely read, read at all, assumed."""
    if old is None or new is None:
        return old or new
    return new if _certainty(new) > _certainty(old) else old


def _certainty(plate: Plate) -> int:
    return int(plate.names_vehicle) + int(plate.source is PlateSource.READ)


def _with_pictures(old: tuple[Picture, ...], new: tuple[Picture, ...]) -> tuple[Picture, ...]:
    known = {picture.sha256 for picture in old}
    return old + tuple(picture for picture in new if picture.sha256 not in known)
