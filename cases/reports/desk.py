"""Taking reports of people: fused with an open case or opened as one, each in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

import msgspec
from sqlalchemy import Connection, insert, or_, select, text, update

from cases.arrivals import Arrival
from cases.batch import Batch
from cases.clients.tables import reports
from cases.commanding import attach, command
from cases.commands import Comment, Merge
from cases.database import Database
from cases.policy import Policy, policy_for
from cases.record import Signal, SignalKind
from cases.reports import Fusing, Fusion, Report, ReportState, fuse
from cases.routing import NoRouter, Router
from cases.search import near, number_in
from cases.tables import cases
from models.errors import Refused

EVENT_TYPE = "clearway.report.received.v1"
Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What became of a report.

    Attributes:
        number: of the report.
        case_id: the case it belongs to: an open one, or its own.
        suggested: id of another open case that it may be; None for none.
        score: how far it is alike that case, or the one it was attached to.
        repeat: the reporter had passed it on before; nothing was changed now.
    """

    id: str
    number: int
    state: ReportState
    case_id: str
    case_number: int
    suggested: str | None = None
    score: float | None = None
    metres: float | None = None
    repeat: bool = False


class ReportDesk:
    """Where reports go.

    Args:
        database: of the ledger.
        policies: the ladders, by name.
        router: who knows where a case lands.
        rule: how near is near.
    """

    def __init__(
        self,
        database: Database,
        policies: Mapping[str, Policy],
        router: Router | None = None,
        rule: Fusing | None = None,
    ) -> None:
        self._database = database
        self._policies = dict(policies)
        self._router = router or NoRouter()
        self.rule = rule or Fusing()

    def take(self, report: Report, policy: str, now: datetime, *, actor: str = "") -> Received:
        """Take a report.

        Args:
            report: checked (`cases.reports.form.read`).
            policy: the ladder of its matter, if it opens a case.
            now: wall clock.
            actor: who passes it on, for the audit; by default its reporter.

        Raises:
            TransportDown: nothing was changed; try again.
        """
        actor = actor or f"{report.channel.value}:{report.reporter}"
        with self._database.write() as connection:
            _one_at_a_time(connection, report)
            if (known := _known(connection, report)) is not None:
                return known
            fusion = fuse(report, near(connection, report, self.rule), self.rule)
            report_id = str(uuid4())
            attached = fusion.best if fusion.state is ReportState.ATTACHED else None
            case_id = (
                self._open(connection, report, report_id, policy, now, actor=actor)
                if attached is None
                else attached.case_id
            )
            attach(
                connection,
                case_id,
                _source(report, report_id, fusion),
                actor=actor,
                at=now,
                why=_why(report, fusion),
                key="",
            )
            connection.execute(insert(reports).values(_values(report, report_id, fusion, case_id, now)))
            return _received(_row(connection, report_id), repeat=False)

    def decide(
        self, report_id: str, now: datetime, *, same: bool, actor: str, why: str, key: str = ""
    ) -> Received:
        """An operator's say about a suggestion.

        Args:
            report_id: id or number of the report.
            now: wall clock.
            same: whether it is the case that was suggested: then its own case is merged into that one;
                otherwise the reason stands in its own case as a comment.
            actor: who says so.
            why: in their own words.
            key: idempotency key, as of `Ledger.command`.

        Raises:
            Refused: nothing is suggested for it, or a case of the two is over.
        """
        with self._database.write() as connection:
            row = _row(connection, report_id)
            if row["state"] != ReportState.SUGGESTED or row["suggested_case_id"] is None:
                raise Refused("nothing is suggested for this report", state=row["state"], command="decide")
            changed: Row = {"state": ReportState.OPENED.value, "decided_by": actor[:100]}
            order = Merge(into=row["suggested_case_id"], why=why) if same else Comment(why=why)
            command(connection, row["case_id"], order, actor=actor, at=now, key=key, router=self._router)
            if same:
                changed |= {"state": ReportState.ATTACHED.value, "case_id": row["suggested_case_id"]}
            connection.execute(update(reports).where(reports.c.id == row["id"]).values(changed))
            return _received(_row(connection, row["id"]), repeat=False)

    def of_case(self, case_id: str) -> list[Row]:
        """The reports that belong to a case, or that it was suggested for; oldest first."""
        mine = or_(reports.c.case_id == case_id, reports.c.suggested_case_id == case_id)
        with self._database.read() as connection:
            rows = connection.execute(_with_numbers().where(mine).order_by(reports.c.number)).mappings()
            return [dict(row) for row in rows]

    def page(self, *, state: ReportState | None, limit: int, after: int | None) -> list[Row]:
        """Reports, newest first.

        Args:
            state: only those.
            limit: how many at most.
            after: only those with a lower number.
        """
        query = _with_numbers().order_by(reports.c.number.desc()).limit(limit)
        if state is not None:
            query = query.where(reports.c.state == state.value)
        if after is not None:
            query = query.where(reports.c.number < after)
        with self._database.read() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def report(self, report_id: str) -> Row:
        """One report, by its id or number.

        Raises:
            Refused: there is none.
        """
        with self._database.read() as connection:
            return _row(connection, report_id)

    def _open(
        self,
        connection: Connection,
        report: Report,
        report_id: str,
        policy: str,
        now: datetime,
        *,
        actor: str,
    ) -> str:
        ladder = policy_for(policy, self._policies)
        signal = Signal(
            kind=SignalKind.OBSERVED,
            event_id=report_id,
            event_type=EVENT_TYPE,
            origin_id=report_id,
            dedup_key=f"report/{report.matter}/{report_id}",
            policy=ladder.name,
            source="",
            zone="",
            at=report.reported_at,
            recorded_at=now,
            began_at=report.reported_at,
            place=report.address,
            position_latlon=report.position_latlon,
            why=f"reported by people ({report.channel.value})",
        )
        body = msgspec.json.encode({"data": {"why": signal.why}})
        (applied,) = Batch(connection, self._policies, self._router, now, actor).run([Arrival(signal, body)])
        if applied.case_id is None:  # an opening signal that no rule refuses opens a case
            raise AssertionError("a report opened no case")
        return applied.case_id


def _one_at_a_time(connection: Connection, report: Report) -> None:
    """Two reports of one incident in the same moment must see each other. SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        lock = text("SELECT pg_advisory_xact_lock(hashtext(:matter))")
        connection.execute(lock, {"matter": f"clearway report {report.matter}"})


def _known(connection: Connection, report: Report) -> Received | None:
    if report.reference is None:
        return None
    mine = select(reports.c.id).where(
        reports.c.channel == report.channel.value,
        reports.c.reporter == report.reporter,
        reports.c.reference == report.reference,
    )
    found = connection.execute(mine).scalar_one_or_none()
    return None if found is None else _received(_row(connection, found), repeat=True)


def _with_numbers() -> Any:  # noqa: ANN401 - a select
    return select(reports, cases.c.number.label("case_number")).join_from(
        reports, cases, reports.c.case_id == cases.c.id, isouter=True
    )


def _row(connection: Connection, report_id: str) -> Row:
    number = number_in(report_id) if len(report_id) < 20 else None  # noqa: PLR2004 - an id has 36
    mine = reports.c.id == report_id if number is None else reports.c.number == number
    row = connection.execute(_with_numbers().where(mine)).mappings().first()
    if row is None:
        raise Refused(f"there is no report {report_id[:40]!r}; look its number up")
    return dict(row)


def _received(row: Row, *, repeat: bool) -> Received:
    return Received(
        id=row["id"],
        number=row["number"],
        state=ReportState(row["state"]),
        case_id=row["case_id"],
        case_number=row["case_number"],
        suggested=row["suggested_case_id"],
        score=row["score"],
        metres=row["metres"],
        repeat=repeat,
    )


def _source(report: Report, report_id: str, fusion: Fusion) -> Row:
    """What the case keeps of a report: nothing of what the person said."""
    found: Row = {"report": report_id, "channel": report.channel.value, "at": report.reported_at}
    if fusion.best is not None and fusion.state is ReportState.ATTACHED:
        found |= {"score": round(fusion.best.score, 3), "metres": _rounded(fusion.best.metres)}
    return found


def _why(report: Report, fusion: Fusion) -> str:
    by = f"reported by people ({report.channel.value})"
    if fusion.best is None or fusion.state is not ReportState.ATTACHED:
        return by
    metres = _rounded(fusion.best.metres)
    away = "at the same address" if metres is None else f"{metres:.0f} m away"
    return f"{by}, {away}: alike by {fusion.best.score:.2f}"


def _rounded(metres: float | None) -> float | None:
    return None if metres is None else round(metres, 1)


def _values(report: Report, report_id: str, fusion: Fusion, case_id: str, now: datetime) -> Row:
    lat, lon = report.position_latlon or (None, None)
    best = fusion.best
    return {
        "id": report_id,
        "channel": report.channel.value,
        "reporter": report.reporter,
        "reference": report.reference,
        "matter": report.matter,
        "lat": lat,
        "lon": lon,
        "address": report.address,
        "description": report.description,
        "media_url": report.media_url,
        "reported_at": report.reported_at,
        "received_at": now,
        "case_id": case_id,
        "suggested_case_id": best.case_id if best and fusion.state is ReportState.SUGGESTED else None,
        "score": None if best is None else best.score,
        "metres": None if best is None else best.metres,
        "state": fusion.state.value,
        "contact_mask": report.contact_mask,
    }
