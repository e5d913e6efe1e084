"""The crew-cab pick-up: a car's skin with what makes one a pick-up."""

from studio.actors.bodies import BODIES
from studio.actors.fittings import arch_lips, headlamps, slats
from studio.actors.vehicles import car
from studio.matter.solids import Model, Part, Vec, box, tube

_HALF = 0.95


def pickup(colour: str, plate: str) -> Model:
    """Flared arches, a tailgate between upright lamps, rails and a roll bar over the bed, a tall grille."""
    body = BODIES["pickup"]
    paint = f"paint-{colour}"
    parts: list[Part] = [
        *arch_lips(body.axles, body.wheel, _HALF),
        box((0.10, 1.52, 0.44), (-2.61, 0, 0.89), paint, bevel_m=0.03),
        box((0.02, 0.26, 0.06), (-2.66, 0, 1.05), "trim", bevel_m=0.01),
        box((0.02, 1.30, 0.015), (-2.658, 0, 0.74), "seam"),
        box((0.20, 1.72, 0.15), (-2.66, 0, 0.55), "bumper", bevel_m=0.04),
        box((0.10, 0.80, 0.04), (-2.71, 0, 0.635), "trim"),
        box((0.08, 1.16, 0.26), (2.62, 0, 0.84), "liner", bevel_m=0.03),
        *slats(0.56, (0.74, 0.95), 2.655, "chrome", count=3),
        box((0.16, 1.74, 0.20), (2.58, 0, 0.53), "bumper", bevel_m=0.05),
        box((0.10, 1.00, 0.10), (2.63, 0, 0.47), "liner", bevel_m=0.02),
        _roll_bar(),
        box((0.04, 1.40, 0.05), (-1.21, 0, 1.56), "trim", bevel_m=0.01),
    ]
    for side in (1, -1):
        y = side * _HALF
        parts += headlamps(2.585, 0.72, 0.85, side, wide=0.34, high=0.20)
        parts += [
            box((0.12, 0.15, 0.38), (-2.58, side * 0.855, 0.93), "tail", bevel_m=0.03),
            box((0.12, 0.14, 0.09), (-2.59, side * 0.855, 0.87), "beacon-white", bevel_m=0.02),
            box((1.52, 0.07, 0.05), (-1.78, side * 0.905, 1.15), "trim", bevel_m=0.02),
            box((2.0, 0.14, 0.06), (0.0, side * 0.97, 0.37), "trim", bevel_m=0.02),
            box((0.06, 0.16, 0.09), (2.655, side * 0.70, 0.52), "lamp", bevel_m=0.02),
            *(box((0.014, 0.02, 0.60), (x, y - side * 0.006, 0.80), "seam") for x in (0.98, -0.02, -0.94)),
            box((1.9, 0.02, 0.014), (0.02, y - side * 0.002, 0.58), "seam"),
        ]
    return (*car("pickup", colour, plate), *parts)


def _roll_bar() -> Part:
    """One bent tube over the bed behind the cab."""
    up: list[Vec] = [(-1.55, 0.84, 1.14), (-1.28, 0.74, 1.54), (-1.20, 0.64, 1.63)]
    over = [*up, *((x, -y, z) for x, y, z in reversed(up))]
    return tube(over, [0.035] * len(over), "trim", sides=8)
