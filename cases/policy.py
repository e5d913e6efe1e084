"""A policy: the ladder of steps a case climbs, pinned into the case when it opens."""

import hashlib
from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from importlib import resources
from typing import Annotated, Any, Self

import msgspec
from pydantic import Field, StringConstraints, model_validator

from cases.clocks import OFFICE, Calendar
from cases.lights import Lights
from cases.limits import Deadlines, Storm
from cases.steps import Does, Step, When
from models.errors import ConfigurationError
from models.toml import FrozenModel, nearest, parse
from models.units import NAME_PATTERN

__all__ = [
    "Assessment",
    "Does",
    "Policy",
    "Step",
    "When",
    "builtin_policies",
    "parse_policy",
    "policy_for",
]

PolicyName = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]


class Assessment(StrEnum):
    """Who says that a case is real and goes to its department."""

    PROOF = "proof"
    ALWAYS = "always"
    HUMAN = "human"


class Policy(FrozenModel):
    """A ladder and what belongs to it.

    Attributes:
        name: what plans refer to.
        version: counts a city's edits; a case keeps the version it opened with.
        matter: entry of the responsibility catalogue its cases belong to.
        unit: the department that gets the case.
        task: what the department is asked to do (`clear`, `verify`, …).
        urgent: notices go out before those of other cases, and in quiet hours too; a step may say otherwise.
        quiet_gap_s: how long a case stays open after its stay was lost from sight without proof that the
            vehicle left; a stay at the same place within it belongs to the same case.
        assess: `proof` assesses a case by itself once a vehicle's plate and the picture of its overstay
            are there; `always` at once; `human` leaves it to people.
        archive_after_days: how long after it is over a case goes into the archive.
        grace_s: who left within it after the opening has violated nothing (counted for repeat offenders).
        exempt_plates: patterns of plates whose owners are left alone, as `浙A*警`.
        inhibited_by: matters of which an open case at the same site holds back tows and notices about them.
        deadlines: how quick departments must be.
        lights: when the lamp in front of a case changes.
        storm: from how many cases of one camera on they are gathered in one.
        calendar: working time, for steps and deadlines that count it.
        step: the ladder.
    """

    name: PolicyName
    version: int = Field(default=1, ge=1)
    matter: PolicyName
    unit: str = Field(min_length=1, max_length=100)
    task: PolicyName = "clear"
    urgent: bool = False
    quiet_gap_s: float = Field(default=300.0, ge=0, le=7 * 86_400)
    assess: Assessment = Assessment.PROOF
    archive_after_days: float = Field(default=30.0, ge=0, le=3660)
    grace_s: float = Field(default=900.0, ge=0, le=86_400)
    exempt_plates: tuple[str, ...] = ()
    inhibited_by: tuple[PolicyName, ...] = ("smoke-alarm",)
    deadlines: Deadlines = Deadlines()
    lights: Lights = Lights()
    storm: Storm = Storm()
    calendar: Calendar = OFFICE
    step: tuple[Step, ...] = ()

    @model_validator(mode="after")
    def _steps_fit(self) -> Self:
        known: dict[str, Step] = {}
        for step in self.step:
            if step.id in known:
                raise ValueError(f"step {step.id!r} stands twice; give each step its own id")
            if step.only_after is not None and step.only_after not in known:
                hint = nearest(step.only_after, list(known)) or "name a step that stands before it"
                raise ValueError(f"step {step.id!r} waits for unknown step {step.only_after!r}; {hint}")
            requests = [name for name, other in known.items() if other.does is Does.REQUEST_DECISION]
            wanted = step.only_after if step.when is When.UNDECIDED else step.needs_decision
            if wanted is not None and wanted not in requests:
                hint = nearest(wanted, requests) or "name a request_decision step that stands before it"
                raise ValueError(f"step {step.id!r} needs the decision {wanted!r}, which none asks; {hint}")
            known[step.id] = step
        return self

    def steps(self, when: When) -> tuple[Step, ...]:
        """The steps taken on one condition, in their order."""
        return tuple(step for step in self.step if step.when is when)

    def step_of(self, step_id: str) -> Step | None:
        """The step of an id."""
        return next((step for step in self.step if step.id == step_id), None)

    def is_urgent(self, step: Step) -> bool:
        """Whether a notice of a step goes before others and is sent by night."""
        return self.urgent if step.urgent is None else step.urgent

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """As the library does, without what the original worked out about itself."""
        copy = super().model_copy(update=update, deep=deep)
        for name in ("digest", "pinned", "written"):
            copy.__dict__.pop(name, None)
        return copy

    @cached_property
    def digest(self) -> str:
        """SHA-256 of what the policy says, however its file is written."""
        return hashlib.sha256(msgspec.json.encode(self.pinned, order="sorted")).hexdigest()

    @cached_property
    def written(self) -> msgspec.Raw:
        """The same as JSON: encoded once, not for each case."""
        return msgspec.Raw(msgspec.json.encode(self.pinned))

    @cached_property
    def pinned(self) -> dict[str, Any]:
        """Plain values, as a case keeps them; not to be changed."""
        return self.model_dump(mode="json")


def parse_policy(text: str, source: str) -> Policy:
    """Read a policy file's text.

    Raises:
        ConfigurationError: with every fault found.
    """
    return parse(text, source, Policy)


def builtin_policies() -> dict[str, Policy]:
    """The ladders that ship with Clearway, by name. Their figures come from practice (docs/policies.md)."""
    found = {}
    for scene in resources.files("cases").joinpath("scenes").iterdir():
        file = scene.joinpath("policy.toml")
        if file.is_file():
            policy = parse_policy(file.read_text(encoding="utf-8"), f"{scene.name}/{file.name}")
            found[policy.name] = policy
    return found


def policy_for(name: str, policies: dict[str, Policy]) -> Policy:
    """The policy an observation names.

    Raises:
        ConfigurationError: there is none of that name.
    """
    if name not in policies:
        hint = nearest(name, list(policies)) or f"known: {', '.join(sorted(policies))}"
        raise ConfigurationError.of("policies", f"no policy {name!r}", hint, key="policy")
    return policies[name]
