"""What a user may set about how much one owner is told, and when; the rules are in `notifier.limits`."""

from pydantic import Field, field_validator

from models.hours import hours_fault
from models.toml import FrozenModel

REMEMBERED_S = 172_800.0
"""So far back the ledger is asked what an owner was told (`cases.notices.addressees.REMEMBERED`)."""


class NumberLimit(FrozenModel):
    """What the provider lets one number have.

    Attributes:
        most: messages.
        within_s: in any span of so many seconds.
        template: counts messages of one matter and step only; otherwise all.
    """

    most: int = Field(ge=1, le=100_000)
    within_s: float = Field(ge=1, le=REMEMBERED_S)
    template: bool = False


FIFTY_A_DAY = NumberLimit(most=50, within_s=86_400, template=True)
"""Notices of one template to one number in 24 hours, as a large Chinese provider allows by default
(help.aliyun.com, document 2881383). Others are slower or know no such limit: ask yours."""


class LimitSettings(FrozenModel):
    """How much one owner is told, and when.

    Attributes:
        quiet_hours: in which only urgent notices go out, in OpenStreetMap's notation, by
            `notifier.timezone`; empty for none.
        owner_daily: notices to one number in one day, by that clock. A whole ladder has five.
        fleet_daily: the same for a company's desk, which answers for many vehicles.
        number: the provider's own limits for one number.
    """

    quiet_hours: str = Field(default="22:00-07:00", max_length=500)
    owner_daily: int = Field(default=8, ge=1, le=1000)
    fleet_daily: int = Field(default=200, ge=1, le=1000)
    number: tuple[NumberLimit, ...] = Field(default=(FIFTY_A_DAY,), max_length=10)

    @field_validator("quiet_hours")
    @classmethod
    def _hours_can_be_read(cls, expression: str) -> str:
        if expression and (fault := hours_fault(expression)):
            raise ValueError(f"{expression!r} {fault}")
        return expression
