"""The plan: what operators drew for one camera. Versioned by its content, immutable once published."""

import hashlib
import re
from typing import Annotated

from pydantic import Field, StringConstraints, ValidationInfo, field_validator

from models.errors import ConfigurationError, Fault
from models.geometry import polygon_fault
from models.hours import country_fault, hours_fault, timezone_fault
from models.records import ZoneKind
from models.toml import FrozenModel, key_lines, parse
from models.units import NAME_PATTERN

PlanName = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]
Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]
PlatePattern = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=16)]

VEHICLES = ("bicycle", "bus", "car", "motorcycle", "tricycle", "truck")
MOTOR_VEHICLES = ("bus", "car", "motorcycle", "tricycle", "truck")
"""What may not park by default. A bicycle leaning on a fence has no owner to write to."""

DEFAULT_LABELS: dict[ZoneKind, tuple[str, ...]] = {
    ZoneKind.FIRE_LANE: MOTOR_VEHICLES,
    ZoneKind.NO_PARKING: MOTOR_VEHICLES,
    ZoneKind.NO_STALL: ("stall",),
    ZoneKind.WATER: (),
}
DEFAULT_POLICY: dict[ZoneKind, str] = {
    ZoneKind.FIRE_LANE: "fire-lane",
    ZoneKind.NO_PARKING: "no-parking",
    ZoneKind.NO_STALL: "no-stall",
    ZoneKind.WATER: "water",
}


SURE_SCORE = 0.5
"""What detections are usually trusted from: half of what a network could be."""


class Zone(FrozenModel):
    """A polygon with a rule.

    Attributes:
        id: unique in the plan.
        kind: what the zone is for.
        polygon: corners in fractions of the frame, x right, y down, at least 3, not crossing.
        dwell_s: seconds a vehicle may stand before the stay is an overstay. 60 s is what fire-lane
            deployments start from (docs/policies.md: 0 to 180 s are in use).
        policy: name of the ladder; by default the kind's own.
        labels: what may not stand here; by default motor vehicles (or stalls).
        min_share: least share of the vehicle's footprint inside the zone, 0..1.
        min_score: how sure the network must have been once of what stands there, 0..1, before anything is
            said of it. With less it is found and watched all the same (`detectors.network.MIN_SCORE`).
        address: for people, in messages and cases.
        plate: an assumed plate for whatever stands here, until plates are read. Shown as assumed.
        grace_s: a vehicle that shunts, or is gone from sight for less than this, goes on with its stay.
        hours: when the rule is in force, in OpenStreetMap's `opening_hours` notation, as
            `Mo-Fr 07:00-09:00,16:30-18:30; PH off`; always, if left out. Only such time counts as dwell.
        exempt_plates: plates that may stand, `*` for any characters, as `浙A*警`.
        exempt_labels: kinds that may stand, where the network knows them.
        group: zones of one group are one place, also before several cameras; by default the zone alone.
        position: latitude and longitude of the place, WGS 84 degrees: its cases land in the grid there.
        area: id of the area its cases land in, for places without a position.
        components: ids of city components that belong here, as the hydrant that must stay free.
        legal_basis: the rule that forbids standing here, as it is cited.
        sign: how the rule is made known on the spot, as `painted lines and sign 12 at the gate`.
    """

    id: PlanName
    kind: ZoneKind
    polygon: tuple[tuple[float, float], ...]
    dwell_s: float = Field(default=60.0, ge=0, le=30 * 86_400)
    policy: PlanName | None = None
    labels: tuple[str, ...] | None = None
    min_share: float = Field(default=0.5, gt=0, le=1)
    min_score: float = Field(default=SURE_SCORE, ge=0, le=1)
    address: str = Field(default="", max_length=200)
    plate: str | None = Field(default=None, min_length=2, max_length=16)
    grace_s: float = Field(default=0.0, ge=0, le=600)
    hours: str | None = Field(default=None, min_length=1, max_length=500)
    exempt_plates: tuple[PlatePattern, ...] = ()
    exempt_labels: tuple[str, ...] = ("ambulance", "fire_engine")
    group: PlanName | None = None
    position: tuple[Latitude, Longitude] | None = None
    area: PlanName | None = None
    components: tuple[PlanName, ...] = Field(default=(), max_length=100)
    legal_basis: str = Field(default="", max_length=500)
    sign: str = Field(default="", max_length=300)

    @field_validator("polygon")
    @classmethod
    def _polygon_is_simple(
        cls, polygon: tuple[tuple[float, float], ...], info: ValidationInfo
    ) -> tuple[tuple[float, float], ...]:
        if fault := polygon_fault(polygon):
            raise ValueError(f"zone {info.data.get('id', '?')!r} {fault}; draw it again")
        return polygon

    @field_validator("hours")
    @classmethod
    def _hours_can_be_read(cls, hours: str | None, info: ValidationInfo) -> str | None:
        if hours is not None and (fault := hours_fault(hours)):
            raise ValueError(f"zone {info.data.get('id', '?')!r}: {hours!r} {fault}")
        return hours

    @property
    def policy_name(self) -> str:
        """The ladder of this zone: its own, or its kind's."""
        return self.policy or DEFAULT_POLICY[self.kind]

    @property
    def forbidden_labels(self) -> frozenset[str]:
        """What may not stand here, in the network's words."""
        labels = self.labels if self.labels is not None else DEFAULT_LABELS[self.kind]
        return frozenset(labels)

    @property
    def enforceable(self) -> bool:
        """Whether more than a warning may follow: the rule is cited, and made known to those who park."""
        return bool(self.legal_basis.strip()) and bool(self.sign.strip())

    def exemption(self, label: str, plate: str | None = None) -> str:
        """Why nobody is to be told to leave: `ambulance`, `plate 浙A0001警`; empty for others.

        Args:
            label: the network's word for the vehicle.
            plate: its plate, where it was read for sure; an unsure one excuses nobody.
        """
        if label in self.exempt_labels:
            return label
        if plate and any(_matches(_bare(plate), pattern) for pattern in self.exempt_plates):
            return f"plate {plate}"
        return ""


class Plan(FrozenModel):
    """The zones of one camera.

    Attributes:
        camera: its name on its device.
        timezone: of the zones' hours.
        country: whose public holidays `PH` means in them, two letters.
        reference: a picture of the view the zones were drawn on, a path beside the plan, taken while nothing
            stood in them. A camera that shows another view is blind until it shows this one again, and what
            looks just as it does in this picture belongs to the street.
    """

    camera: PlanName
    zone: tuple[Zone, ...] = ()
    timezone: str = Field(default="Asia/Shanghai", max_length=64)
    country: str = Field(default="CN", pattern=r"^[A-Z]{2}$")
    reference: str | None = Field(default=None, min_length=1, max_length=300)

    @field_validator("timezone")
    @classmethod
    def _timezone_exists(cls, timezone: str) -> str:
        if fault := timezone_fault(timezone):
            raise ValueError(fault)
        return timezone

    @field_validator("country")
    @classmethod
    def _country_exists(cls, country: str) -> str:
        if fault := country_fault(country):
            raise ValueError(fault)
        return country

    @property
    def zones(self) -> tuple[Zone, ...]:
        """All of them; the file calls each table `[[zone]]`."""
        return self.zone

    @property
    def version(self) -> str:
        """Twelve hex digits of the content: equal plans have equal versions.

        What a plan leaves out is left out here, so that a new key changes no version.
        """
        return hashlib.sha256(self.model_dump_json(exclude_defaults=True).encode()).hexdigest()[:12]


def parse_plan(text: str, source: str) -> Plan:
    """Read a plan file's text.

    Raises:
        ConfigurationError: with every fault found.
    """
    plan = parse(text, source, Plan)
    faults = tuple(_repeated_ids(plan, text, source))
    if not plan.zones:
        faults += (Fault(source, 0, "zone", "the plan has no zone", "add a [[zone]] table"),)
    if faults:
        raise ConfigurationError(faults)
    return plan


def _repeated_ids(plan: Plan, text: str, source: str) -> list[Fault]:
    lines = key_lines(text)
    seen: set[str] = set()
    faults = []
    for index, zone in enumerate(plan.zones):
        if zone.id in seen:
            line = lines.get(("zone", index, "id"), 0)
            faults.append(
                Fault(
                    source,
                    line,
                    f"zone[{index}].id",
                    f"{zone.id!r} is taken",
                    "give each zone its own id",
                )
            )
        seen.add(zone.id)
    return faults


def _matches(plate: str, pattern: str) -> bool:
    """Whether a plate is one of those a pattern means; `*` stands for any characters, also none."""
    return re.fullmatch(".*".join(map(re.escape, _bare(pattern).split("*"))), plate) is not None


def _bare(plate: str) -> str:
    """As registered: capital letters, without the dot or blank that people write after the city."""
    return re.sub(r"[\s·•.-]", "", plate).upper()
