"""Zones whose notices are doubted: several owners said of them that the vehicle is not theirs.

A wrong notice is the worst error there is, and two in one zone are no chance: a camera that was moved, a
reader that confuses two letters, an owner file that is out of date. The alert is not kept anywhere: it
follows from the answers, so it is there as long as they are its reason, and gone when a person has found
otherwise.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from cases.answers.disowning import AnswerKind
from cases.answers.tables import case_answers
from cases.database import Database
from cases.settings import DoubtRule
from cases.tables import cases

REFUTED = "theirs"
"""The finding that makes an answer count no more."""


@dataclass(frozen=True, slots=True)
class Said:
    """One "it is not mine"."""

    source: str
    zone: str
    case_id: str
    number: int
    at: datetime
    review: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A zone whose notices are doubted.

    Attributes:
        source: its camera.
        answers: how many there are.
        since: the answer that made them too many.
        cases: ids of the cases, newest first, each with its number.
    """

    source: str
    zone: str
    answers: int
    since: datetime
    last_at: datetime
    cases: tuple[tuple[str, int], ...]

    def why(self, rule: DoubtRule) -> str:
        """The alert in words."""
        return (
            f"{self.answers} owners told about zone {self.zone} within {rule.days:g} days say that the "
            "vehicle is not theirs: look at the plates read there"
        )


def doubts(said: Iterable[Said], rule: DoubtRule, now: datetime) -> tuple[Doubt, ...]:
    """The zones that are doubted at a moment, the newest first.

    Args:
        said: answers, in any order.
        rule: from when on.
        now: answers that are older than the rule's days count no more.
    """
    since = now - timedelta(days=rule.days)
    by_zone: defaultdict[tuple[str, str], list[Said]] = defaultdict(list)
    for one in said:
        if one.review != REFUTED and since <= one.at <= now:
            by_zone[one.source, one.zone].append(one)
    found = [
        _doubt(sorted(some, key=lambda one: one.at), rule)
        for some in by_zone.values()
        if len(some) >= rule.answers
    ]
    return tuple(sorted(found, key=lambda one: (one.last_at, one.source, one.zone), reverse=True))


def doubts_of(connection: Connection, rule: DoubtRule, now: datetime) -> tuple[Doubt, ...]:
    """The zones that are doubted at a moment, as the ledger has the answers."""
    query = (
        select(
            case_answers.c.source,
            case_answers.c.zone,
            case_answers.c.case_id,
            cases.c.number,
            case_answers.c.at,
            case_answers.c.review,
        )
        .join_from(case_answers, cases, cases.c.id == case_answers.c.case_id)
        .where(
            case_answers.c.kind == AnswerKind.NOT_MINE,
            case_answers.c.at >= now - timedelta(days=rule.days),
        )
    )
    return doubts((Said(*row) for row in connection.execute(query)), rule, now)


class DoubtReading:
    """Asks the ledger which zones are doubted."""

    def __init__(self, database: Database, rule: DoubtRule | None = None) -> None:
        self._database = database
        self.rule = rule or DoubtRule()

    def now(self, at: datetime) -> tuple[Doubt, ...]:
        """The zones that are doubted at a moment, the newest first.

        Raises:
            TransportDown: the ledger cannot be reached.
        """
        with self._database.read() as connection:
            return doubts_of(connection, self.rule, at)


def _doubt(said: Sequence[Said], rule: DoubtRule) -> Doubt:
    newest = {one.case_id: one.number for one in reversed(said)}
    return Doubt(
        source=said[0].source,
        zone=said[0].zone,
        answers=len(said),
        since=said[rule.answers - 1].at,
        last_at=said[-1].at,
        cases=tuple(newest.items()),
    )
