"""What somebody wrote back: whether they want no messages, or want them again. Pure."""

from collections.abc import Mapping
from enum import StrEnum

STOP_WORDS = frozenset(
    {"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "optout", "revoke", "td", "t", "退订", "停止"}
)
"""The provider's own words (twilio.com/docs/messaging/tutorials/advanced-opt-out), and what people in China
answer: T and TD stand for 退订."""
START_WORDS = frozenset({"start", "yes", "unstop", "恢复", "订阅"})
_TRIMMED = " \t\r\n.!。！'\"“”「」"


class Reply(StrEnum):
    """What a reply asks for."""

    STOP = "stop"
    START = "start"
    OTHER = "other"


def reply_of(fields: Mapping[str, str]) -> Reply:
    """What an inbound message asks for.

    Args:
        fields: of the callback. `OptOutType` is the provider's own judgement, and wins; without it the whole
            message has to be the word, as with the provider: "stop it please" is a conversation.
    """
    match fields.get("OptOutType", "").upper():
        case "STOP":
            return Reply.STOP
        case "START":
            return Reply.START
        case "HELP":
            return Reply.OTHER
    word = fields.get("Body", "").strip(_TRIMMED).casefold()
    if word in STOP_WORDS:
        return Reply.STOP
    return Reply.START if word in START_WORDS else Reply.OTHER
