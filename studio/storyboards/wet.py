"""Stories of water, and of what only looks like it."""

from studio.storyboards.board import Plot, Stage, actor
from studio.storyboards.driving import parking
from studio.storyboards.troupe import company_of


def water_rises_and_falls(stage: Stage) -> Plot:
    """Rain puts the road under water, which runs off again; a car stands in it all the while.

    Trap: the car's wheels vanish and its mirror image appears below it; its stay stays one. The water is
    a matter of its own, from when it covers the road until it has run off.
    """
    spot, who = stage.forbidden_spots()[0], company_of(stage)
    levels = ((0, 0.0), (20, 0.0), (45, 0.12), (70, 0.12), (95, 0.0))
    return Plot(
        (actor("hero", who.hero, parking(stage, spot, 10, 84)),),
        duration_s=108,
        weather="rain",
        water=tuple({"at_s": float(at), "level_m": level} for at, level in levels),
        traffic_every_s=16,
    )


def wet_but_no_water(stage: Stage) -> Plot:
    """Rain, a road that mirrors everything, and not a centimetre of water; a car parks and leaves.

    Trap: reflections of lights and façades look like water, and the car's mirror image makes its box
    longer and pulls its footprint out of the zone.
    """
    spot, who = stage.forbidden_spots()[0], company_of(stage)
    return Plot((actor("hero", who.hero, parking(stage, spot, 12, 58)),), duration_s=84, weather="rain")
