"""Writing the ledger: signals become cases, audit entries, steps and outbox rows in one transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, RowMapping, Table, bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from cases import life
from cases.database import Database
from cases.life import Case, Change, Resolution, Signal, State
from cases.policy import Policy, policy_for
from cases.tables import audit, cases, conditions, dead_letters, devices, observations, origins, outbox, steps
from models.records import Picture, Plate

CONCLUDED_BY = "clearway.ingest"
CASE_CLOSED = "the case was closed"


@dataclass(frozen=True, slots=True)
class Arrival:
    """One observation as it arrived: its bytes, and what was concluded from it."""

    signal: Signal
    body: bytes


@dataclass(frozen=True, slots=True)
class Condition:
    """A camera that is blind or a sensor that is silent; or the end of it, when `state` is `ok`."""

    source: str
    state: str
    since: datetime
    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """Bytes that could not be used, by their place in the dead-letter topic."""

    id: str
    at: datetime
    origin: str
    field: str
    problem: str
    size: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of one arrival."""

    event_id: str
    case_id: str | None
    change: Change | None
    repeat: bool


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
            return _Batch(connection, self._policies, now).run(arrivals)

    def close_unseen(self, now: datetime) -> int:
        """Close cases whose incident has been out of sight for longer than their quiet gap."""
        unseen = select(cases).where(cases.c.state != State.CLOSED, cases.c.unseen_since.is_not(None))
        with self._database.read() as connection:
            # Asked every few seconds: only when there is something to close does it become the writer.
            if connection.execute(unseen.limit(1)).first() is None:
                return 0
        with self._database.write() as connection:
            rows = connection.execute(unseen).mappings()
            batch = _Batch(connection, self._policies, now)
            for row in rows.all():
                case, change = life.close_unseen(_case(row), now)
                if change is not None:
                    batch.changed(_case(row), case, change, cause=None, why="out of sight past the quiet gap")
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


class _Batch:
    """One transaction's worth of arrivals: read what is known once, step in memory, write once."""

    def __init__(self, connection: Connection, policies: Mapping[str, Policy], now: datetime) -> None:
        self._connection = connection
        self._policies = policies
        self._now = now
        self._by_id: dict[str, Case] = {}
        self._open_by_key: dict[str, str] = {}
        self._case_of: dict[str, str] = {}
        self._last_closed: dict[str, str] = {}
        self._new_ids: set[str] = set()
        self._changed_ids: dict[str, None] = {}
        self._rows: dict[str, list[dict[str, Any]]] = {
            name: [] for name in ("observations", "origins", "audit", "outbox", "steps")
        }
        self._cancelled: list[dict[str, Any]] = []

    def run(self, arrivals: Sequence[Arrival]) -> list[Applied]:
        known = self._known_events(arrivals)
        fresh = [arrival for arrival in arrivals if arrival.signal.event_id not in known]
        self._load([arrival.signal for arrival in fresh])
        applied = []
        for arrival in arrivals:
            event_id = arrival.signal.event_id
            if event_id in known:
                applied.append(Applied(event_id, None, None, repeat=True))
                continue
            known.add(event_id)
            applied.append(self._apply(arrival))
        self.write()
        return applied

    def changed(
        self, before: Case | None, after: Case, change: Change, *, cause: str | None, why: str
    ) -> None:
        """Take note of a change, and of everything that follows from it."""
        self._by_id[after.id] = after
        self._changed_ids[after.id] = None
        if after.state is State.CLOSED:
            self._open_by_key.pop(after.dedup_key, None)
            self._last_closed[after.dedup_key] = after.id
            self._cancel_steps(after.id)
        else:
            self._open_by_key[after.dedup_key] = after.id
        self._rows["audit"].append(
            {
                "case_id": after.id,
                "at": self._now,
                "actor": CONCLUDED_BY,
                "what": change.value,
                "why": why,
                "cause": cause,
                "before": None if before is None else _audited(before),
                "after": _audited(after),
            }
        )
        self._rows["outbox"].append(
            {
                "case_id": after.id,
                "type": f"clearway.case.{change.value}.v1",
                "at": self._now,
                "body": _audited(after) | {"why": why},
            }
        )
        started = min(after.recorded_at, self._now) if change is Change.OPENED else self._now
        self._rows["steps"].extend(
            {"case_id": after.id, "step": due.step, "due_at": due.due_at, "done_at": None, "outcome": None}
            for due in life.due_steps(after, change, started)
        )

    def write(self) -> int:
        """Write everything noted; returns how many cases changed."""
        connection = self._connection
        new = [_values(self._by_id[case_id]) for case_id in self._changed_ids if case_id in self._new_ids]
        old = [_values(self._by_id[case_id]) for case_id in self._changed_ids if case_id not in self._new_ids]
        if new:
            connection.execute(insert(cases), new)
        if old:
            connection.execute(
                _UPDATE_CASE, [{f"b_{key}": value for key, value in row.items()} for row in old]
            )
        if self._cancelled:
            connection.execute(_CANCEL_STEPS, self._cancelled)
        for table in (observations, origins, audit, outbox, steps):
            if rows := self._rows[table.name]:
                connection.execute(insert(table), rows)
        return len(self._changed_ids)

    def _cancel_steps(self, case_id: str) -> None:
        """What was due while it stood is due no more, written already or still in this batch."""
        self._cancelled.append({"closed_case": case_id, "now": self._now})
        for row in self._rows["steps"]:
            if row["case_id"] == case_id:
                row.update(done_at=self._now, outcome=CASE_CLOSED)

    def _known_events(self, arrivals: Sequence[Arrival]) -> set[str]:
        wanted = [arrival.signal.event_id for arrival in arrivals]
        found = self._connection.execute(select(observations.c.id).where(observations.c.id.in_(wanted)))
        return set(found.scalars())

    def _load(self, signals: Sequence[Signal]) -> None:
        """Read every case that these signals may touch: by origin, and by open incident key."""
        if not signals:
            return
        by_origin = self._connection.execute(
            select(origins.c.id, origins.c.case_id).where(
                origins.c.id.in_({signal.origin_id for signal in signals})
            )
        )
        self._case_of.update((row.id, row.case_id) for row in by_origin)
        rows = self._connection.execute(
            select(cases).where(
                (cases.c.dedup_key.in_({s.dedup_key for s in signals}) & (cases.c.state != State.CLOSED))
                | cases.c.id.in_(set(self._case_of.values()))
                | (
                    cases.c.unseen_since.is_not(None)
                    & (cases.c.state != State.CLOSED)
                    & cases.c.zone.in_({signal.zone for signal in signals})
                )
            )
        ).mappings()
        for row in rows:
            case = _case(row)
            self._by_id[case.id] = case
            if case.state is not State.CLOSED:
                self._open_by_key[case.dedup_key] = case.id
        self._load_last_closed({signal.dedup_key for signal in signals if life.opens(signal)})

    def _load_last_closed(self, keys: set[str]) -> None:
        """The newest case of every incident that may open anew: the new one will link to it."""
        unknown = keys - self._open_by_key.keys()
        if not unknown:
            return
        rows = self._connection.execute(
            select(cases.c.dedup_key, cases.c.id)
            .where(cases.c.dedup_key.in_(unknown))
            .order_by(cases.c.number)
        )
        self._last_closed.update((row.dedup_key, row.id) for row in rows)

    def _apply(self, arrival: Arrival) -> Applied:
        signal = arrival.signal
        case_id, change = self._conclude(signal)
        self._rows["observations"].append(
            {
                "id": signal.event_id,
                "type": signal.event_type,
                "source": signal.source,
                "subject": signal.zone,
                "origin_id": signal.origin_id,
                "at": signal.at,
                "applied_at": self._now,
                "case_id": case_id,
                "body": arrival.body.decode(),
            }
        )
        return Applied(signal.event_id, case_id, change, repeat=False)

    def _conclude(self, signal: Signal) -> tuple[str | None, Change | None]:
        case_id = self._case_of.get(signal.origin_id)
        if case_id is None and life.opens(signal):
            case_id = self._open_by_key.get(signal.dedup_key) or self._resumed(signal)
            if case_id is None:
                return self._open(signal), Change.OPENED
            self._belongs(signal.origin_id, case_id)
        if case_id is None:
            return None, None
        before = self._by_id[case_id]
        after, change = life.step(before, signal)
        if change is not None:
            self.changed(before, after, change, cause=signal.event_id, why=signal.why)
        return case_id, change

    def _resumed(self, signal: Signal) -> str | None:
        """Of several that it may be, the one seen last: the order of rows and batches must not decide."""
        found = [case for case in self._by_id.values() if life.resumes(case, signal)]
        found.sort(key=lambda case: (case.unseen_since or case.opened_at, case.id))
        return found[-1].id if found else None

    def _open(self, signal: Signal) -> str:
        policy = policy_for(signal.policy, dict(self._policies))
        case = life.open_case(signal, policy, self._last_closed.get(signal.dedup_key))
        self._new_ids.add(case.id)
        self._belongs(signal.origin_id, case.id)
        self.changed(None, case, Change.OPENED, cause=signal.event_id, why=signal.why)
        return case.id

    def _belongs(self, origin_id: str, case_id: str) -> None:
        self._case_of[origin_id] = case_id
        self._rows["origins"].append({"id": origin_id, "case_id": case_id})


_UPDATE_CASE = (
    update(cases)
    .where(cases.c.id == bindparam("b_id"))
    .values(
        {
            name: bindparam(f"b_{name}")
            for name in (
                "state",
                "plate",
                "pictures",
                "last_seen_at",
                "live_origins",
                "unseen_since",
                "closed_at",
                "resolution",
            )
        }
    )
)
_CANCEL_STEPS = (
    update(steps)
    .where(steps.c.case_id == bindparam("closed_case"), steps.c.done_at.is_(None))
    .values(done_at=bindparam("now"), outcome=CASE_CLOSED)
)


def _upsert(
    connection: Connection,
    table: Table,
    values: dict[str, Any],
    key: tuple[str, ...],
    newer: str = "",
) -> None:
    """Insert or replace one row; with `newer`, only when that column is later than what is there."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(table).values(values)
    rest = {name: statement.excluded[name] for name in values if name not in key}
    where = statement.excluded[newer] > table.c[newer] if newer else None
    connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=rest, where=where))


def _values(case: Case) -> dict[str, Any]:
    return {
        "id": case.id,
        "dedup_key": case.dedup_key,
        "state": case.state.value,
        "matter": case.policy.matter,
        "unit": case.policy.unit,
        "task": case.policy.task,
        "source": case.source,
        "zone": case.zone,
        "place": case.place,
        "label": case.label,
        "plate": case.plate,
        "pictures": case.pictures,
        "policy": case.policy.model_dump(mode="json"),
        "began_at": case.began_at,
        "opened_at": case.opened_at,
        "recorded_at": case.recorded_at,
        "last_seen_at": case.last_seen_at,
        "spot_xy": case.spot_xy,
        "live_origins": sorted(case.live_origins),
        "unseen_since": case.unseen_since,
        "closed_at": case.closed_at,
        "resolution": None if case.resolution is None else case.resolution.value,
        "previous_id": case.previous_id,
    }


def _case(row: RowMapping) -> Case:
    return Case(
        id=row["id"],
        dedup_key=row["dedup_key"],
        policy=Policy.model_validate(row["policy"]),
        state=State(row["state"]),
        source=row["source"],
        zone=row["zone"],
        place=row["place"],
        label=row["label"],
        plate=None if row["plate"] is None else msgspec.convert(row["plate"], Plate),
        pictures=msgspec.convert(row["pictures"], tuple[Picture, ...]),
        began_at=row["began_at"],
        opened_at=row["opened_at"],
        recorded_at=row["recorded_at"],
        last_seen_at=row["last_seen_at"],
        spot_xy=None if row["spot_xy"] is None else msgspec.convert(row["spot_xy"], tuple[float, float]),
        live_origins=frozenset(row["live_origins"]),
        unseen_since=row["unseen_since"],
        closed_at=row["closed_at"],
        resolution=None if row["resolution"] is None else Resolution(row["resolution"]),
        previous_id=row["previous_id"],
    )


def _audited(case: Case) -> dict[str, Any]:
    """What an audit entry keeps of a case: what can change, and what identifies it. No plate."""
    return {
        "case": case.id,
        "state": case.state.value,
        "matter": case.matter,
        "source": case.source,
        "zone": case.zone,
        "opened_at": case.opened_at,
        "last_seen_at": case.last_seen_at,
        "unseen_since": case.unseen_since,
        "closed_at": case.closed_at,
        "resolution": None if case.resolution is None else case.resolution.value,
        "origins": sorted(case.live_origins),
        "pictures": len(case.pictures),
    }
