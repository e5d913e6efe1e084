"""Cars: a skin over cross-sections, then wheels, lamps, mirrors and plates; the scooter beside them."""

from studio.actors.bodies import BODIES
from studio.actors.fittings import UPRIGHT, plates, wheel
from studio.actors.skin import skin
from studio.matter.solids import Model, ball, box, cylinder, tube


def car(kind: str, colour: str, plate: str, *, lower: str = "") -> Model:
    """A passenger car, pick-up or van of one of the body shapes.

    Args:
        kind: one of `studio.actors.bodies.BODIES`.
        colour: of its paint.
        plate: what its plates say, or nothing.
        lower: another paint below the crease of its sides, as taxis have.
    """
    body = BODIES[kind]
    first, last = body.stations[0], body.stations[-1]
    nose, tail = body.stations[1], body.stations[-2]
    width = max(station.half for station in body.stations)
    parts = [skin(body, f"paint-{colour}", f"paint-{lower or colour}")]
    for x in body.axles:
        parts += [part for side in (1, -1) for part in wheel(x, side * (width - 0.115), body.wheel, side)]
    windscreen = next(station for station in body.stations if station.opens == "w")
    for side in (1, -1):
        mirror = (windscreen.x - 0.22, side * (width + 0.06), windscreen.belt + 0.06)
        parts.append(ball((0.07, 0.11, 0.08), mirror, f"paint-{colour}"))
        parts += [
            box((0.17, 0.03, 0.03), (x + 0.17, side * width * 0.985, windscreen.belt - 0.08), "trim")
            for x in body.doors
        ]
        if body.tall:
            lamp = (last.x + 0.10, side * (tail.half - 0.04), 1.0)
            parts.append(box((0.10, 0.10, 0.42), lamp, "tail", bevel_m=0.03))
    front, rear = first.x, last.x
    parts += [
        box((0.06, nose.half * 1.0, 0.13), (front - 0.045, 0, nose.belt - 0.11), "trim", bevel_m=0.03),
        box((0.03, nose.half * 0.95, 0.02), (front - 0.012, 0, nose.belt - 0.055), "chrome"),
        box((0.06, nose.half * 1.35, 0.11), (front - 0.07, 0, nose.keel + 0.13), "trim", bevel_m=0.03),
        box((0.06, tail.half * 1.3, 0.11), (rear + 0.055, 0, tail.keel + 0.10), "trim", bevel_m=0.03),
    ]
    behind = 0.80 if body.tall else tail.belt - 0.17
    return (*parts, *plates(plate, front + 0.02, nose.keel + 0.235, rear - 0.03, behind))


def scooter(colour: str) -> Model:
    """An electric scooter, parked without its rider."""
    paint = f"paint-{colour}"
    parts = [
        tube(
            [(-0.95, 0, 0.62), (-0.7, 0, 0.60), (-0.35, 0, 0.52), (-0.1, 0, 0.36)],
            [(0.05, 0.08), (0.13, 0.15), (0.17, 0.16), (0.10, 0.14)],
            paint,
        ),
        box((0.55, 0.30, 0.07), (0.12, 0, 0.30), paint, bevel_m=0.03),
        tube(
            [(0.36, 0, 0.28), (0.45, 0, 0.55), (0.40, 0, 0.85)],
            [(0.06, 0.19), (0.07, 0.19), (0.05, 0.10)],
            paint,
        ),
        tube(
            [(-0.85, 0, 0.76), (-0.5, 0, 0.78), (-0.12, 0, 0.74)],
            [(0.05, 0.12), (0.06, 0.15), (0.05, 0.10)],
            "trim",
        ),
        tube([(0.60, 0, 0.26), (0.42, 0, 0.85), (0.36, 0, 1.02)], [0.04, 0.035, 0.03], "chrome"),
        tube([(0.33, -0.33, 1.04), (0.37, 0, 1.0), (0.33, 0.33, 1.04)], [0.018, 0.018, 0.018], "trim"),
        ball((0.07, 0.09, 0.07), (0.47, 0, 0.88), "lamp"),
        box((0.05, 0.14, 0.06), (-0.98, 0, 0.64), "tail"),
        box((0.34, 0.36, 0.30), (-0.92, 0, 0.92), "trim", bevel_m=0.03),
    ]
    for x in (0.62, -0.60):
        parts.append(cylinder(0.24, 0.11, (x, 0, 0.24), "tyre", turn=UPRIGHT, bevel_m=0.03))
        parts.append(cylinder(0.14, 0.12, (x, 0, 0.24), "rim", turn=UPRIGHT))
    return tuple(parts)
