"""Buses and coaches: a hull as long as the street is wide, bands of glass, doors to the right."""

from dataclasses import dataclass

from studio.actors.fittings import (
    arches,
    cab_mirrors,
    end_panel,
    heavy_wheel,
    hull,
    plates,
    side_panel,
    wipers,
)
from studio.matter.solids import Model, Part, box


@dataclass(frozen=True, slots=True)
class Coachwork:
    """The measures of one, metres; z from the ground, x from the middle.

    Attributes:
        half_length, half, roof: half the length, half the width, the height of the roof.
        sill, lintel: of the side windows.
        screen: of the windscreen, from which height to which.
        axles, wheel: where the wheels are and their radius.
        doors: each from which x to which, on the right.
        pillar: how far the side windows' posts stand apart.
        livery: the words on its side.
    """

    half_length: float
    half: float
    roof: float
    sill: float
    lintel: float
    screen: tuple[float, float]
    axles: tuple[float, float]
    wheel: float
    doors: tuple[tuple[float, float], ...]
    pillar: float
    livery: str


_BUS = Coachwork(
    5.40, 1.25, 3.02, 1.22, 2.42, (1.02, 2.46), (2.72, -2.60), 0.47, ((4.12, 5.14), (-0.72, 0.62)), 1.36,
    "words-bus-side",
)  # fmt: skip
"""A city bus of the 10.8 m class: low floor, wide doors, batteries on the roof."""

_COACH = Coachwork(
    5.75, 1.26, 3.46, 1.78, 2.98, (1.22, 3.02), (3.05, -2.70), 0.50, ((4.66, 5.42),), 1.72, "words-coach"
)
"""A coach of the 11.5 m class: seats over the luggage, one door."""


def bus(colour: str, plate: str) -> Model:
    """A city bus with its route over the windscreen and beside the door."""
    work = _BUS
    nose = work.half_length
    parts = _body(work, colour)
    parts += [
        box((0.06, 1.9, 0.34), (nose - 0.10, 0, 2.68), "trim", bevel_m=0.02),
        end_panel(0.78, (2.55, 2.82), nose - 0.065, "words-bus-route"),
        end_panel(0.50, (2.50, 2.68), -nose - 0.012, "words-bus-route", rear=True),
        side_panel((2.98, 4.02), (2.16, 2.35), -work.half - 0.022, "words-bus-route"),
        box((4.4, 1.7, 0.24), (1.2, 0, work.roof + 0.10), "stripe-white", bevel_m=0.06),
        box((2.0, 1.5, 0.22), (-3.2, 0, work.roof + 0.10), "rib", bevel_m=0.06),
    ]
    for side in (1, -1):
        y = side * (work.half + 0.004)
        for near, far in ((-5.2, -3.30), (-1.90, 1.98), (3.46, 5.1)):
            parts.append(side_panel((near, far), (0.74, 1.04), y, "stripe-white"))
        parts.append(side_panel((-4.9, 4.0), (2.52, 2.80), y, "stripe-white"))
    parts.append(side_panel((-1.85, 0.55), (0.76, 1.02), work.half + 0.008, work.livery))
    return (*parts, *plates(plate, nose + 0.05, 0.55, -nose - 0.03, 0.78))


def coach(colour: str, plate: str) -> Model:
    """A touring coach: a high floor, dark glass all round, luggage flaps below."""
    work = _COACH
    nose = work.half_length
    parts = _body(work, colour)
    parts += [
        end_panel(0.46, (3.08, 3.30), nose - 0.19, "words-coach-front"),
        box((1.9, 1.6, 0.20), (-0.6, 0, work.roof + 0.08), "stripe-white", bevel_m=0.06),
        box((0.7, 0.9, 0.06), (3.0, 0, work.roof + 0.02), "trim", bevel_m=0.02),
    ]
    for side in (1, -1):
        y = side * (work.half + 0.004)
        parts.append(side_panel((-5.4, 4.2), (1.30, 1.52), y, "stripe-blue"))
        parts.append(side_panel((-5.4, 2.2), (1.52, 1.60), y, "stripe-yellow"))
        parts += [box((0.015, 0.01, 0.62), (x, y, 0.74), "seam") for x in (-1.5, -0.45, 0.6, 1.65)]
        parts.append(box((3.9, 0.01, 0.015), (0.1, y, 1.07), "seam"))
    for side in (1, -1):
        parts.append(side_panel((-1.9, 0.9), (1.10, 1.50), side * (work.half + 0.008), work.livery))
    return (*parts, *plates(plate, nose + 0.05, 0.62, -nose - 0.03, 1.0))


def _body(work: Coachwork, colour: str) -> list[Part]:
    """Hull, glass, doors, wheels, lamps and mirrors."""
    nose, half, roof = work.half_length, work.half, work.roof
    outline = [
        (nose - 0.05, 0.32),
        (nose, 0.62),
        (nose, work.screen[0]),
        (nose - 0.16, roof - 0.34),
        (nose - 0.34, roof - 0.02),
        (nose - 0.70, roof),
        (-nose + 0.30, roof),
        (-nose + 0.02, roof - 0.22),
        (-nose, 0.9),
        (-nose + 0.08, 0.36),
    ]
    lean = 0.16 * (work.screen[1] - work.screen[0]) / (roof - 0.34 - work.screen[0])
    parts = [
        hull(outline, half, f"paint-{colour}", bevel_m=0.11, holes=arches(work.axles, work.wheel, half)),
        end_panel(half - 0.10, work.screen, (nose + 0.012, nose - lean + 0.012), "glass", top=half - 0.13),
        end_panel(
            half - 0.22,
            (work.sill + 0.25, work.lintel),
            (-nose - 0.010, -nose - 0.004),
            "glass",
            rear=True,
        ),
        box((0.10, 2 * half - 0.10, 0.30), (nose - 0.02, 0, 0.47), "trim", bevel_m=0.04),
        box((0.10, 2 * half - 0.10, 0.26), (-nose + 0.04, 0, 0.50), "trim", bevel_m=0.04),
        box((0.04, 1.2, 0.40), (-nose - 0.005, 0, 1.12), "liner", bevel_m=0.01),
        *wipers(nose + 0.025, work.screen[0] + 0.07, half, 0.1),
        *cab_mirrors(nose + 0.02, half - 0.02, work.screen[1] - 0.30),
    ]
    for x in work.axles:
        parts += [part for side in (1, -1) for part in heavy_wheel(x, side * (half - 0.20), work.wheel, side)]
    for side in (1, -1):
        parts += _flank(work, side)
        parts += [
            box((0.05, 0.42, 0.17), (nose + 0.005, side * (half - 0.32), 0.80), "lamp", bevel_m=0.02),
            box((0.05, 0.10, 0.17), (nose, side * (half - 0.07), 0.80), "amber", bevel_m=0.02),
            box((0.05, 0.16, 0.46), (-nose - 0.005, side * (half - 0.16), 1.0), "tail", bevel_m=0.02),
            box((0.05, 0.16, 0.12), (-nose - 0.005, side * (half - 0.16), 1.32), "amber", bevel_m=0.02),
        ]
    return parts


def _flank(work: Coachwork, side: int) -> list[Part]:
    """One side's glass with its posts and sliding panes; the right one has the doors."""
    y = side * (work.half + 0.006)
    rear, front = -work.half_length + 0.42, work.half_length - 0.42
    middle = (work.sill + work.lintel) / 2
    high = work.lintel - work.sill
    parts = [side_panel((rear, front), (work.sill, work.lintel), y, "glass")]
    posts = round((front - rear) / work.pillar)
    for k in range(posts + 1):
        x = rear + (front - rear) * k / posts
        parts.append(box((0.06, 0.012, high), (x, y + side * 0.004, middle), "trim"))
        if k < posts:
            rail = (x + (front - rear) / posts / 2, y + side * 0.004, work.lintel - high * 0.26)
            parts.append(box(((front - rear) / posts - 0.08, 0.010, 0.025), rail, "rib"))
    parts += [
        box((0.05, 0.02, 0.04), (x, y, 0.60), "amber")
        for x in (work.axles[1] - 1.0, 0.0, work.axles[0] + 0.9)
    ]
    if side < 0:
        for door in work.doors:
            parts += _door(work, door, y)
    return parts


def _door(work: Coachwork, door: tuple[float, float], y: float) -> list[Part]:
    """A folding door: two leaves of glass in dark frames, as high as the windows."""
    (rear, front), low, high = door, 0.40, work.lintel
    width = (front - rear) / 2
    parts = [side_panel(door, (low, high + 0.04), y - 0.010, "trim")]
    for leaf in (0, 1):
        glass = (rear + leaf * width + 0.06, rear + (leaf + 1) * width - 0.06)
        parts.append(side_panel(glass, (low + 0.10, high - 0.06), y - 0.014, "glass"))
        parts.append(box((0.02, 0.03, 0.6), (glass[leaf - 1], y - 0.03, 1.3), "chrome"))
    return parts
