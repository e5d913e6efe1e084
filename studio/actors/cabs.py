"""The cab over its engine, in any size: screen, grille, lamps, doors, steps, mirrors."""

from dataclasses import dataclass

from studio.actors.fittings import (
    arch_lips,
    arches,
    cab_mirrors,
    end_panel,
    headlamps,
    heavy_wheel,
    hull,
    side_panel,
    slats,
    wipers,
)
from studio.actors.panes import CAB
from studio.matter.solids import Part, Vec, box, panel


@dataclass(frozen=True, slots=True)
class Cab:
    """A cab over its engine, metres.

    Attributes:
        nose, back: from which x to which.
        half: half its width.
        keel, belt, roof: heights of its lower edge, its window line and its roof.
        doors: rows of doors.
        axle, wheel: where the front wheels are, their radius.
    """

    nose: float
    back: float
    half: float
    keel: float
    belt: float
    roof: float
    doors: int
    axle: float
    wheel: float


def cab_parts(cab: Cab, colour: str) -> list[Part]:
    """The cab with everything a driver needs."""
    nose, half, belt, roof = cab.nose, cab.half, cab.belt, cab.roof
    lean = 0.24
    outline = [
        (nose - 0.06, cab.keel),
        (nose, cab.keel + 0.25),
        (nose - 0.01, belt),
        (nose - lean - 0.04, roof - 0.14),
        (nose - lean - 0.26, roof),
        (cab.back + 0.05, roof),
        (cab.back, cab.keel),
    ]
    paint = f"paint-{colour}"
    glass = (belt + 0.03, roof - 0.20)
    share = (glass[1] - belt) / (roof - 0.14 - belt)
    screen = (nose - 0.004, nose - lean * share - 0.014)
    parts = [
        hull(outline, half, paint, bevel_m=0.07, holes=arches((cab.axle,), cab.wheel, half)),
        *arch_lips((cab.axle,), cab.wheel, half),
        end_panel(half - 0.05, (belt - 0.06, glass[1] + 0.05), screen, "trim", top=half - 0.11),
        end_panel(half - 0.10, glass, (screen[0] + 0.006, screen[1] + 0.006), CAB, top=half - 0.15),
        box(
            (0.06, half * 1.45, (belt - cab.keel) * 0.40),
            (nose + 0.005, 0, belt - 0.30),
            "liner",
            bevel_m=0.02,
        ),
        *slats(half * 0.66, (belt - 0.48, belt - 0.14), nose + 0.034, "rib", count=4),
        box((0.03, 0.26, 0.12), (nose + 0.05, 0, belt - 0.31), "chrome", bevel_m=0.03),
        box((0.05, half * 1.1, 0.10), (nose + 0.06, 0, cab.keel - 0.04), "liner"),
        box((0.16, 2 * half + 0.02, 0.30), (nose - 0.01, 0, cab.keel + 0.02), "bumper", bevel_m=0.05),
        *wipers(nose + 0.02, belt + 0.06, half, 0.15),
        *cab_mirrors(nose - 0.20, half - 0.02, belt + 0.38),
        box((0.30, half * 1.5, 0.05), (nose - lean - 0.02, 0, roof - 0.03), "liner", bevel_m=0.02),
    ]
    for side in (1, -1):
        parts += heavy_wheel(cab.axle, side * (half - 0.17), cab.wheel, side)
        parts += headlamps(nose + 0.01, half - 0.29, cab.keel + 0.28, side, wide=0.50, high=0.24)
        parts.append(
            box((0.05, 0.15, 0.08), (nose + 0.06, side * (half - 0.34), cab.keel), "lamp", bevel_m=0.02)
        )
        parts.append(box((0.07, 0.16, 0.05), (nose - lean - 0.12, side * half * 0.62, roof + 0.02), "amber"))
        parts += _side(cab, side)
    return parts


def _side(cab: Cab, side: int) -> list[Part]:
    """The side windows, the doors' seams and handles."""
    y = side * (cab.half + 0.006)
    low, high = cab.belt + 0.02, cab.roof - 0.22
    length = (cab.nose - 0.18 - cab.back - 0.16) / cab.doors
    parts = []
    for row in range(cab.doors):
        front = cab.nose - 0.18 - row * length
        rear, slope = front - length + 0.10, 0.20 if row == 0 else 0.0
        corners: list[Vec] = [(rear, y, low), (front, y, low), (front - slope, y, high), (rear, y, high)]
        if side > 0:
            corners = [corners[1], corners[0], corners[3], corners[2]]
        parts += [
            panel(corners, "glass"),
            box(
                (0.015, 0.008, cab.roof - 0.2 - cab.keel), (rear - 0.05, y, (cab.roof + cab.keel) / 2), "seam"
            ),
            box((0.16, 0.03, 0.035), (rear + 0.10, y, cab.belt - 0.10), "trim"),
        ]
    step = cab.axle - cab.wheel * 1.3 - 0.18
    parts += [
        box((0.34, 0.14, 0.05), (step, side * (cab.half - 0.03), cab.keel + rise), "rib")
        for rise in (-0.14, 0.12)
    ]
    parts += [
        side_panel((cab.back + 0.08, step + 0.16), (cab.keel + 0.02, cab.keel + 0.22), y, "trim"),
        box((0.10, 0.03, 0.06), (cab.axle + cab.wheel + 0.20, y, cab.belt - 0.18), "amber", bevel_m=0.01),
        box((0.04, 0.05, 0.5), (cab.back + 0.10, side * (cab.half + 0.01), cab.belt + 0.1), "rib"),
    ]
    return parts
