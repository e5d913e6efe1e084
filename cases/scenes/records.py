"""What a scene pack holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from cases.policy import Policy
from models.hours import hours_fault
from models.plan import DEFAULT_LABELS, Zone
from models.records import SensorKind, ZoneKind
from models.toml import FrozenModel
from models.units import NAME_PATTERN

SceneName = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class Names(FrozenModel):
    """What people call it."""

    zh: Title
    en: Title


class ZoneRule(FrozenModel):
    """The rule of a zone drawn for a scene, unless its operator says otherwise.

    Attributes:
        kind: what the zone is for.
        dwell_s: seconds a vehicle may stand before the stay is an overstay.
        grace_s: who is gone for less than this goes on with the stay.
        labels: what may not stand there; by default the kind's own.
        min_share: least share of the vehicle's footprint inside the zone, 0..1.
        hours: when the rule is in force, as in plans; always, if left out.
    """

    kind: ZoneKind
    dwell_s: float = Field(default=60.0, ge=0, le=30 * 86_400)
    grace_s: float = Field(default=0.0, ge=0, le=600)
    labels: tuple[Annotated[str, StringConstraints(min_length=1, max_length=40)], ...] | None = None
    min_share: float = Field(default=0.5, gt=0, le=1)
    hours: str | None = Field(default=None, min_length=1, max_length=500)

    @field_validator("hours")
    @classmethod
    def _hours_can_be_read(cls, hours: str | None) -> str | None:
        if hours is not None and (fault := hours_fault(hours)):
            raise ValueError(f"{hours!r} {fault}")
        return hours

    @property
    def forbidden_labels(self) -> tuple[str, ...]:
        """What may not stand there, in the network's words."""
        return DEFAULT_LABELS[self.kind] if self.labels is None else self.labels


class Scene(FrozenModel):
    """The head of a pack, `scene.toml`.

    Attributes:
        matter: entry of the responsibility catalogue its cases belong to.
        number: the matter's code in the city's catalogue (GB/T 30428 and its like); may be empty.
        name: for people.
        zone: for what cameras see.
        sensor: for what sensors report.
    """

    matter: SceneName
    number: str = Field(default="", max_length=20, pattern=r"^[0-9A-Za-z.-]*$")
    name: Names
    zone: ZoneRule | None = None
    sensor: "SensorRule | None" = None

    @model_validator(mode="after")
    def _something_reports_it(self) -> Self:
        if self.zone is None and self.sensor is None:
            raise ValueError("nothing can report this scene; give it a [zone], a [sensor] or both")
        return self


class SensorRule(FrozenModel):
    """Which sensors report a scene."""

    kind: SensorKind


class CheckItem(FrozenModel):
    """One thing the officer looks at on site.

    Attributes:
        id: unique in the list.
        zh: the question in Chinese.
        en: in English.
        picture: whether a picture of it is wanted.
    """

    id: SceneName
    zh: Title
    en: Title
    picture: bool = False


class Checklist(FrozenModel):
    """What the officer looks at, in this order."""

    item: tuple[CheckItem, ...] = Field(default=(), max_length=100)

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        seen: set[str] = set()
        for item in self.item:
            if item.id in seen:
                raise ValueError(f"item {item.id!r} stands twice; give each its own id")
            seen.add(item.id)
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """One scene with all that belongs to it.

    Attributes:
        name: of its folder and of its policy.
        texts: message templates by language and step.
    """

    name: str
    scene: Scene
    policy: Policy
    checklist: tuple[CheckItem, ...] = ()
    texts: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def zone(self, zone_id: str, polygon: tuple[tuple[float, float], ...], **more: Any) -> Zone:  # noqa: ANN401
        """A zone of a plan with this scene's rule.

        Args:
            zone_id: its id in the plan.
            polygon: corners in fractions of the frame.
            more: other keys of the zone, which win over the scene's.

        Raises:
            ValueError: the scene is one of sensors, or the keys make no zone.
        """
        rule = self.scene.zone
        if rule is None:
            raise ValueError(f"scene {self.name!r} is reported by sensors and has no zones")
        usual = rule.model_dump(exclude_none=True) | {"policy": self.policy.name}
        return Zone.model_validate(usual | {"id": zone_id, "polygon": polygon} | more)
