"""Background: traffic on every lane and people on every walk, who never run into anybody of the story."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from shapely import Polygon, affinity, box

from studio.scenes.paths import Motion
from studio.scenes.scene import Actor
from studio.storyboards.board import Plot, Stage, actor
from studio.storyboards.driving import passing
from studio.storyboards.troupe import Company, Look
from studio.storyboards.walking import walking

_SIZES = {
    "person": (0.6, 0.6),
    "woman": (0.6, 0.6),
    "porter": (0.9, 0.9),
    "bicycle": (1.8, 0.7),
    "motorcycle": (2.0, 0.8),
    "scooter-rider": (1.9, 0.8),
    "tricycle": (3.2, 1.3),
    "cart": (3.4, 2.4),
    "bus": (12.0, 2.6),
    "lorry": (7.5, 2.4),
    "ambulance": (6.0, 2.1),
}
_CAR = (4.9, 1.95)
_MARGIN_M = 0.25
_STEP_S = 0.4
_AHEAD_M = 2.0
"""Room that who moves keeps ahead: nobody drives up to another's bumper at speed."""

_WALKERS_EVERY_S = 26.0
_RIDER_SHARE = 0.2
_USUAL_LANES = 2


class Trace:
    """Where one actor is on a raster of seconds: asked often, computed once.

    Attributes:
        size: length and width, m.
        motions: by the raster's step.
    """

    def __init__(self, one: Actor, duration_s: float) -> None:
        first = math.ceil(max(one.route.begins_s, 0.0) / _STEP_S)
        last = math.floor(min(one.route.ends_s, duration_s) / _STEP_S)
        self.size = _SIZES.get(one.kind, _CAR)
        at = ((step, one.route.at(step * _STEP_S)) for step in range(first, last + 1))
        self.motions = {step: motion for step, motion in at if motion is not None}

    def meets(self, other: "Trace") -> bool:
        """Whether the two ever need the same ground."""
        reach = (self.size[0] + other.size[0]) / 2 + 2 * _MARGIN_M + _AHEAD_M
        few, many = sorted((self, other), key=lambda trace: len(trace.motions))
        for step, here in few.motions.items():
            there = many.motions.get(step)
            if there is None or math.dist((here.x, here.y), (there.x, there.y)) > reach:
                continue
            if few.ground(here).intersects(many.ground(there)):
                return True
        return False

    def ground(self, motion: Motion) -> Polygon:
        """What it covers, with a margin and the room it keeps ahead, m."""
        long, wide = self.size
        ahead = min(motion.speed_mps, _AHEAD_M) if long > 1 else 0.0
        half, across = long / 2 + _MARGIN_M, wide / 2 + _MARGIN_M
        shape = box(-half, -across, half + ahead, across)
        turned = affinity.rotate(shape, motion.heading, (0, 0), use_radians=True)
        return affinity.translate(turned, motion.x, motion.y)


def extras(stage: Stage, company: Company, plot: Plot) -> Iterator[dict[str, Any]]:
    """Whoever passes without running into anybody, by the clip's seed."""
    there = [Trace(Actor.model_validate(one), plot.duration_s) for one in plot.actors]
    for candidate in (*_traffic(stage, company, plot), *_walkers(stage, company, plot)):
        newcomer = Trace(Actor.model_validate(candidate), plot.duration_s)
        if not any(newcomer.meets(other) for other in there):
            there.append(newcomer)
            yield candidate


def _traffic(stage: Stage, company: Company, plot: Plot) -> Iterator[dict[str, Any]]:
    """Vehicles; the more lanes, the emptier each. Only the first lanes have two looks each, and riders."""
    every_s = plot.traffic_every_s * max(1.0, len(stage.street.lane) / _USUAL_LANES)
    for index, lane in enumerate(stage.street.lane):
        chance = stage.chance(f"traffic {lane.id}")
        way_s = sum(math.dist(a, b) for a, b in zip(lane.path, lane.path[1:], strict=False)) / lane.speed_mps
        main = index < _USUAL_LANES
        looks = _looks(company.traffic, index, 2 if main else 1)
        for number, start in enumerate(_starts(-way_s, plot, chance.random, every_s)):
            rides = chance.random() < _RIDER_SHARE and main
            look = company.riders[0] if rides else chance.choice(looks)
            speed = lane.speed_mps * 0.6 if rides else None
            yield actor(f"passing-{lane.id}-{number}", look, passing(stage, lane, start, speed))


def _walkers(stage: Stage, company: Company, plot: Plot) -> Iterator[dict[str, Any]]:
    """People: one look to each walk and always the same way, for every stride of theirs is a picture."""
    for index, walk in enumerate(stage.street.walk):
        chance = stage.chance(f"walk {walk.id}")
        look = company.passer[index % len(company.passer)]
        for number, start in enumerate(_starts(-40.0, plot, chance.random, _WALKERS_EVERY_S)):
            yield actor(f"walking-{walk.id}-{number}", look, walking(stage, walk, start, back=index % 2 == 1))


def _starts(first: float, plot: Plot, draw: Callable[[], float], every_s: float) -> Iterator[float]:
    """Seconds at which somebody sets out, at random but never closer than a third of the mean."""
    at = first + every_s * draw()
    while at < plot.duration_s:
        yield at
        at += every_s * (0.35 + 1.3 * draw())


def _looks(looks: Sequence[Look], lane: int, count: int) -> list[Look]:
    """So many of the company's looks for a lane, each lane beginning with another."""
    return [looks[(lane + more) % len(looks)] for more in range(count)]
