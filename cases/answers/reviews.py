"""What follows from a person's finding on "it is not mine", besides the case itself."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from cases.answers.disowning import AnswerKind
from cases.answers.doubts import REFUTED
from cases.answers.tables import case_answers
from cases.record import Case
from cases.tables import cases, steps
from cases.taking import DISOWNED

CONFIRMED = "not_theirs"


def note_review(connection: Connection, after: Case, at: datetime) -> None:
    """Let the answers know the finding, and steps that waited for it go on at once.

    Args:
        connection: inside the transaction of the command.
        after: the case as the finding left it.
        at: now.
    """
    found = CONFIRMED if after.disowned else REFUTED
    younger = select(cases.c.id).where(cases.c.merged_into == after.id)
    mine = (
        ((case_answers.c.case_id == after.id) | case_answers.c.case_id.in_(younger))
        & (case_answers.c.kind == AnswerKind.NOT_MINE)
        & (case_answers.c.review == "")
    )
    connection.execute(update(case_answers).where(mine).values(review=found))
    if found == REFUTED:
        waits = (steps.c.case_id == after.id) & (steps.c.outcome == f"waits: {DISOWNED}")
        connection.execute(update(steps).where(waits, steps.c.done_at.is_(None)).values(due_at=at))
