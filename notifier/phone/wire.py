"""The shapes of the provider's API, as its published description has them. Pure."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Annotated, Any
from urllib.parse import urlencode, urlsplit

import msgspec

from notifier import segments
from notifier.numbers import parse_phone
from notifier.phone.store import Message
from notifier.senders.provider_codes import meaning

API = "/2010-04-01/Accounts/{account}/Messages"
MORE_INFO = "https://www.twilio.com/docs/errors/{code}"
BODY_MOST = 1600
"""Characters; the provider's own bound."""
WAITING = frozenset({"accepted", "queued"})
"""States of a message that was not sent on yet."""
VALIDITY_MOST_S = 36_000
CALLBACK_MOST = 4000
"""Characters of a callback's address (twilio.com/docs/api/errors/21609)."""
ANYWHERE = "ZZ"
"""No region: a number must carry its country code."""


def fault(status: int, code: int, message: str) -> dict[str, Any]:
    """An error."""
    return {"code": code, "message": message, "more_info": MORE_INFO.format(code=code), "status": status}


def resource(account_sid: str, message: Message) -> dict[str, Any]:
    """A message."""
    uri = f"{API.format(account=account_sid)}/{message.sid}"
    at = format_datetime(message.at.astimezone(UTC))
    waits = message.status in WAITING
    return {
        "account_sid": account_sid,
        "api_version": "2010-04-01",
        "body": message.body,
        "date_created": at,
        "date_sent": None if waits else at,
        "date_updated": at,
        "direction": "outbound-api",
        "error_code": message.code,
        "error_message": None if message.code is None else meaning(str(message.code)),
        "from": message.sender or None,
        "messaging_service_sid": message.service or None,
        "num_media": "0",
        # A messaging service chooses the sender later, and then counts (its description of the field).
        "num_segments": "0" if waits and message.service else str(segments.size(message.body).segments),
        "price": None,
        "price_unit": "USD",
        "sid": message.sid,
        "status": message.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": message.recipient,
        "uri": f"{uri}.json",
    }


def page(
    account_sid: str, query: Mapping[str, str], found: Sequence[Message], number: int, size: int
) -> dict[str, Any]:
    """One page of a list.

    Args:
        account_sid: of the account.
        query: as asked; the addresses of the other pages repeat it.
        found: the messages of this page, and one more when there is a next page.
        number: of the page, from 0.
        size: messages a page.
    """
    path = f"{API.format(account=account_sid)}.json"
    shown = found[:size]

    def at(other: int) -> str:
        return f"{path}?{urlencode(dict(query) | {'Page': other, 'PageSize': size})}"

    return {
        "messages": [resource(account_sid, message) for message in shown],
        "page": number,
        "page_size": size,
        "start": number * size,
        "end": number * size + max(0, len(shown) - 1),
        "uri": at(number),
        "first_page_uri": at(0),
        "next_page_uri": at(number + 1) if len(found) > size else None,
        "previous_page_uri": at(number - 1) if number else None,
    }


def fault_of(form: dict[str, str]) -> tuple[int, str] | None:
    """The provider's code and words for what is wrong with a request to send."""
    to, body = form.get("To", ""), form.get("Body", "")
    validity = form.get("ValidityPeriod", "1")
    lasts = validity.isascii() and validity.isdigit() and 1 <= int(validity) <= VALIDITY_MOST_S
    faults = (
        (not to, 21604, "A 'To' phone number is required."),
        (not body.strip(), 21602, "Message body is required."),
        (
            len(body) > BODY_MOST,
            21617,
            f"The concatenated message body exceeds the {BODY_MOST} character limit.",
        ),
        (
            not (form.get("From") or form.get("MessagingServiceSid")),
            21603,
            "A 'From' phone number is required.",
        ),
        (not lasts, 21624, "Invalid validity period value"),
        (not _is_url(form.get("StatusCallback", "")), 21609, "The StatusCallback URL is not a valid URL."),
        (not _is_number(to), 21211, f"The 'To' number {to} is not a valid phone number."),
    )
    return next(((code, words) for wrong, code, words in faults if wrong), None)


def window(query: dict[str, str]) -> tuple[datetime | None, datetime | None]:
    """The times of `DateSent`, `DateSent>` and `DateSent<`: days or moments, in UTC, bounds included."""
    since = _moment(query["DateSent>"]) if "DateSent>" in query else None
    until = _moment(query["DateSent<"]) if "DateSent<" in query else None
    if "DateSent" in query:
        since = _moment(query["DateSent"][:10])
        until = since + timedelta(days=1)
    return since, until


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found


def credentials(header: str) -> str:
    """`user:password` of a basic authorization header; empty when it is none."""
    kind, _, coded = header.partition(" ")
    try:
        return base64.b64decode(coded, validate=True).decode() if kind.lower() == "basic" else ""
    except (binascii.Error, UnicodeDecodeError):
        return ""


class Said(msgspec.Struct, forbid_unknown_fields=True):
    """What the person at the phone answers to a message."""

    sid: Annotated[str, msgspec.Meta(max_length=64)]
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=BODY_MOST)]


def bubble(message: Message, answers: Sequence[str] = ()) -> dict[str, Any]:
    """A message as a person may see it, with what they answered: the number masked."""
    phone, _ = parse_phone(message.recipient, ANYWHERE)
    return {
        "sid": message.sid,
        "to": phone.mask,
        "from": message.sender or message.service,
        "body": message.body,
        "at": message.at.isoformat(),
        "segments": segments.size(message.body).segments,
        "status": message.status,
        "answers": list(answers),
    }


def _is_url(text: str) -> bool:
    """Whether a callback can go there; none is wanted when it is empty."""
    parts = urlsplit(text)
    return not text or (
        parts.scheme in {"http", "https"} and bool(parts.hostname) and len(text) <= CALLBACK_MOST
    )


def _is_number(text: str) -> bool:
    try:
        parse_phone(text, ANYWHERE)
    except ValueError:
        return False
    return text.startswith("+")
