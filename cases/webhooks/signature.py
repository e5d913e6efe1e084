"""The signature under every webhook, and how a receiver checks it.

Stands alone: nothing but Python's own library, so that a receiver may copy this file.

```
Clearway-Signature: t=1795334400,v1=5257a8…,v1=9f3c01…
```

`v1` is the hex HMAC-SHA256 of `{t}.{body}`, once for each secret that is live. While a secret is being
replaced both sign, and a receiver accepts whichever it knows.
"""

import hmac
from collections.abc import Iterable, Sequence

HEADER = "Clearway-Signature"
TOLERANCE_S = 300
"""How far a signature's time may be off. Older ones may be replays of what somebody recorded."""
MOST_SIGNATURES = 8
"""More than any rotation needs; a longer header is not worth an HMAC each."""


def sign(secrets: Sequence[str], body: bytes, at: int) -> str:
    """The header's value.

    Args:
        secrets: all that are live; each signs.
        body: as it is sent, byte for byte.
        at: seconds since 1970, UTC.
    """
    return ",".join((f"t={at}", *(f"v1={_digest(secret, body, at)}" for secret in secrets)))


def verify(
    secrets: Iterable[str], header: str, body: bytes, now: float, *, tolerance_s: float = TOLERANCE_S
) -> bool:
    """Whether a request is from who knows one of the secrets, and is not an old one.

    Takes the same time whichever character is wrong.

    Args:
        secrets: all that the receiver knows.
        header: the value of `Clearway-Signature`.
        body: as it came, before any decoding.
        now: seconds since 1970, UTC.
        tolerance_s: how far the clocks may be apart.
    """
    at, given = _read(header)
    if at is None or not abs(now - at) <= tolerance_s:
        return False
    matches = False
    for secret in secrets:
        wanted = _digest(secret, body, at).encode()
        for signature in given:
            matches |= hmac.compare_digest(wanted, signature.encode(errors="replace"))
    return matches


def _digest(secret: str, body: bytes, at: int) -> str:
    return hmac.new(secret.encode(), b"%d." % at + body, "sha256").hexdigest()


def _read(header: str) -> tuple[int | None, list[str]]:
    """The time and the signatures; no time when the header is not one of ours."""
    at: int | None = None
    given: list[str] = []
    for part in header.split(","):
        name, _, value = part.strip().partition("=")
        # Eleven digits last until the year 5138; more would only be there to hurt.
        if name == "t" and at is None and value.isascii() and value.isdigit() and len(value) <= 11:  # noqa: PLR2004
            at = int(value)
        elif name == "v1":
            given.append(value)
    return at, given[:MOST_SIGNATURES]
