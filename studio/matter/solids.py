"""Geometry as plain data: parts made of points and faces, put together into models.

Nothing here knows a renderer, so shapes can be tested as numbers. Lengths are metres, z is up, vehicles
look along x.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from models.geometry import FloatArray

Vec = tuple[float, float, float]
Face = tuple[int, ...]


@dataclass(frozen=True)
class Part:
    """One mesh.

    Attributes:
        points: (N, 3) metres.
        faces: corners of each face, counter-clockwise from outside.
        finishes: names of the finishes in use; `finish_of` says which one each face wears.
        uvs: (corners of all faces, 2) place in the finish's picture, or None.
        smooth: shade as one rounded surface.
        bevel_m: rounding of the edges.
        subdivisions: how often to round the whole part off; `creases` are edges that stay sharp, 0..1.
        holes: parts that are cut out of this one.
    """

    points: FloatArray
    faces: tuple[Face, ...]
    finishes: tuple[str, ...]
    finish_of: tuple[int, ...] = ()
    uvs: FloatArray | None = None
    smooth: bool = False
    bevel_m: float = 0.0
    subdivisions: int = 0
    creases: dict[tuple[int, int], float] = field(default_factory=dict)
    holes: tuple["Part", ...] = ()

    def moved(self, by: Vec = (0, 0, 0), turn: Vec = (0, 0, 0), scale: float = 1.0) -> "Part":
        """The same part elsewhere: scaled, turned about x, then y, then z (radians), then moved."""
        points = (self.points * scale) @ rotation(turn).T + by
        holes = tuple(hole.moved(by, turn, scale) for hole in self.holes)
        return replace(self, points=points, holes=holes)


Model = tuple[Part, ...]


def rotation(turn: Vec) -> FloatArray:
    """The matrix that turns about x, then y, then z."""
    (sx, sy, sz), (cx, cy, cz) = np.sin(turn), np.cos(turn)
    about_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    turned: FloatArray = about_z @ about_y @ about_x
    return turned


def moved(model: Iterable[Part], by: Vec = (0, 0, 0), turn: Vec = (0, 0, 0), scale: float = 1.0) -> Model:
    """A whole model elsewhere."""
    return tuple(part.moved(by, turn, scale) for part in model)


def bounds(model: Iterable[Part]) -> tuple[FloatArray, FloatArray]:
    """The lowest and the highest corner of the box around a model."""
    points = np.concatenate([part.points for part in model])
    return points.min(axis=0), points.max(axis=0)


_CUBE = ((0, 3, 2, 1), (4, 5, 6, 7), (0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7))


def box(size: Vec, at: Vec, finish: str, *, turn: Vec = (0, 0, 0), bevel_m: float = 0.0) -> Part:
    """A block about its middle."""
    signs = [
        (-1, -1, -1),
        (1, -1, -1),
        (1, 1, -1),
        (-1, 1, -1),
        (-1, -1, 1),
        (1, -1, 1),
        (1, 1, 1),
        (-1, 1, 1),
    ]
    part = Part(np.array(signs, float) * np.array(size) / 2, _CUBE, (finish,), bevel_m=bevel_m)
    return part.moved(at, turn)


def cylinder(
    radius: float,
    length: float,
    at: Vec,
    finish: str,
    *,
    turn: Vec = (0, 0, 0),
    sides: int = 20,
    top: float | None = None,
    bevel_m: float = 0.0,
) -> Part:
    """A cylinder about its middle, along z until turned; `top` is another radius at the upper end."""
    angles = np.arange(sides) * 2 * math.pi / sides
    ring = np.stack([np.cos(angles), np.sin(angles), np.zeros(sides)], axis=1)
    upper = radius if top is None else top
    points = np.concatenate([ring * radius - (0, 0, length / 2), ring * upper + (0, 0, length / 2)])
    walls = [(k, (k + 1) % sides, sides + (k + 1) % sides, sides + k) for k in range(sides)]
    caps: list[Face] = [tuple(range(sides))[::-1], tuple(range(sides, 2 * sides))]
    return Part(points, (*walls, *caps), (finish,), smooth=True, bevel_m=bevel_m).moved(at, turn)


def ball(radii: Vec, at: Vec, finish: str, *, turn: Vec = (0, 0, 0)) -> Part:
    """An ellipsoid."""
    sides, rings = 16, 9
    angles = np.arange(sides) * 2 * math.pi / sides
    points: list[Vec] = [(0, 0, -1)]
    for ring in range(1, rings):
        tilt = math.pi * ring / rings - math.pi / 2
        points += [
            (math.cos(a) * math.cos(tilt), math.sin(a) * math.cos(tilt), math.sin(tilt)) for a in angles
        ]
    points.append((0, 0, 1))
    faces: list[Face] = [(0, 1 + (k + 1) % sides, 1 + k) for k in range(sides)]
    for ring in range(rings - 2):
        low, high = 1 + ring * sides, 1 + (ring + 1) * sides
        faces += [(low + k, low + (k + 1) % sides, high + (k + 1) % sides, high + k) for k in range(sides)]
    last, low = len(points) - 1, 1 + (rings - 2) * sides
    faces += [(low + k, low + (k + 1) % sides, last) for k in range(sides)]
    return Part(np.array(points) * radii, tuple(faces), (finish,), smooth=True).moved(at, turn)


def tube(
    through: Sequence[Vec], radii: Sequence[float | tuple[float, float]], finish: str, *, sides: int = 10
) -> Part:
    """A tapered tube through points; a radius may be a pair: along and across the walking direction."""
    spine = np.asarray(through, float)
    points = []
    for index, radius in enumerate(radii):
        along = spine[min(index + 1, len(spine) - 1)] - spine[max(index - 1, 0)]
        along = along / np.linalg.norm(along)
        side = np.cross(along, (0, 1, 0) if abs(along[1]) < 0.9 else (1, 0, 0))  # noqa: PLR2004 - not along y
        side = side / np.linalg.norm(side)
        other = np.cross(along, side)
        wide, deep = radius if isinstance(radius, tuple) else (radius, radius)
        angles = np.arange(sides)[:, None] * 2 * math.pi / sides
        points.append(spine[index] + np.cos(angles) * side * wide + np.sin(angles) * other * deep)
    return rings_closed(points, finish)


def rings_closed(rings: Sequence[FloatArray], finish: str) -> Part:
    """A skin over rings of equally many points, closed at both ends."""
    sides, count = len(rings[0]), len(rings)
    faces: list[Face] = [
        (
            ring * sides + k,
            ring * sides + (k + 1) % sides,
            (ring + 1) * sides + (k + 1) % sides,
            (ring + 1) * sides + k,
        )
        for ring in range(count - 1)
        for k in range(sides)
    ]
    faces += [tuple(range(sides))[::-1], tuple(range((count - 1) * sides, count * sides))]
    return Part(np.concatenate(list(rings)), tuple(faces), (finish,), smooth=True)


def panel(corners: Sequence[Vec], finish: str) -> Part:
    """A flat four-cornered face that carries a picture: lower left, lower right, upper right, upper left."""
    uvs = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], float)
    return Part(np.asarray(corners, float), ((0, 1, 2, 3),), (finish,), uvs=uvs)
