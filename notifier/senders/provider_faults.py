"""What the provider's refusals mean for a notice. Its codes stand in `provider_codes`.

Texts of foreign exceptions are never repeated: they hold numbers ("The 'To' number +86… is not valid").
"""

from requests import exceptions as http
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException

from models.errors import (
    ClearwayError,
    DeliveryDelayed,
    DeliveryRefused,
    OutcomeUnknown,
    OwnerOptedOut,
    ProviderClosed,
)
from notifier.senders.http_faults import PERHAPS, translate_http
from notifier.senders.provider_codes import CLOSED, LATER, OPTED_OUT, REFUSED

CLOSED_STATUS = {401: "the credentials are wrong", 402: "there are no funds", 403: "access is forbidden"}
TOO_MANY, NOT_FOUND, SERVER_FAULT, OK_END = 429, 404, 500, 300


def translate(exc: BaseException) -> ClearwayError:
    """Our word for a foreign exception, with a text that holds no number."""
    match exc:
        case TwilioRestException() | TwilioServiceException():
            return verdict(int(exc.status), int(exc.code or 0))
        case TwilioException():
            return verdict(_status_of_page(exc), 0)
        case http.RequestException():
            return translate_http(exc)
        case _:
            return PERHAPS(f"the provider's answer cannot be used ({type(exc).__name__})")


def verdict(status: int, code: int) -> ClearwayError:
    """What an answer of the provider means.

    A fault of the server is never a plain "later": "If you get a 500 Server Error on these requests, and you
    retry the request, it is possible for a customer to receive multiple messages" (its page on 20500).

    Args:
        status: of HTTP; 0 when unknown.
        code: the provider's own; 0 when it gave none.
    """
    shown = f"(HTTP {status}, code {code})"
    if code in REFUSED:
        kind = OwnerOptedOut if code == OPTED_OUT else DeliveryRefused
        return kind(f"{REFUSED[code]} {shown}", str(code))
    if code in CLOSED or status in CLOSED_STATUS:
        return ProviderClosed(f"{CLOSED.get(code) or CLOSED_STATUS[status]} {shown}", str(code or status))
    if code in LATER or status == TOO_MANY:
        return DeliveryDelayed(f"{LATER.get(code, 'too many requests')} {shown}")
    if status == NOT_FOUND:
        return ProviderClosed(f"there is no such account or address {shown}", str(code or status))
    if OK_END <= status < SERVER_FAULT:
        return DeliveryRefused(f"the provider refuses this message {shown}", str(code or status))
    return OutcomeUnknown(f"the provider failed {shown}")


def _status_of_page(exc: TwilioException) -> int:
    """Of a list it cannot get, the client says so in words and hands over the bare response."""
    return next((int(arg.status_code) for arg in exc.args if hasattr(arg, "status_code")), 0)
