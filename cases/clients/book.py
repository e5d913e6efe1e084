"""Keeping clients of the API: who is known, who was last seen when, who was sent away."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, RowMapping, insert, or_, select, update

from cases import trail
from cases.clients import Client, Scope, check_name, digest_of, new_token
from cases.clients.tables import clients
from cases.database import Database
from models.errors import ConfigurationError

SEEN_EVERY = timedelta(minutes=1)
"""How exact `last_used_at` is: writing it with every request would make every read a write."""


class ClientBook:
    """The clients of one ledger. Adding and revoking is written to the audit."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, client: Client, at: datetime, *, actor: str) -> tuple[Client, str]:
        """Let somebody in.

        Args:
            client: name, scopes, limit and end; the rest is filled in.
            at: wall clock.
            actor: who does it.

        Returns:
            The client, and its token: this is the only time that it is known.

        Raises:
            ConfigurationError: the name is none or taken, or the end has passed.
        """
        token = new_token()
        known = replace(client, id=str(uuid4()), name=check_name(client.name), created_at=at)
        if known.expires_at is not None and known.expires_at <= at:
            raise ConfigurationError.of(
                "--expires", f"{known.expires_at.isoformat()} has passed", "name a later day"
            )
        with self._database.write() as connection:
            taken = select(clients.c.id).where(clients.c.name == known.name, clients.c.revoked_at.is_(None))
            if connection.execute(taken).first() is not None:
                remedy = "choose another name, or revoke that client first"
                raise ConfigurationError.of("NAME", f"there is a client {known.name!r} already", remedy)
            connection.execute(insert(clients).values(_values(known) | {"token_sha256": digest_of(token)}))
            _audit(connection, known, "client_added", at, actor)
        return known, token

    def revoke(self, name: str, at: datetime, *, actor: str) -> Client:
        """Send somebody away: its token is refused from now on.

        Raises:
            ConfigurationError: nobody of that name or id is known, or it was sent away already.
        """
        with self._database.write() as connection:
            live = select(clients).where(
                or_(clients.c.name == name, clients.c.id == name), clients.c.revoked_at.is_(None)
            )
            row = connection.execute(live).mappings().first()
            if row is None:
                remedy = "`clearway clients list` shows who is known"
                raise ConfigurationError.of("NAME", f"no client {name!r} is let in", remedy)
            connection.execute(update(clients).where(clients.c.id == row["id"]).values(revoked_at=at))
            client = replace(_client(row), revoked_at=at)
            _audit(connection, client, "client_revoked", at, actor)
        return client

    def all(self) -> list[Client]:
        """Everybody, also who was sent away; oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(select(clients).order_by(clients.c.created_at, clients.c.id)).mappings()
            return [_client(row) for row in rows]

    def by_token(self, token: str) -> Client | None:
        """Whose token this is, also when it is refused by now; None for nobody's."""
        with self._database.read() as connection:
            mine = select(clients).where(clients.c.token_sha256 == digest_of(token))
            row = connection.execute(mine).mappings().first()
        return None if row is None else _client(row)

    def note_used(self, client: Client, at: datetime) -> None:
        """Write down that a client was here, to the minute."""
        with self._database.write() as connection:
            stale = or_(clients.c.last_used_at.is_(None), clients.c.last_used_at < at - SEEN_EVERY)
            connection.execute(
                update(clients).where(clients.c.id == client.id, stale).values(last_used_at=at)
            )


def _audit(connection: Connection, client: Client, what: str, at: datetime, actor: str) -> None:
    entry = {
        "case_id": None,
        "at": at,
        "actor": actor,
        "what": what,
        "why": f"{client.name}: {', '.join(sorted(client.scopes))}",
        "cause": client.id,
        "before": None,
        "after": None,
    }
    trail.append(connection, [entry])


def _values(client: Client) -> dict[str, Any]:
    return {
        "id": client.id,
        "name": client.name,
        "scopes": sorted(client.scopes),
        "per_minute": client.per_minute,
        "created_at": client.created_at,
        "expires_at": client.expires_at,
        "revoked_at": client.revoked_at,
        "last_used_at": client.last_used_at,
    }


def _client(row: RowMapping) -> Client:
    known = {scope.value for scope in Scope}
    return Client(
        id=row["id"],
        name=row["name"],
        scopes=frozenset(Scope(word) for word in row["scopes"] if word in known),
        per_minute=row["per_minute"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        revoked_at=row["revoked_at"],
        last_used_at=row["last_used_at"],
    )
