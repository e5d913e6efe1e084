"""Whether a callback is the provider's: the one file of this room that knows its library."""

from collections.abc import Sequence

from starlette.datastructures import ImmutableMultiDict
from twilio.request_validator import RequestValidator

HEADER = "x-twilio-signature"

Fields = Sequence[tuple[str, str]]


class TwilioSignature:
    """Checks signatures.

    The provider signs the address that it calls, which a proxy in front of us may have rewritten by the time
    we see it: so it is put together from the configured one.

    Args:
        token: the account's secret.
        public_url: where the provider reaches us, without a slash at its end.
    """

    def __init__(self, token: str, public_url: str) -> None:
        self._validator = RequestValidator(token)
        self._public_url = public_url

    def is_genuine(self, path: str, query: str, fields: Fields, signature: str) -> bool:
        """Whether a request was signed with our secret.

        Args:
            path: as it came in, without what stands before it in the configured address.
            query: raw, without its question mark; empty without one.
            fields: of the body, in any order.
            signature: the header's value.
        """
        if not signature or not signature.isascii():
            return False
        address = f"{self._public_url}{path}" + (f"?{query}" if query else "")
        return bool(self._validator.validate(address, ImmutableMultiDict(fields), signature))
