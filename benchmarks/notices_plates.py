"""A thousand unsure reads, and not one notice."""

import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import func, select

from benchmarks.figures import Figure
from benchmarks.notices_street import FIRST, HURRIED, plate, street
from benchmarks.site import Site, until
from cases.tables import steps
from models.records import Plate, PlateSource

UNSURE, SURE = 1000, 10


def plates() -> Iterator[Figure]:
    """As figures."""
    with tempfile.TemporaryDirectory() as folder:
        written, sent, sure = unsure_reads(Path(folder), UNSURE, SURE)
    note = f"{UNSURE} unsure reads of registered plates"
    yield Figure("wrong-plate gate: notices written for unsure reads", written, "", 0, note=note)
    yield Figure("wrong-plate gate: messages sent for unsure reads", sent, "", 0, note=note)
    note = f"{SURE} sure reads in the same run, else the run proves nothing"
    yield Figure("wrong-plate gate: messages sent for sure reads", sure, "", SURE, "least", note)


def unsure_reads(folder: Path, unsure: int, sure: int) -> tuple[int, int, int]:
    """Notices written and messages sent for unsure reads, and messages sent for sure ones."""
    dice = random.Random(1)
    with street(folder, unsure + sure, settings=HURRIED) as place:
        place.site.start("phone", "notifier")
        for index in range(unsure):
            place.arrive([index], _unsure(index, dice))
        # The last to come are sure: when their owners are told, every case before them was looked at.
        place.arrive(range(unsure, unsure + sure))
        until(lambda: len(place.sent()) >= sure, within_s=60, what="the sure reads being told")
        until(lambda: not _untouched(place.site), within_s=120, what="every unsure read being looked at")
        cases = place.cases()
        doubtful = {case for vehicle, case in cases.items() if vehicle < unsure}
        written = sum(case in doubtful for case in place.notices())
        sent = place.sent()
    told = [one.vehicle for one in sent]
    return written, sum(index < unsure for index in told), sum(index >= unsure for index in told)


def _unsure(index: int, dice: random.Random) -> Plate:
    """Read with a high score and once, with a low one and often, and anything between; never surely."""
    return Plate(
        text=plate(index),
        score=round(dice.uniform(0.3, 1.0), 3),
        source=PlateSource.READ,
        sure=False,
        reads=dice.randint(1, 12),
        characters=tuple(round(dice.uniform(0.2, 1.0), 3) for _ in range(7)),
    )


def _untouched(site: Site) -> int:
    """Steps that were due and that nobody has judged yet."""
    query = select(func.count()).where(
        steps.c.step == FIRST, steps.c.done_at.is_(None), steps.c.outcome.is_(None)
    )
    with site.database.read() as connection:
        return int(connection.execute(query).scalar_one())
