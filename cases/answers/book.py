"""What owners answer, written down: the answer, what it makes of the case, and whether its zone is doubted.

An answer is known by its case, its owner and its kind, so a second tap, a second message and a second phone
of the same number change nothing. The words of an objection stand in `case_answers` alone: audit and events
say that there is one.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid5

from sqlalchemy import Connection, func, insert, select

from cases import life
from cases.answers.disowning import Answered, AnswerKind
from cases.answers.doubts import Doubt, doubts_of
from cases.answers.tables import case_answers
from cases.changes import Changes
from cases.commanding import locked
from cases.database import Database
from cases.record import Case
from cases.settings import DoubtRule
from cases.states import Change, State
from cases.tables import notices
from models.errors import Refused
from models.ids import CLEARWAY

ACTOR = "owner"
LONGEST_TEXT = 1000
"""Characters of an objection: about a page."""
MOST_OBJECTIONS = 5
"""Of one owner about one case: what is not said by then belongs into a letter."""
_ZONES_LOCK = 7_210_611
"""Any number that nothing else locks: two answers for one zone are counted one after the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer as it came in.

    Attributes:
        notice_id: the notice whose link was followed.
        text: of an objection; empty otherwise.
        client: stands for the address it came from; no address can be made of it.
        token_sha: SHA-256 of the link's token: which link it was, without being a link.
    """

    notice_id: str
    kind: AnswerKind
    text: str = ""
    at: datetime
    client: str = ""
    token_sha: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an answer.

    Attributes:
        repeat: it was given before; nothing changed.
        doubt: the alert that it raised; None for none.
    """

    case_id: str
    repeat: bool = False
    doubt: Doubt | None = None


class AnswerBook:
    """Writes answers. Every method is one transaction.

    Args:
        database: of the ledger.
        rule: when a zone's notices are doubted.
    """

    def __init__(self, database: Database, rule: DoubtRule | None = None) -> None:
        self._database = database
        self._rule = rule or DoubtRule()

    def answer(self, answer: Answer) -> Outcome | None:
        """Write an answer down, and do what follows from it.

        Returns:
            None when the notice is not kept any more.

        Raises:
            Refused: the case takes no such answer as it is, or too many were given. Nothing was changed.
            TransportDown: nothing was changed; try again.
        """
        with self._database.write() as connection:
            notice = connection.execute(
                select(notices.c.case_id, notices.c.recipient).where(notices.c.id == answer.notice_id)
            ).one_or_none()
            if notice is None:
                return None
            case = _going_on(connection, notice.case_id)
            known = _known(connection, case.id, notice.recipient, answer)
            if known:
                return Outcome(case.id, repeat=True)
            return self._write(connection, case, _named(case.id, notice.recipient, answer), answer)

    def _write(self, connection: Connection, case: Case, answer_id: str, answer: Answer) -> Outcome:
        if answer.kind is AnswerKind.NOT_MINE and connection.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(_ZONES_LOCK)))
        after, (change,) = life.step(case, Answered(answer.kind), answer.at)
        before = doubts_of(connection, self._rule, answer.at)
        values = {
            "id": answer_id,
            "case_id": case.id,
            "notice_id": answer.notice_id,
            "kind": answer.kind.value,
            "text": answer.text,
            "at": answer.at,
            "token_sha": answer.token_sha,
            "client": answer.client,
            "source": case.source,
            "zone": case.zone,
        }
        connection.execute(insert(case_answers), [values])
        changes = Changes(connection, answer.at)
        said = {"answer": answer.kind.value, "answer_id": answer_id}
        why = _WHY[answer.kind].format(len(answer.text))
        changes.note(case, after, change, actor=ACTOR, why=why, said=said)
        new = _raised(before, doubts_of(connection, self._rule, answer.at), after)
        if new is not None:
            shown = {"doubt": {"source": new.source, "zone": new.zone, "answers": new.answers}}
            changes.note(
                after, after, Change.NOTICES_DOUBTED, actor=ACTOR, why=new.why(self._rule), said=shown
            )
        changes.write()
        return Outcome(case.id, doubt=new)


_WHY = {
    AnswerKind.MOVED: "the owner says that it has been moved; a look at the place will tell",
    AnswerKind.NOT_MINE: "the owner says that it is not their vehicle; nothing more is sent to them",
    AnswerKind.OBJECTION: "the owner objects, in {} characters",
}


def _going_on(connection: Connection, case_id: str) -> Case:
    """The case, or the one that it was merged into, for writing."""
    case = locked(connection, case_id)
    while case.state is State.MERGED and case.merged_into:
        case = locked(connection, case.merged_into)
    return case


def _named(case_id: str, recipient: str, answer: Answer) -> str:
    """The answer's name; of an objection its words are part of it."""
    words = hashlib.sha256(answer.text.encode()).hexdigest() if answer.text else ""
    return str(uuid5(CLEARWAY, f"answer {case_id} {recipient} {answer.kind.value} {words}"))


def _known(connection: Connection, case_id: str, recipient: str, answer: Answer) -> bool:
    """Whether the same was answered before.

    Raises:
        Refused: objections are too many.
    """
    wanted = _named(case_id, recipient, answer)
    if connection.execute(select(case_answers.c.id).where(case_answers.c.id == wanted)).first() is not None:
        return True
    if answer.kind is AnswerKind.OBJECTION:
        count = connection.execute(
            select(func.count())
            .select_from(case_answers)
            .join(notices, notices.c.id == case_answers.c.notice_id)
            .where(
                case_answers.c.case_id == case_id,
                case_answers.c.kind == AnswerKind.OBJECTION,
                notices.c.recipient == recipient,
            )
        ).scalar_one()
        if count >= MOST_OBJECTIONS:
            raise Refused(f"{MOST_OBJECTIONS} objections were made already; write to the department")
    return False


def _raised(before: Iterable[Doubt], after: Iterable[Doubt], case: Case) -> Doubt | None:
    """The alert about the case's zone, if there was none a moment ago."""
    place = (case.source, case.zone)
    if any((one.source, one.zone) == place for one in before):
        return None
    return next((one for one in after if (one.source, one.zone) == place), None)
