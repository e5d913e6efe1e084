"""Writing the ledger: signals become cases, audit entries, steps and outbox rows in one transaction."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, select
from sqlalchemy.dialects import postgresql, sqlite

from cases import life
from cases.arrivals import Applied, Arrival, Condition, DeadLetter
from cases.batch import Batch
from cases.database import Database
from cases.life import State
from cases.policy import Policy
from cases.rows import case_of
from cases.sealed import chain_trouble, follows
from cases.tables import cases, conditions, dead_letters, devices, packets
from models.packet import Packet

TORN, OK = "chain torn", "ok"
"""How `conditions` says of a device (`/{site}/{device}`) whether its sealed evidence is one chain."""


class Ledger:
    """The truth. Every method is one transaction; repeating it changes nothing more."""

    def __init__(self, database: Database, policies: Mapping[str, Policy]) -> None:
        self._database = database
        self._policies = dict(policies)

    def apply(self, arrivals: Sequence[Arrival], now: datetime) -> list[Applied]:
        """Apply observations, in their order.

        Args:
            arrivals: repeats of what the ledger has are recognised by id and dropped.
            now: wall clock; steps of the ladder are counted from it or from the moment the device
                received the frame, whichever is earlier.

        Raises:
            TransportDown: nothing was applied; try again.
        """
        with self._database.write() as connection:
            return Batch(connection, self._policies, now).run(arrivals)

    def close_unseen(self, now: datetime) -> int:
        """Close cases whose incident has been out of sight for longer than their quiet gap."""
        unseen = select(cases).where(cases.c.state != State.CLOSED, cases.c.unseen_since.is_not(None))
        with self._database.read() as connection:
            # Asked every few seconds: only when there is something to close does it become the writer.
            if connection.execute(unseen.limit(1)).first() is None:
                return 0
        with self._database.write() as connection:
            rows = connection.execute(unseen).mappings()
            batch = Batch(connection, self._policies, now)
            for row in rows.all():
                case, change = life.close_unseen(case_of(row), now)
                if change is not None:
                    batch.changed(
                        case_of(row), case, change, cause=None, why="out of sight past the quiet gap"
                    )
            return batch.write()

    def note_condition(self, condition: Condition) -> None:
        """Write down that a camera or sensor cannot tell, or can again. Older news changes nothing."""
        values = {
            "source": condition.source,
            "state": condition.state,
            "since": condition.since,
            "at": condition.at,
            "why": condition.why,
        }
        with self._database.write() as connection:
            _upsert(connection, conditions, values, ("source",), newer="at")

    def note_device(self, site: str, device: str, at: datetime, status: Mapping[str, Any]) -> None:
        """Write down what a device says of itself."""
        values = {"site": site, "device": device, "at": at, "status": status}
        with self._database.write() as connection:
            _upsert(connection, devices, values, ("site", "device"))

    def note_packet(self, packet: Packet, now: datetime) -> None:
        """Keep sealed evidence. Repeats are dropped by its hash; whatever else claims its place stays."""
        manifest = packet.manifest
        values = {
            "sha256": packet.sha256,
            "device": manifest.device,
            "chain": manifest.chain,
            "number": manifest.number,
            "previous": manifest.previous,
            "stay_id": manifest.stay_id,
            "key": manifest.key,
            "signature": packet.signature,
            "manifest": packet.raw.decode(),
            "received_at": now,
        }
        with self._database.write() as connection:
            statement = _dialect(connection).insert(packets).values(values)
            connection.execute(statement.on_conflict_do_nothing(index_elements=["sha256"]))

    def watch_chain(self, packet: Packet, now: datetime) -> str:
        """Hold a device's packets against each other after one more, and tell operators if they are no chain.

        In a transaction of its own after `note_packet`: whoever of two workers looks last has both packets
        before it, and its word stands.

        Args:
            packet: the one that came.
            now: taken before looking.

        Returns:
            What is wrong, in words; empty when nothing is.
        """
        device = packet.manifest.device
        with self._database.read() as connection:
            before = select(conditions.c.state).where(conditions.c.source == device)
            known = connection.execute(before).scalar_one_or_none()
            if known in {None, OK} and follows(connection, packet):
                return ""
            trouble = chain_trouble(connection, device)
        said = trouble or "the chain of evidence is whole"
        self.note_condition(Condition(device, TORN if trouble else OK, now, now, said[:500]))
        return trouble

    def note_dead_letters(self, letters: Iterable[DeadLetter]) -> None:
        """Make dead letters visible. Repeats are dropped by id."""
        with self._database.write() as connection:
            for letter in letters:
                values = {
                    "id": letter.id,
                    "at": letter.at,
                    "origin": letter.origin,
                    "field": letter.field,
                    "problem": letter.problem,
                    "size": letter.size,
                    "payload": letter.payload,
                }
                _upsert(connection, dead_letters, values, ("id",))


def _dialect(connection: Connection) -> Any:  # noqa: ANN401 - a module of the library, one or the other
    return sqlite if connection.dialect.name == "sqlite" else postgresql


def _upsert(
    connection: Connection,
    table: Table,
    values: dict[str, Any],
    key: tuple[str, ...],
    newer: str = "",
) -> None:
    """Insert or replace one row; with `newer`, only when that column is later than what is there."""
    statement = _dialect(connection).insert(table).values(values)
    rest = {name: statement.excluded[name] for name in values if name not in key}
    where = statement.excluded[newer] > table.c[newer] if newer else None
    connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=rest, where=where))
