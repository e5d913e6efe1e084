"""Killed between any two statements the ledger has done all or nothing; doing it again does it once."""

import factories
import pytest
from cases_parts import new_ledger, policy, rows
from factories import arrival, at
from sqlalchemy import event

from cases.commands import Assess, Decide, Dismiss, Merge
from cases.ledger import Ledger
from cases.life import DismissReason, Resolution, SignalKind
from cases.silences import Silence, SilenceBook
from cases.tables import audit, cases, commands, deadlines, observations, origins, outbox, silences, steps
from models.errors import ClearwayError
from models.records import PlateSource

LADDER = policy(
    """
[deadlines]
order_s = 30
[[step]]
id = "notice"
does = "notify_owner"
[[step]]
id = "inform"
does = "inform_department"
[[step]]
id = "ask"
does = "request_decision"
[[step]]
id = "thanks"
does = "notify_owner"
when = "left"
"""
)
TABLES = (cases, audit, outbox, steps, deadlines, origins, observations, commands, silences)
READ = factories.plate("浙B99999", PlateSource.READ)
PLATE_KEY = "harbour/p/plate/浙B99999"


class Crash(BaseException):
    """The process ends here: no handler of the program may catch it."""


def said(kind, origin, number, **changes):
    fields = {
        "event_id": f"event-{number}",
        "origin_id": origin,
        "dedup_key": f"harbour/p/stay/{origin}",
        "policy": "p",
        "plate": None,
        "at": at(number),
        "recorded_at": at(number),
    }
    return arrival(kind, **(fields | changes))


def id_of(database, origin):
    return next(row["case_id"] for row in rows(database, origins) if row["id"] == origin)


def applies(*arrivals, seconds):
    return lambda ledger, _database: ledger.apply(list(arrivals), at(seconds))


def commands_one(origin, order, key, seconds):
    return lambda ledger, database: ledger.command(
        id_of(database, origin), order, actor="ann", at=at(seconds), key=key
    )


SILENCE = Silence(id="silence-1", source="/harbour", since=at(0), until=at(9), reason="works", author="ann")
STORY = {
    "two cases open": applies(
        said(SignalKind.OBSERVED, "a", 0), said(SignalKind.OBSERVED, "b", 1), seconds=1
    ),
    "a person assesses one": commands_one("a", Assess(why="clear"), "k1", 2),
    "the clock does what is due": lambda ledger, _: ledger.run_due(at(100)),
    "a person decides": commands_one("a", Decide(step="ask", granted=False, why="first time"), "k2", 101),
    "a report is attached": lambda ledger, database: ledger.attach(
        id_of(database, "a"), {"report": "r"}, actor="ann", at=at(102), why="near", key="k3"
    ),
    "both turn out to be one car": applies(
        said(SignalKind.CONTINUES, "b", 3, plate=READ, dedup_key=PLATE_KEY),
        said(SignalKind.CONTINUES, "a", 4, plate=READ, dedup_key=PLATE_KEY),
        seconds=103,
    ),
    "two more open": applies(
        said(SignalKind.OBSERVED, "c", 5), said(SignalKind.OBSERVED, "d", 6), seconds=104
    ),
    "a person merges them": lambda ledger, database: ledger.command(
        _once(database, "d"),
        Merge(into=_once(database, "c"), why="one car"),
        actor="ann",
        at=at(105),
        key="k4",
    ),
    "a person dismisses it": commands_one(
        "c", Dismiss(reason=DismissReason.FALSE_ALARM, why="a shadow"), "k5", 106
    ),
    "the car leaves": applies(
        said(SignalKind.ENDED, "a", 7, resolution=Resolution.LEFT, plate=READ, dedup_key=PLATE_KEY),
        said(SignalKind.ENDED, "b", 8, resolution=Resolution.LEFT, plate=READ, dedup_key=PLATE_KEY),
        seconds=107,
    ),
    "one is lost from sight": applies(
        said(SignalKind.OBSERVED, "e", 9), said(SignalKind.ENDED, "e", 10), seconds=108
    ),
    "and given up": lambda ledger, _: ledger.close_unseen(at(1000)),
    "the archive takes them": lambda ledger, _: ledger.run_due(at(40 * 86_400)),
}


def _once(database, origin):
    """The case that a stay opened, whatever became of it."""
    return next(row["case_id"] for row in rows(database, observations) if row["origin_id"] == origin)


def picture(database):
    """Everything in the ledger."""
    return {table.name: rows(database, table) for table in TABLES}


class Faults:
    """Counts statements, and ends the process in front of one of them."""

    def __init__(self, database):
        self.seen, self.at = 0, None
        self._database = database
        event.listen(database.engine, "before_cursor_execute", self._before)
        event.listen(database.engine, "commit", self._commit)

    def _before(self, *_):
        self._point()

    def _commit(self, _):
        self._point()

    def _point(self):
        self.seen += 1
        if self.seen == self.at:
            raise Crash

    def crashes(self, work, point):
        """Whether the work got as far as the point, and ended there."""
        self.seen, self.at = 0, point
        try:
            work()
        except Crash:
            self._database.engine.dispose()  # its connections end with the process
            return True
        finally:
            self.at = None
        return False


def test_whatever_fails_between_two_statements_is_undone_and_done_once_again(tmp_path):
    points = 0
    with new_ledger(tmp_path) as database:
        ledger, faults = Ledger(database, {"p": LADDER}), Faults(database)
        for name, work in STORY.items():
            before = picture(database)
            point = 1
            while faults.crashes(lambda work=work: work(ledger, database), point):
                assert picture(database) == before, f"{name}: statement {point} left something behind"
                point += 1
            points += point - 1
            done = picture(database)
            assert done != before, f"{name} changed nothing"
            work(ledger, database)
            assert picture(database) == done, f"{name}: done again, it was done twice"
    assert points > 100


def test_a_silence_is_written_with_its_audit_or_not_at_all(tmp_path):
    with new_ledger(tmp_path) as database:
        faults, point = Faults(database), 1
        before = picture(database)
        while faults.crashes(lambda: SilenceBook(database).add(SILENCE, at(0)), point):
            assert picture(database) == before
            point += 1
        with pytest.raises(ClearwayError):
            SilenceBook(database).add(SILENCE, at(0))
        assert len(rows(database, silences)) == len(rows(database, audit)) == 1
