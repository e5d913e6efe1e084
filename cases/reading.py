"""Reading the ledger: what the console, the summary and the command line show."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from cases.answers.tables import case_answers
from cases.changes import VOICE
from cases.database import Database
from cases.deadlines import ARCHIVE
from cases.evidence.sealed import case_id_of, count_of_case, packets_of_case
from cases.life import State
from cases.notices.records import CaseView, view_of, with_case
from cases.policy import Policy
from cases.surroundings import cases_of
from cases.tables import (
    audit,
    cases,
    conditions,
    dead_letters,
    deadlines,
    devices,
    notices,
    observations,
    outbox,
    steps,
)
from models.packet import Packet

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Totals:
    """The ledger at a glance."""

    observations: int
    cases_open: int
    cases_closed: int
    notices: dict[str, int]
    steps_waiting: int
    dead_letters: int


class Reading:
    """The ledger as a whole, and one case with its history; `cases.search` finds cases by filters.

    Rows are plain dicts, times aware and in UTC.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def cases(self, *, state: State | None = None, limit: int = 200, offset: int = 0) -> list[Row]:
        """Cases, newest first, without their policy."""
        columns = [column for column in cases.c if column.name not in {"policy", "live_origins"}]
        query = select(*columns).order_by(cases.c.number.desc()).limit(limit).offset(offset)
        if state is not None:
            query = query.where(cases.c.state == state)
        return self._rows(query)

    def case(self, case_id: str) -> Row | None:
        """One case with its notices, its audit, the steps of its ladder and how many packets prove it."""
        found = self._rows(select(cases).where(cases.c.id == case_id))
        if not found:
            return None
        return found[0] | {
            "packets": self._count_packets(case_id),
            "notices": self.notices(case_id=case_id),
            "answers": self.answers(case_id),
            "audit": self._rows(select(audit).where(audit.c.case_id == case_id).order_by(audit.c.id)),
            "steps": self._rows(select(steps).where(steps.c.case_id == case_id).order_by(steps.c.id)),
            "deadlines": self._rows(
                select(deadlines)
                .where(deadlines.c.case_id == case_id, deadlines.c.name != ARCHIVE)
                .order_by(deadlines.c.id)
            ),
            "observations": self._rows(
                select(observations)
                .where(observations.c.case_id == case_id)
                .order_by(observations.c.at, observations.c.applied_at)
            ),
        }

    def case_id(self, number: int) -> str | None:
        """The id of the case with a number, as screens show it."""
        with self._database.read() as connection:
            return case_id_of(connection, number)

    def told(self, case_id: str) -> tuple[CaseView, Policy]:
        """A case as messages tell of it, and the ladder that is pinned into it.

        Raises:
            KeyError: there is no such case.
        """
        with self._database.read() as connection:
            row = connection.execute(with_case(select()).where(cases.c.id == case_id)).mappings().first()
            known = cases_of(connection, {case_id})
        if row is None:
            raise KeyError(case_id)
        return view_of(row), known[case_id].policy

    def packets(self, case_id: str) -> list[Packet]:
        """The sealed evidence of a case, by device, chain and number, without the pictures' bytes."""
        with self._database.read() as connection:
            return packets_of_case(connection, case_id)

    def notices(self, *, case_id: str | None = None, limit: int = 200, state: str | None = None) -> list[Row]:
        """Notices, newest first, with the number of their case."""
        query = (
            select(notices, cases.c.number.label("case_number"), cases.c.zone)
            .join_from(notices, cases, notices.c.case_id == cases.c.id)
            .order_by(notices.c.intended_at.desc())
            .limit(limit)
        )
        if case_id is not None:
            query = query.where(notices.c.case_id == case_id)
        if state is not None:
            query = query.where(notices.c.state == state)
        return self._rows(query)

    def answers(self, case_id: str) -> list[Row]:
        """What owners answered about a case, oldest first."""
        query = select(case_answers).where(case_answers.c.case_id == case_id)
        return self._rows(query.order_by(case_answers.c.at, case_answers.c.id))

    def feed(self, *, after: int = 0, limit: int = 50) -> list[Row]:
        """What happened to cases, newest first."""
        query = select(outbox).where(outbox.c.id > after).order_by(outbox.c.id.desc()).limit(limit)
        return self._rows(query)

    def devices(self) -> list[Row]:
        """What every edge box last said of itself."""
        return self._rows(select(devices).order_by(devices.c.site, devices.c.device))

    def conditions(self) -> list[Row]:
        """Cameras that are blind and sensors that are silent."""
        query = select(conditions).where(conditions.c.state != "ok").order_by(conditions.c.source)
        return self._rows(query)

    def dead_letters(self, *, limit: int = 100) -> list[Row]:
        """Bytes that could not be used, newest first."""
        return self._rows(select(dead_letters).order_by(dead_letters.c.at.desc()).limit(limit))

    def totals(self) -> Totals:
        """Counts for status pages."""
        with self._database.read() as connection:
            by_state = {
                row.state: row.n
                for row in connection.execute(
                    select(cases.c.state, func.count().label("n")).group_by(cases.c.state)
                )
            }
            by_notice = {
                row.state: row.n
                for row in connection.execute(
                    select(notices.c.state, func.count().label("n")).group_by(notices.c.state)
                )
            }

            def count(table: Any, *where: ColumnElement[bool]) -> int:  # noqa: ANN401
                query = select(func.count()).select_from(table).where(*where)
                return int(connection.execute(query).scalar_one())

            over = sum(n for state, n in by_state.items() if not State(state).is_open)
            return Totals(
                observations=count(observations),
                cases_open=sum(by_state.values()) - over,
                cases_closed=over,
                notices=by_notice,
                steps_waiting=count(steps, steps.c.done_at.is_(None)),
                dead_letters=count(dead_letters),
            )

    def due_before(self, at: datetime) -> int:
        """Steps and notices that should have been dealt with by `at`: 0 means the notifier is idle."""
        with self._database.read() as connection:
            waiting = connection.execute(
                select(func.count())
                .select_from(steps)
                .where(steps.c.done_at.is_(None), steps.c.lane == VOICE, steps.c.due_at <= at)
            ).scalar_one()
            unsent = connection.execute(
                select(func.count())
                .select_from(notices)
                # What was never tried and has its time waits for the morning, not for the notifier.
                .where(
                    notices.c.state == "intended", (notices.c.attempts > 0) | (notices.c.next_try_at <= at)
                )
            ).scalar_one()
        return int(waiting + unsent)

    def _count_packets(self, case_id: str) -> int:
        with self._database.read() as connection:
            return count_of_case(connection, case_id)

    def _rows(self, query: Select[Any]) -> list[Row]:
        with self._database.read() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]
