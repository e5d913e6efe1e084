"""The last look before sending: the case is read again, locked, in the transaction that writes the intent.

Whatever closes the case comes either before it, and nothing is sent, or after it, and then the request is on
its way already: there is no moment between the two in which another answer could be given.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from cases import trail
from cases.bulk import insert_many
from cases.notices.addressees import Addressee, with_history
from cases.notices.nobody import nobody_told, told_nobody
from cases.notices.reading import due_steps, pending_notices
from cases.notices.records import (
    DueStep,
    Intent,
    Judge,
    NoticeState,
    Pending,
    Written,
    intent_row,
)
from cases.tables import UtcDateTime, cases, notices, steps
from cases.taking import Later, Never, Take, Verdict

ACTOR = "clearway.notifier"
LOOKED_UP = "owner_looked_up"
TO_SEND = "to send a notice"
"""What a look-up was for, as its entry begins."""

# Written once: to put a statement together takes longer than to run it.
_FINISH = (
    update(steps)
    .where(steps.c.id == bindparam("row"), steps.c.done_at.is_(None))
    .values(done_at=bindparam("at", type_=UtcDateTime), outcome=bindparam("said"))
)


def by_the_ladder(item: DueStep | Pending, addressee: Addressee | None) -> Verdict:  # noqa: ARG001 - a `Judge`
    """Only what holds for every kind of step. The notifier knows more: sight, plates, hours, limits."""
    return item.verdict


def claim_step(
    connection: Connection,
    due: DueStep,
    intents: Sequence[Intent],
    now: datetime,
    *,
    lease_until: datetime,
    judge: Judge,
    at_once: int | None,
    looked_up: str,
) -> Written:
    """Write down the notices of a step and close it, if it is still right; see `NoticeBook.intend`."""
    lock_case(connection, due.case.id)
    fresh = next(iter(due_steps(connection, now, rows=[due.row])), None)
    case_id = due.case.id
    notes = [entry_of(case_id, now, LOOKED_UP, f"{TO_SEND}: {looked_up}")] if looked_up else []
    if fresh is None:
        trail.append(connection, notes)
        return Written(verdict=None)
    match answer := judge(fresh, None):
        case Later(until, why):
            put_off(connection, due.row, until, why)
            trail.append(connection, notes)
            return Written(verdict=answer)
        case Never(why):
            finish_step(connection, due.row, why, now)
            notes.append(entry_of(case_id, now, "notice_not_sent", f"{due.step.id}: {why}"))
            trail.append(connection, notes)
            return Written(verdict=answer)
    known = {one.recipient: one for one in with_history(connection, [one.addressee for one in intents], now)}
    sent: list[Pending] = []
    queued: list[Pending] = []
    others: list[tuple[Intent, Later | Never]] = []
    for intent in intents:
        match verdict := judge(fresh, known[intent.recipient]):
            case Take(why):
                leased = at_once is None or len(sent) < at_once
                row = intent_row(
                    intent, now, urgent=fresh.urgent, why=why, lease_until=lease_until if leased else None
                )
                insert_many(connection, notices, [row])
                said = f"{intent.step} to {intent.mask}: {why}"
                notes.append(entry_of(case_id, now, "notice_intended", said))
                (sent if leased else queued).append(_as_written(fresh, intent, now, why, leased=leased))
            case Later() | Never():
                insert_many(connection, notices, [_set_aside(fresh, intent, now, verdict)])
                if isinstance(verdict, Never):
                    said = f"{intent.step} to {intent.mask}: {verdict.why}"
                    notes.append(entry_of(case_id, now, "notice_withheld", said))
                others.append((intent, verdict))
    outcome = _in_words(answer.why, len(sent) + len(queued), others)
    finish_step(connection, due.row, outcome, now)
    trail.append(connection, notes)
    if all(isinstance(verdict, Never) for _, verdict in others) and len(others) == len(intents):
        nobody_told(connection, due.case.id, due.step.id, outcome, now, actor=ACTOR)
    return Written(verdict=answer, now=tuple(sent), queued=tuple(queued), others=tuple(others))


def claim_notice(
    connection: Connection,
    notice: Pending,
    addressee: Addressee,
    now: datetime,
    *,
    lease_until: datetime,
    judge: Judge,
) -> tuple[Pending, Verdict] | None:
    """Take a written notice for another attempt, if it is still right; see `NoticeBook.attempting`."""
    lock_case(connection, notice.case.id)
    fresh = next(iter(pending_notices(connection, now, ids=[notice.id])), None)
    if fresh is None or fresh.attempts != notice.attempts:
        return None
    unwilling = False
    if fresh.in_doubt:
        # The provider may have it: it is asked, whatever became of the case.
        answer: Verdict = Take(fresh.why)
    else:
        answer = judge(fresh, None)
        if isinstance(answer, Take):
            (known,) = with_history(connection, [addressee], now, apart_from=notice.id)
            answer = judge(fresh, known)
            unwilling = isinstance(answer, Never)
    mine = update(notices).where(
        notices.c.id == notice.id,
        notices.c.state == NoticeState.INTENDED,
        notices.c.attempts == notice.attempts,
    )
    match answer:
        case Later(until, why):
            connection.execute(mine.values(why=why[:1000], next_try_at=until))
            return fresh, answer
        case Never(why):
            withheld = {"state": NoticeState.WITHHELD.value, "why": why[:1000], "next_try_at": None}
            connection.execute(mine.values(withheld))
            note(connection, notice.case.id, now, "notice_withheld", f"{notice.step.id}: {why}")
            if unwilling and told_nobody(connection, notice.case.id, notice.step.id):
                nobody_told(connection, notice.case.id, notice.step.id, why, now, actor=ACTOR)
            return fresh, answer
        case Take(why):
            attempts = notice.attempts + 1
            leased = {"in_doubt": True, "attempts": attempts, "next_try_at": lease_until, "why": why[:1000]}
            if connection.execute(mine.values(leased)).rowcount != 1:
                return None
            return replace(fresh, attempts=attempts, in_doubt=fresh.in_doubt, why=why), answer


def lock_case(connection: Connection, case_id: str) -> None:
    """Nobody changes the case until the transaction ends. On SQLite nobody does anyway: it has one writer."""
    if connection.dialect.name != "sqlite":
        connection.execute(select(cases.c.id).where(cases.c.id == case_id).with_for_update())


def finish_step(connection: Connection, row: int, outcome: str, now: datetime) -> bool:
    """Close a step if it is still open; False when somebody was faster."""
    done = connection.execute(_FINISH, {"row": row, "at": now, "said": outcome[:1000]})
    return done.rowcount == 1


def put_off(connection: Connection, row: int, until: datetime, why: str) -> None:
    """Look at a step again later. It must not stay at the head of the queue meanwhile."""
    connection.execute(
        update(steps)
        .where(steps.c.id == row, steps.c.done_at.is_(None))
        .values(due_at=until, outcome=f"waits: {why}"[:1000])
    )


def note(connection: Connection, case_id: str, now: datetime, what: str, why: str) -> None:
    """One entry of the audit."""
    trail.append(connection, [entry_of(case_id, now, what, why)])


def entry_of(case_id: str, now: datetime, what: str, why: str) -> trail.Entry:
    """An entry of the audit, for those who write several at once."""
    return {"case_id": case_id, "at": now, "actor": ACTOR, "what": what, "why": why[:1000]}


def _set_aside(due: DueStep, intent: Intent, now: datetime, verdict: Later | Never) -> dict[str, Any]:
    """The row of a notice that is not sent to this one recipient, or not now."""
    row = intent_row(intent, now, urgent=due.urgent, why=verdict.why)
    if isinstance(verdict, Later):
        return row | {"next_try_at": verdict.until}
    return row | {"state": NoticeState.WITHHELD.value, "next_try_at": None}


def _as_written(due: DueStep, intent: Intent, now: datetime, why: str, *, leased: bool) -> Pending:
    return Pending(
        id=intent.id,
        case=due.case,
        step=due.step,
        recipient=intent.recipient,
        mask=intent.mask,
        body=intent.body,
        attempts=1 if leased else 0,
        in_doubt=leased,
        intended_at=now,
        purpose=due.purpose,
        urgent=due.urgent,
        why=why,
    )


def _in_words(why: str, written: int, others: Sequence[tuple[Intent, Later | Never]]) -> str:
    said = [f"{written} notice(s) written: {why}"] if written else []
    said += [
        f"to {intent.mask} {'waits' if isinstance(verdict, Later) else 'not sent'}: {verdict.why}"
        for intent, verdict in others
    ]
    return "; ".join(said)
