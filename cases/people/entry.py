"""Coming in with name and password: right, wrong, or too often wrong. Every try stands in the audit.

Somebody who only guesses learns nothing: an unknown name, a disabled one, one that has to wait and a wrong
password take as long and are answered alike.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from cases import trail
from cases.database import Database
from cases.people import Person, plain_name, wait_after
from cases.people.book import SUBJECT, person_of
from cases.people.passwords import Passwords
from cases.people.tables import people

LONGEST_NAME = 64
NOBODY = "an unknown name"
"""Never the name itself: people type their password where the name belongs."""


@dataclass(frozen=True, slots=True)
class Try:
    """One try to come in.

    Attributes:
        name, password: as they were typed.
        at: wall clock.
        origin: where from, masked.
    """

    name: str
    password: str
    at: datetime
    origin: str = ""


class Entry:
    """Lets people in.

    Args:
        database: of the ledger.
        passwords: checks them.
    """

    def __init__(self, database: Database, passwords: Passwords) -> None:
        self._database = database
        self._passwords = passwords

    def let_in(self, asked: Try, what: str = "signed_in") -> Person | None:
        """Who that is, if name and password are right and nothing stands against it. Blocks.

        Args:
            asked: what was typed.
            what: it is for, as the audit says it.

        Raises:
            TransportDown: the ledger cannot be reached.
        """
        name = plain_name(asked.name)[:LONGEST_NAME]
        with self._database.read() as connection:
            row = connection.execute(select(people).where(people.c.name == name)).mappings().first()
        # Outside of any transaction: hashing is slow on purpose, and writers wait for each other.
        kept = None if row is None else row["password"]
        right = self._passwords.holds(asked.password, kept)
        fresh = self._passwords.hash(asked.password) if right and kept and self._is_stale(kept) else None
        with self._database.write() as connection:
            row = connection.execute(select(people).where(people.c.name == name)).mappings().first()
            if row is None:
                _audit(connection, asked, "sign_in_failed", NOBODY)
                return None
            person = person_of(row)
            if right and kept == row["password"] and not person.locked_at(asked.at):
                return _welcome(connection, person, asked, what, fresh)
            _turn_away(connection, person, asked, right=right)
        return None

    def _is_stale(self, kept: str) -> bool:
        return self._passwords.is_stale(kept)


def _welcome(
    connection: Connection, person: Person, asked: Try, what: str, fresh: str | None
) -> Person | None:
    if person.disabled_at is not None:
        _audit(connection, asked, "sign_in_failed", f"{person.name}: was sent away")
        return None
    values: dict[str, Any] = {"failed": 0, "locked_until": None, "signed_in_at": asked.at}
    if fresh is not None:
        values["password"] = fresh
    connection.execute(update(people).where(people.c.id == person.id).values(values))
    _audit(connection, asked, what, person.name, person.actor)
    return replace(person, failed=0, locked_until=None, signed_in_at=asked.at)


def _turn_away(connection: Connection, person: Person, asked: Try, *, right: bool) -> None:
    if person.locked_at(asked.at):
        until = person.locked_until.isoformat(timespec="seconds") if person.locked_until else ""
        _audit(connection, asked, "sign_in_failed", f"{person.name}: has to wait until {until}")
        return
    failed = person.failed + (0 if right else 1)
    wait = wait_after(failed)
    locked = asked.at + wait if wait else None
    values = {"failed": failed, "locked_until": locked}
    connection.execute(update(people).where(people.c.id == person.id).values(values))
    said = f"{person.name}: wrong password, {failed} in a row"
    if wait:
        said += f"; has to wait {wait.total_seconds():.0f} s"
    _audit(connection, asked, "sign_in_failed", said)


def _audit(connection: Connection, asked: Try, what: str, why: str, actor: str = "clearway.console") -> None:
    entry = {"at": asked.at, "actor": actor, "what": what, "why": why, "subject": SUBJECT}
    trail.append(connection, [entry | ({"after": {"from": asked.origin}} if asked.origin else {})])
