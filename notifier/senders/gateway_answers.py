"""What a gateway's answer means, by the user's lists. Pure.

An answer that stands on no list says nothing: the message may have been taken.
"""

from dataclasses import dataclass
from typing import Any

from models.errors import (
    ClearwayError,
    DeliveryDelayed,
    DeliveryRefused,
    OutcomeUnknown,
    OwnerOptedOut,
    ProviderClosed,
)
from notifier.senders.gateway_settings import AnswerSettings, AskSettings

ID_MOST = 64
"""Characters of a message's name that the ledger keeps."""
SHOWN_MOST = 20
MOVED = frozenset({307, 308})
"""The gateway did nothing and names another address (RFC 9110, 15.4.8 and 15.4.9)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back.

    Attributes:
        status: of HTTP.
        said: the decoded JSON; None when there was none.
    """

    status: int
    said: Any


def taken(answer: Answer, means: AnswerSettings) -> str:
    """The gateway's name for a message it took; empty when it gave none.

    Raises:
        DeliveryDelayed: it was not taken, and may be later.
        OutcomeUnknown: the answer stands on no list.
        DeliveryRefused: it never will be, to this recipient.
        ProviderClosed: nothing will be.
    """
    code = _code(answer.said, means.code)
    if answer.status // 100 == 2 and (code in means.accepted or means.code is None):  # noqa: PLR2004
        return _name(answer.said, means.id)
    raise _verdict(answer.status, code, means)


def asked(answer: Answer, means: AskSettings, closed_status: frozenset[int]) -> str | None:
    """What the gateway calls the message it was asked for; None when it clearly says that it has none.

    Raises:
        DeliveryDelayed: the answer says neither.
        ProviderClosed: it does not answer us.
    """
    shown = f"(HTTP {answer.status})"
    if answer.status in closed_status:
        raise ProviderClosed(f"the gateway refuses our account {shown}", str(answer.status))
    if answer.status in means.absent_status:
        return None
    if answer.status // 100 == 2:  # noqa: PLR2004
        if name := _name(answer.said, means.id):
            return name
        if _code(answer.said, means.code) in means.absent:
            return None
        if means.empty is not None and _leads(answer.said, means.empty) and not _at(answer.said, means.empty):
            return None
    raise DeliveryDelayed(f"the gateway does not say whether it has it {shown}")


def _verdict(status: int, code: str, means: AnswerSettings) -> ClearwayError:
    # Of a code only letters and digits are repeated: a careless gateway may put the number into it.
    plain = code if code.isalnum() and len(code) <= SHOWN_MOST and not _like_a_number(code) else "…"
    shown = f"(HTTP {status}, code {plain})" if code else f"(HTTP {status})"
    if code in means.opted_out:
        return OwnerOptedOut(f"the owner has opted out {shown}", code[:SHOWN_MOST])
    if code in means.never or (not code and status in means.never_status):
        return DeliveryRefused(f"the gateway refuses this message {shown}", code[:SHOWN_MOST] or str(status))
    if code in means.closed or status in means.closed_status:
        return ProviderClosed(f"the gateway refuses our account {shown}", str(code[:SHOWN_MOST] or status))
    if code in means.later or status in means.later_status:
        return DeliveryDelayed(f"the gateway is busy {shown}")
    if status in MOVED:
        return ProviderClosed(
            f"the gateway has moved; set sms.http.url to its new address {shown}", str(status)
        )
    return OutcomeUnknown(f"the gateway's answer stands on no list of sms.http.answer {shown}")


def _like_a_number(code: str) -> bool:
    return sum(char.isdigit() for char in code) > 6  # noqa: PLR2004 - shorter than any telephone number


def _code(said: Any, trail: str | None) -> str:  # noqa: ANN401
    found = None if trail is None else _at(said, trail)
    return _text(found)


def _name(said: Any, trail: str | None) -> str:  # noqa: ANN401
    found = None if trail is None else _at(said, trail)
    return _text(found)[:ID_MOST]


def _text(found: Any) -> str:  # noqa: ANN401
    """A value as it would stand in a list of codes: `0`, `OK`, `true`."""
    match found:
        case bool():
            return str(found).lower()
        case str() | int():
            return str(found)
        case _:
            return ""


def _at(said: Any, trail: str) -> Any:  # noqa: ANN401
    """What stands at a place of an answer; None when the trail leads nowhere."""
    found = said
    for word in trail.split("."):
        match found:
            case dict():
                found = found.get(word)
            case list() if word.isdigit() and int(word) < len(found):
                found = found[int(word)]
            case _:
                return None
    return found


def _leads(said: Any, trail: str) -> bool:  # noqa: ANN401
    """Whether the last key of a trail is there, whatever it holds."""
    *path, last = trail.split(".")
    holder = _at(said, ".".join(path)) if path else said
    return isinstance(holder, dict) and last in holder
