"""Who may use the API from outside: clients, their tokens, and how much each may ask for.

What a scope allows says `cases.clients.scopes`.

All of it is pure: who is known is kept by `cases.clients.book`, and the wall clock is an argument. A token is
shown once; the ledger holds its SHA-256, which is enough for 256 random bits: there is nothing to guess.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass, replace
from datetime import datetime

from cases.clients.scopes import Scope, allow, show_plates
from models.errors import ConfigurationError
from models.toml import nearest

TOKEN_PREFIX = "cw_"  # noqa: S105 - what tokens begin with, so that a leaked one is recognised
TOKEN_BYTES = 32
NAME = re.compile(r"[^\W_][\w .@-]{0,63}")
"""Of a client: a letter or digit of any script first, then letters, digits, space, `.`, `@`, `-`, `_`."""
DEFAULT_PER_MINUTE = 300
"""Requests a minute: a client that polls once a second and writes as often stays well below it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Somebody who uses the API.

    Attributes:
        id: never changes; the audit names it.
        name: for people; unique among clients that are not revoked.
        scopes: what it was given.
        per_minute: how many requests it may make a minute, evenly; as many may come at once.
        expires_at: from then on its token is refused; None for never.
        is_local: a browser or program on this machine without a token: it may read, as the page does.
        kind: `client`, or `operator` for a person who signed in at the desk.
    """

    id: str
    name: str
    scopes: frozenset[Scope]
    per_minute: int = DEFAULT_PER_MINUTE
    created_at: datetime | None = None
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None
    is_local: bool = False
    kind: str = "client"

    def may(self, scope: Scope) -> bool:
        """Whether it may do that, by its own scopes or by what they imply."""
        return allow(self.scopes, scope)

    @property
    def sees_plates(self) -> bool:
        """Whether plates are shown to it and may be searched by it."""
        return self.is_local or show_plates(self.scopes)

    @property
    def actor(self) -> str:
        """Its name in the audit."""
        return f"{self.kind}:{self.name}"

    def refused_at(self, at: datetime) -> str:
        """Why its token is refused at a time, in words; empty when it is not."""
        if self.revoked_at is not None:
            return "this token was revoked"
        if self.expires_at is not None and at >= self.expires_at:
            return "this token has expired"
        return ""


LOCAL = Client(id="local", name="local", scopes=frozenset({Scope.CASES_READ}), per_minute=6000, is_local=True)
"""Whoever asks from this machine without a token."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """How many requests a client may still make.

    Attributes:
        tokens: one is taken by each request; they come back evenly.
        at: when it was last counted.
    """

    tokens: float
    at: datetime


def full_bucket(per_minute: int, at: datetime) -> Bucket:
    """A bucket nobody has taken from."""
    return Bucket(float(per_minute), at)


def take(bucket: Bucket, per_minute: int, at: datetime) -> tuple[Bucket, float]:
    """Let one request through, or say when.

    A clock that goes back neither gives nor takes: time spent is counted from the later of the two moments.

    Returns:
        The bucket afterwards, and the seconds to wait: 0 when the request may pass.
    """
    passed_s = max(0.0, (at - bucket.at).total_seconds())
    tokens = min(float(per_minute), bucket.tokens + passed_s * per_minute / 60)
    later = replace(bucket, tokens=tokens, at=max(at, bucket.at))
    if tokens >= 1:
        return replace(later, tokens=tokens - 1), 0.0
    return later, (1 - tokens) * 60 / per_minute


def new_token() -> str:
    """A fresh token: `cw_` and 256 random bits."""
    return TOKEN_PREFIX + secrets.token_urlsafe(TOKEN_BYTES)


def digest_of(token: str) -> str:
    """What the ledger keeps of a token."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


def parse_scopes(words: list[str]) -> frozenset[Scope]:
    """Scopes as a person writes them.

    Raises:
        ConfigurationError: there are none, or one is unknown.
    """
    known = [scope.value for scope in Scope]
    for word in words:
        if word not in known:
            remedy = nearest(word, known) or f"known: {', '.join(known)}"
            raise ConfigurationError.of("--scope", f"{word!r} is no scope", remedy)
    if not words:
        raise ConfigurationError.of("--scope", "a client needs at least one", f"known: {', '.join(known)}")
    return frozenset(map(Scope, words))


def check_name(name: str) -> str:
    """A client's name, without the space around it.

    Raises:
        ConfigurationError: it is none.
    """
    found = name.strip()
    if not NAME.fullmatch(found):
        remedy = "use 1 to 64 letters, digits, spaces or . @ - _, a letter or digit first"
        raise ConfigurationError.of("NAME", f"{name!r} is no name for a client", remedy)
    return found


__all__ = [
    "DEFAULT_PER_MINUTE",
    "LOCAL",
    "Bucket",
    "Client",
    "Scope",
    "check_name",
    "digest_of",
    "full_bucket",
    "new_token",
    "parse_scopes",
    "take",
]
