"""A case, and what the stream says of its incident: two frozen records."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from cases.clocks import Clock
from cases.policy import Policy
from cases.states import Change, DismissReason, Disowned, Resolution, State
from models.records import Picture, Plate


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
        position_latlon: where the place is, WGS 84 degrees; None where nobody said.
        area: the area that the plan names for the place; empty where it names none.
        components: ids of the city components that belong there.
        enforceable: whether the rule is cited and made known on the spot; without, there is no penalty.
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
    position_latlon: tuple[float, float] | None = None
    area: str = ""
    components: tuple[str, ...] = ()
    enforceable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a person was asked, and what they said.

    Attributes:
        granted: None while nobody decided.
    """

    asked_at: datetime
    granted: bool | None = None
    by: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """Something that has to be done in time.

    Attributes:
        name: what (`order`, `accept`, `first_responder`, `arrive`, `feedback`, `handle`, `close`).
        since: the change from which its time counts.
        after_s: seconds of its clock.
    """

    name: str
    since: Change
    after_s: float
    clock: Clock = Clock.WALL


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One real incident.

    Attributes:
        live_origins: stays or alarms of it that have not ended.
        last_seen_at: last moment at which it was known to be going on (device's receipt clock).
        unseen_since: all origins ended, the last of them without proof; None otherwise.
        previous_id: the last case of the same incident key that is over.
        unit: the department in charge; empty for the policy's own.
        handed_by: the department that handed it over, to which it can be returned; empty for none.
        assisting: departments asked to help.
        area: id of the grid it landed in; empty where no area is known.
        area_path: from the top, `/city/district/…`.
        escalated: how many levels up it has gone.
        decisions: by the id of the step that asked, or `penalty`.
        dismissed_as: for a dismissed case.
        merged_into: id of the case that goes on, for a merged one.
        incidents: how many incidents it stands for; more than one after a merge or in a storm.
        sources: reports of people that were attached to it, as the ledger keeps them.
        feedback_at: the first word from the place, after somebody arrived there.
        components: ids of the city components that belong to the place.
        enforceable: whether a penalty is possible: the rule is cited and made known on the spot.
        duties: by when what is to be done, as the policy and the catalogue said when it opened.
        rule: the policy that its observations name; the catalogue may have given it another ladder.
        disowned: an owner said that the vehicle is not theirs: they are told nothing more.
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
    unit: str = ""
    handed_by: str = ""
    assisting: tuple[str, ...] = ()
    area: str = ""
    area_path: str = ""
    escalated: int = 0
    position_latlon: tuple[float, float] | None = None
    assessed_at: datetime | None = None
    accepted_at: datetime | None = None
    started_at: datetime | None = None
    feedback_at: datetime | None = None
    archived_at: datetime | None = None
    decisions: Mapping[str, Decision] = field(default_factory=lambda: MappingProxyType({}))
    dismissed_as: DismissReason | None = None
    merged_into: str | None = None
    incidents: int = 1
    sources: tuple[Mapping[str, Any], ...] = ()
    components: tuple[str, ...] = ()
    enforceable: bool = False
    duties: tuple[Duty, ...] = ()
    rule: str = ""
    disowned: Disowned | None = None

    @property
    def matter(self) -> str:
        """The entry of the responsibility catalogue."""
        return self.policy.matter

    @property
    def own_rule(self) -> str:
        """The policy that observations of this incident name."""
        return self.rule or self.policy.name

    @property
    def lead(self) -> str:
        """The department in charge."""
        return self.unit or self.policy.unit

    def granted(self, decision: str | None = None) -> bool:
        """Whether a person granted a decision; any at all, without a name."""
        if decision is None:
            return any(one.granted for one in self.decisions.values())
        return decision in self.decisions and bool(self.decisions[decision].granted)
