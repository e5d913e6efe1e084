"""Body shapes as tables: cross-sections from the nose to the tail. A new car is a new table."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Station:
    """One cross-section, metres.

    Attributes:
        x: ahead of the vehicle's middle.
        half: half the width at the widest.
        keel, belt, top: heights of the underside, the window line and the roof (or bonnet).
        roof: half the width at the top.
        opens: glass from here to the next section: `w` windscreen, `s` side windows, `b` rear window.
    """

    x: float
    half: float
    keel: float
    belt: float
    top: float
    roof: float
    opens: Literal["", "w", "s", "b"] = ""


@dataclass(frozen=True, slots=True)
class Body:
    """A shape: sections, the axles' places, the wheels' radius, the doors' seams.

    Attributes:
        tall: a box at the back, with upright lamps.
        bed: an open load bed: from where to where along x, half its width, the height of its floor.
    """

    stations: tuple[Station, ...]
    axles: tuple[float, float]
    wheel: float
    doors: tuple[float, ...]
    tall: bool = False
    bed: tuple[float, float, float, float] | None = None


BODIES: dict[str, Body] = {
    "sedan": Body((
        Station(2.30, .58, .32, .58, .62, .46), Station(2.22, .80, .22, .66, .71, .64),
        Station(1.95, .88, .19, .74, .80, .74), Station(1.45, .905, .18, .82, .89, .76),
        Station(1.00, .91, .18, .88, .95, .75, "w"), Station(.22, .91, .18, .91, 1.36, .59, "s"),
        Station(-.34, .91, .18, .93, 1.44, .59), Station(-.44, .91, .18, .93, 1.44, .59, "s"),
        Station(-1.08, .91, .18, .95, 1.39, .575, "b"), Station(-1.74, .90, .19, .98, 1.08, .64),
        Station(-2.12, .88, .21, .97, 1.05, .66), Station(-2.25, .84, .26, .90, .97, .62),
        Station(-2.31, .70, .38, .74, .78, .54),
    ), (1.40, -1.36), .325, (-.38, -1.28)),
    "suv": Body((
        Station(2.26, .62, .40, .74, .80, .50), Station(2.19, .82, .30, .82, .90, .68),
        Station(1.95, .91, .26, .90, .98, .78), Station(1.50, .93, .25, .98, 1.05, .80),
        Station(1.12, .935, .25, 1.02, 1.10, .79, "w"), Station(.50, .935, .25, 1.05, 1.58, .64, "s"),
        Station(-.26, .935, .25, 1.07, 1.69, .65), Station(-.36, .935, .25, 1.07, 1.69, .65, "s"),
        Station(-1.15, .935, .25, 1.10, 1.68, .64), Station(-1.27, .935, .25, 1.10, 1.67, .64, "s"),
        Station(-1.80, .925, .25, 1.14, 1.61, .61, "b"), Station(-2.16, .90, .27, 1.14, 1.20, .70),
        Station(-2.27, .86, .32, 1.00, 1.05, .66), Station(-2.30, .74, .42, .84, .88, .60),
    ), (1.38, -1.38), .37, (-.30, -1.22)),
    "hatchback": Body((
        Station(1.94, .56, .34, .60, .65, .44), Station(1.87, .76, .23, .68, .76, .60),
        Station(1.65, .83, .19, .78, .86, .70), Station(1.30, .85, .18, .86, .95, .71),
        Station(.98, .855, .18, .90, .99, .70, "w"), Station(.28, .855, .18, .93, 1.42, .57, "s"),
        Station(-.38, .855, .18, .95, 1.50, .57), Station(-.48, .855, .18, .95, 1.50, .57, "s"),
        Station(-1.20, .85, .18, .98, 1.46, .55), Station(-1.45, .84, .19, 1.00, 1.42, .54, "b"),
        Station(-1.80, .83, .22, 1.00, 1.06, .62), Station(-1.90, .79, .28, .88, .92, .58),
        Station(-1.94, .68, .38, .72, .76, .52),
    ), (1.22, -1.22), .31, (-.42, -1.15)),
    "van": Body((
        Station(2.10, .60, .34, .62, .68, .50), Station(2.06, .78, .22, .74, .86, .68),
        Station(1.98, .82, .20, .90, 1.00, .72), Station(1.86, .83, .19, 1.00, 1.08, .72, "w"),
        Station(1.28, .835, .19, 1.05, 1.80, .65, "s"), Station(.62, .835, .19, 1.07, 1.90, .66),
        Station(.48, .835, .19, 1.07, 1.91, .66, "s"), Station(-.55, .835, .19, 1.07, 1.92, .66),
        Station(-.68, .835, .19, 1.07, 1.92, .66, "s"), Station(-1.75, .835, .19, 1.07, 1.90, .65),
        Station(-1.94, .83, .20, 1.07, 1.85, .64, "b"), Station(-2.06, .82, .21, 1.05, 1.12, .72),
        Station(-2.10, .80, .26, .92, .96, .70), Station(-2.12, .70, .36, .76, .80, .62),
    ), (1.42, -1.30), .31, (-.50,), tall=True),
    "mpv": Body((
        Station(2.58, .62, .36, .68, .74, .50), Station(2.50, .84, .26, .80, .88, .70),
        Station(2.25, .92, .22, .90, .98, .78), Station(1.88, .935, .21, .97, 1.05, .80),
        Station(1.58, .94, .21, 1.01, 1.10, .80, "w"), Station(.76, .94, .21, 1.04, 1.64, .67, "s"),
        Station(-.05, .94, .21, 1.05, 1.77, .68), Station(-.16, .94, .21, 1.05, 1.77, .68, "s"),
        Station(-1.05, .94, .21, 1.06, 1.78, .68), Station(-1.17, .94, .21, 1.06, 1.78, .68, "s"),
        Station(-2.05, .935, .22, 1.08, 1.74, .66), Station(-2.24, .93, .22, 1.08, 1.70, .65, "b"),
        Station(-2.50, .91, .25, 1.08, 1.14, .74), Station(-2.57, .88, .30, .96, 1.00, .70),
        Station(-2.60, .76, .42, .80, .84, .62),
    ), (1.58, -1.50), .34, (-.10, -1.10)),
    "pickup": Body((
        Station(2.64, .64, .46, .82, .90, .52), Station(2.57, .86, .36, .92, 1.00, .72),
        Station(2.32, .93, .33, 1.00, 1.08, .80), Station(1.80, .945, .32, 1.06, 1.14, .82),
        Station(1.40, .95, .32, 1.08, 1.17, .82, "w"), Station(.80, .95, .32, 1.10, 1.66, .67, "s"),
        Station(.12, .95, .32, 1.11, 1.77, .68), Station(.02, .95, .32, 1.11, 1.77, .68, "s"),
        Station(-.62, .95, .32, 1.12, 1.75, .67), Station(-.74, .95, .32, 1.12, 1.72, .66, "b"),
        Station(-.92, .95, .32, 1.12, 1.15, .90), Station(-1.02, .95, .32, 1.12, 1.14, .92),
        Station(-2.52, .945, .34, 1.12, 1.14, .92), Station(-2.61, .92, .40, 1.07, 1.09, .88),
        Station(-2.64, .84, .52, .86, .88, .80),
    ), (1.66, -1.58), .39, (-.06, -.76), bed=(-2.50, -1.06, .76, .88)),
    "high-roof": Body((
        Station(2.74, .66, .40, .78, .84, .54), Station(2.68, .88, .28, .90, 1.02, .76),
        Station(2.52, .96, .25, 1.04, 1.16, .82), Station(2.27, .985, .24, 1.14, 1.26, .86, "w"),
        Station(1.48, .99, .24, 1.22, 2.12, .80, "s"), Station(.74, .99, .24, 1.24, 2.42, .86),
        Station(.62, .99, .24, 1.24, 2.44, .86), Station(-.40, .99, .24, 1.24, 2.45, .86, "s"),
        Station(-1.35, .99, .24, 1.24, 2.45, .86), Station(-2.50, .99, .24, 1.24, 2.44, .86),
        Station(-2.66, .985, .25, 1.24, 2.38, .84, "b"), Station(-2.76, .97, .28, 1.20, 1.30, .88),
        Station(-2.79, .94, .34, 1.06, 1.10, .84), Station(-2.81, .84, .44, .88, .92, .76),
    ), (1.72, -1.62), .35, (.55,), tall=True),
}  # fmt: skip
"""Sedan, compact SUV, small hatchback, microvan, people carrier, pick-up and high-roof van, in the
proportions of the segments they stand for."""
