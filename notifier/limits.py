"""How much one owner is told, and when: the pure rules over what they were told already."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cases.notices.addressees import Addressee, template_of
from cases.taking import Later, Never
from models.hours import Hours, hours
from notifier.settings_limits import LimitSettings, NumberLimit

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Rules:
    """The settings as the ladder asks for them.

    Attributes:
        fresh_s: an incident not confirmed for longer is not told to its owner.
        limits: see there.
        quiet: when only urgent notices go out; None for never.
        zone: whose days and hours are meant.
    """

    fresh_s: float
    limits: LimitSettings
    quiet: Hours | None
    zone: ZoneInfo


def rules(fresh_s: float, limits: LimitSettings, timezone: str, region: str) -> Rules:
    """The rules that settings make.

    Args:
        fresh_s: see `Rules`.
        limits: see there.
        timezone: an IANA name.
        region: whose public holidays `PH` means, two letters.
    """
    quiet = hours(limits.quiet_hours, timezone, region) if limits.quiet_hours else None
    return Rules(fresh_s, limits, quiet, ZoneInfo(timezone))


def quiet_now(rule: Rules, at: datetime) -> Later | None:
    """Whether only urgent notices go out now, and until when."""
    if rule.quiet is None or not rule.quiet.in_force(at):
        return None
    until = rule.quiet.ends_at(at) or at + DAY
    shown = f"{until.astimezone(rule.zone):%H:%M}"
    return Later(until, f"quiet hours until {shown} ({rule.zone.key}), and this notice is not urgent")


def too_much(rule: Rules, addressee: Addressee, matter: str, step: str, at: datetime) -> Later | Never | None:
    """Whether another notice would be more than its recipient, or the provider, bears.

    Args:
        rule: the limits.
        addressee: with what they were told lately.
        matter: of the case.
        step: of the ladder.
        at: now.

    Returns:
        `Never` past the day's limit: tomorrow another step may tell them, or a department has gone. `Later`
        where the provider has to be waited for. None when nothing stands against it.
    """
    midnight = at.astimezone(rule.zone).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
    today = sum(1 for one in addressee.told if one.at >= midnight)
    most = rule.limits.fleet_daily if addressee.fleet else rule.limits.owner_daily
    if today >= most:
        whose = "a fleet's desk" if addressee.fleet else "one owner"
        return Never(f"they had {today} notices today, the limit for {whose} is {most}")
    template = template_of(matter, step)
    waits = [
        Later(until, _why(limit))
        for limit in rule.limits.number
        if (
            until := _free_at(
                (one.at for one in addressee.told if not limit.template or one.template == template), limit
            )
        )
        is not None
        and until > at
    ]
    return max(waits, key=lambda wait: wait.until, default=None)


def _free_at(told: Iterable[datetime], limit: NumberLimit) -> datetime | None:
    """From when one more fits into the span; None when it has always fitted."""
    newest = sorted(told, reverse=True)
    if len(newest) < limit.most:
        return None
    return newest[limit.most - 1] + timedelta(seconds=limit.within_s)


def _why(limit: NumberLimit) -> str:
    alike = "alike " if limit.template else ""
    return f"the provider takes {limit.most} messages {alike}to one number in {limit.within_s:g} s"
