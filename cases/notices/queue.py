"""What waits for the notifier: light enough to look at a thousand of it before choosing a few."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BindParameter, Connection, bindparam, exists, select, text

from cases.changes import VOICE
from cases.notices.records import NoticeState
from cases.tables import UtcDateTime, notices, steps

MOST = 1000
"""How far ahead of the oldest is looked. A case with hundreds of contacts must not hide all others."""

# In these very words: only then are the partial indexes used.
_DUE = text(f"steps.done_at IS NULL AND steps.lane = '{VOICE}'")
_UNSENT = text(f"notices.state = '{NoticeState.INTENDED.value}'")
_NOTICE = (
    notices.c.id,
    notices.c.case_id,
    notices.c.attempts,
    notices.c.intended_at,
    notices.c.next_try_at,
)
_NOW = bindparam("now", type_=UtcDateTime)
_URGENT: BindParameter[bool] = bindparam("urgent")
_MOST: BindParameter[int] = bindparam("most")
# Written once: to put a statement together takes longer than to run it.
_STEPS_DUE = (
    select(steps.c.id, steps.c.case_id, steps.c.due_at)
    .where(_DUE, steps.c.urgent == _URGENT, steps.c.due_at <= _NOW)
    .order_by(steps.c.due_at, steps.c.id)
    .limit(_MOST)
)
_NOTICES_DUE = (
    select(*_NOTICE)
    .where(_UNSENT, notices.c.urgent == _URGENT, notices.c.next_try_at <= _NOW)
    .order_by(notices.c.next_try_at, notices.c.id)
    .limit(_MOST)
)
_ANYTHING = select(
    exists().where(_DUE, steps.c.urgent.in_((False, True)), steps.c.due_at <= _NOW)
    | exists().where(_UNSENT, notices.c.urgent.in_((False, True)), notices.c.next_try_at <= _NOW)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A step that is due, or a notice due for another try.

    Attributes:
        step: row of the step; None for a notice.
        notice: id of the notice; empty for a step.
        since: when the step fell due, or the notice was first meant to go out; after an attempt, when it
            may be tried again, so that news never queues behind repeats.
    """

    case_id: str
    urgent: bool
    since: datetime
    step: int | None = None
    notice: str = ""

    @property
    def key(self) -> str:
        """Names it among all that waits."""
        return self.notice or f"step {self.step}"


def anything_waits(connection: Connection, now: datetime) -> bool:
    """Whether `waiting` would find anything: what an idle notifier asks many times a second."""
    return bool(connection.execute(_ANYTHING, {"now": now}).scalar_one())


def waiting(connection: Connection, now: datetime, limit: int = MOST) -> list[Waiting]:
    """What waits: urgent before routine, the oldest first, of each kind and urgency at most `limit`."""
    found = []
    for urgent in (True, False):
        asked = {"urgent": urgent, "now": now, "most": limit}
        found += [
            Waiting(case_id=row.case_id, urgent=urgent, since=row.due_at, step=row.id)
            for row in connection.execute(_STEPS_DUE, asked)
        ]
        found += [
            Waiting(
                case_id=row.case_id,
                urgent=urgent,
                since=row.next_try_at if row.attempts else row.intended_at,
                notice=row.id,
            )
            for row in connection.execute(_NOTICES_DUE, asked)
        ]
    return found
