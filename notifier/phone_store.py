"""What our own provider keeps: the messages it took, over restarts.

This is the provider's side. It holds numbers, as every provider must to deliver; the ledger never does.
"""

import sqlite3
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from uuid import uuid4

_SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    sid TEXT NOT NULL UNIQUE,
    recipient TEXT NOT NULL,
    sender TEXT NOT NULL,
    service TEXT NOT NULL,
    body TEXT NOT NULL,
    at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS messages_by_recipient ON messages (recipient, number);
"""
_COLUMNS = "number, sid, recipient, sender, service, body, at"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message as the provider has it.

    Attributes:
        sender: a number, or empty when a messaging service chooses.
        service: the messaging service's id, or empty.
    """

    sid: str
    recipient: str
    sender: str
    service: str
    body: str
    at: datetime


class PhoneStore:
    """Messages in an SQLite file, newest first."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.executescript(_SCHEMA)

    def add(self, recipient: str, sender: str, service: str, body: str) -> Message:
        """Keep a message."""
        message = Message(
            sid=f"SM{uuid4().hex}",
            recipient=recipient,
            sender=sender,
            service=service,
            body=body,
            at=datetime.now(UTC),
        )
        values = asdict(message) | {"at": message.at.isoformat()}
        with self._lock:
            self._connection.execute(
                "INSERT INTO messages (sid, recipient, sender, service, body, at)"
                " VALUES (:sid, :recipient, :sender, :service, :body, :at)",
                values,
            )
        return message

    def get(self, sid: str) -> Message | None:
        """One message."""
        found = self._read("WHERE sid = :sid", {"sid": sid})
        return found[0] if found else None

    def recent(
        self,
        *,
        recipient: str = "",
        sender: str = "",
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 50,
        offset: int = 0,
    ) -> list[Message]:
        """Messages that fit, newest first."""
        where = (
            "WHERE (:recipient = '' OR recipient = :recipient) AND (:sender = '' OR sender = :sender)"
            " AND (:since IS NULL OR at >= :since) AND (:until IS NULL OR at <= :until)"
            " ORDER BY number DESC LIMIT :limit OFFSET :offset"
        )
        return self._read(
            where,
            {
                "recipient": recipient,
                "sender": sender,
                "since": since and since.astimezone(UTC).isoformat(),
                "until": until and until.astimezone(UTC).isoformat(),
                "limit": limit,
                "offset": offset,
            },
        )

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def _read(self, where: str, values: dict[str, object]) -> list[Message]:
        with self._lock:
            rows = self._connection.execute(
                f"SELECT {_COLUMNS} FROM messages {where}",  # noqa: S608 - only our own literals
                values,
            ).fetchall()
        return [
            Message(
                sid=sid,
                recipient=recipient,
                sender=sender,
                service=service,
                body=body,
                at=datetime.fromisoformat(at),
            )
            for _, sid, recipient, sender, service, body, at in rows
        ]
