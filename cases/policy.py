"""A policy: the ladder of steps a case climbs, pinned into the case when it opens."""

from enum import StrEnum
from importlib import resources
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from models.errors import ConfigurationError
from models.toml import FrozenModel, nearest, parse
from models.units import NAME_PATTERN

PolicyName = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]


class Does(StrEnum):
    """What a step does."""

    NOTIFY_OWNER = "notify_owner"


class When(StrEnum):
    """On which condition a step is taken."""

    STANDING = "standing"
    LEFT = "left"


class Step(FrozenModel):
    """One rung of the ladder.

    Attributes:
        id: unique in the policy; one notice per case, step and recipient.
        does: what happens.
        when: `standing` steps are due `after_s` after the case opened and are dropped when it closes;
            `left` steps are due when the vehicle left.
        after_s: wall-clock seconds.
        only_after: an earlier step that must have been taken: nobody is thanked who was never told.
    """

    id: PolicyName
    does: Does
    when: When = When.STANDING
    after_s: float = Field(default=0.0, ge=0, le=365 * 86_400)
    only_after: PolicyName | None = None


class Policy(FrozenModel):
    """A ladder and what belongs to it.

    Attributes:
        name: what plans refer to.
        matter: entry of the responsibility catalogue its cases belong to.
        unit: the department that gets the case.
        task: what the department is asked to do (`clear`, `verify`, …).
        quiet_gap_s: how long a case stays open after its stay was lost from sight without proof that the
            vehicle left; a stay at the same place within it belongs to the same case.
        step: the ladder.
    """

    name: PolicyName
    matter: PolicyName
    unit: str = Field(min_length=1, max_length=100)
    task: PolicyName = "clear"
    quiet_gap_s: float = Field(default=300.0, ge=0, le=7 * 86_400)
    step: tuple[Step, ...] = ()

    @model_validator(mode="after")
    def _steps_fit(self) -> Self:
        known: list[str] = []
        for step in self.step:
            if step.id in known:
                raise ValueError(f"step {step.id!r} stands twice; give each step its own id")
            if step.only_after is not None and step.only_after not in known:
                hint = nearest(step.only_after, known) or "name a step that stands before it"
                raise ValueError(f"step {step.id!r} waits for unknown step {step.only_after!r}; {hint}")
            known.append(step.id)
        return self

    def steps(self, when: When) -> tuple[Step, ...]:
        """The steps taken on one condition, in their order."""
        return tuple(step for step in self.step if step.when is when)


def parse_policy(text: str, source: str) -> Policy:
    """Read a policy file's text.

    Raises:
        ConfigurationError: with every fault found.
    """
    return parse(text, source, Policy)


def builtin_policies() -> dict[str, Policy]:
    """The ladders that ship with Clearway, by name. Their figures come from practice (docs/policies.md)."""
    found = {}
    for entry in resources.files("cases").joinpath("policies").iterdir():
        if entry.name.endswith(".toml"):
            policy = parse_policy(entry.read_text(encoding="utf-8"), entry.name)
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
