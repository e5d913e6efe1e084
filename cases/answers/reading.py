"""What the public page may know of a case: less than a case is."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping, func, select, text

from cases.answers.disowning import AnswerKind
from cases.answers.tables import case_answers
from cases.database import Database
from cases.record import Case
from cases.rows import case_of
from cases.states import DismissReason, Disowned, Resolution, State
from cases.tables import IS_OPEN, cases, notices
from models.records import Picture, PictureRole, Plate

PURGED = "purged:"
"""How retention marks a notice whose recipient is kept no longer (`cases.retention.columns`)."""


@dataclass(frozen=True, slots=True)
class Given:
    """One answer that was given.

    Attributes:
        review: what a person found, for "it is not mine": `theirs`, `not_theirs` or nothing yet.
    """

    kind: AnswerKind
    at: datetime
    review: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicCase:
    """A case as its owner may see it.

    Attributes:
        scene: name of its ladder, which is that of its scene pack.
        last_seen_at: the last moment at which it was known to stand there.
        unseen_since: since when the camera does not see it; None while it does.
        picture: of the overstay; None where there is none, or none any more.
        language: of the notice whose link was followed.
        given: this owner's answers, oldest first.
    """

    number: int
    state: State
    resolution: Resolution | None
    dismissed_as: DismissReason | None
    scene: str
    matter: str
    place: str
    zone: str
    plate: Plate | None
    opened_at: datetime
    closed_at: datetime | None
    last_seen_at: datetime
    unseen_since: datetime | None
    picture: Picture | None
    disowned: Disowned | None
    language: str
    given: tuple[Given, ...] = ()

    def answer(self, kind: AnswerKind) -> Given | None:
        """This owner's latest answer of a kind; None if there is none."""
        return next((one for one in reversed(self.given) if one.kind is kind), None)


class PublicReading:
    """Reads for the public page."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def case(self, notice_id: str) -> PublicCase | None:
        """The case that a notice told of, or the one that it was merged into; None if it is kept no longer.

        Raises:
            TransportDown: the ledger cannot be reached.
        """
        with self._database.read() as connection:
            notice = connection.execute(_NOTICE.where(notices.c.id == notice_id)).mappings().first()
            if notice is None or notice["recipient"].startswith(PURGED):
                return None
            row = _row(connection, notice["case_id"])
            while row is not None and row["state"] == State.MERGED and row["merged_into"]:
                row = _row(connection, row["merged_into"])
            if row is None:
                return None
            ids = {notice["case_id"], row["id"]}
            given = connection.execute(
                _GIVEN.where(case_answers.c.case_id.in_(ids), notices.c.recipient == notice["recipient"])
            ).all()
        return _shown(
            case_of(row),
            row["number"],
            notice["language"],
            tuple(Given(AnswerKind(one.kind), one.at, one.review) for one in given),
        )

    def reviews_waiting(self) -> int:
        """How many open cases wait for a person because an owner says that it is not theirs."""
        query = (
            select(func.count()).select_from(cases).where(text(IS_OPEN), cases.c.disowned == Disowned.WAITING)
        )
        with self._database.read() as connection:
            return int(connection.execute(query).scalar_one())


_NOTICE = select(notices.c.case_id, notices.c.recipient, notices.c.language)
_GIVEN = (
    select(case_answers.c.kind, case_answers.c.at, case_answers.c.review)
    .join_from(case_answers, notices, notices.c.id == case_answers.c.notice_id)
    .order_by(case_answers.c.at)
)


def _row(connection: Connection, case_id: str) -> RowMapping | None:
    return connection.execute(select(cases).where(cases.c.id == case_id)).mappings().first()


def _shown(case: Case, number: int, language: str, given: tuple[Given, ...]) -> PublicCase:
    overstays = (picture for picture in case.pictures if picture.role is PictureRole.OVERSTAY)
    return PublicCase(
        number=number,
        state=case.state,
        resolution=case.resolution,
        dismissed_as=case.dismissed_as,
        scene=case.policy.name,
        matter=case.matter,
        place=case.place,
        zone=case.zone,
        plate=case.plate,
        opened_at=case.opened_at,
        closed_at=case.closed_at,
        last_seen_at=case.last_seen_at,
        unseen_since=case.unseen_since,
        picture=next(overstays, None),
        disowned=case.disowned,
        language=language,
        given=given,
    )
