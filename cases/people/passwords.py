"""Passwords and their hashes: Argon2id, with the parameters that RFC 9106 gives for servers of every size."""

import secrets
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError, VerifyMismatchError

from models.errors import ConfigurationError, TransportDown

SHORTEST, LONGEST = 12, 128
"""NIST SP 800-63B: length is what counts; no rules about signs, no expiry. Hashing has to end some time."""
FEWEST_SIGNS = 5
WHERE = "password"


class Passwords:
    """Makes and checks hashes. Both take some 50 ms and 64 MiB on purpose: call them in a thread.

    Args:
        hasher: with other costs, for tests of what is around it.
    """

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._nobodys = self._hasher.hash(secrets.token_urlsafe())

    def hash(self, password: str) -> str:
        """What is kept of a password."""
        return self._hasher.hash(plain(password))

    def holds(self, password: str, kept: str | None) -> bool:
        """Whether a password is the one of a hash; of none, it takes as long to say no.

        Raises:
            TransportDown: it cannot be checked at the moment, or the hash is none.
        """
        try:
            self._hasher.verify(kept or self._nobodys, plain(password))
        except VerifyMismatchError:
            return False
        except (Argon2Error, InvalidHashError) as exc:
            raise TransportDown(f"a password cannot be checked: {exc}") from exc
        return kept is not None

    def is_stale(self, kept: str) -> bool:
        """Whether a hash was made with other costs than today's, and should be made anew."""
        return self._hasher.check_needs_rehash(kept)


def plain(password: str) -> str:
    """One spelling for all that are typed alike: keyboards differ in how they send `ü`."""
    return unicodedata.normalize("NFKC", password)


def check_password(password: str, name: str) -> str:
    """A password that may be chosen.

    Raises:
        ConfigurationError: it is too easy to guess, or too long.
    """
    found = plain(password)
    if len(found) < SHORTEST:
        problem = f"has {len(found)} characters, {SHORTEST} are needed"
        raise ConfigurationError.of(WHERE, problem, "a few words in a row are easy to keep")
    if len(found) > LONGEST:
        raise ConfigurationError.of(WHERE, f"has more than {LONGEST} characters", "take a shorter one")
    if len(set(found.casefold())) < FEWEST_SIGNS:
        raise ConfigurationError.of(WHERE, "is a few signs over and over", "take a few words in a row")
    if name in found.casefold() or "clearway" in found.casefold():
        problem = "holds your own name, or this program's"
        raise ConfigurationError.of(WHERE, problem, "these are the first ones to be tried")
    return found
