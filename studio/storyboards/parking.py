"""Stories of vehicles that come to stand, or seem to."""

import math

from models.errors import ConfigurationError
from studio.storyboards.board import Plot, Stage, Timed, actor
from studio.storyboards.driving import (
    arriving,
    aside,
    beside,
    leaving,
    parking,
)
from studio.storyboards.troupe import company_of
from studio.storyboards.walking import going
from studio.streets.street import Spot


def parks_and_leaves(stage: Stage) -> Plot:
    """A car parks in the zone, stands longer than it may, and leaves.

    Trap: whoever drives past in the next lane covers the car again and again, and once it has gone the
    empty place must not be taken for the car that left it.
    """
    spot, who = stage.forbidden_spots()[0], company_of(stage)
    return Plot((actor("hero", who.hero, parking(stage, spot, 12, 58)),), duration_s=84)


def stops_short(stage: Stage) -> Plot:
    """A car stops twice in the same place, each time for less than it may.

    Trap: the two stops together are longer than the dwell; whoever keeps the clock running between them
    reports an overstay that never was.
    """
    spot, who = stage.forbidden_spots()[0], company_of(stage)
    first = parking(stage, spot, 10, 24)
    again = parking(stage, spot, 52, 66)
    actors = (actor("hero", who.hero, first), actor("hero-again", who.hero, again))
    return Plot(actors, duration_s=84)


def double_parks(stage: Stage) -> Plot:
    """A car stands in the zone; a second one halts right beside it in the carriageway and leaves first.

    Trap: the second one's picture lies over the zone although it stands outside, and it hides the first
    one, whose stay goes on behind it.
    """
    spot, who = stage.forbidden_spots()[0], company_of(stage)
    second = beside(stage, spot)
    actors = (
        actor("hero", who.hero, parking(stage, spot, 12, 74)),
        actor("second-row", who.neighbour, parking(stage, second, 26, 50)),
    )
    return Plot(actors, duration_s=94)


def replaced_by_look_alike(stage: Stage) -> Plot:
    """A car leaves, and seconds later one of the same model and paint takes its place.

    Trap: place and looks are the same, so two stays become one. In one variant each car stays shorter than
    it may, and one stay made of both would send a notice to somebody who did nothing wrong.
    """
    spot, who = stage.forbidden_spots()[0], company_of(stage)
    leaves, leaves_too = (26, 49) if stage.variant else (42, 82)
    first = parking(stage, spot, 10, leaves)
    came = arriving(stage, spot, leaves + 9)
    second = [*came, *leaving(stage, spot, leaves_too)]
    actors = (actor("hero", who.hero, first), actor("look-alike", who.double, second))
    return Plot(actors, duration_s=leaves_too + 24)


def queue_creeps(stage: Stage) -> Plot:
    """Four cars creep through the zone, a car's length at a time, each halting for less than it may.

    Trap: some car fills the same place all the time; by place alone that is one long stay.
    """
    slots = _in_a_row(stage)
    who = company_of(stage)
    looks = (who.hero, who.neighbour, who.double, who.traffic[0])
    halt_s, move_s = 11.0, 5.0
    actors = []
    for number, look in enumerate(looks):
        points = arriving(stage, slots[0], 10 + number * (halt_s + move_s))
        for slot in slots[1:]:
            at = stage.beat(points[-1][0] + halt_s)
            points += [(at, points[-1][1]), (at + move_s, slot.at)]
        points += leaving(stage, slots[-1], points[-1][0] + halt_s)
        actors.append(actor(f"queue-{number}", look, points))
    return Plot(tuple(actors), duration_s=110, roles={one["id"]: "traffic" for one in actors})


def loads_and_drives(stage: Stage) -> Plot:
    """A van halts, a porter carries things to and fro before it, and it drives on just in time.

    Trap: the porter hides the van's side again and again; a stay that is cut there, or whose clock runs on
    after the van has gone, is wrong.
    """
    spot, who = stage.forbidden_spots()[0], company_of(stage)
    there, door = aside(spot, -1.7, -1.0), aside(spot, -4.2, 1.5)
    trips = (there, door, there, door, there)
    actors = (
        actor("van", who.van, parking(stage, spot, 10, 40)),
        actor("porter", who.porter, going(trips, stage.beat(14), 1.0)),
    )
    return Plot(actors, duration_s=66, dwell_s=36)


def ambulance_on_duty(stage: Stage) -> Plot:
    """An ambulance stands in the zone longer than anybody may.

    Trap: it stands there by right. The stay is true and may be recorded; a notice to its owner would be
    wrong.
    """
    spot, who = stage.forbidden_spots()[0], company_of(stage)
    aid = going((aside(spot, -1.8, -2.0), aside(spot, -4.5, -1.0)), stage.beat(20))
    actors = (
        actor("ambulance", who.ambulance, parking(stage, spot, 12, 62)),
        actor("aid", who.driver, aid),
    )
    return Plot(actors, duration_s=86, roles={"ambulance": "excused"})


def over_the_edge(stage: Stage) -> Plot:
    """A car parks next door to the zone and reaches over its edge with the bumper only.

    Trap: its picture overlaps the zone, most of all from a low mast; most of the car stands outside, and
    that is no stay.
    """
    spot, who = stage.lawful_spots()[0], company_of(stage)
    return Plot((actor("hero", who.hero, parking(stage, spot, 10, 66)),), duration_s=88)


def stays_overnight(stage: Stage) -> Plot:
    """A car stays for the whole of a long clip at one frame a second, while the light jumps twice.

    Trap: the neighbour before it leaves, another comes behind it, the light changes at once and back, and
    traffic never ends; one stay must stay one.
    """
    row, who = _in_a_row(stage), company_of(stage)
    neighbour: list[Timed] = [(-1.0, row[-1].at), *leaving(stage, row[-1], 170)]
    actors = [
        actor("hero", who.hero, parking(stage, row[-2], 24, None)),
        actor("neighbour", who.neighbour, neighbour),
    ]
    if len(row) > 2:  # noqa: PLR2004 - a place is left
        actors.append(actor("latecomer", who.double, parking(stage, row[-3], 300, None)))
    jumps = (
        {"kind": "sudden-light", "from_s": 120.0, "until_s": 160.0, "strength": -0.5},
        {"kind": "sudden-light", "from_s": 360.0, "until_s": 400.0, "strength": 0.5},
    )
    return Plot(tuple(actors), duration_s=480, dwell_s=60, fps=1, faults=jumps, traffic_every_s=24)


def bumper_to_bumper(stage: Stage) -> Plot:
    """Two cars stand in the zone with a hand's breadth between them; the one in front leaves first.

    Trap: from a mast the two are one blot; one of two stays is lost, or the one behind is ended by the
    other's leaving.
    """
    row, who = _in_a_row(stage), company_of(stage)
    actors = (
        actor("hero", who.hero, parking(stage, row[-1], 10, 60)),
        actor("neighbour", who.neighbour, parking(stage, row[-2], 20, 82)),
    )
    return Plot(actors, duration_s=104)


def _in_a_row(stage: Stage) -> list[Spot]:
    """The zone's spots from the last to the first in the way of driving."""
    first = stage.forbidden_spots()[0]
    turn = math.radians(first.heading_deg)
    same = (first.zone, first.lane, first.heading_deg)
    all_of_it = [spot for spot in stage.forbidden_spots() if (spot.zone, spot.lane, spot.heading_deg) == same]
    inside = [spot for spot in all_of_it if stage.is_well_inside(spot)]
    row = inside if len(inside) > 1 else all_of_it
    if len(row) < 2:  # noqa: PLR2004 - nobody creeps in one place
        remedy = "give this story another street"
        raise ConfigurationError.of(stage.name, "has no row of spots in a zone", remedy)
    return sorted(row, key=lambda spot: spot.at[0] * math.cos(turn) + spot.at[1] * math.sin(turn))
