"""Writing down notices: what is due, what is meant to be sent, and what became of it.

The order is the promise (docs/how-it-works.md): the intent is durable before the provider hears of it, and
a notice whose outcome is unknown stays `in_doubt` until the provider has been asked.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, exists, insert, select, text, update

from cases import trail
from cases.changes import VOICE
from cases.database import Database
from cases.deliveries import Delivery, Report, take_report
from cases.notice_records import (
    DueStep,
    Intent,
    NoticeState,
    Pending,
    intent_row,
    view_of,
    with_case,
)
from cases.record import Case
from cases.surroundings import Around, cases_of, holds, rung_of, surroundings
from cases.tables import UtcDateTime, cases, notices, steps
from cases.taking import verdict

ACTOR = "clearway.notifier"


class NoticeBook:
    """All writes of the notifier. Every method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def anything_due(self, now: datetime) -> bool:
        """Whether `due` or `pending` would find anything: what an idle notifier asks many times a second."""
        with self._database.read() as connection:
            return bool(connection.execute(_ANYTHING_DUE, {"now": now}).scalar_one())

    def due(self, now: datetime, limit: int = 50) -> list[DueStep]:
        """Steps whose time has come, oldest first."""
        query = (
            with_case(select(steps.c.id.label("step_row"), steps.c.step, steps.c.due_at))
            .join_from(steps, cases, steps.c.case_id == cases.c.id)
            .where(steps.c.done_at.is_(None), steps.c.lane == VOICE, steps.c.due_at <= now)
            .order_by(steps.c.due_at, steps.c.id)
            .limit(limit)
        )
        with self._database.read() as connection:
            rows = connection.execute(query).mappings().all()
            known = cases_of(connection, {row["id"] for row in rows})
            due = [(known[row["id"]], rung_of(known[row["id"]], row["step"])) for row in rows]
            around = surroundings(connection, due, now)
        return [_due_step(row, known[row["id"]], around, now) for row in rows]

    def settle(self, due: DueStep, outcome: str, now: datetime) -> None:
        """Close a step without a notice, with the reason."""
        with self._database.write() as connection:
            if _finish_step(connection, due.row, outcome, now):
                _note(connection, due.case.id, now, "notice_not_sent", f"{due.step.id}: {outcome}")

    def put_off(self, due: DueStep, until: datetime, why: str) -> None:
        """Look at a step again later. It must not stay at the head of the queue meanwhile."""
        with self._database.write() as connection:
            connection.execute(
                update(steps)
                .where(steps.c.id == due.row, steps.c.done_at.is_(None))
                .values(due_at=until, outcome=f"waits: {why}")
            )

    def intend(
        self,
        due: DueStep,
        intents: Sequence[Intent],
        now: datetime,
        *,
        lease_until: datetime,
        why: str = "",
    ) -> list[Pending]:
        """Write down the notices of a step and close the step; the caller sends them at once.

        They are written as attempted and in doubt: a crash right after this line must lead to asking
        the provider, which happens once the lease is over.

        Returns:
            What the caller may send now. Nothing when somebody else closed the step meanwhile, for
            instance because its case ended.
        """
        with self._database.write() as connection:
            if not _finish_step(connection, due.row, f"{len(intents)} notice(s) written", now):
                return []
            for intent in intents:
                connection.execute(insert(notices).values(intent_row(intent, now, lease_until)))
                said = f"{intent.step} to {intent.mask}: {why}"
                _note(connection, intent.case_id, now, "notice_intended", said)
        return [
            Pending(
                id=intent.id,
                case=due.case,
                step=due.step,
                recipient=intent.recipient,
                mask=intent.mask,
                body=intent.body,
                attempts=1,
                in_doubt=True,
                intended_at=now,
            )
            for intent in intents
        ]

    def pending(self, now: datetime, limit: int = 50) -> list[Pending]:
        """Notices written down and due for a try, oldest first."""
        columns = (
            notices.c.id.label("notice_id"),
            notices.c.step,
            notices.c.recipient,
            notices.c.mask,
            notices.c.body,
            notices.c.attempts,
            notices.c.in_doubt,
            notices.c.intended_at,
        )
        query = (
            with_case(select(*columns))
            .join_from(notices, cases, notices.c.case_id == cases.c.id)
            .where(notices.c.state == NoticeState.INTENDED, notices.c.next_try_at <= now)
            .order_by(notices.c.next_try_at)
            .limit(limit)
        )
        with self._database.read() as connection:
            rows = connection.execute(query).mappings().all()
            known = cases_of(connection, {row["id"] for row in rows})
            rungs = {row["notice_id"]: rung_of(known[row["id"]], row["step"]) for row in rows}
            held = holds(connection, [(known[row["id"]], rungs[row["notice_id"]]) for row in rows], now)
        return [
            Pending(
                id=row["notice_id"],
                case=view_of(row),
                step=rungs[row["notice_id"]],
                recipient=row["recipient"],
                mask=row["mask"],
                body=row["body"],
                attempts=row["attempts"],
                in_doubt=row["in_doubt"],
                intended_at=row["intended_at"],
                hold=held.get((row["id"], row["step"])),
            )
            for row in rows
        ]

    def attempting(self, notice: Pending, lease_until: datetime) -> bool:
        """Mark a notice as in doubt, before the provider hears of it again.

        Args:
            notice: as read.
            lease_until: nobody else tries before; after a crash the provider is asked then.

        Returns:
            False when it is not the caller's to send: another process was faster.
        """
        with self._database.write() as connection:
            claimed = connection.execute(
                update(notices)
                .where(
                    notices.c.id == notice.id,
                    notices.c.state == NoticeState.INTENDED,
                    notices.c.attempts == notice.attempts,
                )
                .values(in_doubt=True, attempts=notice.attempts + 1, next_try_at=lease_until)
            )
            return claimed.rowcount == 1

    def provider_ids(self, case_id: str) -> frozenset[str]:
        """What the provider calls the notices of a case that it is known to have."""
        query = select(notices.c.provider_id).where(
            notices.c.case_id == case_id, notices.c.provider_id.is_not(None)
        )
        with self._database.read() as connection:
            return frozenset(connection.execute(query).scalars())

    def accepted(self, notice: Pending, provider_id: str, now: datetime) -> float:
        """The provider has it. Returns seconds since the device received the decisive frame."""
        latency_s = (now - notice.case.recorded_at).total_seconds()
        self._close(
            notice,
            {
                "state": NoticeState.ACCEPTED,
                "provider_id": provider_id,
                "accepted_at": now,
                "latency_s": latency_s,
                "why": "accepted by the provider",
            },
            now,
            "notice_sent",
        )
        return latency_s

    def refused(self, notice: Pending, why: str, now: datetime) -> None:
        """The provider never will."""
        self._close(notice, {"state": NoticeState.REFUSED, "why": why}, now, "notice_refused")

    def withheld(self, notice: Pending, why: str, now: datetime) -> None:
        """It became wrong to send it."""
        self._close(notice, {"state": NoticeState.WITHHELD, "why": why}, now, "notice_withheld")

    def delayed(self, notice: Pending, why: str, next_try_at: datetime, *, in_doubt: bool) -> None:
        """Not now; `in_doubt` when the provider may have taken it all the same."""
        self._update(notice.id, {"why": why, "next_try_at": next_try_at, "in_doubt": in_doubt})

    def delivered(
        self, provider_id: str, state: Delivery, code: str, at: datetime, *, notice: str = ""
    ) -> bool:
        """Write down what the provider reports of a message. Reports may repeat and come in any order.

        Args:
            provider_id: what the provider calls the message.
            state: what it says.
            code: its error code; empty without one.
            at: when the report came.
            notice: the notice's id, where the report names it. A report may be faster than the answer it
                is about, and then the ledger does not know the provider's name for the message yet.

        Returns:
            Whether a notice of ours is meant. False asks for a shrug, not for a second report.
        """
        with self._database.write() as connection:
            return take_report(connection, Report(provider_id, state, code, at, notice), ACTOR)

    def note_lookup(self, case_id: str, now: datetime, outcome: str) -> None:
        """Audit one look into the owner registry: for which case, for what, with what result."""
        with self._database.write() as connection:
            _note(connection, case_id, now, "owner_looked_up", f"to send a notice: {outcome}")

    def _close(self, notice: Pending, values: dict[str, Any], now: datetime, what: str) -> None:
        with self._database.write() as connection:
            _set(connection, notice.id, values | {"in_doubt": False, "next_try_at": None})
            _note(connection, notice.case.id, now, what, f"{notice.step.id}: {values['why']}")

    def _update(self, notice: str, values: dict[str, Any]) -> None:
        with self._database.write() as connection:
            _set(connection, notice, values)


_ANYTHING_DUE = select(
    exists().where(
        steps.c.done_at.is_(None),
        text(f"lane = '{VOICE}'"),
        steps.c.due_at <= bindparam("now", type_=UtcDateTime),
    )
    | exists().where(
        notices.c.state == NoticeState.INTENDED, notices.c.next_try_at <= bindparam("now", type_=UtcDateTime)
    )
)


def _set(connection: Connection, notice: str, values: dict[str, Any]) -> None:
    # What the provider has accepted stays accepted, whoever comes late with another opinion.
    untold = (notices.c.id == notice) & (notices.c.state != NoticeState.ACCEPTED)
    connection.execute(update(notices).where(untold).values(values))


def _finish_step(connection: Connection, row: int, outcome: str, now: datetime) -> bool:
    """Close a step if it is still open; False when somebody was faster."""
    done = connection.execute(
        update(steps).where(steps.c.id == row, steps.c.done_at.is_(None)).values(done_at=now, outcome=outcome)
    )
    return done.rowcount == 1


def _note(connection: Connection, case_id: str, now: datetime, what: str, why: str) -> None:
    trail.append(connection, [{"case_id": case_id, "at": now, "actor": ACTOR, "what": what, "why": why}])


def _due_step(row: RowMapping, case: Case, around: Around, now: datetime) -> DueStep:
    """A step with all that decides on it, but for what the notifier alone can judge."""
    rung = rung_of(case, row["step"])
    near = around[case.id, rung.id]
    return DueStep(
        row=row["step_row"],
        case=view_of(row),
        step=rung,
        due_at=row["due_at"],
        taken=near.taken,
        undecided=near.undecided,
        verdict=verdict(rung, case, near, now),
    )
