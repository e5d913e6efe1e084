"""Writing down notices: what is due, what is meant to be sent, and what became of it.

The order is the promise (docs/how-it-works.md): the intent is durable before the provider hears of it, and
a notice whose outcome is unknown stays `in_doubt` until the provider has been asked.
"""

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Update, bindparam, select, update

from cases.database import Database
from cases.notices.addressees import Addressee
from cases.notices.claims import (
    ACTOR,
    LOOKED_UP,
    TO_SEND,
    by_the_ladder,
    claim_notice,
    claim_step,
    finish_step,
    note,
    put_off,
)
from cases.notices.deliveries import Report, take_report
from cases.notices.delivery import Delivery
from cases.notices.nobody import nobody_told, told_nobody
from cases.notices.optouts import OptOuts
from cases.notices.queue import Waiting, anything_waits, waiting
from cases.notices.reading import due_steps, pending_notices
from cases.notices.records import DueStep, Intent, Judge, NoticeState, Pending, Written
from cases.tables import notices
from cases.taking import Verdict


class NoticeBook:
    """All writes of the notifier. Every method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def together(self) -> AbstractContextManager[None]:
        """One transaction for what is written meanwhile by this thread (`Database.together`)."""
        return self._database.together()

    def anything_due(self, now: datetime) -> bool:
        """Whether `waiting` would find anything: what an idle notifier asks many times a second."""
        with self._database.read() as connection:
            return anything_waits(connection, now)

    def waiting(self, now: datetime) -> list[Waiting]:
        """What waits for its turn, as lightly as it can be read."""
        with self._database.read() as connection:
            return waiting(connection, now)

    def due(self, now: datetime, limit: int = 50, *, rows: Collection[int] | None = None) -> list[DueStep]:
        """Steps whose time has come, oldest first; or those of the named rows that are not done."""
        with self._database.read() as connection:
            return due_steps(connection, now, rows=rows, limit=limit)

    def pending(self, now: datetime, limit: int = 50, *, ids: Collection[str] | None = None) -> list[Pending]:
        """Notices written down and due for a try, oldest first; or those named that wait at all."""
        with self._database.read() as connection:
            return pending_notices(connection, now, ids=ids, limit=limit)

    def settle(self, due: DueStep, outcome: str, now: datetime, *, nobody: bool = False) -> None:
        """Close a step without a notice, with the reason.

        Args:
            due: the step.
            outcome: the reason.
            now: wall clock.
            nobody: there is nobody to tell: the ladder goes on with the department (`cases.notices.instead`).
        """
        with self._database.write() as connection:
            if finish_step(connection, due.row, outcome, now):
                note(connection, due.case.id, now, "notice_not_sent", f"{due.step.id}: {outcome}")
                if nobody:
                    nobody_told(connection, due.case.id, due.step.id, outcome, now, actor=ACTOR)

    def put_off(self, due: DueStep, until: datetime, why: str) -> None:
        """Look at a step again later. It must not stay at the head of the queue meanwhile."""
        with self._database.write() as connection:
            put_off(connection, due.row, until, why)

    def intend(
        self,
        due: DueStep,
        intents: Sequence[Intent],
        now: datetime,
        *,
        lease_until: datetime,
        judge: Judge = by_the_ladder,
        at_once: int | None = None,
        looked_up: str = "",
    ) -> Written:
        """Write down the notices of a step and close the step, if it is right to send them still.

        The case is read again in this very transaction and `judge` asked once more, for the step and for
        each recipient. What is sent at once is written as attempted and in doubt: a crash right after this
        line must lead to asking the provider, which happens once the lease is over.

        Args:
            due: as read before.
            intents: one for each recipient, at least one.
            now: wall clock.
            lease_until: nobody else tries before.
            judge: decides on the step, and on each recipient.
            at_once: how many the caller sends itself; the others wait for their turn. None for all.
            looked_up: audited with it, as `note_lookup` would, whatever the answer; empty for nothing.
        """
        with self._database.write() as connection:
            return claim_step(
                connection,
                due,
                intents,
                now,
                lease_until=lease_until,
                judge=judge,
                at_once=at_once,
                looked_up=looked_up,
            )

    def attempting(
        self,
        notice: Pending,
        addressee: Addressee,
        now: datetime,
        *,
        lease_until: datetime,
        judge: Judge = by_the_ladder,
    ) -> tuple[Pending, Verdict] | None:
        """Mark a notice as in doubt, before the provider hears of it again, if it is right to send it still.

        Args:
            notice: as read before.
            addressee: its recipient, as the registry says.
            now: wall clock.
            lease_until: nobody else tries before; after a crash the provider is asked then.
            judge: decides on it, with the case as it is in this very transaction. A notice in doubt is not
                decided on: the provider is asked about it first.

        Returns:
            The notice and the answer; only on `Take` it is the caller's to send, or to ask for if it was in
            doubt. None when another process was faster.
        """
        with self._database.write() as connection:
            return claim_notice(connection, notice, addressee, now, lease_until=lease_until, judge=judge)

    def provider_ids(self, case_id: str) -> frozenset[str]:
        """What the provider calls the notices of a case that it is known to have."""
        query = select(notices.c.provider_id).where(
            notices.c.case_id == case_id, notices.c.provider_id.is_not(None)
        )
        with self._database.read() as connection:
            return frozenset(connection.execute(query).scalars())

    def accepted(
        self, notice: Pending, provider_id: str, now: datetime, *, sender: str = "", why: str = ""
    ) -> float:
        """The provider has it, sent because of `why`. Returns seconds since the decisive frame."""
        latency_s = (now - notice.case.recorded_at).total_seconds()
        self._close(
            notice,
            {
                "state": NoticeState.ACCEPTED,
                "provider_id": provider_id,
                "sender": sender,
                "accepted_at": now,
                "latency_s": latency_s,
                "why": why or "accepted by the provider",
            },
            now,
            "notice_sent",
        )
        return latency_s

    def refused(self, notice: Pending, why: str, now: datetime) -> None:
        """The provider never will; was it the step's last notice, the ladder goes on with the department."""
        values = {"state": NoticeState.REFUSED, "why": why}
        self._close(notice, values, now, "notice_refused", nobody=True)

    def opted_out(self, notice: Pending, now: datetime) -> None:
        """The provider says that its recipient wants no messages: not this one, nor any after it."""
        OptOuts(self._database).set(notice.recipient, now, "provider")

    def withheld(self, notice: Pending, why: str, now: datetime, *, nobody: bool = False) -> None:
        """It became wrong to send it; `nobody`: there is nobody to send it to (`cases.notices.instead`)."""
        values = {"state": NoticeState.WITHHELD, "why": why}
        self._close(notice, values, now, "notice_withheld", nobody=nobody)

    def doubtful(self, notice: Pending, why: str, now: datetime) -> None:
        """Perhaps sent, and nobody can be asked. It is not tried again: a person decides."""
        self._close(notice, {"state": NoticeState.DOUBTFUL, "why": why}, now, "notice_doubtful")

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

    def note_lookup(self, case_id: str, now: datetime, outcome: str, *, refused: bool = False) -> None:
        """Audit one look into the owner registry: for which case, for what, with what result.

        Args:
            case_id: the case.
            now: wall clock.
            outcome: for which step, who answered, how fresh the answer is, how many it names.
            refused: it was not looked, for the registry was asked too often.
        """
        what = "owner_look_up_refused" if refused else LOOKED_UP
        with self._database.write() as connection:
            note(connection, case_id, now, what, f"{TO_SEND}: {outcome}")

    def _close(
        self, notice: Pending, values: dict[str, Any], now: datetime, what: str, *, nobody: bool = False
    ) -> None:
        case_id, step = notice.case.id, notice.step.id
        with self._database.write() as connection:
            _set(connection, notice.id, values | {"in_doubt": False, "next_try_at": None})
            note(connection, case_id, now, what, f"{step}: {values['why']}")
            if nobody and told_nobody(connection, case_id, step):
                nobody_told(connection, case_id, step, values["why"], now, actor=ACTOR)

    def _update(self, notice: str, values: dict[str, Any]) -> None:
        with self._database.write() as connection:
            _set(connection, notice, values)


def _set(connection: Connection, notice: str, values: dict[str, Any]) -> None:
    new = {f"new_{name}": value for name, value in values.items()}
    connection.execute(_setting(tuple(values)), {"of_notice": notice} | new)


@cache
def _setting(names: tuple[str, ...]) -> Update:
    """The statement that sets these columns, made once."""
    # What the provider has accepted stays accepted, whoever comes late with another opinion.
    untold = (notices.c.id == bindparam("of_notice"), notices.c.state != NoticeState.ACCEPTED.value)
    new = {name: bindparam(f"new_{name}", type_=notices.c[name].type) for name in names}
    return update(notices).where(*untold).values(new)
