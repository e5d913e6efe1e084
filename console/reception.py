"""Where people sign in: what it needs of the ledger, and how it keeps those off who only guess."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from cases.clients import Bucket, full_bucket, take
from cases.people import Person
from cases.people.book import PeopleBook
from cases.people.entry import Entry, Try
from cases.people.sessions import SessionBook

PER_MINUTE = 20
"""Tries to sign in from one address: an office behind one address comes to work at nine."""
HASHED_AT_ONCE = 2
WAITING_MOST = 16
"""Each check takes 64 MiB and a core for a moment: beyond this, whoever comes is told to come again."""
ADDRESSES = 4096
ANSWERED_AFTER_S = 0.5
"""No refusal is quicker, so that how long it took says nothing about names."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """What the desk needs of people: who they are, whether a password is right, who is signed in.

    Attributes:
        key: signs cookies.
    """

    book: PeopleBook
    entry: Entry
    sessions: SessionBook
    key: bytes


class Reception:
    """Takes names and passwords.

    Args:
        people: of the ledger.
        answered_after_s: how long a refusal takes at least.
        now: the wall clock.
    """

    def __init__(
        self,
        people: People,
        answered_after_s: float = ANSWERED_AFTER_S,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._people = people
        self._answered_after_s = answered_after_s
        self._now = now
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()
        self._lane = asyncio.Semaphore(HASHED_AT_ONCE)
        self._waiting = 0

    def wait_s(self, address: str) -> float:
        """Count a try from an address; how many seconds it has to wait, 0 for none."""
        now = self._now()
        bucket = self._buckets.pop(address, None) or full_bucket(PER_MINUTE, now)
        self._buckets[address], wait_s = take(bucket, PER_MINUTE, now)
        while len(self._buckets) > ADDRESSES:
            self._buckets.popitem(last=False)
        if wait_s > 0:
            return wait_s
        return 1.0 if self._waiting >= WAITING_MOST else 0.0

    async def let_in(
        self, name: str, password: str, origin: str, *, what: str = "signed_in"
    ) -> Person | None:
        """Who that is, if name and password are right.

        Args:
            name: as it was typed.
            password: as it was typed.
            origin: where from, masked.
            what: it is for, as the audit says it.

        Raises:
            TransportDown: the ledger cannot be reached.
        """
        clock = asyncio.get_running_loop()
        began = clock.time()
        self._waiting += 1
        try:
            async with self._lane:
                asked = Try(name, password, self._now(), origin)
                person = await asyncio.to_thread(self._people.entry.let_in, asked, what)
        finally:
            self._waiting -= 1
        _log.info("console.entry", what=what, let_in=person is not None, origin=origin)
        if person is None:
            await asyncio.sleep(max(0.0, began + self._answered_after_s - clock.time()))
        return person

    async def choose(self, person: Person, password: str) -> Person:
        """Give somebody the password that they chose; they are signed out everywhere.

        Raises:
            ConfigurationError: it is too easy to guess.
        """
        async with self._lane:
            return await asyncio.to_thread(
                self._people.book.set_password,
                person.name,
                password,
                self._now(),
                actor=person.actor,
                must_change=False,
            )
