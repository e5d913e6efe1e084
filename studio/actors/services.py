"""Cars that serve: taxi, police, ambulance. A body everybody knows, with what the service puts on it."""

from studio.actors.fittings import end_panel, light_bar, side_panel
from studio.actors.vehicles import car
from studio.matter.solids import Model, Part, box

SECOND_PAINT: dict[str, str] = {
    "yellow": "blue",
    "sky": "white",
    "green": "yellow",
    "red": "champagne",
    "blue": "silver",
    "mint": "white",
    "orange": "white",
}
"""What a taxi of a colour wears below; others are of one colour."""


def taxi(colour: str, plate: str) -> Model:
    """A saloon in two colours with a lit sign on its roof."""
    parts: list[Part] = [
        box((0.20, 0.66, 0.03), (-0.18, 0, 1.465), "trim"),
        box((0.15, 0.60, 0.15), (-0.18, 0, 1.55), "stripe-yellow", bevel_m=0.03),
        end_panel(0.27, (1.49, 1.61), -0.102, "words-taxi-sign"),
        end_panel(0.27, (1.49, 1.61), -0.258, "words-taxi-sign", rear=True),
        box((0.02, 0.14, 0.05), (0.62, 0.30, 1.09), "beacon-red"),
    ]
    return (*car("sedan", colour, plate, lower=SECOND_PAINT.get(colour, "")), *parts)


def police(plate: str) -> Model:
    """A white saloon with a blue band, words on its doors and bonnet, beacons."""
    parts = light_bar(-0.32, 1.455, 1.14, "beacon-red", "beacon-blue")
    for side in (1, -1):
        y = side * 0.916
        parts.append(side_panel((-0.95, 0.98), (0.60, 0.83), y, "stripe-blue", lean=0.014))
        parts.append(side_panel((-0.62, 0.64), (0.61, 0.82), y + side * 0.005, "words-police", lean=0.014))
    return (*car("sedan", "white", plate), *parts)


def ambulance(plate: str) -> Model:
    """A high-roof van: red band, words on all sides, blue beacons fore and aft."""
    parts = light_bar(0.55, 2.44, 1.45, "beacon-blue", "beacon-blue")
    parts += [
        box((0.16, 0.20, 0.12), (-2.45, side * 0.62, 2.47), "beacon-blue", bevel_m=0.03) for side in (1, -1)
    ]
    parts += [
        end_panel(0.34, (2.16, 2.38), (1.52, 1.30), "words-ambulance-front"),
        box((0.9, 0.8, 0.12), (-1.0, 0, 2.48), "stripe-white", bevel_m=0.04),
    ]
    for side in (1, -1):
        parts.append(side_panel((-2.45, 1.9), (0.82, 1.02), side * 0.996, "stripe-red", lean=0.006))
        parts.append(side_panel((-2.1, 0.1), (0.82, 1.02), side * 1.000, "words-ambulance-band", lean=0.006))
        parts.append(side_panel((-2.30, -0.62), (1.62, 2.04), side * 0.950, "words-ambulance", lean=0.036))
        parts.append(side_panel((-2.50, 0.40), (2.16, 2.22), side * 0.905, "stripe-red", lean=0.006))
        parts.append(box((0.6, 0.05, 0.04), (0.0, side * 0.985, 1.10), "trim"))
    return (*car("high-roof", "white", plate), *parts)
