"""How long a case has been open, as a light: 1, 3 and 5 days in the practice of Chinese city management."""

from datetime import datetime
from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from cases.clocks import OFFICE, Calendar, Clock, elapsed_s
from models.toml import FrozenModel

DAY_S = 86_400.0


class Light(StrEnum):
    """What the lamp in front of a case shows."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    OVERDUE = "overdue"
    OFF = "off"


class Lights(FrozenModel):
    """When a case's lamp changes.

    Attributes:
        yellow_after_days: green until then; days of 24 hours by the wall clock, of all working hours of a
            day by the working clock.
        red_after_days: yellow until then.
        overdue_after_days: red until then.
        clock: which time counts.
    """

    yellow_after_days: float = Field(default=1.0, gt=0, le=366)
    red_after_days: float = Field(default=3.0, gt=0, le=366)
    overdue_after_days: float = Field(default=5.0, gt=0, le=366)
    clock: Clock = Clock.WALL

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.yellow_after_days <= self.red_after_days <= self.overdue_after_days:
            raise ValueError("lights turn in no order; let yellow come first, then red, then overdue")
        return self


def light(
    since: datetime,
    now: datetime,
    lights: Lights | None = None,
    calendar: Calendar = OFFICE,
    *,
    closed: bool = False,
) -> Light:
    """The light of a case.

    Args:
        since: when the centre could first have known of it.
        now: wall clock.
        lights: of its policy; the built-in ones without.
        calendar: of its policy.
        closed: a case that is over waits for nobody.
    """
    if closed:
        return Light.OFF
    lights = lights or Lights()
    day_s = DAY_S if lights.clock is Clock.WALL else calendar.day_s
    age = elapsed_s(since, now, lights.clock, calendar) / day_s
    if age < lights.yellow_after_days:
        return Light.GREEN
    if age < lights.red_after_days:
        return Light.YELLOW
    return Light.RED if age < lights.overdue_after_days else Light.OVERDUE
