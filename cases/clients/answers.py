"""Idempotency keys: the same request under the same key gets the same answer, and is worked on once.

A row is claimed before the work and completed after it. If the program dies in between, the claim is free
again after a while; the work itself goes by the same key (`Ledger.command`), so that doing it again changes
nothing.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import RowMapping, delete, insert, select, update

from cases.clients.tables import answers
from cases.database import Database
from models.errors import BadRecord

KEPT = timedelta(hours=24)
CLAIM_LASTS = timedelta(seconds=60)
"""Longer than any request takes: whoever claimed a key and said nothing by then is gone."""
PURGE_EVERY = timedelta(hours=1)
MAX_KEY = 128


class Found(StrEnum):
    """What is known under a key."""

    NEW = "new"
    SAME = "same"
    OTHER = "other"
    BUSY = "busy"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client was told."""

    status: int
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Claim:
    """What came of asking for a key; `answer` where it is the `same`."""

    found: Found
    answer: Answer | None = None


class Answers:
    """The answers of a day."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._purged_at: datetime | None = None

    def claim(self, client_id: str, key: str, digest: str, at: datetime) -> Claim:
        """Ask whether a request is to be worked on.

        Args:
            client_id: whose key it is: keys of two clients have nothing to do with each other.
            key: chosen by the client.
            digest: of method, path and body (`digest_of`).
            at: wall clock.
        """
        mine = (answers.c.client_id == client_id) & (answers.c.key == key)
        if self._purged_at is None or at - self._purged_at > PURGE_EVERY:
            self._purged_at = at
            self.purge(at)
        try:
            with self._database.write() as connection:
                row = connection.execute(select(answers).where(mine)).mappings().first()
                if row is not None and (known := _known(row, digest, at)) is not None:
                    return known
                connection.execute(delete(answers).where(mine))
                connection.execute(
                    insert(answers).values(
                        client_id=client_id, key=key, digest=digest, at=at, content_type=""
                    )
                )
        except BadRecord:  # on PostgreSQL two may ask in the same instant: the other one was first
            return Claim(Found.BUSY)
        return Claim(Found.NEW)

    def complete(self, client_id: str, key: str, answer: Answer) -> None:
        """Keep what the client was told."""
        with self._database.write() as connection:
            connection.execute(
                update(answers)
                .where(answers.c.client_id == client_id, answers.c.key == key)
                .values(status=answer.status, content_type=answer.content_type, body=answer.body)
            )

    def release(self, client_id: str, key: str) -> None:
        """Give a key back: the request could not be worked on, and may be tried again."""
        with self._database.write() as connection:
            connection.execute(
                delete(answers).where(
                    answers.c.client_id == client_id, answers.c.key == key, answers.c.status.is_(None)
                )
            )

    def purge(self, at: datetime) -> int:
        """Forget what is older than a day; returns how many answers that were."""
        with self._database.write() as connection:
            return connection.execute(delete(answers).where(answers.c.at <= at - KEPT)).rowcount


def _known(row: RowMapping, digest: str, at: datetime) -> Claim | None:
    """What a row says under its key; None when it says nothing any more."""
    if row["at"] <= at - KEPT:
        return None
    if row["digest"] != digest:
        return Claim(Found.OTHER)
    if row["status"] is not None:
        return Claim(Found.SAME, Answer(row["status"], row["content_type"], row["body"] or b""))
    return Claim(Found.BUSY) if row["at"] > at - CLAIM_LASTS else None


def digest_of(method: str, path: str, body: bytes) -> str:
    """What tells one request from another under the same key."""
    return hashlib.sha256(f"{method} {path}\n".encode(errors="surrogatepass") + body).hexdigest()
