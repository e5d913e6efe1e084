"""One transaction's worth of arrivals: what is known is read once, stepped in memory, and written once."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select, text

from cases import life, storms
from cases.arrivals import Applied, Arrival
from cases.bulk import insert_many
from cases.changes import Changes
from cases.deadlines import duties
from cases.life import Case, Change, Resolution, Signal
from cases.policy import Assessment, Policy, policy_for
from cases.routing import Router, Where
from cases.rows import case_of
from cases.tables import IS_OPEN, cases, conditions, observations, origins

CONCLUDED_BY = "clearway.ingest"
MOST_OPENED = 10_000
"""Openings looked at for storms: a device whose clock is years behind must not read the whole ledger."""
BLIND = "blind"
"""How `conditions` says of a camera that it cannot tell."""


class Batch:
    """One transaction's worth of arrivals: read what is known once, step in memory, write once."""

    def __init__(
        self,
        connection: Connection,
        policies: Mapping[str, Policy],
        router: Router,
        now: datetime,
        actor: str = CONCLUDED_BY,
    ) -> None:
        self._connection = connection
        self._policies = dict(policies)
        self._router = router
        self._now = now
        self._actor = actor
        self._changes = Changes(connection, now)
        self._by_id: dict[str, Case] = {}
        self._open_by_key: dict[str, str] = {}
        self._case_of: dict[str, str] = {}
        self._last_over: dict[str, str] = {}
        self._new_ids: set[str] = set()
        self._opened: dict[str, list[datetime]] = {}
        self._blind_since: dict[str, datetime] = {}
        self._observations: list[dict[str, Any]] = []
        self._origins: list[dict[str, Any]] = []

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
        self._write()
        return applied

    def _write(self) -> None:
        self._changes.write()
        for table, rows in ((observations, self._observations), (origins, self._origins)):
            insert_many(self._connection, table, rows)
        self._changes.repoint()

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
        opening = [signal for signal in signals if life.opens(signal)]
        storm_keys = {storms.key_of(signal.source) for signal in opening}
        is_open = text(IS_OPEN)
        found = (
            cases.c.id.in_(set(self._case_of.values())),
            is_open & cases.c.dedup_key.in_({signal.dedup_key for signal in signals} | storm_keys),
            is_open
            & cases.c.unseen_since.is_not(None)
            & (
                cases.c.zone.in_({signal.zone for signal in opening})
                | cases.c.zone_group.in_({signal.group for signal in opening if signal.group})
            ),
        )
        for condition in found:
            # Three questions, each with its own index: one with `or` would look at every open case.
            for row in self._connection.execute(select(cases).where(condition).with_for_update()).mappings():
                if row["id"] not in self._by_id:
                    self._knows(case_of(row))
        self._load_last_over({signal.dedup_key for signal in opening} | storm_keys)
        self._load_opened(opening)
        self._load_blind({signal.source for signal in signals if signal.resolution is Resolution.LEFT})
        self._router.refresh(self._connection)

    def _load_last_over(self, keys: set[str]) -> None:
        """The newest case of every incident that may open anew: the new one will link to it."""
        unknown = keys - self._open_by_key.keys()
        if not unknown:
            return
        # A sensor's key never changes: there may be thousands of one, and only the newest is asked for.
        newest = (
            select(func.max(cases.c.number)).where(cases.c.dedup_key.in_(unknown)).group_by(cases.c.dedup_key)
        )
        rows = self._connection.execute(
            select(cases.c.dedup_key, cases.c.id).where(cases.c.number.in_(newest))
        )
        self._last_over.update((row.dedup_key, row.id) for row in rows)

    def _load_opened(self, opening: Sequence[Signal]) -> None:
        """When the cameras' cases were opened that a storm would be told by."""
        times = [signal.at for signal in opening if signal.source]
        if not times:
            return
        longest_s = max((policy.storm.within_s for policy in self._policies.values()), default=0.0)
        rows = self._connection.execute(
            select(cases.c.source, cases.c.opened_at)
            .where(
                cases.c.source.in_({signal.source for signal in opening}),
                cases.c.opened_at > min(times) - timedelta(seconds=longest_s),
                cases.c.opened_at <= max(times),
                cases.c.matter != storms.policy_of(self._policies).matter,
            )
            .order_by(cases.c.opened_at.desc())
            .limit(MOST_OPENED)
        )
        for row in rows:
            self._opened.setdefault(row.source, []).append(row.opened_at)

    def _load_blind(self, sources: set[str]) -> None:
        if not sources:
            return
        rows = self._connection.execute(
            select(conditions.c.source, conditions.c.since).where(
                conditions.c.source.in_(sources), conditions.c.state.startswith(BLIND)
            )
        )
        self._blind_since.update((row.source, row.since) for row in rows)

    def _knows(self, case: Case) -> None:
        self._by_id[case.id] = case
        if case.state.is_open:
            self._open_by_key[case.dedup_key] = case.id

    def _apply(self, arrival: Arrival) -> Applied:
        signal = arrival.signal
        case_id, change = self._conclude(signal)
        self._observations.append(
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
        signal = self._judged(signal, case_id)
        if case_id is None and life.opens(signal):
            case_id = self._open_by_key.get(signal.dedup_key) or self._resumed(signal)
            if case_id is None:
                return self._open(signal)
            self._belongs(signal.origin_id, case_id)
        if case_id is None:
            return None, None
        before = self._by_id[case_id]
        after, made = life.step(before, signal, signal.at)
        for change in made:
            self._changed(before, after, change, signal)
        named = self._named(before, after, signal)
        self._settle(named)
        return named.id, made[0] if made else None

    def _judged(self, signal: Signal, case_id: str | None) -> Signal:
        """The signal as far as it can be believed: who is exempt, and whether a blind camera saw it leave."""
        known = self._by_id.get(case_id or "")
        policy = known.policy if known is not None else self._policies.get(signal.policy)
        if policy is not None:
            signal = life.excused(signal, policy)
        blind_since = self._blind_since.get(signal.source)
        if signal.resolution is Resolution.LEFT and blind_since is not None and blind_since <= signal.at:
            why = f"the camera has been blind since {blind_since:%H:%M:%S}: nobody saw it leave; {signal.why}"
            return replace(signal, resolution=None, why=why)
        return signal

    def _resumed(self, signal: Signal) -> str | None:
        """Of several that it may be, the one seen last: the order of rows and batches must not decide."""
        # Nearly all are seen, and a batch opens hundreds: only the few out of sight are looked at closely.
        unseen = (case for case in self._by_id.values() if case.unseen_since is not None)
        found = [case for case in unseen if life.resumes(case, signal)]
        found.sort(key=lambda case: (case.unseen_since or case.opened_at, case.id))
        return found[-1].id if found else None

    def _named(self, before: Case, after: Case, signal: Signal) -> Case:
        """One incident, one case, also when its plate tells only later whose it is. The case that goes on."""
        key = life.named_by(before, after, signal)
        if key is None:
            return after
        other = self._by_id.get(self._open_by_key.get(key, ""))
        if other is not None and other.id != after.id:
            elder, younger = sorted((other, after), key=self._age)
            why = "the same plate in the same matter: one incident, one case"
            # Written down for the younger first: it gives up the key that the elder may take.
            grown = self._changes.merge(younger, elder, actor=self._actor, why=why, cause=signal.event_id)
            self._forget(younger, grown)
            after = grown
        if after.dedup_key == key:
            return after
        found, (change,) = life.step(after, life.Identified(key), self._now)
        self._open_by_key.pop(after.dedup_key, None)
        self._changed(after, found, change, signal, why="the plate was read surely")
        return found

    def _age(self, case: Case) -> tuple[datetime, bool, str]:
        return case.opened_at, case.id in self._new_ids, case.id

    def _forget(self, younger: Case, elder: Case) -> None:
        """What belonged to the younger of two cases belongs to the elder."""
        self._by_id[younger.id] = replace(younger, state=life.State.MERGED, merged_into=elder.id)
        self._by_id[elder.id] = elder
        self._open_by_key.pop(younger.dedup_key, None)
        self._open_by_key[elder.dedup_key] = elder.id
        for origin_id, case_id in self._case_of.items():
            if case_id == younger.id:
                self._case_of[origin_id] = elder.id

    def _settle(self, case: Case) -> None:
        after, made = life.settled(case, self._now)
        why = "by its policy every such case goes to its department"
        if case.policy.assess is Assessment.PROOF:
            why = "proven by its pictures and plate"
        for change in made:
            self._changed(case, after, change, None, why=why)

    def _open(self, signal: Signal) -> tuple[str, Change | None]:
        policy = policy_for(signal.policy, self._policies)
        opened = self._opened.setdefault(signal.source, [])
        if signal.source and storms.rages(opened, signal.at, policy.storm):
            return self._gather(signal)
        case = self._routed(life.open_case(signal, policy, self._last_over.get(signal.dedup_key)))
        opened.append(signal.at)
        self._begin(case, signal, signal.why)
        return case.id, Change.OPENED

    def _routed(self, case: Case) -> Case:
        """The case with the department, the deadlines and the ladder of the place it lands in."""
        where = Where(
            position_latlon=case.position_latlon,
            area=case.area,
            source=case.source,
            zone=case.zone,
            place=case.place,
        )
        found = self._router.route(case.matter, where, case.policy.unit)
        policy = self._policies.get(found.policy, case.policy)
        area = found.area or case.area
        return replace(
            case,
            policy=policy,
            unit=found.lead_unit or policy.unit,
            assisting=found.assisting,
            area=area,
            # An area that only the plan knows is a tree of its own.
            area_path=found.area_path or (f"/{area}" if area else ""),
            duties=duties(policy, found.deadlines),
        )

    def _gather(self, signal: Signal) -> tuple[str, Change | None]:
        """One more than a camera's view can hold: it is counted in the camera's storm, not lost."""
        key = storms.key_of(signal.source)
        case_id = self._open_by_key.get(key)
        if case_id is None:
            policy = storms.policy_of(self._policies)
            case = self._routed(storms.begin(signal, policy, self._last_over.get(key)))
            self._begin(case, signal, "more cases in a row than the camera's view holds: look at the camera")
            return case.id, Change.OPENED
        self._belongs(signal.origin_id, case_id)
        before = self._by_id[case_id]
        after, change = storms.gathered(before, signal)
        if change is not None:
            self._changed(before, after, change, signal)
        return case_id, change

    def _begin(self, case: Case, signal: Signal, why: str) -> None:
        self._new_ids.add(case.id)
        self._belongs(signal.origin_id, case.id)
        self._changed(None, case, Change.OPENED, signal, why=why)
        self._settle(case)

    def _changed(
        self, before: Case | None, after: Case, change: Change, signal: Signal | None, why: str | None = None
    ) -> None:
        self._by_id[after.id] = after
        if after.state.is_open:
            self._open_by_key[after.dedup_key] = after.id
        else:
            self._open_by_key.pop(after.dedup_key, None)
            self._last_over[after.dedup_key] = after.id
        cause = None if signal is None else signal.event_id
        said = why if why is not None or signal is None else signal.why
        self._changes.note(before, after, change, actor=self._actor, why=said or "", cause=cause)

    def _belongs(self, origin_id: str, case_id: str) -> None:
        self._case_of[origin_id] = case_id
        self._origins.append({"id": origin_id, "case_id": case_id})
