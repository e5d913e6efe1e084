"""Polygons of areas: read from GeoJSON or WKT, checked, measured. The only file that names shapely here."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import shapely
from shapely.errors import ShapelyError

EARTH_M = 6_371_008.8
"""Mean radius of the Earth."""
RIGHT_LON, RIGHT_LAT = 180.0, 90.0
KINDS = {"Polygon", "MultiPolygon"}
_Ring = list[list[float]]
_EMPTY = "has no corners"


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two polygons on the same ground.

    Attributes:
        first, second: their places in the sequence.
        overlap_m2: area in common.
        share: of the smaller one.
    """

    first: int
    second: int
    overlap_m2: float
    share: float


def read_geometry(geometry: object) -> str:
    """A GeoJSON geometry as checked GeoJSON text.

    Raises:
        ValueError: what is wrong with it, `; `, what to do.
    """
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if not isinstance(kind, str) or kind not in KINDS:
        raise ValueError(f"is a {kind or 'thing'!s:.40}; an area is a Polygon or a MultiPolygon")
    form: Any = list[_Ring] if kind == "Polygon" else list[list[_Ring]]
    assert isinstance(geometry, dict)  # noqa: S101 - for the reader of types: `kind` came from it
    try:
        coordinates = msgspec.convert(geometry.get("coordinates"), form)
        parts = [coordinates] if kind == "Polygon" else coordinates
        polygons = [shapely.Polygon(_flat(rings[0]), [_flat(ring) for ring in rings[1:]]) for rings in parts]
        shape = polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)
    except msgspec.ValidationError as exc:
        raise ValueError(f"has broken coordinates: {exc}; export it again") from exc
    except IndexError as exc:
        raise ValueError(f"{_EMPTY}; draw it again") from exc
    except (ShapelyError, ValueError) as exc:
        why = str(exc).rstrip(".")
        raise ValueError(f"is no polygon: {why}; draw it again") from exc
    return _checked(shape)


def read_wkt(text: str) -> str:
    """Well-known text, as geographic information systems write it into tables, as checked GeoJSON text.

    Raises:
        ValueError: what is wrong with it, `; `, what to do.
    """
    try:
        shape = shapely.force_2d(shapely.from_wkt(text))
    except (ShapelyError, ValueError) as exc:
        raise ValueError(f"is no WKT: {str(exc)[:100]}; write e.g. POLYGON((121.5 29.8, …))") from exc
    if shape.geom_type not in KINDS:
        raise ValueError(f"is a {shape.geom_type}; an area is a POLYGON or a MULTIPOLYGON")
    return _checked(shape)


def shapes_of(texts: Sequence[str]) -> Any:  # noqa: ANN401 - an array of shapely geometries
    """GeoJSON texts that were checked, as geometries. Shape: (N,)."""
    return shapely.from_geojson(np.array(texts, dtype=object))


def area_m2(shape: Any) -> Any:  # noqa: ANN401 - one geometry or an array of them
    """Area on the ground, by a projection that keeps areas; exact but for the Earth's flattening (0.3 %)."""
    return shapely.area(shapely.transform(shape, _equal_area))


def overlaps(shapes: Any, pairs: Iterator[tuple[int, int]] | None = None) -> list[Overlap]:  # noqa: ANN401
    """Which polygons lie on the same ground; neighbours that only touch do not.

    Args:
        shapes: (N,) valid geometries in degrees.
        pairs: which to compare; all that meet without.
    """
    found = np.array(list(meetings(shapes) if pairs is None else pairs), dtype=int).reshape(-1, 2)
    if not len(found):
        return []
    one, two = shapes[found[:, 0]], shapes[found[:, 1]]
    common = area_m2(shapely.intersection(one, two))
    smaller = np.minimum(area_m2(one), area_m2(two))
    return [
        Overlap(int(first), int(second), float(m2), float(m2 / least))
        for (first, second), m2, least in zip(found, common, smaller, strict=True)
        if m2 > 0
    ]


def meetings(shapes: Any) -> Iterator[tuple[int, int]]:  # noqa: ANN401
    """Pairs of polygons that touch or overlap, each once, in order."""
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    for first, second in sorted(zip(left.tolist(), right.tolist(), strict=True)):
        if first < second:
            yield first, second


def share_outside(inner: Any, outer: Any) -> float:  # noqa: ANN401
    """Share of one polygon that lies outside another, 0..1."""
    whole = float(area_m2(inner))
    return float(area_m2(shapely.difference(inner, outer))) / whole if whole else 0.0


def _flat(ring: _Ring) -> list[tuple[float, float]]:
    """Corners without their heights.

    Raises:
        IndexError: a corner has fewer than two numbers.
    """
    return [(corner[0], corner[1]) for corner in ring]


def _checked(shape: Any) -> str:  # noqa: ANN401
    if shape.is_empty:
        raise ValueError(f"{_EMPTY}; draw it again")
    west, south, east, north = map(float, shape.bounds)
    if not all(map(math.isfinite, (west, south, east, north))):
        raise ValueError("has corners that are no numbers; export it again")
    if max(abs(west), abs(east)) > RIGHT_LON or max(abs(south), abs(north)) > RIGHT_LAT:
        swapped = max(abs(west), abs(east)) <= RIGHT_LAT and max(abs(south), abs(north)) <= RIGHT_LON
        remedy = "write longitude first" if swapped else "export it in degrees (WGS 84)"
        raise ValueError(f"lies off the Earth (from {west:g} {south:g} to {east:g} {north:g}); {remedy}")
    if not shape.is_valid:
        raise ValueError(f"crosses itself: {shapely.is_valid_reason(shape)}; draw it again")
    return str(shapely.to_geojson(shape))


def _equal_area(lonlat: Any) -> Any:  # noqa: ANN401 - (N, 2) arrays
    """Degrees to metres by Lambert's cylinder."""
    lon, lat = np.radians(lonlat[:, 0]), np.radians(lonlat[:, 1])
    return np.column_stack((EARTH_M * lon, EARTH_M * np.sin(lat)))
