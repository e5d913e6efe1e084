"""What buses and coaches share: a hull, panes with people behind them, doors to the right, lamps, wheels."""

from dataclasses import dataclass

from studio.actors.fittings import (
    arch_lips,
    arches,
    end_panel,
    headlamps,
    heavy_wheel,
    horn_mirrors,
    hull,
    side_panel,
    slats,
    wipers,
)
from studio.actors.panes import BACK, SCREEN, SEATS
from studio.matter.solids import Part, box


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


def body(work: Coachwork, colour: str) -> list[Part]:
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
    parts = [
        hull(outline, half, f"paint-{colour}", bevel_m=0.11, holes=arches(work.axles, work.wheel, half)),
        *arch_lips(work.axles, work.wheel, half),
        *_face(work),
        *_back(work),
    ]
    for x in work.axles:
        parts += [part for side in (1, -1) for part in heavy_wheel(x, side * (half - 0.20), work.wheel, side)]
    for side in (1, -1):
        parts += _flank(work, side)
    return parts


def _face(work: Coachwork) -> list[Part]:
    """What comes towards one: a dark mask with the windscreen in it, lamps, grille, mirrors like horns."""
    nose, half, (low, high) = work.half_length, work.half, work.screen
    top = work.roof - 0.34
    slope = 0.16 / (top - low)
    parts = [
        end_panel(half - 0.05, (low - 0.08, top), (nose + 0.006, nose - 0.154), "trim", top=half - 0.08),
        end_panel(
            half - 0.10,
            work.screen,
            (nose + 0.012, nose - slope * (high - low) + 0.012),
            SCREEN,
            top=half - 0.13,
        ),
        box((0.10, 2 * half - 0.10, 0.26), (nose - 0.02, 0, 0.45), "trim", bevel_m=0.04),
        box((0.03, half * 0.9, 0.20), (nose + 0.01, 0, 0.80), "liner", bevel_m=0.01),
        *slats(half * 0.40, (0.72, 0.88), nose + 0.022, "chrome", count=2),
        *wipers(nose + 0.025, low + 0.07, half, 0.1),
        *horn_mirrors(nose, half, high - 0.02),
    ]
    for side in (1, -1):
        parts += headlamps(nose + 0.005, half - 0.37, 0.80, side, wide=0.60, high=0.25)
        parts.append(box((0.05, 0.16, 0.09), (nose + 0.02, side * (half - 0.36), 0.47), "lamp", bevel_m=0.02))
    return parts


def _back(work: Coachwork) -> list[Part]:
    """What goes away from one: a rear window, the engine's grille, lamps in columns, a bumper."""
    tail, half = -work.half_length, work.half
    parts = [
        end_panel(
            half - 0.14, (work.sill + 0.18, work.lintel + 0.05), (tail - 0.008, tail), "trim", rear=True
        ),
        end_panel(
            half - 0.22, (work.sill + 0.25, work.lintel), (tail - 0.014, tail - 0.006), BACK, rear=True
        ),
        box((0.12, 2 * half - 0.06, 0.26), (tail + 0.03, 0, 0.48), "trim", bevel_m=0.04),
        box((0.04, 1.5, 0.44), (tail - 0.005, 0, work.sill - 0.07), "liner", bevel_m=0.01),
        *slats(0.70, (work.sill - 0.27, work.sill + 0.13), tail - 0.02, "bumper", count=5),
        box((0.04, 0.70, 0.06), (tail - 0.005, 0, work.roof - 0.26), "tail", bevel_m=0.01),
    ]
    for side in (1, -1):
        y = side * (half - 0.17)
        parts += [
            box((0.05, 0.25, 0.78), (tail - 0.002, y, 1.06), "liner", bevel_m=0.03),
            box((0.05, 0.18, 0.30), (tail - 0.018, y, 0.88), "tail", bevel_m=0.03),
            box((0.05, 0.18, 0.14), (tail - 0.018, y, 1.13), "beacon-white", bevel_m=0.03),
            box((0.05, 0.18, 0.16), (tail - 0.018, y, 1.32), "amber", bevel_m=0.03),
            box((0.04, 0.22, 0.06), (tail - 0.035, side * (half - 0.30), 0.50), "tail"),
            box((0.04, 0.10, 0.08), (tail + 0.12, side * (half - 0.02), work.roof - 0.20), "amber"),
        ]
    return parts


def _flank(work: Coachwork, side: int) -> list[Part]:
    """One side's panes between dark posts, seams of its flaps; the right one has the doors."""
    y = side * (work.half + 0.006)
    rear, front = -work.half_length + 0.42, work.half_length - 0.42
    middle = (work.sill + work.lintel) / 2
    high = work.lintel - work.sill
    parts = [side_panel((rear, front), (work.sill, work.lintel), y, "glass")]
    bays = round((front - rear) / work.pillar)
    wide = (front - rear) / bays
    for k in range(bays + 1):
        x = rear + wide * k
        parts.append(box((0.07, 0.012, high), (x, y + side * 0.004, middle), "trim"))
        if k < bays:
            pane = (x + 0.05, x + wide - 0.05)
            seats = SEATS[(3 * k + (side > 0)) % len(SEATS)]
            parts.append(side_panel(pane, (work.sill + 0.04, work.lintel - 0.04), y + side * 0.003, seats))
            rail = (x + wide / 2, y + side * 0.006, work.lintel - high * 0.26)
            parts.append(box((wide - 0.10, 0.010, 0.025), rail, "rib"))
    skirt = (work.half_length - 0.3 - work.axles[0] - 0.7, work.axles[0] - work.axles[1] - 1.5)
    parts += [
        box((skirt[1], 0.01, 0.014), ((work.axles[0] + work.axles[1]) / 2, y, 0.70), "seam"),
        box((skirt[0], 0.01, 0.014), (work.axles[0] + 0.7 + skirt[0] / 2, y, 0.70), "seam"),
        *(box((0.014, 0.01, 0.34), (x, y, 0.53), "seam") for x in (-1.2, -0.1, 1.0, work.axles[1] - 1.4)),
        *(
            box((0.06, 0.02, 0.05), (x, y, 0.60), "amber")
            for x in (work.axles[1] - 1.0, 0.0, work.axles[0] + 0.9)
        ),
    ]
    if side < 0:
        for door in work.doors:
            parts += _door(work, door, y)
    return parts


def _door(work: Coachwork, door: tuple[float, float], y: float) -> list[Part]:
    """A folding door: two leaves of glass in frames, as high as the windows, a grip on each."""
    (rear, front), low, high = door, 0.40, work.lintel
    width = (front - rear) / 2
    parts = [side_panel(door, (low, high + 0.04), y - 0.012, "trim")]
    for leaf in (0, 1):
        glass = (rear + leaf * width + 0.06, rear + (leaf + 1) * width - 0.06)
        parts.append(side_panel(glass, (low + 0.10, high - 0.06), y - 0.016, "glass"))
        parts += [
            box((0.035, 0.02, high - low - 0.06), (x, y - 0.018, (low + high) / 2), "rib") for x in glass
        ]
        parts += [
            box((width - 0.10, 0.02, 0.035), ((glass[0] + glass[1]) / 2, y - 0.018, z), "rib")
            for z in (low + 0.08, 1.12, high - 0.05)
        ]
        parts.append(box((0.02, 0.03, 0.6), (glass[leaf - 1], y - 0.03, 1.3), "chrome"))
    return parts
