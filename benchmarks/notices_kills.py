"""2,000 notices while the provider misbehaves and the notifier is killed with -9 at random points."""

import queue
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
from benchmarks.site import until

VEHICLES, KILLS = 2000, 20
COMING_S = 2.0
"""Half of the vehicles between two kills come while a notifier works, within so many seconds."""
LEAVING, LEAVES_WITHIN_S = 0.15, 6.0
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
        found = under_kills(Path(folder), VEHICLES, KILLS, seed=1)
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


def under_kills(folder: Path, vehicles: int, kills_wanted: int, *, seed: int) -> Result:
    """Let vehicles come and leave, kill the notifier so often, and see what became of it.

    Raises:
        TimeoutError: a notice was never dealt with.
    """
    dice = random.Random(seed)
    with street(folder, vehicles, settings=HURRIED, faults=FAULTS, seed=seed) as place:
        place.site.start("phone", "public")
        traffic = _Traffic(place, random.Random(seed))
        share = vehicles // (kills_wanted + 1)
        caught = 0
        for turn in range(kills_wanted):
            first = turn * share
            # Half of them come while nobody is there to write to their owners, half while somebody is.
            traffic.come(range(first, first + share // 2), 0.0)
            place.site.start("notifier")
            traffic.come(range(first + share // 2, first + share), COMING_S)
            # By what was done and not by the clock: a slow machine must not make the kills harmless.
            goal = place.attempts() + dice.randint(1, share)
            until(lambda goal=goal: place.attempts() >= goal, within_s=120, what="the notifier working")  # type: ignore[misc]
            time.sleep(dice.uniform(0.0, 0.1))
            place.site.kill("notifier")
            caught += sum(bool(row["in_doubt"]) for row in place.notices().values())
        traffic.come(range(kills_wanted * share, vehicles), COMING_S)
        place.site.start("notifier")
        traffic.finish()
        place.until_quiet(within_s=max(120.0, vehicles / 5))
        _reports_settle(place)
        return _judge(place, vehicles, caught, kills_wanted)


class _Traffic:
    """Vehicles come; some leave again within seconds, before, while or after their owners are written to."""

    def __init__(self, place: Street, dice: random.Random) -> None:
        self._place = place
        self._dice = dice
        self._waiting: queue.PriorityQueue[tuple[float, int, bool]] = queue.PriorityQueue()
        threading.Thread(target=self._run, daemon=True).start()

    def come(self, vehicles: range, over_s: float) -> None:
        """Let them come evenly over so many seconds from now."""
        now = time.monotonic()
        for place, vehicle in enumerate(vehicles):
            at = now + over_s * place / len(vehicles)
            self._waiting.put((at, vehicle, False))
            if self._dice.random() < LEAVING:
                self._waiting.put((at + self._dice.uniform(0.01, LEAVES_WITHIN_S), vehicle, True))

    def finish(self) -> None:
        """Wait until all came, and those that leave have left."""
        self._waiting.join()

    def _run(self) -> None:
        while True:
            at, vehicle, leaves = self._waiting.get()
            if (early_s := at - time.monotonic()) > 0:
                # Something sooner may come meanwhile.
                self._waiting.put((at, vehicle, leaves))
                time.sleep(min(early_s, 0.01))
            elif leaves:
                self._place.leave(vehicle)
            else:
                self._place.arrive([vehicle])
            self._waiting.task_done()


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
