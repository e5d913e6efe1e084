"""One HTTP request to a receiver: guarded, timed, bounded, never redirected.

The only file that knows `httpcore`, the library below `httpx`: it follows no redirects, reads no proxies from
the environment and unpacks nothing, and lets us open its connections ourselves.
"""

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpcore
import httpx

from cases.webhooks.guard import GuardedBackend, Network
from cases.webhooks.rules import Answer
from models.errors import ConfigurationError, DeliveryDelayed

BODY_BYTES = 2048
"""How much of an answer is read: enough to say what a receiver complains of."""
SHOWN_CHARACTERS = 200
KEEP_ALIVE_S = 30.0


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, and the headers it came with (lower-case names)."""

    answer: Answer
    headers: Mapping[str, str]


class Poster:
    """Sends requests to receivers.

    Args:
        allowed: networks of one's own that may be reached.
        timeout_s: from connecting to the answer's status.
        ca_file: certificates beside the system's.
        at_once: connections at the same time.

    Raises:
        ConfigurationError: the certificates cannot be read.
    """

    def __init__(
        self, allowed: Sequence[Network], timeout_s: float, ca_file: Path | None = None, at_once: int = 64
    ) -> None:
        self._timeout_s = timeout_s
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=_tls(ca_file),
            max_connections=at_once,
            max_keepalive_connections=at_once,
            keepalive_expiry=KEEP_ALIVE_S,
            network_backend=GuardedBackend(allowed),
        )

    async def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        """One request; whatever happens is an answer."""
        found: list[Reply] = []
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._exchange(method, httpx.URL(url), headers, body, found)
        except TimeoutError:
            # Slow with the rest of its answer only: its status is what counts.
            return found[0] if found else _failed(f"no answer within {self._timeout_s:g} s")
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as exc:
            return found[0] if found else _failed(_said(exc))
        except (DeliveryDelayed, httpcore.UnsupportedProtocol, OSError) as exc:
            return _failed(str(exc))
        return found[-1]

    async def close(self) -> None:
        """Close all connections."""
        await self._pool.aclose()

    async def _exchange(
        self, method: str, url: httpx.URL, headers: Mapping[str, str], body: bytes, found: list[Reply]
    ) -> None:
        # `Host` and `Content-Length` are what the library would leave out.
        all_headers = {"Host": url.netloc.decode(), **headers, "Content-Length": str(len(body))}
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        raw = [(name.encode(), value.encode()) for name, value in all_headers.items()]
        async with self._pool.stream(method, target, headers=raw, content=body) as response:
            got = {
                name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers
            }
            wait_s = _retry_after_s(got.get("retry-after", ""), datetime.now(UTC))
            found.append(Reply(Answer(status=response.status, retry_after_s=wait_s), got))
            text = await _beginning(response)
            found.append(Reply(Answer(status=response.status, why=text, retry_after_s=wait_s), got))


def _tls(ca_file: Path | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if ca_file is not None:
        try:
            context.load_verify_locations(ca_file)
        except (OSError, ssl.SSLError) as exc:
            remedy = "give a file of certificates in PEM form"
            raise ConfigurationError.of(
                str(ca_file), f"cannot be used: {exc}", remedy, key="connect.ca_file"
            ) from exc
    return context


async def _beginning(response: httpcore.Response) -> str:
    """The first words of an answer, on one line, with nothing that could hurt a terminal."""
    data = b""
    async for part in response.aiter_stream():
        data += part[: BODY_BYTES - len(data)]
        if len(data) >= BODY_BYTES:
            break
    text = data.decode(errors="replace")
    shown = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(shown.split())[:SHOWN_CHARACTERS]


def _retry_after_s(text: str, now: datetime) -> float | None:
    """Seconds, or a date; what is neither says nothing."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return max(0.0, (at - now).total_seconds())


def _failed(why: str) -> Reply:
    return Reply(Answer(status=None, why=why), {})


def _said(exc: Exception) -> str:
    return str(exc) or type(exc).__name__
