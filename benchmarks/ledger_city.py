"""A made-up city for the ledger's benchmark: its areas and cameras, and one week of incidents in it."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from cases.routing import Above, NoRouter, Responsibility, Where
from cases.states import Resolution

WEEK = timedelta(days=7)
MONDAY = datetime(2026, 11, 9, tzinfo=UTC)
DISTRICTS, TOWNS, GRIDS, CAMERAS = 3, 4, 5, 4
"""Districts, towns in each, grids in each town, cameras in each grid: 240 cameras."""

HOURS = (1, 1, 1, 1, 1, 2, 4, 8, 9, 6, 5, 6, 7, 6, 5, 5, 7, 9, 10, 9, 7, 5, 3, 2)
"""How often something happens, by hour: a morning, a noon and an evening."""
DAYS = (10, 10, 10, 10, 12, 14, 13)
MATTERS = (("fire-lane", 40), ("no-parking", 38), ("no-stall", 14), ("smoke", 5), ("water", 3))
CENTRE_LAT, CENTRE_LON = 29.87, 121.55


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """One zone of one camera."""

    source: str
    zone: str
    place: str
    policy: str
    area: str
    area_path: str
    position: tuple[float, float]
    unreliable: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """What happens at a spot, and what people do about it; times are seconds after `at`.

    Attributes:
        ends_s: when it is over for the camera; None if it still stands at the end of the week.
        resolution: as the camera saw it end; None when it lost sight of it.
        plate: None for what has none.
        delay_s: until the provider has taken a notice.
        commands: what the department does and when, as `(after_s, word)`.
    """

    number: int
    spot: Spot
    at: datetime
    ends_s: float | None
    resolution: Resolution | None
    plate: str | None
    delay_s: float
    commands: tuple[tuple[float, str], ...] = field(default=())


class CityRouter(NoRouter):
    """Knows the area of each of the city's cameras, and sends cases to the policy's department."""

    def __init__(self, spots: tuple[Spot, ...]) -> None:
        self._by_source = {spot.source: spot for spot in spots}

    def refresh(self, connection: Connection) -> None:
        """The city does not change."""

    def route(self, matter: str, where: Where, unit: str = "") -> Responsibility:  # noqa: ARG002
        """By the camera's grid."""
        spot = self._by_source.get(where.source)
        if spot is None:
            return Responsibility(lead_unit=unit)
        return Responsibility(
            area=spot.area, area_path=spot.area_path, lead_unit=unit, why=("camera's grid",)
        )

    def above(self, area: str) -> Above | None:  # noqa: ARG002
        """Nobody escalates here."""
        return None


def city() -> tuple[Spot, ...]:
    """All zones of all cameras, the same at every run."""
    chance = random.Random(7)
    return tuple(_spots(chance))


def _spots(chance: random.Random) -> Iterator[Spot]:
    names, weights = [name for name, _ in MATTERS], [weight for _, weight in MATTERS]
    for district in range(DISTRICTS):
        for town in range(TOWNS):
            for grid in range(GRIDS):
                area = f"g{district}{town}{grid}"
                for camera in range(CAMERAS):
                    position = (
                        CENTRE_LAT + district * 0.05 + town * 0.01 + chance.uniform(0, 0.009),
                        CENTRE_LON + grid * 0.01 + camera * 0.002 + chance.uniform(0, 0.0019),
                    )
                    for policy in set(chance.choices(names, weights, k=3)):
                        yield Spot(
                            source=f"/{area}/box-{camera // 2}/camera-{camera}",
                            zone=f"{policy}-{camera}",
                            place=f"Road {district * 20 + town * 5 + grid}, gate {camera}",
                            policy=policy,
                            area=area,
                            area_path=f"/city/district-{district}/town-{district}{town}/{area}",
                            position=position,
                            unreliable=chance.choice((0.0, 0.01, 0.02, 0.05, 0.3)),
                        )


def week(count: int) -> list[Incident]:
    """So many incidents in one week, in their order, the same at every run."""
    chance = random.Random(11)
    spots = city()
    # A few places are where it happens again and again.
    weights = [chance.paretovariate(1.2) for _ in spots]
    hours = chance.choices(range(168), [DAYS[hour // 24] * HOURS[hour % 24] for hour in range(168)], k=count)
    moments = sorted(hour * 3600 + chance.uniform(0, 3600) for hour in hours)
    chosen = chance.choices(spots, weights, k=count)
    return [
        _incident(number, spot, MONDAY + timedelta(seconds=after_s), chance)
        for number, (spot, after_s) in enumerate(zip(chosen, moments, strict=True))
    ]


def _incident(number: int, spot: Spot, at: datetime, chance: random.Random) -> Incident:
    stays = chance.random() < 0.008
    is_vehicle = spot.policy in {"fire-lane", "no-parking"}
    ends_s = chance.lognormvariate(6.4, 1.1) if is_vehicle else chance.lognormvariate(8.2, 1.0)
    way = Resolution.LEFT if is_vehicle else Resolution.CLEARED
    plate = f"浙B{chance.randrange(100_000):05d}" if is_vehicle and chance.random() < 0.85 else None
    return Incident(
        number=number,
        spot=spot,
        at=at,
        ends_s=None if stays else ends_s,
        resolution=way if chance.random() < 0.9 else None,
        plate=plate,
        delay_s=min(chance.lognormvariate(-1.2, 0.7), 30.0),
        commands=() if stays else tuple(_commands(spot, chance)),
    )


def _commands(spot: Spot, chance: random.Random) -> Iterator[tuple[float, str]]:
    seen_s = chance.lognormvariate(2.8, 0.7)
    if chance.random() < spot.unreliable:
        yield seen_s + 20, "dismiss"
        return
    yield seen_s, "assess"
    if chance.random() < 0.35:
        there_s = seen_s + chance.lognormvariate(4.9, 0.6)
        yield seen_s + 15, "accept"
        yield there_s, "start"
        yield there_s + chance.lognormvariate(4.6, 0.5), "comment"
        if chance.random() < 0.4:
            yield there_s + chance.lognormvariate(6.2, 0.6), "done"
