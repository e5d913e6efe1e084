"""A city's or a carrier's own SMS gateway over HTTP, as the settings describe it."""

import contextlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec
import phonenumbers
from requests import Response, Session
from requests.adapters import HTTPAdapter
from requests.exceptions import RequestException
from urllib3.exceptions import HTTPError

from models.errors import ConfigurationError, DeliveryDelayed, NobodyKnows, OutcomeUnknown, ProviderClosed
from notifier.numbers import Phone
from notifier.senders.gateway_answers import Answer, asked, taken
from notifier.senders.gateway_settings import WORD, GatewaySettings, RequestSettings
from notifier.senders.http_faults import translate_http
from notifier.settings import SmsSettings

ANSWER_MOST = 65_536
"""Bytes of an answer that are read. A receipt is a few hundred; what is longer is something else."""
CONNECTIONS = 64
OUR_HEADERS = {"User-Agent": "Clearway", "Accept": "application/json"}


class GatewaySender:
    """Hands messages to a gateway.

    Args:
        settings: `http` says how; see `GatewaySettings`.

    Raises:
        ConfigurationError: there is no section for it, a secret is missing or a file cannot be read.
    """

    name = "http"

    def __init__(self, settings: SmsSettings) -> None:
        self._own = described(settings)
        _require_words(self._own, settings.sender)
        self._sender = settings.sender
        self._timeout_s = settings.timeout_s
        # Connecting, sending and reading may take a timeout each, and an answer comes in parts.
        self.longest_s = 3 * settings.timeout_s
        self._session = _session(self._own)

    def send(self, phone: Phone, body: str, reference: str) -> str:
        """See `Sender`."""
        answer = self._request(self._own, phone, body, reference)
        return taken(answer, self._own.answer) or reference

    def find(
        self,
        phone: Phone,
        body: str,
        reference: str,
        *,
        since: datetime,  # noqa: ARG002 - a reference belongs to one notice, at any time
        known: frozenset[str],  # noqa: ARG002 - the same
    ) -> str | None:
        """See `Sender`."""
        if self._own.in_doubt == "repeat":
            return None
        if self._own.ask is None:
            raise NobodyKnows("the gateway may have taken it and cannot be asked: a person decides")
        try:
            answer = self._request(self._own.ask, phone, body, reference)
        except OutcomeUnknown as exc:
            raise DeliveryDelayed(f"it could not be asked: {exc}") from exc
        return asked(answer, self._own.ask, self._own.answer.closed_status)

    def close(self) -> None:
        """Give idle connections back."""
        self._session.close()

    def _request(self, said: RequestSettings, phone: Phone, body: str, reference: str) -> Answer:
        words = self._words(phone, body, reference)
        fields = filled(said.fields, words)
        body_of = {"json": "json", "form": "data", "query": "params"}[said.encoding]
        more = {body_of: fields} if fields else {}
        headers = OUR_HEADERS | {name: _put(text, words) for name, text in said.headers.items()}
        url = WORD.sub(lambda found: quote(words[found[1]], safe=""), said.url)
        with _translated():
            response = self._session.request(
                said.method,
                url,
                headers=headers,
                timeout=self._timeout_s,
                allow_redirects=False,
                stream=True,
                **more,
            )
            with contextlib.closing(response):
                return Answer(response.status_code, _json(response))

    def _words(self, phone: Phone, body: str, reference: str) -> dict[str, str]:
        number = phone.reveal()
        return {
            "number": number,
            "digits": number.removeprefix("+"),
            "national": phonenumbers.national_significant_number(phonenumbers.parse(number)),
            "text": body,
            "reference": reference,
            "sender": self._sender,
            "user": self._own.user.get_secret_value(),
            "secret": self._own.secret.get_secret_value(),
        }


def described(settings: SmsSettings) -> GatewaySettings:
    """The gateway that settings describe, but for its secrets, which another machine may have.

    Raises:
        ConfigurationError: there is none, or a file it names is missing.
    """
    own = settings.http
    if own is None:
        remedy = "describe the gateway in [sms.http] (docs/providers.md)"
        raise ConfigurationError.of("sms.http", "is missing", remedy, key="sms.http")
    for name in ("ca_file", "client_cert"):
        path = getattr(own, name)
        if path is not None and not path.is_file():
            remedy = "give a PEM file"
            raise ConfigurationError.of(str(path), "no such file", remedy, key=f"sms.http.{name}")
    return own


def filled(value: Any, words: dict[str, str]) -> Any:  # noqa: ANN401 - any plain value of TOML
    """The structure with its words put in. Only texts change, and each stays one text."""
    match value:
        case str():
            return _put(value, words)
        case dict():
            return {name: filled(one, words) for name, one in value.items()}
        case list():
            return [filled(one, words) for one in value]
        case _:
            return value


def _put(text: str, words: dict[str, str]) -> str:
    """One pass: a word inside of what was put in is not looked at again."""
    return WORD.sub(lambda found: words[found[1]], text)


def _require_words(own: GatewaySettings, sender: str) -> None:
    needed = {
        "user": (own.user.get_secret_value(), "CLEARWAY_SMS__HTTP__USER"),
        "secret": (own.secret.get_secret_value(), "CLEARWAY_SMS__HTTP__SECRET"),
        "sender": (sender, "sms.sender"),
    }
    requests = [own, *([own.ask] if own.ask is not None else [])]
    for word, (value, where) in needed.items():
        if not value and any(request.mentions(word) for request in requests):
            raise ConfigurationError.of("sms.http", f"says {{{word}}}, which is empty", f"set {where}")


def _session(own: GatewaySettings) -> Session:
    session = Session()
    # Never a retry below us: only the dispatcher knows whether trying again is safe.
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(pool_maxsize=CONNECTIONS, max_retries=0))
    # Nor anybody's shell: proxies and passwords of ~/.netrc are not ours, nor is a variable that names
    # other certificates to trust.
    session.trust_env = False
    session.verify = True if own.ca_file is None else str(own.ca_file)
    session.cert = None if own.client_cert is None else str(own.client_cert)
    for name in ("urllib3.connectionpool", "urllib3.connection"):
        logging.getLogger(name).addFilter(_Quiet(urlsplit(own.url).hostname or ""))
    return session


class _Quiet(logging.Filter):
    """Below us request lines are logged, and an address may name its recipient."""

    def __init__(self, host: str) -> None:
        super().__init__()
        self._host = host

    def filter(self, record: logging.LogRecord) -> bool:
        return self._host not in record.getMessage()


def _json(response: Response) -> Any:  # noqa: ANN401 - whatever the gateway says
    """The answer's JSON; None when it is none."""
    raw = b""
    for part in response.iter_content(8192):
        raw += part
        if len(raw) > ANSWER_MOST:
            return None
    try:
        return msgspec.json.decode(raw)
    except msgspec.DecodeError:
        return None


@contextmanager
def _translated() -> Iterator[None]:
    """Foreign exceptions end here. Their texts do too: they repeat numbers and addresses."""
    try:
        yield
    except RequestException as exc:
        raise translate_http(exc) from exc
    except UnicodeError as exc:
        raise ProviderClosed("a header of sms.http holds letters that cannot be sent") from exc
    except (HTTPError, OSError, ValueError) as exc:
        raise OutcomeUnknown(f"the gateway's answer cannot be used ({type(exc).__name__})") from exc
