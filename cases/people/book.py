"""Keeping people: who may sign in, as what, and who was sent away. Every change stands in the audit."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update

from cases import trail
from cases.database import Database
from cases.people import Person, check_display, check_name, plain_name
from cases.people.passwords import Passwords, check_password
from cases.people.roles import Role
from cases.people.tables import people, sessions
from models.errors import ConfigurationError

SUBJECT = "people"
"""The chain of the audit that all of this stands in: it belongs to no case."""


class PeopleBook:
    """The people of one ledger. Every method blocks: call it in a thread.

    Args:
        database: of the ledger.
        passwords: makes their hashes.
    """

    def __init__(self, database: Database, passwords: Passwords | None = None) -> None:
        self._database = database
        self.passwords = passwords or Passwords()

    def add(
        self,
        name: str,
        role: Role,
        password: str,
        at: datetime,
        *,
        actor: str,
        display: str = "",
        must_change: bool = True,
    ) -> Person:
        """Let somebody sign in from now on.

        Args:
            name: what they sign in with.
            role: what they may do.
            password: the first one.
            at: wall clock.
            actor: who does it.
            display: what the page calls them; the name, if left out.
            must_change: whether they have to choose a password of their own first.

        Raises:
            ConfigurationError: the name is none or taken, or the password too easy to guess.
        """
        found = check_name(name)
        person = Person(
            id=str(uuid4()),
            name=found,
            display=check_display(display, found),
            role=role,
            created_at=at,
            must_change=must_change,
        )
        kept = self.passwords.hash(check_password(password, found))
        with self._database.write() as connection:
            if _row(connection, found) is not None:
                remedy = "choose another name, or let that person in again with `clearway people enable`"
                raise ConfigurationError.of("NAME", f"there is somebody named {found!r} already", remedy)
            connection.execute(insert(people).values(_values(person) | {"password": kept}))
            _audit(connection, person, "person_added", at, actor)
        return person

    def all(self) -> list[Person]:
        """Everybody, also who was sent away; in the order of their names."""
        with self._database.read() as connection:
            rows = connection.execute(select(people).order_by(people.c.name)).mappings()
            return [person_of(row) for row in rows]

    def find(self, name: str) -> Person | None:
        """Somebody by their name; None where there is nobody."""
        with self._database.read() as connection:
            row = _row(connection, plain_name(name))
        return None if row is None else person_of(row)

    def change_role(self, name: str, role: Role, at: datetime, *, actor: str) -> Person:
        """Give somebody another role; they have to sign in again.

        Raises:
            ConfigurationError: nobody of that name is known, or nobody could let people in any more.
        """
        return self._change(name, {"role": role.value}, f"person_made_{role.value}", at, actor)

    def disable(self, name: str, at: datetime, *, actor: str) -> Person:
        """Send somebody away: they are signed out at once, and cannot sign in.

        Raises:
            ConfigurationError: as of `change_role`.
        """
        return self._change(name, {"disabled_at": at}, "person_disabled", at, actor)

    def enable(self, name: str, at: datetime, *, actor: str) -> Person:
        """Let somebody in again, also one who has to wait after wrong passwords.

        Raises:
            ConfigurationError: nobody of that name is known.
        """
        let_in = {"disabled_at": None, "failed": 0, "locked_until": None}
        return self._change(name, let_in, "person_enabled", at, actor)

    def set_password(
        self, name: str, password: str, at: datetime, *, actor: str, must_change: bool = True
    ) -> Person:
        """Give somebody another password; they are signed out wherever they are signed in.

        Raises:
            ConfigurationError: nobody of that name is known, or the password is too easy to guess.
        """
        kept = self.passwords.hash(check_password(password, plain_name(name)))
        fresh = {"password": kept, "must_change": must_change, "failed": 0, "locked_until": None}
        return self._change(name, fresh, "password_set", at, actor)

    def _change(self, name: str, values: Mapping[str, Any], what: str, at: datetime, actor: str) -> Person:
        with self._database.write() as connection:
            row = _row(connection, plain_name(name))
            if row is None:
                remedy = "`clearway people list` shows who is known"
                raise ConfigurationError.of("NAME", f"nobody is named {name[:80]!r}", remedy)
            changed = person_of({**row, **values})
            if _admits(person_of(row)) and not _admits(changed):
                _require_another_admin(connection, changed)
            connection.execute(update(people).where(people.c.id == changed.id).values(dict(values)))
            if not what.endswith("_enabled"):
                connection.execute(delete(sessions).where(sessions.c.person_id == changed.id))
            _audit(connection, changed, what, at, actor)
        return changed


def person_of(row: RowMapping | Mapping[str, Any]) -> Person:
    """A row of `people`, without its hash."""
    fields = {name: row[name] for name in Person.__slots__}
    return replace(Person(**fields), role=Role(row["role"]))


def _row(connection: Connection, name: str) -> RowMapping | None:
    return connection.execute(select(people).where(people.c.name == name)).mappings().first()


def _values(person: Person) -> dict[str, Any]:
    return {name: getattr(person, name) for name in Person.__slots__} | {"role": person.role.value}


def _admits(person: Person) -> bool:
    """Whether somebody can let others in."""
    return person.role is Role.ADMIN and person.disabled_at is None


def _require_another_admin(connection: Connection, person: Person) -> None:
    others = (people.c.id != person.id) & (people.c.role == Role.ADMIN.value) & people.c.disabled_at.is_(None)
    if connection.execute(select(func.count()).select_from(people).where(others)).scalar_one() == 0:
        remedy = "make somebody else an admin first: `clearway people role NAME admin`"
        raise ConfigurationError.of("NAME", f"{person.name!r} is the last admin", remedy)


def _audit(connection: Connection, person: Person, what: str, at: datetime, actor: str) -> None:
    entry = {"at": at, "actor": actor, "what": what, "why": f"{person.name}: {person.role.value}"}
    trail.append(connection, [entry | {"subject": SUBJECT}])
