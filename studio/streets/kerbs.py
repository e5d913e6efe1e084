"""The ground between houses as geometry: carriageways, kerb stones around them, pavements behind the kerb."""

import math
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import shapely

from models.geometry import FloatArray
from studio.matter.solids import Face, Part, box, panel
from studio.streets.street import KERB_M, Marking, Street, Strip

KERB_WIDTH_M = 0.2
_STONE_M = 1.0
_LAYER_M = 0.004
"""Where carriageways cross, each lies this much below the one before it."""


def carriageways(street: Street, names: list[str]) -> list[Part]:
    """Each carriageway as a panel that wears its picture."""
    parts = []
    for layer, (road, name) in enumerate(zip(street.roads, names, strict=True)):
        (x0, y0, x1, y1), z = reach(street, road), -layer * _LAYER_M
        parts.append(panel([(x0, y0, z), (x1, y0, z), (x1, y1, z), (x0, y1, z)], name))
    return parts


def reach(street: Street, road: Strip) -> tuple[float, float, float, float]:
    """How far a carriageway's asphalt reaches: under the corners, where another one meets it."""
    x0, y0, x1, y1 = street.extent(road)
    more = street.corner_m if len(street.roads) > 1 else 0.0
    return (x0, y0 - more, x1, y1 + more) if road.along == "x" else (x0 - more, y0, x1 + more, y1)


def pavements(street: Street, strip: Strip, finish: str) -> list[Part]:
    """A pavement or bed behind the kerb, cut out where carriageways cross it."""
    behind = street.carriageway.buffer(KERB_WIDTH_M, join_style="mitre")
    left = shapely.difference(shapely.box(*street.extent(strip)), behind)
    areas = [area for area in shapely.get_parts(left) if area.area > 0.01]  # noqa: PLR2004 - slivers
    return [_slab(area, street.extent(strip), finish) for area in areas]


def kerbs(street: Street) -> list[Part]:
    """Kerb stones of a metre around the carriageways, none quite level with the next."""
    chance = np.random.default_rng(street.seed)
    return [
        box(
            (length - 0.015, KERB_WIDTH_M, 0.3),
            (x, y, KERB_M - 0.135 + chance.uniform(-0.008, 0.008)),
            _paint(street.marking, x, y),
            turn=(0, 0, bearing),
        )
        for x, y, bearing, length in _stones(street)
    ]


def _stones(street: Street) -> Iterator[tuple[float, float, float, float]]:
    """Middle, bearing and length of each stone; none where the street only ends, as no pavement is there."""
    paved = shapely.union_all(
        [shapely.box(*street.extent(strip)) for strip in street.strip if strip.kind != "road"]
    )
    shapely.prepare(paved)
    for area in shapely.get_parts(street.carriageway):
        corners = shapely.get_coordinates(area.exterior)
        for begin, end in pairwise(corners):
            far = math.dist(begin, end)
            count = max(1, round(far / _STONE_M))
            along = (end - begin) / far
            out = np.array([along[1], -along[0]]) * (1 if area.exterior.is_ccw else -1)
            for k in range(count):
                x, y = begin + (end - begin) * (k + 0.5) / count + out * KERB_WIDTH_M / 2
                if shapely.intersects_xy(paved, x, y):
                    yield float(x), float(y), math.atan2(along[1], along[0]), far / count


def _paint(markings: tuple[Marking, ...], x: float, y: float) -> str:
    for marking in markings:
        if marking.kind == "kerb" and _within(marking, x, y):
            return f"kerb-{marking.colour}"
    return "kerb"


def _within(marking: Marking, x: float, y: float) -> bool:
    return marking.x[0] <= x <= marking.x[1] and marking.y[0] <= y <= marking.y[1]


def _slab(area: shapely.Geometry, over: tuple[float, float, float, float], finish: str) -> Part:
    """A flat slab with upright sides, its picture laid over the whole strip's extent."""
    rim: FloatArray = shapely.get_coordinates(shapely.geometry.polygon.orient(area).exterior)[:-1]
    count = len(rim)
    points = np.concatenate([np.c_[rim, np.full(count, KERB_M)], np.c_[rim, np.full(count, -0.2)]])
    sides: list[Face] = [(k, count + k, count + (k + 1) % count, (k + 1) % count) for k in range(count)]
    x0, y0, x1, y1 = over
    flat = (rim - (x0, y0)) / (x1 - x0, y1 - y0)
    edges = np.concatenate([flat[[k, k, (k + 1) % count, (k + 1) % count]] for k in range(count)])
    return Part(points, (tuple(range(count)), *sides), (finish,), uvs=np.concatenate([flat, edges]))
