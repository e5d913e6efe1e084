"""What the provider's refusals and the network's failures mean for a notice.

The one question is whether the message may have been taken. Only what certainly failed before the request
was read is `DeliveryDelayed`; whatever may have come later is `OutcomeUnknown`.

Texts of foreign exceptions are never repeated: they hold numbers ("The 'To' number +86… is not valid").
"""

from requests import exceptions as http
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from urllib3.exceptions import MaxRetryError, NewConnectionError

from models.errors import ClearwayError, DeliveryDelayed, DeliveryRefused, OutcomeUnknown, ProviderClosed

REFUSED: dict[int, str] = {
    21211: "the number is not valid",
    21214: "the number cannot be reached",
    21217: "the number does not seem to be valid",
    21265: "the number cannot be a short code",
    21408: "messages to that region are not enabled",
    21602: "the message is empty",
    21604: "there is no number",
    21610: "the owner has opted out (STOP)",
    21612: "the number cannot be reached from our sender",
    21614: "the number is not a mobile number",
    21617: "the message is too long",
}
"""Refusals of one message or one recipient, by the provider's code (twilio.com/docs/api/errors)."""

CLOSED: dict[int, str] = {
    20003: "the credentials are wrong",
    20005: "the account is not active",
    20006: "access is denied",
    20008: "these are test credentials",
    20404: "there is no such account",
    21603: "no sender is configured",
    21606: "the sender is not a number of this account that can send",
    21659: "the sender is not a number of this account",
    21701: "the messaging service does not exist",
    21703: "the messaging service has no sender",
    21705: "the messaging service is not valid",
    30002: "the account is suspended",
}
"""Refusals of everything we send."""

LATER: dict[int, str] = {
    20429: "too many requests",
    21611: "the sender's queue is full",
    14107: "the rate limit is reached",
    63038: "the account's daily limit is reached",
}
CLOSED_STATUS = {401: "the credentials are wrong", 402: "there are no funds", 403: "access is forbidden"}
TOO_MANY, NOT_FOUND, SERVER_FAULT, OK_END = 429, 404, 500, 300

UNSENDABLE = ProviderClosed
NEVER_SENT = DeliveryDelayed
PERHAPS = OutcomeUnknown

HTTP_FAILURES: dict[type[http.RequestException], tuple[type[ClearwayError], str]] = {
    http.RequestException: (PERHAPS, "the request failed"),
    http.HTTPError: (PERHAPS, "the answer was an error"),
    http.ConnectionError: (PERHAPS, "the connection broke"),
    http.ProxyError: (PERHAPS, "the proxy failed"),
    http.SSLError: (PERHAPS, "the encrypted connection failed"),
    http.Timeout: (PERHAPS, "no answer in time"),
    http.ConnectTimeout: (NEVER_SENT, "no connection in time"),
    http.ReadTimeout: (PERHAPS, "no answer in time"),
    http.ChunkedEncodingError: (PERHAPS, "the answer broke off"),
    http.ContentDecodingError: (PERHAPS, "the answer cannot be read"),
    http.StreamConsumedError: (PERHAPS, "the answer cannot be read"),
    http.InvalidJSONError: (PERHAPS, "the answer cannot be read"),
    http.JSONDecodeError: (PERHAPS, "the answer cannot be read"),
    http.TooManyRedirects: (PERHAPS, "the answer leads in circles"),
    http.RetryError: (PERHAPS, "the request failed more than once"),
    http.UnrewindableBodyError: (PERHAPS, "the request could not be repeated"),
    http.URLRequired: (UNSENDABLE, "sms.base_url cannot be used"),
    http.MissingSchema: (UNSENDABLE, "sms.base_url cannot be used"),
    http.InvalidSchema: (UNSENDABLE, "sms.base_url cannot be used"),
    http.InvalidURL: (UNSENDABLE, "sms.base_url cannot be used"),
    http.InvalidProxyURL: (UNSENDABLE, "the proxy's address cannot be used"),
    http.InvalidHeader: (UNSENDABLE, "account or token hold characters that cannot be sent"),
}


def translate(exc: BaseException) -> ClearwayError:
    """Our word for a foreign exception, with a text that holds no number."""
    match exc:
        case TwilioRestException() | TwilioServiceException():
            return verdict(int(exc.status), int(exc.code or 0))
        case TwilioException():
            return verdict(_status_of_page(exc), 0)
        case http.ConnectionError() if _never_connected(exc):
            return NEVER_SENT("the provider cannot be reached")
        case http.RequestException():
            kind, text = next(HTTP_FAILURES[k] for k in type(exc).__mro__ if k in HTTP_FAILURES)
            return kind(f"{text} ({type(exc).__name__})")
        case _:
            return PERHAPS(f"the provider's answer cannot be used ({type(exc).__name__})")


def verdict(status: int, code: int) -> ClearwayError:
    """What an answer of the provider means.

    Args:
        status: of HTTP; 0 when unknown.
        code: the provider's own; 0 when it gave none.
    """
    shown = f"(HTTP {status}, code {code})"
    if code in REFUSED:
        return DeliveryRefused(f"{REFUSED[code]} {shown}", str(code))
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


def _never_connected(exc: http.ConnectionError) -> bool:
    """Whether it failed before a single byte of the request was sent (refused, no such host)."""
    cause = exc.args[0] if exc.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)
