"""People who sign in at the desk: their names, roles, and how long wrong passwords keep a name out.

All of it is pure; `book` keeps people, `sessions` who is signed in, `passwords` turns passwords into hashes.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from cases.clients import Client
from cases.people.roles import SCOPES, Role
from models.errors import ConfigurationError

NAME = re.compile(r"[^\W_][\w.@-]{0,63}")
"""A letter or digit of any script first, then letters, digits, `.`, `@`, `-`, `_`; in small letters."""
LONGEST_DISPLAY = 100
PER_MINUTE = 600
"""Requests of one person a minute, over the REST API: a page and its pictures stay well below it."""
FREE_TRIES = 5
"""Wrong passwords in a row before a name has to wait (NIST SP 800-63B asks for at most 100 in all)."""
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=15)
"""Never for good: otherwise whoever knows a name could lock its owner out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who may sign in.

    Attributes:
        id: never changes.
        name: what they sign in with, in small letters; the audit names it.
        display: what the page calls them.
        must_change: their password is known to somebody else, and is good for choosing a new one only.
        failed: wrong passwords in a row.
        locked_until: until then even the right password is refused; None for not at all.
    """

    id: str
    name: str
    display: str
    role: Role
    created_at: datetime
    disabled_at: datetime | None = None
    must_change: bool = False
    signed_in_at: datetime | None = None
    failed: int = 0
    locked_until: datetime | None = None

    @property
    def actor(self) -> str:
        """Their name in the audit."""
        return f"operator:{self.name}"

    def locked_at(self, at: datetime) -> bool:
        """Whether the name still has to wait after wrong passwords."""
        return self.locked_until is not None and at < self.locked_until

    def as_client(self) -> Client:
        """As page and API ask what somebody may do: with the scopes of the role."""
        return Client(
            id=self.id, name=self.name, scopes=SCOPES[self.role], per_minute=PER_MINUTE, kind="operator"
        )


def wait_after(failed: int) -> timedelta:
    """How long a name has to wait after so many wrong passwords in a row: nothing at first, then doubling."""
    if failed < FREE_TRIES:
        return timedelta(0)
    doublings: int = 2 ** min(failed - FREE_TRIES, 16)
    return min(FIRST_WAIT * doublings, LONGEST_WAIT)


def plain_name(name: str) -> str:
    """A name as it is kept: one spelling for all that look alike, in small letters."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


def check_name(name: str) -> str:
    """A name as it is kept.

    Raises:
        ConfigurationError: it is none.
    """
    found = plain_name(name)
    if not NAME.fullmatch(found):
        remedy = "use 1 to 64 letters, digits or . @ - _, a letter or digit first"
        raise ConfigurationError.of("NAME", f"{name[:80]!r} is no name to sign in with", remedy)
    return found


def check_display(display: str, name: str) -> str:
    """What the page calls a person: the name, where nothing is said.

    Raises:
        ConfigurationError: it is too long or no line.
    """
    found = " ".join(display.split()) or name
    if len(found) > LONGEST_DISPLAY or not found.isprintable():
        problem = f"cannot be shown; use 1 to {LONGEST_DISPLAY} characters on one line"
        raise ConfigurationError.of("--display", problem)
    return found
