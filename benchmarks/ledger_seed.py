"""One week of the city played through the real ledger: signals, notices, and what departments do."""

import heapq
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import event

from benchmarks.ledger_city import WEEK, CityRouter, Incident, city, week
from cases.arrivals import Arrival
from cases.commands import Accept, Assess, Command, Comment, Dismiss, Done, Start
from cases.database import Database
from cases.ledger import Ledger
from cases.notices.book import NoticeBook
from cases.notices.records import Intent
from cases.policy import builtin_policies
from cases.record import Signal, SignalKind
from cases.states import DismissReason, Resolution
from models.errors import Refused
from models.ids import stay_id
from models.records import Picture, PictureRole, Plate, PlateSource

BODY = "Your vehicle {} stands in a fire lane at {} since {:%H:%M}. Please move it now."
CLOCK_EVERY = 10
"""After so many incidents the ledger looks at the clock."""

FIRST_REMINDER_S = 300.0
"""When a camera first says that it goes on."""

COMMANDS: dict[str, Callable[[], Command]] = {
    "assess": lambda: Assess(why="seen on the picture"),
    "accept": lambda: Accept(why="a patrol is near"),
    "start": lambda: Start(why="on scene"),
    "comment": lambda: Comment(why="spoke to the driver"),
    "done": lambda: Done(resolution=Resolution.REMOVED, why="had it moved"),
    "dismiss": lambda: Dismiss(reason=DismissReason.FALSE_ALARM, why="a shadow"),
}

Event = tuple[datetime, int, str, Incident]


def unsafe(database: Database) -> None:
    """Let a ledger that can be made again be written without waiting for the disk."""
    if database.is_sqlite:
        event.listen(database.engine, "connect", lambda raw, _: _hurry(raw))


def _hurry(raw: Any) -> None:  # noqa: ANN401 - the driver's connection
    raw.execute("PRAGMA synchronous=OFF")
    raw.execute("PRAGMA foreign_keys=OFF")
    raw.execute("PRAGMA cache_size=-400000")


class Play:
    """One week in an empty ledger.

    Args:
        database: migrated.
        count: how many incidents.
    """

    def __init__(self, database: Database, count: int) -> None:
        self._ledger = Ledger(database, builtin_policies(), CityRouter(city()))
        self._book = NoticeBook(database)
        self._events: list[Event] = [(one.at, one.number, "begin", one) for one in week(count)]
        self._end = self._events[0][0] + WEEK
        self._cases: dict[int, str | None] = {}
        heapq.heapify(self._events)

    def run(self) -> Iterator[int]:
        """Let it happen; yields how many incidents have begun."""
        while self._events:
            at, number, what, incident = heapq.heappop(self._events)
            if at > self._end:
                break
            if what == "begin":
                self._begin(incident, at)
                yield len(self._cases)
            elif what == "notice":
                self._notify(at)
            elif what in {"continue", "end"}:
                kind = SignalKind.ENDED if what == "end" else SignalKind.CONTINUES
                self._ledger.apply([arrival(kind, incident, at)], at)
            else:
                self._order(self._cases[number], what, at)
        self._clock(self._end)

    def _begin(self, incident: Incident, at: datetime) -> None:
        (applied,) = self._ledger.apply([arrival(SignalKind.OBSERVED, incident, at)], at)
        self._cases[incident.number] = applied.case_id
        coming = (*_camera(incident), *incident.commands, (incident.delay_s, "notice"))
        for after_s, word in coming:
            heapq.heappush(self._events, (at + timedelta(seconds=after_s), incident.number, word, incident))
        if len(self._cases) % CLOCK_EVERY == 0:
            self._clock(at)

    def _clock(self, at: datetime) -> None:
        self._ledger.close_unseen(at)
        while self._ledger.run_due(at):
            pass

    def _order(self, case_id: str | None, word: str, at: datetime) -> None:
        if case_id is None:
            return
        # The vehicle often leaves before the department gets to it.
        with suppress(Refused):
            self._ledger.command(case_id, COMMANDS[word](), actor="desk@city", at=at)

    def _notify(self, at: datetime) -> None:
        for due in self._book.due(at):
            plate = due.case.plate
            if plate is None:
                self._book.settle(due, "no plate was read", at)
                continue
            intent = Intent(
                case_id=due.case.id,
                step=due.step.id,
                recipient=f"owner-{plate.text}",
                mask="+86 138****0001",
                language="en",
                body=BODY.format(plate.text, due.case.place, due.case.opened_at),
            )
            for notice in self._book.intend(due, [intent], at, lease_until=at + timedelta(seconds=60)).now:
                self._book.accepted(notice, f"SM{notice.id}", at)


def _camera(incident: Incident) -> Iterator[tuple[float, str]]:
    if incident.ends_s is not None:
        yield incident.ends_s, "end"
    if incident.ends_s is None or incident.ends_s > FIRST_REMINDER_S:
        yield FIRST_REMINDER_S, "continue"


def arrival(kind: SignalKind, incident: Incident, at: datetime) -> Arrival:
    """What the stream concludes from what a camera says of an incident."""
    spot, began_at = incident.spot, incident.at - timedelta(seconds=60)
    x, y = incident.number % 89 / 89, incident.number % 97 / 97
    origin_id = stay_id(spot.source, spot.zone, began_at, (x, y))
    said = stay_id(spot.source, f"{spot.zone}/{kind}", at, (x, y))
    ended = kind is SignalKind.ENDED
    signal = Signal(
        kind=kind,
        event_id=said,
        event_type=f"clearway.stay.{kind.value}.v1",
        origin_id=origin_id,
        dedup_key=f"{spot.source}/{spot.zone}/{incident.plate or origin_id}",
        policy=spot.policy,
        source=spot.source,
        zone=spot.zone,
        at=at,
        recorded_at=at,
        began_at=began_at,
        place=spot.place,
        label="car" if incident.plate else "stall",
        plate=None
        if incident.plate is None
        else Plate(text=incident.plate, score=0.98, source=PlateSource.READ, reads=4),
        pictures=_pictures(said, kind, at),
        spot_xy=(x, y),
        resolution=incident.resolution if ended else None,
        why="the place was seen empty" if ended else "stood longer than 60 s",
        position_latlon=spot.position,
    )
    return Arrival(signal, b'{"specversion":"1.0","id":"%s","data":{}}' % said.encode())


def _pictures(said: str, kind: SignalKind, at: datetime) -> tuple[Picture, ...]:
    role = PictureRole.OVERSTAY if kind is not SignalKind.ENDED else PictureRole.EMPTY
    digest = said.replace("-", "") * 2
    return (
        ()
        if kind is SignalKind.CONTINUES
        else (Picture(role=role, sha256=digest, captured_at=at, bytes=90_000),)
    )
