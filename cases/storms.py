"""A storm: one camera opens more cases than its view can hold. The rest is one alert with a count. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from cases.limits import Deadlines, Storm
from cases.policy import Assessment, Policy
from cases.record import Case, Signal
from cases.sightings import open_case, sighted
from cases.states import Change
from models import ids

NAME = "camera-storm"

BUILT_IN = Policy(
    name=NAME,
    matter=NAME,
    unit="operators",
    task="verify",
    assess=Assessment.HUMAN,
    deadlines=Deadlines(order_s=0, first_responder_s=0, feedback_s=0),
    storm=Storm(most=0),
)
"""For cities that have no policy of that name: somebody looks at the camera."""


def policy_of(policies: Mapping[str, Policy]) -> Policy:
    """The ladder of storms."""
    return policies.get(NAME, BUILT_IN)


def key_of(source: str) -> str:
    """The incident key of a camera's storm."""
    return f"{source}/storm"


def rages(opened: Iterable[datetime], at: datetime, limit: Storm) -> bool:
    """Whether one more case would be a storm.

    Args:
        opened: when the camera's newest cases were opened.
        at: when the next one would be.
        limit: of its policy.
    """
    if limit.most == 0:
        return False
    since = at - timedelta(seconds=limit.within_s)
    return sum(1 for one in opened if since < one <= at) >= limit.most


def begin(signal: Signal, policy: Policy, previous_id: str | None = None) -> Case:
    """The case that gathers a storm, from the first incident that was too many."""
    key = key_of(signal.source)
    first = open_case(replace(signal, plate=None, label="", spot_xy=None), policy, previous_id)
    return replace(
        first, id=ids.case_id(key, signal.event_id), dedup_key=key, rule=NAME, group="", appearance=""
    )


def gathered(case: Case, signal: Signal) -> tuple[Case, Change | None]:
    """One incident more in the storm."""
    after, change = sighted(case, signal)
    return replace(after, incidents=case.incidents + 1), change
