"""What our own provider keeps: the messages it took, over restarts.

This is the provider's side. It holds numbers, as every provider must to deliver; the ledger never does.
"""

import sqlite3
from collections.abc import Mapping
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
CREATE TABLE IF NOT EXISTS opt_outs (recipient TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS answers (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    sid TEXT NOT NULL,
    message TEXT NOT NULL,
    body TEXT NOT NULL
);
"""
_LATER_COLUMNS = {
    "callback": "TEXT NOT NULL DEFAULT ''",
    "validity_s": "INTEGER",
    "status": "TEXT NOT NULL DEFAULT 'queued'",
    "code": "INTEGER",
}
"""Files of earlier versions lack these."""
_FIELDS = "sid, recipient, sender, service, body, at, callback, validity_s, status, code"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message as the provider has it.

    Attributes:
        sender: a number, or empty when a messaging service chooses.
        service: the messaging service's id, or empty.
        callback: where its fate is reported; empty when nobody wants to know.
        validity_s: after this it is not delivered any more; None for the provider's own bound.
        status: the provider's word for how far it has come.
        code: of the error that ended it; None without one.
    """

    sid: str
    recipient: str
    sender: str
    service: str
    body: str
    at: datetime
    callback: str = ""
    validity_s: int | None = None
    status: str = "queued"
    code: int | None = None


class PhoneStore:
    """Messages in an SQLite file, newest first."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        # What was taken outlives any end of this process. Power cuts are for real providers to survive.
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.executescript(_SCHEMA)
        known = {row[1] for row in self._connection.execute("PRAGMA table_info(messages)")}
        for name, kind in _LATER_COLUMNS.items():
            if name not in known:
                self._connection.execute(f"ALTER TABLE messages ADD COLUMN {name} {kind}")

    def add(
        self,
        recipient: str,
        sender: str,
        service: str,
        body: str,
        *,
        callback: str = "",
        validity_s: int | None = None,
    ) -> Message:
        """Keep a message."""
        message = Message(
            sid=f"SM{uuid4().hex}",
            recipient=recipient,
            sender=sender,
            service=service,
            body=body,
            at=datetime.now(UTC),
            callback=callback,
            validity_s=validity_s,
            status="accepted" if service else "queued",
        )
        values = asdict(message) | {"at": message.at.isoformat()}
        places = ", ".join(f":{name}" for name in _FIELDS.split(", "))
        self._write(f"INSERT INTO messages ({_FIELDS}) VALUES ({places})", values)  # noqa: S608 - our own names
        return message

    def get(self, sid: str) -> Message | None:
        """One message."""
        found = self._read("WHERE sid = :sid", {"sid": sid})
        return found[0] if found else None

    def move(self, sid: str, status: str, code: int | None) -> None:
        """A message has come further."""
        values = {"sid": sid, "status": status, "code": code}
        self._write("UPDATE messages SET status = :status, code = :code WHERE sid = :sid", values)

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

    def opt_out(self, recipient: str) -> None:
        """They want no messages."""
        self._write("INSERT OR IGNORE INTO opt_outs (recipient) VALUES (:it)", {"it": recipient})

    def opt_in(self, recipient: str) -> None:
        """They want messages again."""
        self._write("DELETE FROM opt_outs WHERE recipient = :it", {"it": recipient})

    def has_opted_out(self, recipient: str) -> bool:
        """Whether they want no messages."""
        with self._lock:
            query = "SELECT 1 FROM opt_outs WHERE recipient = ?"
            return self._connection.execute(query, (recipient,)).fetchone() is not None

    def answer(self, message: Message, body: str) -> str:
        """Keep what was answered to a message; returns its id."""
        values = {"sid": f"SM{uuid4().hex}", "message": message.sid, "body": body}
        self._write("INSERT INTO answers (sid, message, body) VALUES (:sid, :message, :body)", values)
        return values["sid"]

    def answers(self) -> dict[str, list[str]]:
        """What was answered, by the message it was answered to, oldest first."""
        with self._lock:
            rows = self._connection.execute("SELECT message, body FROM answers ORDER BY number").fetchall()
        found: dict[str, list[str]] = {}
        for message, body in rows:
            found.setdefault(message, []).append(body)
        return found

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def _write(self, statement: str, values: Mapping[str, object]) -> None:
        with self._lock:
            self._connection.execute(statement, values)

    def _read(self, where: str, values: dict[str, object]) -> list[Message]:
        with self._lock:
            rows = self._connection.execute(
                f"SELECT {_FIELDS} FROM messages {where}",  # noqa: S608 - only our own literals
                values,
            ).fetchall()
        named = [dict(zip(_FIELDS.split(", "), row, strict=True)) for row in rows]
        return [Message(**(row | {"at": datetime.fromisoformat(row["at"])})) for row in named]
