"""How long the desk waits: lists, one case with its history, and what is near a report."""

import random
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from sqlalchemy import func, select

from benchmarks.figures import Figure, quantile
from benchmarks.ledger_city import Spot, city
from benchmarks.ledger_copies import SIDES
from cases.database import Database
from cases.policy import builtin_policies
from cases.reading import Reading
from cases.reports import Channel, Fusing, Report
from cases.search import Filters, Search, near
from cases.states import OPEN_STATES, State
from cases.tables import cases

BAR_MS = 50.0
ROUNDS = 40
"""How often each question is asked, with other words each time."""

Ask = Callable[[random.Random], object]


def lists(database: Database) -> Iterator[Figure]:
    """Lists with every filter there is, and with several; first pages and later ones."""
    search, spots, units = Search(database), city(), sorted({one.unit for one in builtin_policies().values()})
    last, newest = _ends(database)

    def filters(**wanted: object) -> Filters:
        return Filters(**wanted)  # type: ignore[arg-type]

    def days(chance: random.Random, length: int) -> dict[str, object]:
        since = newest - timedelta(days=chance.uniform(length, 300))
        return {"since": since, "until": since + timedelta(days=length)}

    def spot(chance: random.Random) -> Spot:
        return chance.choice(spots)

    asked: dict[str, Callable[[random.Random], Filters]] = {
        "all": lambda _: filters(),
        "open": lambda _: filters(states=OPEN_STATES),
        "open of a unit": lambda chance: filters(states=OPEN_STATES, unit=chance.choice(units)),
        "dismissed": lambda _: filters(states=frozenset({State.DISMISSED})),
        "of a matter": lambda chance: filters(
            matter=builtin_policies()[spot(chance).policy].matter, states=frozenset({State.CLOSED})
        ),
        "of a district": lambda chance: filters(area=f"district-{chance.randrange(3)}"),
        "of a grid": lambda chance: filters(area=spot(chance).area),
        "of a grid, of a unit": lambda chance: filters(area=spot(chance).area, unit=chance.choice(units)),
        "open of a town": lambda chance: filters(
            area=spot(chance).area_path.split("/")[3], states=OPEN_STATES
        ),
        "of a zone": lambda chance: filters(zone=spot(chance).zone),
        "of a zone that nothing has": lambda chance: filters(zone=f"gone-{chance.randrange(1000)}"),
        "of a matter that nothing has": lambda chance: filters(matter=f"gone-{chance.randrange(1000)}"),
        "of an area that nothing has": lambda chance: filters(area=f"gone-{chance.randrange(1000)}"),
        "of a plate": lambda chance: filters(plate=f"浙B{chance.randrange(100_000):05d}"),
        "of a day": lambda chance: filters(**days(chance, 1)),
        "of a month, of a unit": lambda chance: filters(**days(chance, 30), unit=chance.choice(units)),
        "of a week, of a grid": lambda chance: filters(**days(chance, 7), area=spot(chance).area),
        "with words": lambda chance: filters(
            words=f"gate {chance.randrange(4)} {chance.choice(SIDES).upper()}"
        ),
        "with words that nothing has": lambda chance: filters(words=f"Harbour {chance.randrange(1000)}"),
        "with a number": lambda chance: filters(words=f"CW-{chance.randrange(1, last):06d}"),
    }
    for name, made in asked.items():

        def ask(chance: random.Random, made: Callable[[random.Random], Filters] = made) -> object:
            after = None if chance.random() < 0.7 else chance.randrange(1, last)
            return search.page(made(chance), after=after)

        yield _p95(f"list: {name}, p95", ask)


def case(database: Database) -> Iterator[Figure]:
    """One case with its notices, audit, steps, deadlines and observations."""
    reading, (last, _) = Reading(database), _ends(database)

    def ask(chance: random.Random) -> object:
        found = reading.case(reading.case_id(chance.randrange(1, last)) or "")
        assert found is not None
        assert found["audit"]
        return found

    yield _p95("case with its history, p95", ask, rounds=ROUNDS * 5)


def close_by(database: Database) -> Iterator[Figure]:
    """What a report of a person may be about: open cases near it in space and time."""
    spots, policies = city(), builtin_policies()
    _, newest = _ends(database)

    def ask(chance: random.Random) -> object:
        spot = chance.choice(spots)
        lat, lon = spot.position
        report = Report(
            channel=Channel.HOTLINE,
            reporter="hotline",
            matter=policies[spot.policy].matter,
            reported_at=newest - timedelta(hours=chance.uniform(0, 72)),
            position_latlon=(lat + chance.gauss(0, 0.0003), lon + chance.gauss(0, 0.0003)),
        )
        with database.read() as connection:
            return near(connection, report, Fusing())

    yield _p95("near-duplicate search, p95", ask, rounds=ROUNDS * 5)


def _ends(database: Database) -> tuple[int, datetime]:
    with database.read() as connection:
        row = connection.execute(select(func.max(cases.c.number), func.max(cases.c.opened_at))).one()
    return row[0], row[1]


def _p95(name: str, ask: Ask, rounds: int = ROUNDS) -> Figure:
    chance = random.Random(5)
    ask(chance)
    took_ms, worked_ms = [], []
    for _ in range(rounds):
        began, worked = time.perf_counter(), time.process_time()
        ask(chance)
        took_ms.append((time.perf_counter() - began) * 1000)
        worked_ms.append((time.process_time() - worked) * 1000)
    note = (
        f"p50 {quantile(took_ms, 0.5):.1f} ms, longest {max(took_ms):.0f} ms, {rounds} times;"
        f" processor time of this process, p95: {quantile(worked_ms, 0.95):.1f} ms"
    )
    return Figure(name, quantile(took_ms, 0.95), "ms", BAR_MS, note=note)
