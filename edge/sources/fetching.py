"""Asking a web address for its picture: one connection, the camera's own way to log in, nothing twice."""

import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from types import TracebackType
from typing import Self

import httpx

from detectors.look import JPEG_START
from edge.sources.address import credentials_of, scheme_of, without_credentials
from edge.sources.seam import Patience
from models.errors import SourceLost, SourceUnusable

MOST_BYTES = 64 * 1024 * 1024
"""No camera's picture is larger; whatever is fills no box's memory."""

PICTURE_STARTS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
JPEG_END = b"\xff\xd9"


@dataclass(frozen=True, slots=True)
class Page:
    """A picture as it came.

    Attributes:
        data: the file's bytes, whole.
        at: when the camera began to send it.
    """

    data: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The camera has no other picture than the one before."""


@dataclass(frozen=True, slots=True)
class Other:
    """It is no picture.

    Attributes:
        content_type: what it says it is.
    """

    content_type: str


class Fetcher:
    """Asks one address again and again over one connection.

    Args:
        address: with user and password before the host, or without.
        patience: how long the camera may take.
    """

    def __init__(self, address: str, patience: Patience) -> None:
        self._name = without_credentials(address)
        self._patience = patience
        self._url, credentials = credentials_of(address)
        self._last = b""
        self._marks: dict[str, str] = {}
        with _translated(self._name):
            self._client = httpx.Client(
                auth=None if credentials is None else _AsAsked(*credentials),
                timeout=httpx.Timeout(patience.read_s, connect=patience.open_s),
                follow_redirects=True,
                # Loading the authorities' certificates takes memory and time: only where they are needed.
                verify=scheme_of(address) == "https",
                # A camera is never behind the machine's proxy.
                trust_env=False,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, where: TracebackType | None
    ) -> None:
        self._client.close()

    def fetch(self) -> Page | Unchanged | Other:
        """Ask once.

        Raises:
            SourceLost: nobody answers, or with an error, or with half a picture.
            SourceUnusable: it will not let us in, or the address is none.
        """
        with _translated(self._name), self._client.stream("GET", self._url, headers=self._marks) as answer:
            at = datetime.now(UTC)
            if answer.status_code == HTTPStatus.NOT_MODIFIED:
                return Unchanged()
            if answer.status_code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
                raise SourceUnusable(
                    f"{self._name} lets nobody in without the right user and password;"
                    " write them before the host, as http://user:password@host/…"
                )
            if answer.status_code != HTTPStatus.OK:
                raise SourceLost(f"{self._name} answers {answer.status_code} {answer.reason_phrase}")
            content_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
            if content_type.startswith(("multipart/", "video/", "text/")):
                return Other(content_type)
            data = self._body(answer)
            if not content_type.startswith("image/") and not data.startswith(PICTURE_STARTS):
                return Other(content_type or "something without a content type")
            return self._page(data, answer.headers, at)

    def _body(self, answer: httpx.Response) -> bytes:
        """All of it, unless it is no picture at all: a stream has no end."""
        until = time.monotonic() + self._patience.read_s
        parts = bytearray()
        for part in answer.iter_bytes():
            parts += part
            if time.monotonic() > until:
                raise SourceLost(f"{self._name} takes longer than {self._patience.read_s:g} s for a picture")
            if len(parts) > MOST_BYTES:
                raise SourceLost(f"{self._name} sends more than {MOST_BYTES >> 20} MB for a picture")
            if len(parts) >= len(PICTURE_STARTS[1]) and not parts.startswith(PICTURE_STARTS):
                break
        return bytes(parts)

    def _page(self, data: bytes, headers: httpx.Headers, at: datetime) -> Page | Unchanged:
        if not is_whole(data):
            raise SourceLost(f"{self._name} sent half a picture ({len(data)} bytes)")
        marks = {"If-None-Match": headers.get("etag"), "If-Modified-Since": headers.get("last-modified")}
        self._marks = {name: value for name, value in marks.items() if value}
        if data == self._last:
            return Unchanged()
        self._last = data
        return Page(data, at)


class _AsAsked(httpx.Auth):
    """Logs in the way the camera asks for: basic or digest."""

    def __init__(self, user: str, password: str) -> None:
        self._user, self._password = user, password
        self._way: httpx.Auth | None = None

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if self._way is None:
            answer = yield request
            if answer.status_code != HTTPStatus.UNAUTHORIZED:
                return
            offered = answer.headers.get("www-authenticate", "").lower()
            if "digest" in offered:
                self._way = httpx.DigestAuth(self._user, self._password)
            else:
                self._way = httpx.BasicAuth(self._user, self._password)
        yield from self._way.auth_flow(request)


def is_whole(data: bytes) -> bool:
    """Whether a picture's file has its end. Cameras that are busy, and files being written, lack it."""
    if not data.startswith(JPEG_START):
        return bool(data)
    # Some cameras fill up with zeros behind the end.
    return data.rstrip(b"\0\r\n").endswith(JPEG_END)


@contextmanager
def _translated(name: str) -> Iterator[None]:
    try:
        yield
    except httpx.InvalidURL as exc:
        raise SourceUnusable(f"{name} is no address: {exc}") from exc
    except (httpx.HTTPError, httpx.StreamError) as exc:
        raise SourceLost(f"{name} cannot be reached: {exc or type(exc).__name__}") from exc
    except OSError as exc:
        raise SourceLost(f"{name} cannot be reached: {exc}") from exc
