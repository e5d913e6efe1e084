"""Whether a notice goes out now: one pure function with a readable answer.

It is asked when a step becomes due, again in the transaction that writes its notices down, and again before
every later attempt, because in between the vehicle may have left: nobody who has left is told to leave.
"""

from datetime import datetime, timedelta

from cases.notices.addressees import Addressee
from cases.notices.records import CaseView, DueStep, Pending
from cases.taking import Later, Never, Purpose, Take, Verdict
from models.records import PlateSource
from notifier.limits import Rules, quiet_now, too_much

LOOK_AGAIN = timedelta(seconds=5)
"""A case out of sight comes back or closes by itself; asking more often would only write more."""
NO_PLATE = "no plate known: the department decides"
OPTED_OUT = "they want no messages (STOP)"


def decide(item: DueStep | Pending, at: datetime, rule: Rules, addressee: Addressee | None = None) -> Verdict:
    """Decide on a step that is due, or on a notice already written down.

    The conditions in the order in which they are asked; the first that fails is the answer. What the ladder
    says (`cases.taking`: open, not disowned, not silenced, the step before it taken, …); a plate; what the
    notice is there for (still standing, in sight, the plate sure); quiet hours; and for one recipient: not
    opted out, the day's limit, the provider's.

    Args:
        item: with the case as it is now.
        at: now, by the wall clock.
        rule: hours and limits.
        addressee: one recipient; None to decide for all of them.
    """
    purpose = _by_purpose(item, at, rule)
    conditions = (
        item.verdict,
        Never(NO_PLATE) if item.case.plate is None else None,
        purpose,
        None if item.urgent else quiet_now(rule, at),
        None if addressee is None else _by_recipient(item, addressee, at, rule),
    )
    return next((one for one in conditions if isinstance(one, Later | Never)), purpose)


def in_words(verdict: Verdict, at: datetime | None = None) -> str:
    """The answer as people read it.

    Args:
        verdict: the answer.
        at: when the notice was sent; None while it is only going to be.
    """
    match verdict:
        case Take(why):
            sent = "sent" if at is None else f"sent {at:%Y-%m-%d %H:%M:%S} UTC"
            return f"{sent} because {why}" if why else sent
        case Later(until, why):
            return f"waits until {until:%Y-%m-%d %H:%M:%S} UTC because {why}"
        case Never(why):
            return f"not sent because {why}"


def _by_recipient(item: DueStep | Pending, addressee: Addressee, at: datetime, rule: Rules) -> Verdict | None:
    if addressee.opted_out:
        return Never(OPTED_OUT)
    return too_much(rule, addressee, item.case.matter, item.step.id, at)


def _by_purpose(item: DueStep | Pending, at: datetime, rule: Rules) -> Verdict:
    case = item.case
    sure = case.plate is not None and case.plate.sure
    match item.purpose:
        case Purpose.LEAVE:
            return _still_standing(case, at, rule.fresh_s)
        case Purpose.THANKS | Purpose.TOWING if not sure:
            return Never("the plate was never read surely: a wrong notice is the worst error")
        case Purpose.THANKS:
            return Take(f"the vehicle left{_plate_note(case)}")
        case Purpose.TOWING:
            return Take(f"it was towed, or left after a tow was requested{_plate_note(case)}")


def _still_standing(case: CaseView, at: datetime, fresh_s: float) -> Verdict:
    if not case.state.is_open:
        return Never(f"the case is {case.state.value}: nobody who has left is told to leave")
    if case.plate is not None and not case.plate.sure:
        return Later(at + LOOK_AGAIN, "the plate is not read surely: a wrong notice is the worst error")
    if case.unseen_since is not None:
        return Later(at + LOOK_AGAIN, "out of sight: it may have left")
    age_s = (at - case.last_seen_at).total_seconds()
    if age_s > fresh_s:
        return Later(at + LOOK_AGAIN, f"last confirmed more than {fresh_s:.0f} s ago")
    return Take(f"it stands there, confirmed {max(age_s, 0):.0f} s ago{_plate_note(case)}")


def _plate_note(case: CaseView) -> str:
    if case.plate is not None and case.plate.source is PlateSource.ASSUMED:
        return "; the plate is assumed (plan or flag), no camera read it"
    return ""
