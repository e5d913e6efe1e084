"""The owner registry as an HTTP service that answers in JSON.

The only file here that knows `httpx`. Its calls run on an event loop in a thread of their own, because only
there a whole request can be given a time, however slowly a server drips.
"""

import asyncio
import concurrent.futures
import ssl
import threading
import time
from collections.abc import Mapping
from urllib.parse import quote, urljoin, urlsplit

import httpx
import msgspec

from models.errors import ConfigurationError, RegistryDown
from notifier.owners import UNSTATED, Found, Reason, normalise_plate
from notifier.registries.mapping import Misfit, Reader, by_path, rows_at
from notifier.settings_owners import PLACEHOLDER, HttpSource

ANSWER_BYTES = 256 * 1024
"""An answer longer than that is none about one plate."""
HOPS_MOST = 2
PAUSE_S = 0.2
"""Before the first retry; each further one waits twice as long."""
RETRY_AFTER_MOST_S = 300.0
REDIRECTS = frozenset({301, 302, 303, 307, 308})
_NOT_US = frozenset({401, 403, 407})
_TOO_MANY = 429
_SERVER_ERROR = 500
_OK = range(200, 300)


class HttpOwnerRegistry:
    """Owners from an HTTP service.

    Args:
        source: its settings.
        secret: token or password; None without one.
        key_password: of our certificate's key.
        reader: how contacts in the answer are read.

    Raises:
        ConfigurationError: certificates cannot be used.
    """

    kind = "http"

    def __init__(
        self, source: HttpSource, secret: str | None, key_password: str | None, reader: Reader
    ) -> None:
        self.name = source.name
        self._source = source
        self._reader = reader
        self._client = httpx.AsyncClient(
            verify=_tls(source, key_password),
            auth=_auth(source, secret),
            headers={"Accept": "application/json", "Accept-Encoding": "identity", **source.headers}
            | ({"Authorization": f"Bearer {secret}"} if secret is not None and source.user is None else {}),
            timeout=source.timeout_s,
            follow_redirects=False,
            trust_env=False,
        )
        self._lock = threading.Lock()
        self._closed = False
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, daemon=True, name=f"owners-{self.name}"
        )
        self._thread.start()

    def find(self, plate: str, reason: Reason = UNSTATED) -> Found:
        """See `OwnerRegistry`.

        Raises:
            RegistryDown: it does not answer in time, or otherwise than the settings say.
        """
        values = {"plate": normalise_plate(plate), "case": reason.case, "purpose": reason.purpose}
        failure = RegistryDown(self.name, "was not asked")
        for attempt in range(self._source.retries + 1):
            if attempt:
                time.sleep(PAUSE_S * 2 ** (attempt - 1))
            try:
                status, body = self._wait_for(values)
            except _Lost as exc:
                failure = RegistryDown(self.name, str(exc))
                continue
            except Misfit as exc:
                raise RegistryDown(self.name, str(exc), alive=True) from None
            if status < _SERVER_ERROR:
                return self._read(status, body)
            failure = RegistryDown(self.name, f"answers {status}")
        raise failure

    def close(self) -> None:
        """Close all connections; look-ups under way end at once, with `RegistryDown`."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _wait_for(self, values: Mapping[str, str]) -> tuple[int, bytes]:
        """Ask on the loop's thread, and wait here.

        Raises:
            RegistryDown: it was closed meanwhile.
        """
        with self._lock:
            if self._closed:
                raise RegistryDown(self.name, "is closed")
            answer = asyncio.run_coroutine_threadsafe(self._ask(values), self._loop)
        try:
            return answer.result()
        except concurrent.futures.CancelledError:
            raise RegistryDown(self.name, "was closed meanwhile") from None

    async def _end(self) -> None:
        under_way = asyncio.all_tasks() - {asyncio.current_task()}
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        await self._client.aclose()

    def _read(self, status: int, body: bytes) -> Found:
        """What an answer says.

        Raises:
            RegistryDown: nothing that could be used; never that nobody is known.
        """
        if status in self._source.nobody_status:
            return Found(registry=self.name)
        if status == _TOO_MANY:
            raise RegistryDown(self.name, "says that it is asked too often", wait_s=_seconds(body))
        if status in _NOT_US:
            raise RegistryDown(
                self.name, f"answers {status}: it does not let us in; check secret and certificate"
            )
        if status not in _OK:
            raise RegistryDown(self.name, f"answers {status}, which the settings do not explain", alive=True)
        try:
            document = msgspec.json.decode(body)
            return self._reader.found(rows_at(document, self._source.contacts), by_path)
        except Misfit as exc:
            raise RegistryDown(
                self.name, f"answers otherwise than the settings say: {exc}", alive=True
            ) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            # Without the cause: it may quote the answer.
            raise RegistryDown(self.name, "answers with what is no JSON", alive=True) from None

    async def _ask(self, values: Mapping[str, str]) -> tuple[int, bytes]:
        """One request, and where it is sent on to.

        Raises:
            _Lost: no whole answer in time.
            Misfit: an answer that is not read.
        """
        url = _filled(self._source.url, values, quoted=True)
        try:
            async with asyncio.timeout(self._source.timeout_s):
                for _ in range(HOPS_MOST + 1):
                    status, body, onward = await self._once(url, values)
                    if not onward:
                        return status, body
                    url = _same_house(url, onward)
        except TimeoutError:
            raise _Lost(f"gave no whole answer within {self._source.timeout_s:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError) as exc:
            # Without its words: they may hold the URL, and with it the plate.
            raise _Lost(f"cannot be reached: {type(exc).__name__}") from None
        raise Misfit("sends from one address to the next")

    async def _once(self, url: str, values: Mapping[str, str]) -> tuple[int, bytes, str]:
        body = {name: _filled(value, values) for name, value in self._source.body.items()}
        request = self._client.build_request(self._source.method, url, json=body or None)
        response = await self._client.send(request, stream=True)
        try:
            if response.status_code in REDIRECTS:
                return response.status_code, b"", response.headers.get("Location", "") or "?"
            if response.status_code == _TOO_MANY:
                return response.status_code, response.headers.get("Retry-After", "").encode(), ""
            if response.headers.get("Content-Encoding", "identity") != "identity":
                raise Misfit("answers packed although it was asked not to")
            data = b""
            async for part in response.aiter_raw():
                data += part
                if len(data) > ANSWER_BYTES:
                    raise Misfit(f"answers with more than {ANSWER_BYTES // 1024} KiB")
            return response.status_code, data, ""
        finally:
            await response.aclose()


class _Lost(Exception):  # noqa: N818 - a state of the world
    """No answer; another try may get one."""


def _tls(source: HttpSource, key_password: str | None) -> ssl.SSLContext:
    where, what = "ca_file", source.ca_file
    try:
        context = ssl.create_default_context(cafile=None if what is None else str(what))
        if source.client_cert is not None:
            where, what = "client_cert", source.client_cert
            # A function: without one, OpenSSL would ask at the terminal for the password of a locked key.
            context.load_cert_chain(
                source.client_cert, source.client_key, password=lambda: key_password or ""
            )
    except (OSError, ssl.SSLError, ValueError) as exc:
        remedy = "give certificate and key in PEM form, and the key's password in key_password"
        at = f"owner registry {source.name}"
        raise ConfigurationError.of(at, f"{what} cannot be used: {exc}", remedy, key=where) from exc
    return context


def _auth(source: HttpSource, secret: str | None) -> httpx.BasicAuth | None:
    if source.user is None or secret is None:
        return None
    return httpx.BasicAuth(source.user, secret)


def _filled(template: str, values: Mapping[str, str], *, quoted: bool = False) -> str:
    """A template with its placeholders filled in; one of a URL cannot become a path or a question."""
    return PLACEHOLDER.sub(
        lambda found: quote(values[found[1]], safe="") if quoted else values[found[1]], template
    )


def _same_house(url: str, onward: str) -> str:
    """Where a redirect leads, if it stays at the same scheme, host and port.

    Raises:
        Misfit: it leads elsewhere: plate and credentials would follow, into the network we stand in at worst.
    """
    try:
        target = urljoin(url, onward)
        old, new = urlsplit(url), urlsplit(target)
        same = (old.scheme, old.hostname, old.port) == (new.scheme, new.hostname, new.port)
    except ValueError:
        same = False
    if not same:
        raise Misfit("sends us to another host, which is refused")
    return target


def _seconds(retry_after: bytes) -> float:
    text = retry_after.decode(errors="replace").strip()
    return min(float(text[:9]), RETRY_AFTER_MOST_S) if text.isascii() and text.isdigit() else 0.0
