"""Twilio, through its own client. The only file that knows it.

Its API is spoken by other servers too (ours on the desk, proxies of a city), hence `base_url`.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from requests import Session
from requests.adapters import HTTPAdapter
from requests.exceptions import RequestException
from twilio.base.exceptions import TwilioException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client
from urllib3.exceptions import HTTPError

from models.errors import ConfigurationError, OutcomeUnknown
from notifier.numbers import Phone
from notifier.senders.callbacks import status_url
from notifier.senders.provider_faults import translate
from notifier.settings import SmsSettings

CLOCKS_APART = timedelta(minutes=5)
"""How far the provider's clock may be from ours, and its times are whole seconds. Wider costs nothing: ids
of other notices are excluded by name."""
PAGE_SIZE = 200
LOOK_BACK = 1000
"""Messages of one recipient that are looked through. A fleet's contact gets many; nobody gets so many."""
CONNECTIONS = 64
LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})


class TwilioSender:
    """Hands messages to Twilio.

    Args:
        settings: account, secret, sender; see `SmsSettings`.
        public_url: where the provider reaches us with reports; empty when it cannot.

    Raises:
        ConfigurationError: account, token or sender is missing.
    """

    name = "twilio"

    def __init__(self, settings: SmsSettings, public_url: str = "") -> None:
        token = settings.token.get_secret_value()
        for key, value in (
            ("account_sid", settings.account_sid),
            ("token", token),
            ("sender", settings.sender),
        ):
            if not value:
                remedy = f"set CLEARWAY_SMS__{key.upper()}"
                raise ConfigurationError.of("sms", "is missing", remedy, key=f"sms.{key}")
        # Connecting and reading may take a timeout each.
        self.longest_s = 2 * settings.timeout_s
        self._validity_s = settings.validity_s
        self._public_url = public_url
        service = settings.sender.startswith("MG")
        self._from = {"messaging_service_sid" if service else "from_": settings.sender}
        self._http = _Http(settings.base_url, settings.timeout_s)
        client = Client(
            settings.account_sid,
            token,
            http_client=self._http,
            # An empty mapping would be taken for "not given", and TWILIO_REGION from the environment of
            # somebody's shell would move our requests to another host.
            environment={"TWILIO_ACCOUNT_SID": settings.account_sid},
        )
        # Asked for now: the client imports its parts at first use, and the first owner would wait for it.
        self._messages = client.messages

    def send(self, phone: Phone, body: str, reference: str) -> str:
        """See `Sender`."""
        callback = status_url(self._public_url, reference)
        more = self._from | ({"status_callback": callback} if callback else {})
        with _translated():
            message = self._messages.create(
                to=phone.reveal(), body=body, validity_period=self._validity_s, **more
            )
            if not message.sid:
                # The client makes an empty message of an empty answer.
                raise OutcomeUnknown("the provider's answer names no message")
            return str(message.sid)

    def find(
        self,
        phone: Phone,
        body: str,
        reference: str,  # noqa: ARG002 - it keeps no reference of ours with a message
        *,
        since: datetime,
        known: frozenset[str],
    ) -> str | None:
        """See `Sender`. The provider has no key against repeats, so it is asked.

        The list is not filtered by date on the provider's side: its filter is about the moment of
        sending, which a message that was only just accepted does not have yet.
        """
        earliest = since - CLOCKS_APART
        with _translated():
            for message in self._messages.stream(to=phone.reveal(), limit=LOOK_BACK, page_size=PAGE_SIZE):
                created = message.date_created
                if message.sid in known or (created is not None and created < earliest):
                    continue
                # Trial accounts put a sentence in front of every text.
                if (message.body or "").strip().endswith(body.strip()):
                    return str(message.sid)
        return None

    def close(self) -> None:
        """Give idle connections back."""
        self._http.session.close()


_SHAPE = (TypeError, AttributeError)
"""What the client raises when an answer is JSON of another shape than it expects."""


@contextmanager
def _translated() -> Iterator[None]:
    """Foreign exceptions end here. Their texts do too: they repeat numbers and addresses."""
    try:
        yield
    except (TwilioException, RequestException, HTTPError, OSError, ValueError, KeyError, *_SHAPE) as exc:
        raise translate(exc) from exc


def _shows_no_number(record: logging.LogRecord) -> bool:
    """Below the client, request lines are logged too, and a query names its recipient."""
    return "Messages.json?" not in record.getMessage()


class _Http(TwilioHttpClient):  # type: ignore[misc]  # the library ships no types
    """The client's own HTTP, sent to another host, and silent: its log lines would show numbers."""

    def __init__(self, base_url: str, timeout_s: float) -> None:
        super().__init__(timeout=timeout_s)
        self._base_url = base_url
        self.session = Session()
        # Never a retry below us: only the dispatcher knows whether trying again is safe.
        self.session.mount(base_url, HTTPAdapter(pool_maxsize=CONNECTIONS, max_retries=0))
        host = urlsplit(base_url).netloc.rpartition(":")[0] or urlsplit(base_url).netloc
        self.session.trust_env = host not in LOOPBACK
        for name in ("urllib3.connectionpool", "urllib3.connection"):
            logging.getLogger(name).addFilter(_shows_no_number)

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        parts = urlsplit(url)
        query = f"?{parts.query}" if parts.query else ""
        response = super().request(method, f"{self._base_url}{parts.path}{query}", *args, **kwargs)
        # The client keeps its last exchange for its own tests: a number and a text nobody asked for.
        self._test_only_last_request = self._test_only_last_response = None
        return response

    def log_request(self, kwargs: dict[str, Any]) -> None:
        """Nothing: the query holds a number."""

    def log_response(self, status_code: int, response: Any) -> None:  # noqa: ANN401
        """Nothing."""
