"""The short link in a message: names one notice, expires, and cannot be made by anybody else.

```
/c/ + 37 letters and digits = notice (16 bytes), last day (2 bytes), seal (9 bytes)
```

The seal is an HMAC-SHA-256 cut to 72 bits: it is tried online only, against rate limits. Letters and digits
alone, since telephones end a link at other signs. Nothing has to be looked up to tell a link from a forgery.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from models.errors import ClearwayError
from models.units import utc

PATH = "/c/"
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
NOTICE_BYTES, DAY_BYTES, SEAL_BYTES = 16, 2, 9
TOKEN_BYTES = NOTICE_BYTES + DAY_BYTES + SEAL_BYTES
TOKEN_LENGTH = 37
"""62 ** 37 is the first power above 256 ** 27."""
EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
"""Days are counted from here; two bytes last until the year 2199."""
LAST_DAY = 256**DAY_BYTES - 1
PURPOSE = b"clearway case link 1"
"""One key may serve several purposes; a seal of one is none of another."""


class BadLink(ClearwayError):  # noqa: N818 - names the answer, as the public page gives it
    """The link is none of ours, or was changed: answered like an address that does not exist."""


class LinkExpired(BadLink):
    """The link is ours, and its time is over."""


@dataclass(frozen=True, slots=True)
class CaseLink:
    """What a link says.

    Attributes:
        notice_id: the notice that carried it; the ledger knows its case.
        expires_at: from then on it opens nothing.
    """

    notice_id: str
    expires_at: datetime


class Links:
    """Makes and reads links.

    Args:
        key: of the seals. Everything that makes or reads links needs the same one.
        base_url: where people reach the public page, without a slash at its end.
        days: how long a link is good for, in whole days (UTC) after the one it was made on.
        older: keys of before; links that they sealed are still read.
    """

    def __init__(self, key: bytes, base_url: str, days: int, older: tuple[bytes, ...] = ()) -> None:
        self._keys = (key, *older)
        self._base_url = base_url.rstrip("/")
        self._days = days

    def make(self, notice_id: str, at: datetime) -> str:
        """The link for a notice.

        Args:
            notice_id: of the notice that will carry it (`models.ids.notice_id`).
            at: now.
        """
        day = min((utc(at) - EPOCH).days + self._days, LAST_DAY)
        said = UUID(notice_id).bytes + day.to_bytes(DAY_BYTES, "big")
        return f"{self._base_url}{PATH}{_written(said + _seal(self._keys[0], said))}"

    def read(self, token: str, now: datetime) -> CaseLink:
        """What a link's token says.

        Args:
            token: the part after `/c/`.
            now: wall clock.

        Raises:
            BadLink: it is none of ours.
            LinkExpired: it was.
        """
        raw = _bytes(token)
        said, seal = raw[:-SEAL_BYTES], raw[-SEAL_BYTES:]
        if not any(hmac.compare_digest(_seal(key, said), seal) for key in self._keys):
            raise BadLink("the link is not one of ours; open it from the message as it came")
        last = EPOCH + timedelta(days=int.from_bytes(said[NOTICE_BYTES:], "big"))
        link = CaseLink(str(UUID(bytes=said[:NOTICE_BYTES])), last + timedelta(days=1))
        if now >= link.expires_at:
            raise LinkExpired(f"the link expired on {link.expires_at:%Y-%m-%d}")
        return link


def _seal(key: bytes, said: bytes) -> bytes:
    return hmac.new(key, PURPOSE + said, hashlib.sha256).digest()[:SEAL_BYTES]


def _written(raw: bytes) -> str:
    number, signs = int.from_bytes(raw, "big"), []
    for _ in range(TOKEN_LENGTH):
        number, digit = divmod(number, len(DIGITS))
        signs.append(DIGITS[digit])
    return "".join(reversed(signs))


def _bytes(token: str) -> bytes:
    """The bytes that a token writes.

    Raises:
        BadLink: it has another length, other signs, or is too large a number.
    """
    if len(token) != TOKEN_LENGTH or any(sign not in DIGITS for sign in token):
        raise BadLink("the link is not one of ours: it was cut or changed")
    number = 0
    for sign in token:
        number = number * len(DIGITS) + DIGITS.index(sign)
    try:
        return number.to_bytes(TOKEN_BYTES, "big")
    except OverflowError as exc:
        raise BadLink("the link is not one of ours: it was changed") from exc
