"""Steps of a ladder that can never be taken: no fault, but hardly what its author meant."""

from collections.abc import Callable

from cases.policy import Policy
from cases.steps import AFTERWARDS, Does, Step

DAY_S = 86_400.0


def policy_warnings(policy: Policy) -> tuple[str, ...]:
    """What of a policy will never happen: each with the step, the reason and what to do.

    Args:
        policy: one that holds together (`parse_policy` refuses others).
    """
    never: dict[str, str] = {}
    for step in policy.step:
        reasons = (_built_on_what_never_is, _after_the_end, _undecidable, _too_many, _nobody_told)
        why = next((why for reason in reasons if (why := reason(step, policy, never))), "")
        if why:
            never[step.id] = why
    return tuple(
        f"policy {policy.name!r}: step {step!r} can never be taken: {why}" for step, why in never.items()
    )


Reason = Callable[[Step, Policy, dict[str, str]], str]


def _built_on_what_never_is(step: Step, _policy: Policy, never: dict[str, str]) -> str:
    for name in (step.only_after, step.needs_decision):
        if name in never:
            return f"it needs {name!r}, which can never be taken either"
    return ""


def _after_the_end(step: Step, policy: Policy, _never: dict[str, str]) -> str:
    earlier = policy.step_of(step.only_after or "")
    if earlier is not None and earlier.when in AFTERWARDS and step.when not in AFTERWARDS:
        return f'{earlier.id!r} is taken when the vehicle left, and then nothing else is; use when = "left"'
    return ""


def _undecidable(step: Step, policy: Policy, _never: dict[str, str]) -> str:
    request = policy.step_of(step.needs_decision or "")
    if request is not None and request.when in AFTERWARDS:
        return f"{request.id!r} asks when the case is closed, and then nobody can decide; ask earlier"
    if step.does is Does.REQUEST_DECISION and step.when in AFTERWARDS:
        return "the case is closed by then, and nobody can decide on it; ask while it stands"
    return ""


def _too_many(step: Step, policy: Policy, _never: dict[str, str]) -> str:
    least_s = (step.violations_at_least - 1) * policy.quiet_gap_s
    if least_s > step.within_days * DAY_S:
        n = step.violations_at_least
        return f"{n} violations do not fit into {step.within_days:g} days with a quiet gap; give it more days"
    return ""


def _nobody_told(step: Step, policy: Policy, _never: dict[str, str]) -> str:
    if step.does is Does.NOTIFY_OWNER and any(set(one) == {"*"} for one in policy.exempt_plates):
        return "exempt_plates leaves every plate alone; write narrower patterns"
    return ""
