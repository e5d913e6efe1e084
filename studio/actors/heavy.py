"""Buses and coaches: coachwork in two paints, with what the service writes on it."""

from studio.actors.coachwork import Coachwork, body
from studio.actors.fittings import end_panel, plates, side_panel
from studio.matter.solids import Model, Part, Vec, box, panel

_BUS = Coachwork(
    5.40, 1.25, 3.02, 1.22, 2.42, (1.02, 2.46), (2.72, -2.60), 0.47, ((4.12, 5.14), (-0.72, 0.62)), 1.36,
    "words-bus-side",
)  # fmt: skip
"""A city bus of the 10.8 m class: low floor, wide doors, batteries on the roof."""

_COACH = Coachwork(
    5.75, 1.26, 3.46, 1.78, 2.98, (1.22, 3.02), (3.05, -2.70), 0.50, ((4.66, 5.42),), 1.72, "words-coach"
)
"""A coach of the 11.5 m class: seats over the luggage, one door."""

_PALE = frozenset({"white", "pearl", "silver", "champagne", "beige", "mint", "yellow"})
"""Paints on which a white band would not show."""


def bus(colour: str, plate: str) -> Model:
    """A city bus with its route over the windscreen and beside the door."""
    work = _BUS
    nose, half = work.half_length, work.half
    second = "stripe-green" if colour in _PALE else "stripe-white"
    parts = body(work, colour)
    parts += [
        box((0.06, 1.9, 0.34), (nose - 0.10, 0, 2.68), "trim", bevel_m=0.02),
        end_panel(0.84, (2.53, 2.83), nose - 0.065, "words-bus-route"),
        end_panel(0.56, (2.47, 2.67), -nose - 0.016, "words-bus-route", rear=True),
        side_panel((2.98, 4.02), (2.16, 2.35), -half - 0.026, "words-bus-route"),
        end_panel(half - 0.12, (0.60, 0.66), nose + 0.008, second),
        end_panel(half - 0.31, (0.62, 0.93), -nose - 0.006, second, rear=True),
        *_roof_box(4.4, 1.7, (1.2, 0, work.roof + 0.10)),
        *_roof_box(2.0, 1.5, (-3.2, 0, work.roof + 0.10)),
        box((0.7, 0.8, 0.06), (4.2, 0, work.roof + 0.02), "rib", bevel_m=0.02),
    ]
    for side in (1, -1):
        y = side * (half + 0.004)
        for near, far in ((-1.90, 1.98), (3.46, 5.1)):
            parts.append(side_panel((near, far), (0.74, 1.12), y, second))
        parts.append(_sweep(((-5.2, 0.42), (-3.30, 0.42), (-3.30, 0.86), (-5.2, 1.20)), y, second))
        parts.append(side_panel((-5.0, 4.9), (2.54, 2.78), y, second))
    parts.append(side_panel((-1.85, 0.55), (0.80, 1.06), half + 0.008, work.livery))
    return (*parts, *plates(plate, nose + 0.05, 0.56, -nose - 0.04, 0.80, heavy=True))


def coach(colour: str, plate: str) -> Model:
    """A touring coach: a high floor, dark glass all round, luggage flaps below."""
    work = _COACH
    nose, half = work.half_length, work.half
    second, third = ("stripe-blue", "stripe-yellow") if colour in _PALE else ("stripe-white", "stripe-yellow")
    parts = body(work, colour)
    parts += [
        end_panel(0.52, (3.04, 3.28), nose - 0.17, "words-coach-front"),
        end_panel(half - 0.10, (1.00, 1.09), nose + 0.008, second),
        *_roof_box(1.9, 1.6, (-0.6, 0, work.roof + 0.08)),
        box((0.7, 0.9, 0.06), (3.0, 0, work.roof + 0.02), "trim", bevel_m=0.02),
        box((0.7, 0.9, 0.06), (-3.6, 0, work.roof + 0.02), "trim", bevel_m=0.02),
    ]
    for side in (1, -1):
        y = side * (half + 0.004)
        parts.append(side_panel((-5.4, 4.2), (1.30, 1.52), y, second))
        parts.append(side_panel((-5.4, 2.2), (1.52, 1.60), y, third))
        parts.append(_sweep(((-5.4, 0.46), (-3.45, 0.46), (-3.45, 1.30), (-5.4, 1.30)), y, second))
        parts.append(
            _sweep(((-5.4, 1.60), (-4.6, 1.60), (-5.0, 3.16), (-5.4, 3.16)), y + side * 0.012, second)
        )
        parts += [box((0.015, 0.01, 0.62), (x, y, 0.74), "seam") for x in (-1.5, -0.45, 0.6, 1.65)]
        parts += [box((0.14, 0.02, 0.04), (x, y, 0.96), "trim") for x in (-0.95, 0.1, 1.15)]
        parts.append(box((3.9, 0.01, 0.015), (0.1, y, 1.07), "seam"))
        parts.append(side_panel((-1.9, 0.9), (1.10, 1.50), side * (half + 0.008), work.livery))
    return (*parts, *plates(plate, nose + 0.05, 0.62, -nose - 0.04, 0.86, heavy=True))


def _roof_box(long: float, wide: float, at: Vec) -> list[Part]:
    """An air conditioner or batteries: a white hood with the fans' gratings on it."""
    x, y, z = at
    fans = max(2, round(long / 1.1))
    return [
        box((long, wide, 0.24), at, "stripe-white", bevel_m=0.06),
        *(
            box((0.55, wide * 0.62, 0.02), (x + long * ((k + 0.5) / fans - 0.5), y, z + 0.12), "bumper")
            for k in range(fans)
        ),
    ]


def _sweep(corners: tuple[tuple[float, float], ...], y: float, finish: str) -> Part:
    """A band that is no rectangle: (x, z) of its corners, the rear lower one first, then along x."""
    rear_low, front_low, front_high, rear_high = ((x, y, z) for x, z in corners)
    if y > 0:
        return panel([front_low, rear_low, rear_high, front_high], finish)
    return panel([rear_low, front_low, front_high, rear_high], finish)
