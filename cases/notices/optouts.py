"""Who wants no messages. Known by the token that stands for their number, never by the number."""

from datetime import datetime

from sqlalchemy import Connection, delete, func, select

from cases import trail
from cases.answers.tables import opt_outs
from cases.database import Database
from cases.trail import dialect_of

SUBJECT = "opt-outs"
"""The chain of the audit in which they stand: they belong to no case."""
MESSAGE, PROVIDER = "message", "provider"
"""How it became known: they wrote so, or the provider refused to send."""


class OptOuts:
    """Who wants no messages. Every change is in the audit, repeats are not."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def has(self, token: str) -> bool:
        """Whether the owner behind a token wants no messages."""
        with self._database.read() as connection:
            return has_opted_out(connection, token)

    def set(self, token: str, at: datetime, source: str) -> bool:
        """Take note that somebody wants no messages any more.

        Args:
            token: stands for their number.
            at: when they said so, or the provider did.
            source: `MESSAGE` or `PROVIDER`.

        Returns:
            False when it was known.

        Raises:
            TransportDown: the ledger cannot be reached.
        """
        with self._database.write() as connection:
            values = {"recipient": token, "since": at, "source": source}
            statement = dialect_of(connection).insert(opt_outs).values(values)
            placed = connection.execute(statement.on_conflict_do_nothing(index_elements=["recipient"]))
            if placed.rowcount != 1:
                return False
            _note(connection, at, "opted_out", source, token)
        return True

    def clear(self, token: str, at: datetime, source: str) -> bool:
        """Take note that somebody wants messages again; False when they never did not.

        Raises:
            TransportDown: the ledger cannot be reached.
        """
        with self._database.write() as connection:
            gone = connection.execute(delete(opt_outs).where(opt_outs.c.recipient == token))
            if gone.rowcount != 1:
                return False
            _note(connection, at, "opted_in", source, token)
        return True

    def count(self) -> int:
        """How many there are."""
        with self._database.read() as connection:
            return int(connection.execute(select(func.count()).select_from(opt_outs)).scalar_one())


def has_opted_out(connection: Connection, token: str) -> bool:
    """Whether the owner behind a token wants no messages, in the caller's transaction."""
    query = select(opt_outs.c.recipient).where(opt_outs.c.recipient == token)
    return connection.execute(query).first() is not None


def _note(connection: Connection, at: datetime, what: str, source: str, token: str) -> None:
    actor = "clearway.notifier" if source == PROVIDER else "clearway.public"
    entry = {"at": at, "actor": actor, "what": what, "why": f"by {source}", "subject": SUBJECT}
    trail.append(connection, [entry | {"after": {"recipient": token}}])
