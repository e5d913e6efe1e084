"""What people report, and which case of the cameras it may be: pure rules.

A report near an open case of the same matter, in space and in time, is that case seen by another pair of
eyes. How near is a score; above a sure bar it is attached without asking, below a bar it is a case of its
own, and in between it is a case of its own with a suggestion, so that nothing waits for an operator's say.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from models.toml import FrozenModel

EARTH_M = 6_371_008.8
"""Mean radius of the earth (IUGG), metres."""
WIDEST_M = 10_000.0
"""Further away nothing is looked for, whatever the settings say."""


class Channel(StrEnum):
    """How a report came in."""

    OPEN311 = "open311"
    HOTLINE = "hotline"
    CONSOLE = "console"
    API = "api"


class ReportState(StrEnum):
    """What became of a report."""

    OPENED = "opened"
    ATTACHED = "attached"
    SUGGESTED = "suggested"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One report, checked.

    Attributes:
        reporter: who passed it on: a client's name, an operator; never the person's own name.
        reference: the reporter's own number for it; the same one is never taken twice.
        position_latlon: WGS 84 degrees, latitude first; None when there is an address only.
        contact_mask: what may be kept of how to reach the person; see `cases.reports.form.mask`.
        reported_at: when the person said it.
    """

    channel: Channel
    reporter: str
    matter: str
    reported_at: datetime
    position_latlon: tuple[float, float] | None = None
    address: str = ""
    description: str = ""
    media_url: str | None = None
    reference: str | None = None
    contact_mask: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An open case that a report may be about.

    Attributes:
        began_at: since when it is known to go on.
        last_seen_at: until when; cameras that still see it keep moving it.
    """

    case_id: str
    matter: str
    position_latlon: tuple[float, float] | None
    place: str
    began_at: datetime
    last_seen_at: datetime


class Fusing(FrozenModel):
    """How near is near.

    Attributes:
        same_place_m: as near as this is the same place: phones are off by about 10 m among buildings, and a
            zone is noted by one point.
        far_m: as far as this is another place; in between, likeness falls evenly.
        same_time_s: this long before a case began or after it was last seen is the same time.
        far_s: this long is another time.
        same_address: how alike two places are whose addresses read the same, where a position is missing.
        sure: from this score on, a report is attached without asking.
        suggest: from this score on, the case is suggested to operators.
    """

    same_place_m: float = 30.0
    far_m: float = 200.0
    same_time_s: float = 3_600.0
    far_s: float = 86_400.0
    same_address: float = 0.8
    sure: float = 0.75
    suggest: float = 0.3


@dataclass(frozen=True, slots=True)
class Likeness:
    """How far a report and a case may be one incident.

    Attributes:
        score: 0 for another incident, 1 for the same.
        metres: between the two; None where a position is missing.
    """

    case_id: str
    score: float
    metres: float | None


@dataclass(frozen=True, slots=True)
class Fusion:
    """What is to be done with a report.

    Attributes:
        state: `attached` to the case of `best`, `opened` on its own, or that with `best` as a suggestion.
    """

    state: ReportState
    best: Likeness | None = None


def metres_between(one: tuple[float, float], other: tuple[float, float]) -> float:
    """The way over the ground between two positions (latitude, longitude; degrees), by the haversine."""
    lat1, lat2 = math.radians(one[0]), math.radians(other[0])
    dlat, dlon = lat2 - lat1, math.radians(other[1] - one[1])
    half = math.sin(dlat / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin(dlon / 2) ** 2
    return 2 * EARTH_M * math.asin(min(1.0, math.sqrt(half)))


def likeness(report: Report, case: Candidate, rule: Fusing) -> Likeness:
    """How far a report may be about a case: how near in space, times how near in time."""
    if report.matter != case.matter:
        return Likeness(case.case_id, 0.0, None)
    metres = None
    if report.position_latlon is not None and case.position_latlon is not None:
        metres = metres_between(report.position_latlon, case.position_latlon)
        space = _falling(metres, rule.same_place_m, rule.far_m)
    else:
        space = rule.same_address if _same_address(report.address, case.place) else 0.0
    return Likeness(
        case.case_id,
        space * _falling(_apart_s(report.reported_at, case), rule.same_time_s, rule.far_s),
        metres,
    )


def fuse(report: Report, cases: Iterable[Candidate], rule: Fusing) -> Fusion:
    """Decide what becomes of a report. Of several cases alike, the nearest one counts, then the oldest."""
    found = [(likeness(report, case, rule), case.began_at) for case in cases]
    found = [entry for entry in found if entry[0].score >= rule.suggest and entry[0].score > 0]
    if not found:
        return Fusion(ReportState.OPENED)
    best, _ = min(
        found, key=lambda entry: (-entry[0].score, entry[0].metres or 0.0, entry[1], entry[0].case_id)
    )
    return Fusion(ReportState.ATTACHED if best.score >= rule.sure else ReportState.SUGGESTED, best)


def around(position_latlon: tuple[float, float], metres: float) -> tuple[float, float, float, float]:
    """The degrees (south, west, north, east) that hold everything so near; all longitudes near a pole."""
    lat, lon = position_latlon
    reach = min(metres, WIDEST_M)
    dlat = math.degrees(reach / EARTH_M)
    across = math.cos(math.radians(min(89.999, abs(lat) + dlat)))
    dlon = dlat / across
    if dlon >= 180:  # noqa: PLR2004 - half the globe
        return lat - dlat, -180.0, lat + dlat, 180.0
    return lat - dlat, lon - dlon, lat + dlat, lon + dlon


def earliest(report: Report, rule: Fusing) -> datetime:
    """A case last seen before this is too old to be meant."""
    return report.reported_at - timedelta(seconds=rule.far_s)


def _apart_s(at: datetime, case: Candidate) -> float:
    return max(0.0, (case.began_at - at).total_seconds(), (at - case.last_seen_at).total_seconds())


def _falling(value: float, near: float, far: float) -> float:
    """1 up to `near`, 0 from `far` on, evenly in between."""
    if value <= near:
        return 1.0
    return 0.0 if value >= far else (far - value) / (far - near)


def _same_address(one: str, other: str) -> bool:
    bare = [_bare(text) for text in (one, other)]
    return bool(bare[0]) and bare[0] == bare[1]


def _bare(address: str) -> str:
    """Letters and digits of any script, in one case: spelling of spaces and commas differs."""
    return "".join(letter for letter in address.casefold() if letter.isalnum())
