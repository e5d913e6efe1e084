"""Who is at the door of the API: tokens to clients, and how much each may ask for.

Held in memory: the console is one process, and after a restart everybody begins with a full bucket.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cases.clients import LOCAL, Bucket, Client, digest_of, full_bucket, take
from cases.clients.book import SEEN_EVERY, ClientBook
from console.settings import is_loopback

REMEMBERED_FOR = timedelta(seconds=5)
"""How long a token is believed without asking the ledger: a revoked one is refused within that time."""
REMEMBERED = 4096
LANES = 8
"""Requests of one client that are worked on at once: a fifth of the server's threads."""


@dataclass(frozen=True, slots=True)
class Turned:
    """Somebody who is not let in.

    Attributes:
        status: 401 or 429.
        why: in words.
        wait_s: for 429.
    """

    status: int
    why: str
    wait_s: float = 0.0


@dataclass(frozen=True, slots=True)
class _Known:
    client: Client | None
    at: datetime


class Doorman:
    """Lets clients in.

    Args:
        book: who is known.
        now: the wall clock.
        local_reads: whether this machine may read without a token; not where people sign in.
    """

    def __init__(
        self,
        book: ClientBook,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        *,
        local_reads: bool = True,
    ) -> None:
        self._book = book
        self._now = now
        self._local_reads = local_reads
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._buckets: dict[str, Bucket] = {}
        self._seen: dict[str, datetime] = {}
        self._lanes: dict[str, asyncio.Semaphore] = {}

    def remembered(self, token: str) -> Client | Turned | None:
        """What is known of a token without asking the ledger; None when that has to be asked."""
        known = self._known.get(digest_of(token))
        now = self._now()
        if known is None or not now - REMEMBERED_FOR < known.at <= now:
            return None
        return self._judged(known.client, now)

    def asked(self, token: str) -> Client | Turned:
        """What the ledger knows of a token. Blocks."""
        now = self._now()
        key = digest_of(token)
        self._known[key] = _Known(self._book.by_token(token), now)
        self._known.move_to_end(key)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return self._judged(self._known[key].client, now)

    def without_token(self, host: str) -> Client | Turned:
        """Whoever comes without a token: this machine may read, as the page does where nobody signs in."""
        if self._local_reads and host and is_loopback(host):
            return LOCAL
        return Turned(401, "a token is needed: send it as `Authorization: Bearer …`")

    def let_pass(self, client: Client) -> Turned | None:
        """Count a request; None when it may pass."""
        now = self._now()
        bucket = self._buckets.get(client.id) or full_bucket(client.per_minute, now)
        self._buckets[client.id], wait_s = take(bucket, client.per_minute, now)
        if wait_s > 0:
            return Turned(429, f"{client.name} may ask {client.per_minute} times a minute", wait_s)
        return None

    def lane(self, client: Client) -> asyncio.Semaphore:
        """Where a client's requests queue up, so that they never take all threads of the server."""
        if client.id not in self._lanes:
            self._lanes[client.id] = asyncio.Semaphore(LANES)
        return self._lanes[client.id]

    def is_news(self, client: Client) -> bool:
        """Whether its being here should be written down (`note`): once a minute."""
        now = self._now()
        last = self._seen.get(client.id)
        if (
            client.is_local
            or client.kind != "client"
            or (last is not None and now - SEEN_EVERY < last <= now)
        ):
            return False
        self._seen[client.id] = now
        return True

    def note(self, client: Client) -> None:
        """Write down that a client was here. Blocks."""
        self._book.note_used(client, self._now())

    @staticmethod
    def _judged(client: Client | None, now: datetime) -> Client | Turned:
        if client is None:
            return Turned(401, "this token is not known")
        why = client.refused_at(now)
        return Turned(401, why) if why else client
