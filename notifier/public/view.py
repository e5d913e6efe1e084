"""What the page says of a case, and what can be answered: one pure function."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cases.answers.book import MOST_OBJECTIONS
from cases.answers.disowning import AnswerKind, answerable
from cases.answers.doubts import REFUTED
from cases.answers.reading import Given, PublicCase
from cases.states import DismissReason, Disowned, Resolution, State


class Standing(StrEnum):
    """How it stands with the case, as its owner is told."""

    STANDING = "standing"
    UNSEEN = "unseen"
    CHECKING = "checking"
    WAITING = "waiting"
    LEFT = "left"
    CLOSED = "closed"
    NOT_YOURS = "not_yours"
    WITHDRAWN = "withdrawn"
    ARCHIVED = "archived"


_GOES_ON = frozenset({Standing.STANDING, Standing.UNSEEN, Standing.CHECKING, Standing.WAITING})


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A page about a case, without its words.

    Attributes:
        plate: masked; empty where none is known any more.
        can: the answers that can be given now.
        moved, not_mine, objection: the latest answers that were given; None where there is none.
    """

    standing: Standing
    number: int
    scene: str
    matter: str
    place: str
    plate: str
    opened_at: datetime
    closed_at: datetime | None
    has_picture: bool
    can: frozenset[AnswerKind]
    moved: Given | None
    not_mine: Given | None
    objection: Given | None

    @property
    def is_over(self) -> bool:
        """Whether nothing is expected of the owner any more."""
        return self.standing not in _GOES_ON

    @property
    def refuted(self) -> bool:
        """Whether a person found that it is the owner's vehicle after all."""
        return self.not_mine is not None and self.not_mine.review == REFUTED


def view(case: PublicCase) -> View:
    """The page about a case as it is."""
    objections = sum(one.kind is AnswerKind.OBJECTION for one in case.given)
    can = {kind for kind in AnswerKind if answerable(case.state, kind)}
    for kind in (AnswerKind.MOVED, AnswerKind.NOT_MINE):
        if case.answer(kind) is not None:
            can.discard(kind)
    if objections >= MOST_OBJECTIONS:
        can.discard(AnswerKind.OBJECTION)
    if case.disowned is not None:
        # Whoever says that it is not theirs cannot have moved it, and need not say so twice.
        can -= {AnswerKind.MOVED, AnswerKind.NOT_MINE}
    return View(
        standing=_standing(case),
        number=case.number,
        scene=case.scene,
        matter=case.matter,
        place=case.place,
        plate="" if case.plate is None else masked(case.plate.text),
        opened_at=case.opened_at,
        closed_at=case.closed_at,
        has_picture=case.picture is not None,
        can=frozenset(can),
        moved=case.answer(AnswerKind.MOVED),
        not_mine=case.answer(AnswerKind.NOT_MINE),
        objection=case.answer(AnswerKind.OBJECTION),
    )


def masked(plate: str) -> str:
    """A plate that its owner recognises and nobody else can write down: `浙B***45`."""
    shown = 2 if len(plate) >= 6 else 1  # noqa: PLR2004 - of a short one, half would be too much
    return plate[:shown] + "*" * (len(plate) - 2 * shown) + plate[len(plate) - shown :]


def _standing(case: PublicCase) -> Standing:
    moved, is_open = case.answer(AnswerKind.MOVED), case.state.is_open
    wrong = case.state is State.DISMISSED and case.dismissed_as is DismissReason.WRONG_PLATE
    table = (
        (case.state is State.ARCHIVED, Standing.ARCHIVED),
        (wrong or case.disowned is Disowned.TRUE, Standing.NOT_YOURS),
        (case.state is State.DISMISSED, Standing.WITHDRAWN),
        (not is_open and case.resolution is Resolution.LEFT, Standing.LEFT),
        (not is_open, Standing.CLOSED),
        (case.disowned is Disowned.WAITING, Standing.WAITING),
        (moved is not None and case.last_seen_at <= moved.at, Standing.CHECKING),
        (case.unseen_since is not None, Standing.UNSEEN),
    )
    return next((standing for holds, standing in table if holds), Standing.STANDING)
