"""What machine signals do to a case: it opens, grows, is lost from sight, and ends. Pure."""

import math
from dataclasses import replace
from datetime import datetime, timedelta
from fnmatch import fnmatchcase

from cases.policy import Assessment, Policy
from cases.record import Case, Signal, SignalKind
from cases.states import Change, Resolution, State
from models import ids
from models.records import Picture, PictureRole, Plate, PlateSource
from models.resemblance import BYTES, UNLIKE, VERY_LIKE, resemblance

SAME_SPOT = 0.05
"""How far apart two stays may touch the ground and still be the same spot, in fractions of the frame:
about a third of a car's length in a usual view, more than boxes jitter."""


def opens(signal: Signal) -> bool:
    """Whether a signal about an unknown incident opens a case.

    `continues` does too: it is only said of overstays, and the observation that should have opened the
    case may have been lost with a full disk at the kerb. Whoever may stand there opens none.
    """
    return not signal.exempt and signal.kind in {SignalKind.OBSERVED, SignalKind.CONTINUES}


def excused(signal: Signal, policy: Policy) -> Signal:
    """The signal, marked as exempt if the policy leaves the owner of its plate alone."""
    plate = signal.plate
    if signal.exempt or plate is None or not plate.sure:
        return signal
    fits = any(fnmatchcase(plate.text, pattern) for pattern in policy.exempt_plates)
    return replace(signal, exempt=f"plate {plate.text} by policy {policy.name}") if fits else signal


def resumes(case: Case, signal: Signal) -> bool:
    """Whether a new stay is the incident of a case that is out of sight.

    A plate decides where both were read for sure. Else it is the same before the same camera if it stands in
    the same spot and looks like no other vehicle; and before another camera of the same group of zones if it
    looks very like it. Only a case that nobody sees can be resumed: while one vehicle is still there, another
    one beside it is another incident.
    """
    if not case.state.is_open or case.unseen_since is None or not opens(signal):
        return False
    at_home = (case.source, case.zone) == (signal.source, signal.zone)
    if case.own_rule != signal.policy or not (at_home or (case.group and case.group == signal.group)):
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
        unit=policy.unit,
        area=signal.area,
        position_latlon=signal.position_latlon,
        components=signal.components,
        enforceable=signal.enforceable,
        rule=signal.policy,
    )


def sighted(case: Case, signal: Signal) -> tuple[Case, Change | None]:
    """Advance an open case by one signal about it."""
    if signal.exempt and signal.policy == case.own_rule:
        # It was told to leave before anybody knew: nothing more is said, whoever else saw it.
        excused = replace(case, state=State.CLOSED, closed_at=signal.at, resolution=Resolution.EXEMPT)
        return replace(excused, live_origins=frozenset(), unseen_since=None), Change.CLOSED
    if signal.kind is SignalKind.ENDED or signal.exempt:
        # One of a storm that may stand there ends for itself alone: the others' incidents go on.
        return _end_origin(case, signal)
    if not opens(signal):
        return case, None
    seen = replace(
        case,
        live_origins=case.live_origins | {signal.origin_id},
        last_seen_at=max(case.last_seen_at, signal.recorded_at),
        unseen_since=None,
        plate=_told(case, signal),
        pictures=_with_pictures(case.pictures, signal.pictures),
    )
    return seen, Change.GREW if case.unseen_since is None else Change.SEEN_AGAIN


def named_by(before: Case, after: Case, signal: Signal) -> str | None:
    """The incident key that a case gets because a signal told whose vehicle it is; None if it told nothing.

    Only the case's own policy may say so: a storm gathers incidents of many.
    """
    if after.plate is None or not after.plate.names_vehicle or not after.state.is_open:
        return None
    if before.plate is not None and before.plate.names_vehicle:
        return None
    if signal.policy != after.own_rule or signal.dedup_key == after.dedup_key:
        return None
    return signal.dedup_key if signal.plate == after.plate else None


def absorbed(elder: Case, younger: Case) -> Case:
    """The elder of two cases of one incident, with everything that the younger one knew."""
    live = elder.live_origins | younger.live_origins
    unseen = [at for at in (elder.unseen_since, younger.unseen_since) if at is not None]
    return replace(
        elder,
        plate=_surer(elder.plate, younger.plate),
        pictures=_with_pictures(elder.pictures, younger.pictures),
        live_origins=live,
        last_seen_at=max(elder.last_seen_at, younger.last_seen_at),
        began_at=min(elder.began_at, younger.began_at),
        unseen_since=None if live or not unseen else max(unseen),
        incidents=elder.incidents + younger.incidents,
        sources=(*elder.sources, *younger.sources),
        assisting=tuple(dict.fromkeys((*elder.assisting, *younger.assisting))),
        disowned=elder.disowned or younger.disowned,
    )


def proven(case: Case) -> bool:
    """Whether a case needs nobody's eye to go to its department, as its policy sees it."""
    if case.state is not State.DISCOVERED or case.assessed_at is not None:
        return False
    match case.policy.assess:
        case Assessment.ALWAYS:
            return True
        case Assessment.HUMAN:
            return False
        case Assessment.PROOF:
            seen = any(picture.role is PictureRole.OVERSTAY for picture in case.pictures)
            return seen and case.plate is not None and case.plate.names_vehicle


def close_unseen(case: Case, now: datetime) -> tuple[Case, Change | None]:
    """Close a case whose incident was lost from sight for longer than the quiet gap."""
    if not case.state.is_open or case.unseen_since is None:
        return case, None
    if now < unseen_deadline(case.unseen_since, case.policy):
        return case, None
    closed = replace(case, state=State.CLOSED, closed_at=now, resolution=Resolution.UNKNOWN)
    return closed, Change.CLOSED


def unseen_deadline(unseen_since: datetime, policy: Policy) -> datetime:
    """When a case that is out of sight is given up."""
    return unseen_since + timedelta(seconds=policy.quiet_gap_s)


def _end_origin(case: Case, signal: Signal) -> tuple[Case, Change | None]:
    if signal.origin_id not in case.live_origins:
        return case, None
    left = replace(
        case,
        live_origins=case.live_origins - {signal.origin_id},
        plate=_told(case, signal),
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


def _told(case: Case, signal: Signal) -> Plate | None:
    """The plate, with what a signal adds. Of a storm, which gathers incidents of many, there is none."""
    return _surer(case.plate, signal.plate) if signal.policy == case.own_rule else case.plate


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
