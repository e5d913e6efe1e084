"""What the network's failures mean for a notice, whichever provider the request was for.

The one question is whether the message may have been taken. Only what certainly failed before the request
was read is `DeliveryDelayed`; whatever may have come later is `OutcomeUnknown`.

Texts of foreign exceptions are never repeated: they hold numbers and addresses.
"""

from requests import exceptions as http
from urllib3.exceptions import MaxRetryError, NewConnectionError

from models.errors import ClearwayError, DeliveryDelayed, OutcomeUnknown, ProviderClosed

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
    http.URLRequired: (UNSENDABLE, "the provider's address cannot be used"),
    http.MissingSchema: (UNSENDABLE, "the provider's address cannot be used"),
    http.InvalidSchema: (UNSENDABLE, "the provider's address cannot be used"),
    http.InvalidURL: (UNSENDABLE, "the provider's address cannot be used"),
    http.InvalidProxyURL: (UNSENDABLE, "the proxy's address cannot be used"),
    http.InvalidHeader: (UNSENDABLE, "account or token hold characters that cannot be sent"),
}


def translate_http(exc: http.RequestException) -> ClearwayError:
    """Our word for a failure of the network, with a text that holds no number."""
    if isinstance(exc, http.SSLError) and _untrusted(exc):
        return ProviderClosed("the provider's certificate is not trusted", "tls")
    if isinstance(exc, http.ConnectionError) and _never_connected(exc):
        return NEVER_SENT("the provider cannot be reached")
    kind, text = next(HTTP_FAILURES[k] for k in type(exc).__mro__ if k in HTTP_FAILURES)
    return kind(f"{text} ({type(exc).__name__})")


def _untrusted(exc: http.SSLError) -> bool:
    """Whether the handshake failed over the certificate: before any request, and until somebody mends it."""
    cause = exc.args[0] if exc.args else None
    return isinstance(cause, MaxRetryError) and "CERTIFICATE_VERIFY_FAILED" in str(cause.reason)


def _never_connected(exc: http.ConnectionError) -> bool:
    """Whether it failed before a single byte of the request was sent (refused, no such host)."""
    cause = exc.args[0] if exc.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)
