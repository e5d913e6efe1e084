"""Who is signed in, asked of the ledger not more often than every few seconds."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from cases.clients import digest_of
from cases.people import Person
from cases.people.limits import Limits
from cases.people.sessions import SEEN_EVERY, Session, SessionBook
from models.errors import TransportDown

BELIEVED_FOR = timedelta(seconds=5)
"""How long a session is believed without asking the ledger: one that was ended elsewhere ends within that."""
REMEMBERED = 4096


@dataclass(slots=True)
class _Known:
    session: Session
    asked_at: datetime
    written_at: datetime


class Keeper:
    """Keeps sessions.

    Args:
        book: where they are written.
        limits: how long they last.
        now: the wall clock.
    """

    def __init__(
        self, book: SessionBook, limits: Limits, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._book = book
        self._limits = limits
        self._now = now
        self._known: OrderedDict[str, _Known] = OrderedDict()

    async def begin(self, person: Person) -> tuple[Session, str]:
        """Sign somebody in; the session, and the token that only their browser may know."""
        session, token = await asyncio.to_thread(self._book.begin, person, self._now())
        self._remember(session, self._now())
        return session, token

    async def end(self, session: Session, origin: str = "") -> None:
        """Sign somebody out: at once here, within seconds elsewhere."""
        self._known.pop(session.digest, None)
        await asyncio.to_thread(self._book.end, session, self._now(), origin)

    def forget(self, person: Person) -> None:
        """Ask anew for all sessions of somebody: they were ended in the ledger."""
        for digest in [one for one, known in self._known.items() if known.session.person.id == person.id]:
            del self._known[digest]

    async def by_token(self, token: str) -> Session | None:
        """The session of a token, if it lasts.

        Raises:
            TransportDown: the ledger cannot be reached, and nothing is known of it.
        """
        return await self.by_digest(digest_of(token))

    async def by_digest(self, digest: str, *, surely: bool = False) -> Session | None:
        """The session of a token's digest, if it lasts; `surely` asks the ledger in any case.

        While the ledger cannot be reached, whoever is signed in stays so: they may look at what was known.

        Raises:
            TransportDown: the ledger cannot be reached, and nothing is known of it.
        """
        now, known = self._now(), self._known.get(digest)
        is_fresh = known is not None and now - BELIEVED_FOR < known.asked_at <= now
        if known is None or surely or not is_fresh:
            try:
                found = await asyncio.to_thread(self._book.find, digest, now)
            except TransportDown:
                if known is None or surely:
                    raise
            else:
                known = self._learn(digest, found, now)
        if known is None or not known.session.is_good(self._limits, now):
            self._known.pop(digest, None)
            return None
        return known.session

    async def note(self, digest: str) -> None:
        """Something was done in a session."""
        now, known = self._now(), self._known.get(digest)
        if known is None or now <= known.session.seen_at:
            return
        known.session = replace(known.session, seen_at=now)
        if now - known.written_at >= SEEN_EVERY:
            known.written_at = now
            await asyncio.to_thread(self._book.note_seen, known.session, now)

    def _learn(self, digest: str, found: Session | None, now: datetime) -> _Known | None:
        before = self._known.get(digest)
        if found is None:
            return None
        # What was done since `seen_at` was last written counts too, or a busy page would be idle.
        if before is not None and before.session.seen_at > found.seen_at:
            before.session, before.asked_at = replace(found, seen_at=before.session.seen_at), now
            return before
        return self._remember(found, now)

    def _remember(self, session: Session, now: datetime) -> _Known:
        known = self._known[session.digest] = _Known(session, now, session.seen_at)
        self._known.move_to_end(session.digest)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return known
