"""2,000 notices while the provider misbehaves and the notifier is killed with -9 at random points."""

import random
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.notices_street import FAULTS, FIRST, HURRIED, THANKS, Street, street

VEHICLES, KILLS, SECONDS = 2000, 20, 150.0
LEAVING = 0.15
UNDER_WAY = timedelta(seconds=1)
"""A request that was begun before the vehicle left is not one to somebody who has left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of it all.

    Attributes:
        lost: vehicles that stayed and whose owners were never told.
        doubled: messages beyond the first of one step to one owner.
        late: owners told to leave after they had left, but for requests under way.
        untold: messages that the provider has and the ledger does not know to be accepted, or the reverse.
        misreported: accepted notices whose fate in the ledger is not the provider's.
        in_doubt: notices that were under way when the notifier was killed.
        kills: of the notifier.
        requests: sends and questions to the provider.
    """

    lost: int
    doubled: int
    late: int
    untold: int
    misreported: int
    in_doubt: int
    kills: int
    requests: int
    sent: int
    left: int


def kills() -> Iterator[Figure]:
    """All of it, as figures."""
    with tempfile.TemporaryDirectory() as folder:
        found = under_kills(Path(folder), VEHICLES, KILLS, SECONDS, seed=1)
    note = (
        f"{VEHICLES} notices, {found.kills} kills that caught {found.in_doubt} under way, {found.left} left,"
        f" {found.requests} attempts, seed 1"
    )
    yield Figure("notices lost under faults and kills", found.lost, "", 0, note=note)
    yield Figure("notices doubled under faults and kills", found.doubled, "", 0, note=note)
    yield Figure("owners told to leave who had left", found.late, "", 0, note=note)
    yield Figure("messages that ledger and provider disagree on", found.untold, "", 0, note=note)
    yield Figure("fates that reports twice and in disorder got wrong", found.misreported, "", 0, note=note)
    yield Figure(
        "notices under way when killed", found.in_doubt, "", 1, "least", "else the run proves nothing"
    )


def under_kills(folder: Path, vehicles: int, kills_wanted: int, seconds: float, seed: int) -> Result:
    """Let vehicles come and leave for so long, kill the notifier so often, and see what became of it.

    Raises:
        TimeoutError: a notice was never dealt with.
    """
    dice = random.Random(seed)
    with street(folder, vehicles, settings=HURRIED, faults=FAULTS, seed=seed) as place:
        place.site.start("phone", "public")
        coming = threading.Thread(target=_traffic, args=(place, vehicles, seconds, random.Random(seed)))
        coming.start()
        caught = 0
        for _ in range(kills_wanted):
            place.site.start("notifier")
            time.sleep(dice.uniform(0.05, 2.0))
            place.site.kill("notifier")
            caught += sum(bool(row["in_doubt"]) for row in place.notices().values())
        place.site.start("notifier")
        coming.join()
        place.until_quiet(within_s=max(60.0, vehicles / 10))
        _reports_settle(place)
        return _judge(place, vehicles, caught, kills_wanted)


def _traffic(place: Street, vehicles: int, seconds: float, dice: random.Random) -> None:
    """They come evenly; some leave again within seconds, before, while or after they are written to."""
    began = time.monotonic()
    events = [(index * seconds / vehicles, index, False) for index in range(vehicles)]
    leaving = [index for index in range(vehicles) if dice.random() < LEAVING]
    events += [(index * seconds / vehicles + dice.uniform(0.0, 6.0), index, True) for index in leaving]
    for due, index, leaves in sorted(events):
        time.sleep(max(0.0, began + due - time.monotonic()))
        if leaves:
            place.leave(index)
        else:
            place.arrive([index])


def _reports_settle(place: Street) -> None:
    """The last reports are on their way for a moment."""
    deadline = time.monotonic() + 15
    while _misreported(place) and time.monotonic() < deadline:
        time.sleep(0.2)


def _judge(place: Street, vehicles: int, caught: int, kills_made: int) -> Result:
    cases, told, thanked = place.cases(), place.notices(FIRST), place.notices(THANKS)
    by_sid = {row["provider_id"]: row for row in (*told.values(), *thanked.values()) if row["provider_id"]}
    steps = {(case, row["body"]): row["step"] for rows in (told, thanked) for case, row in rows.items()}
    sent = place.sent()
    per_step = Counter((one.vehicle, steps.get((cases[one.vehicle], one.body), "?")) for one in sent)
    late = [
        one
        for one in sent
        if one.vehicle in place.left_at
        and steps.get((cases[one.vehicle], one.body)) == FIRST
        and one.at > place.left_at[one.vehicle] + UNDER_WAY
    ]
    stayed = set(range(vehicles)) - place.left_at.keys()
    return Result(
        lost=sum((index, FIRST) not in per_step for index in stayed),
        doubled=sum(count - 1 for count in per_step.values()),
        late=len(late),
        untold=len({one.sid for one in sent} ^ by_sid.keys()),
        misreported=_misreported(place),
        in_doubt=caught,
        kills=kills_made,
        requests=sum(row["attempts"] for row in (*told.values(), *thanked.values())),
        sent=len(sent),
        left=len(place.left_at),
    )


def _misreported(place: Street) -> int:
    fates = {one.sid: one.status for one in place.sent()}
    rows = [row for step in (FIRST, THANKS) for row in place.notices(step).values()]
    return sum(row["delivery"] != fates.get(row["provider_id"]) for row in rows if row["provider_id"])
