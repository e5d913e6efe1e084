"""Runs a story of many cases on a ledger, from wherever it stands; killed and started again by its test."""

import sys
from pathlib import Path

import factories
from cases_parts import new_ledger, policy
from factories import arrival, at
from sqlalchemy import select

from cases.commands import Accept, Assess, Done
from cases.ledger import Ledger
from cases.life import Resolution, SignalKind
from cases.tables import origins
from models.records import PlateSource

LADDER = policy(
    '[storm]\nmost = 0\n[[step]]\nid = "inform"\ndoes = "inform_department"\n'
    '[[step]]\nid = "up"\ndoes = "escalate"\nwhen = "opened"\nafter_s = 60\n'
)


def story(number):
    """What is said and done about one incident, in order."""
    plate = factories.plate(f"浙B{number:05d}", PlateSource.READ)
    now = number * 1000  # long after all that was due for the one before
    fields = {"policy": "p", "plate": None, "at": at(now), "recorded_at": at(now)}

    def said(kind, origin, **changes):
        own = {"event_id": f"{number}-{origin}-{kind}", "origin_id": f"{number}-{origin}"}
        own |= {"dedup_key": f"harbour/p/stay/{number}-{origin}"}
        return arrival(kind, **(fields | own | changes))

    known = {"plate": plate, "dedup_key": f"harbour/p/plate/{plate.text}"}
    opened = [said(SignalKind.OBSERVED, "a"), said(SignalKind.OBSERVED, "b", at=at(now + 1))]
    merged = [said(SignalKind.CONTINUES, "b", **known), said(SignalKind.CONTINUES, "a", **known)]
    case_id = ""

    def tell(order):
        def work(ledger):
            ledger.command(
                case_id, order, actor="ann", at=at(now + 80), key=f"{number}-{type(order).__name__}"
            )

        return work

    def open_both(ledger):
        nonlocal case_id
        ledger.apply(opened, at(now))
        case_id = ledger_case(ledger, f"{number}-a")

    return [
        open_both,
        lambda ledger: ledger.apply(merged, at(now)),
        lambda ledger: ledger.run_due(at(now + 70)),
        tell(Assess()),
        tell(Accept()),
        tell(Done(resolution=Resolution.REMOVED)),
    ]


def ledger_case(ledger, origin):
    """The case that a stay belongs to."""
    with ledger._database.read() as connection:
        return connection.execute(select(origins.c.case_id).where(origins.c.id == origin)).scalar_one()


def main(folder, count):
    with new_ledger(folder) as database:
        ledger = Ledger(database, {"p": LADDER})
        for number in range(count):
            for work in story(number):
                work(ledger)
            print(number, flush=True)  # noqa: T201 - tells the test how far it came


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
