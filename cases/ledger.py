"""Writing the ledger: signals become cases, audit entries, steps and outbox rows in one transaction."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, select, text
from sqlalchemy.dialects import postgresql, sqlite

from cases import life
from cases.arrivals import Applied, Arrival, CommandOutcome, Condition, DeadLetter
from cases.batch import CONCLUDED_BY, Batch
from cases.changes import Changes
from cases.clockwork import Clockwork
from cases.commanding import attach, command
from cases.commands import Command
from cases.database import Database
from cases.evidence.sealed import chain_trouble, follows
from cases.policy import Policy
from cases.routing import NoRouter, Router
from cases.rows import case_of
from cases.tables import IS_OPEN, cases, conditions, dead_letters, devices, packets
from cases.trail import evidence as trail_evidence
from models.errors import BadRecord
from models.packet import Packet

TORN, OK = "chain torn", "ok"
"""How `conditions` says of a device (`/{site}/{device}`) whether its sealed evidence is one chain."""


class Ledger:
    """The truth. Every method is one transaction; repeating it changes nothing more.

    Args:
        database: where it is kept.
        policies: the ladders, by name.
        router: who knows where a case lands; nobody by default.
    """

    def __init__(
        self, database: Database, policies: Mapping[str, Policy], router: Router | None = None
    ) -> None:
        self._database = database
        self._policies = dict(policies)
        self._router = router or NoRouter()
        self._clockwork = Clockwork(database, self._router)

    def apply(self, arrivals: Sequence[Arrival], now: datetime) -> list[Applied]:
        """Apply observations, in their order.

        Args:
            arrivals: repeats of what the ledger has are recognised by id and dropped.
            now: wall clock; steps of the ladder are counted from it or from the moment the device
                received the frame, whichever is earlier.

        Raises:
            TransportDown: nothing was applied; try again.
            BadRecord: one of them does not fit; nothing was applied.
        """
        try:
            return self._apply(arrivals, now)
        except BadRecord:
            # Two workers who open one incident at one moment: the second finds the first one's case now.
            return self._apply(arrivals, now)

    def command(
        self, case_id: str, order: Command, *, actor: str, at: datetime, key: str = ""
    ) -> CommandOutcome:
        """Do what a person or their system wants of a case.

        Args:
            case_id: which case.
            order: one of `cases.commands`.
            actor: who wants it, for the audit.
            at: wall clock.
            key: idempotency key: the same command under the same key again changes nothing and has the
                first outcome. Empty for none.

        Raises:
            Refused: it is impossible as the case is; says why. Nothing was changed.
            TransportDown: nothing was changed; try again.
        """
        with self._database.write() as connection:
            return command(connection, case_id, order, actor=actor, at=at, key=key, router=self._router)

    def attach(
        self, case_id: str, source: Mapping[str, Any], *, actor: str, at: datetime, why: str, key: str = ""
    ) -> CommandOutcome:
        """Attach a person's report to an open case, as a further source.

        Args:
            case_id: which case.
            source: what is kept of the report; no personal data.
            actor: who says that it belongs there.
            at: wall clock.
            why: for instance the score.
            key: idempotency key, as of `command`.

        Raises:
            Refused: the case is over, or there is none. Nothing was changed.
            TransportDown: nothing was changed; try again.
        """
        with self._database.write() as connection:
            return attach(connection, case_id, source, actor=actor, at=at, why=why, key=key)

    def close_unseen(self, now: datetime) -> int:
        """Close cases whose incident has been out of sight for longer than their quiet gap."""
        unseen = select(cases).where(text(IS_OPEN), cases.c.unseen_since.is_not(None))
        with self._database.read() as connection:
            # Asked every few seconds: only when there is something to close does it become the writer.
            if connection.execute(unseen.limit(1)).first() is None:
                return 0
        with self._database.write() as connection:
            changes = Changes(connection, now)
            for row in connection.execute(unseen.with_for_update()).mappings().all():
                before = case_of(row)
                after, change = life.close_unseen(before, now)
                if change is not None:
                    why = "out of sight past the quiet gap"
                    changes.note(before, after, change, actor=CONCLUDED_BY, why=why)
            return changes.write()

    def run_due(self, now: datetime) -> int:
        """Take the steps that are no notices, say which deadlines were missed, archive: what is due by now.

        Cheap when nothing is. One transaction does a bounded part; ask again until it returns 0.

        Raises:
            TransportDown: nothing was done; try again.
        """
        return self._clockwork.run(now)

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
            statement = statement.on_conflict_do_nothing(index_elements=["sha256"])
            # Asked for its row: how many an insert wrote is not told by every database.
            if connection.execute(statement.returning(packets.c.sha256)).first() is not None:
                trail_evidence.attached(connection, packet, now)

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

    def _apply(self, arrivals: Sequence[Arrival], now: datetime) -> list[Applied]:
        with self._database.write() as connection:
            return Batch(connection, self._policies, self._router, now).run(arrivals)


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
