"""Who is signed in. A session is a row: taking the row away ends it, whatever cookie a browser still has."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, or_, select, update

from cases import trail
from cases.clients import digest_of, new_token
from cases.database import Database
from cases.people import Person
from cases.people.book import SUBJECT, person_of
from cases.people.limits import Limits
from cases.people.tables import people, sessions

SEEN_EVERY = timedelta(seconds=30)
"""How exact `seen_at` is: writing it with every request would make every read a write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Somebody who is signed in.

    Attributes:
        digest: SHA-256 of the token that only their browser knows.
        seen_at: when something was last done in it.
    """

    digest: str
    person: Person
    began_at: datetime
    seen_at: datetime

    def is_good(self, limits: Limits, at: datetime) -> bool:
        """Whether it lasts still. A clock that was set back ends it: its age cannot be told."""
        idle, whole = at - self.seen_at, at - self.began_at
        return idle < limits.idle and timedelta(0) <= whole < limits.whole


class SessionBook:
    """The sessions of one ledger. Every method blocks: call it in a thread."""

    def __init__(self, database: Database, limits: Limits) -> None:
        self._database = database
        self._limits = limits

    def begin(self, person: Person, at: datetime) -> tuple[Session, str]:
        """Sign somebody in who has proved who they are.

        Returns:
            The session, and its token: this is the only time that it is known.
        """
        token = new_token()
        session = Session(digest=digest_of(token), person=person, began_at=at, seen_at=at)
        row = {"token_sha256": session.digest, "person_id": person.id, "began_at": at, "seen_at": at}
        over = or_(
            sessions.c.began_at <= at - self._limits.whole, sessions.c.seen_at <= at - self._limits.idle
        )
        with self._database.write() as connection:
            connection.execute(delete(sessions).where(over))
            connection.execute(insert(sessions).values(row))
        return session, token

    def find(self, digest: str, at: datetime) -> Session | None:
        """The session of a token's digest; None if there is none, or it lasts no longer."""
        query = select(people, sessions.c.began_at, sessions.c.seen_at).join_from(
            sessions, people, sessions.c.person_id == people.c.id
        )
        mine = (sessions.c.token_sha256 == digest) & people.c.disabled_at.is_(None)
        with self._database.read() as connection:
            row = connection.execute(query.where(mine)).mappings().first()
        if row is None:
            return None
        found = Session(
            digest=digest, person=person_of(row), began_at=row["began_at"], seen_at=row["seen_at"]
        )
        return found if found.is_good(self._limits, at) else None

    def note_seen(self, session: Session, at: datetime) -> None:
        """Write down that something was done in a session."""
        with self._database.write() as connection:
            mine = sessions.c.token_sha256 == session.digest
            connection.execute(update(sessions).where(mine, sessions.c.seen_at < at).values(seen_at=at))

    def end(self, session: Session, at: datetime, origin: str = "") -> None:
        """Sign somebody out."""
        entry = {"at": at, "actor": session.person.actor, "what": "signed_out", "why": session.person.name}
        more = {"subject": SUBJECT} | ({"after": {"from": origin}} if origin else {})
        with self._database.write() as connection:
            gone = connection.execute(delete(sessions).where(sessions.c.token_sha256 == session.digest))
            if gone.rowcount:
                trail.append(connection, [entry | more])
