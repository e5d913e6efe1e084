"""How long a case has been waiting, as a light.

The deadlines are those of Chinese city management practice (docs/policies.md): green until a day has
passed, yellow until the third, red until the fifth; after that it is overdue.
"""

from datetime import datetime, timedelta
from enum import StrEnum


class Light(StrEnum):
    """What the lamp in front of a case shows."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    OVERDUE = "overdue"
    OFF = "off"


YELLOW_AFTER = timedelta(days=1)
RED_AFTER = timedelta(days=3)
OVERDUE_AFTER = timedelta(days=5)


def light(since: datetime, now: datetime, *, closed: bool = False) -> Light:
    """The light of a case.

    Args:
        since: when the centre could first have known of it.
        now: wall clock.
        closed: a closed case waits for nobody.
    """
    if closed:
        return Light.OFF
    age = now - since
    if age < YELLOW_AFTER:
        return Light.GREEN
    if age < RED_AFTER:
        return Light.YELLOW
    return Light.RED if age < OVERDUE_AFTER else Light.OVERDUE
