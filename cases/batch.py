"""One transaction's worth of arrivals: what is known is read once, stepped in memory, and written once."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from cases import life, trail
from cases.arrivals import Applied, Arrival
from cases.life import Case, Change, Signal, State
from cases.policy import Policy, policy_for
from cases.rows import audited, case_of, values_of
from cases.tables import cases, observations, origins, outbox, steps

CONCLUDED_BY = "clearway.ingest"
CASE_CLOSED = "the case was closed"


class Batch:
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
        """Apply and write."""
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
                "before": None if before is None else audited(before),
                "after": audited(after),
            }
        )
        self._rows["outbox"].append(
            {
                "case_id": after.id,
                "type": f"clearway.case.{change.value}.v1",
                "at": self._now,
                "body": audited(after) | {"why": why},
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
        new = [values_of(self._by_id[case_id]) for case_id in self._changed_ids if case_id in self._new_ids]
        old = [
            values_of(self._by_id[case_id]) for case_id in self._changed_ids if case_id not in self._new_ids
        ]
        if new:
            connection.execute(insert(cases), new)
        if old:
            connection.execute(
                _UPDATE_CASE, [{f"b_{key}": value for key, value in row.items()} for row in old]
            )
        if self._cancelled:
            connection.execute(_CANCEL_STEPS, self._cancelled)
        for table in (observations, origins, outbox, steps):
            if rows := self._rows[table.name]:
                connection.execute(insert(table), rows)
        trail.append(connection, self._rows["audit"])
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
                    & (
                        cases.c.zone.in_({signal.zone for signal in signals})
                        | cases.c.zone_group.in_({signal.group for signal in signals if signal.group})
                    )
                )
            )
        ).mappings()
        for row in rows:
            case = case_of(row)
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
