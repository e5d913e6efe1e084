"""Storyboards: what may happen in a street, told in any street, light and weather, each with its trap.

A storyboard is a pure function from a stage (street, view, light, seed) to a plot; `shoot` makes the scene
of it, with traffic and people in the background. Its docstring is the story and, after `Trap:`, what a naive
detector would get wrong; the clip's truth says the same.
"""

import inspect
from typing import Any

from studio.scenes.scene import Scene
from studio.storyboards import hidden, parking, wet
from studio.storyboards.board import Plot, Stage, Storyboard
from studio.storyboards.extras import extras
from studio.storyboards.troupe import company_of

BOARDS: dict[str, Storyboard] = {
    board.__name__.replace("_", "-"): board
    for board in (
        parking.parks_and_leaves,
        parking.stops_short,
        parking.double_parks,
        hidden.bus_in_front,
        parking.replaced_by_look_alike,
        parking.queue_creeps,
        parking.loads_and_drives,
        parking.ambulance_on_duty,
        parking.over_the_edge,
        parking.stays_overnight,
        hidden.leaves_during_blackout,
        hidden.driver_at_the_door,
        parking.bumper_to_bumper,
        hidden.vendor_sets_up,
        hidden.pedestrian_waits,
        wet.water_rises_and_falls,
        wet.wet_but_no_water,
    )
}


_CLOCKS = {
    "low-sun": "2026-05-04T17:25:00",
    "dusk": "2026-05-04T18:50:00",
    "night": "2026-05-04T22:15:00",
}
"""What the camera's clock says when a clip begins."""


def trap_of(board: str) -> str:
    """What a naive detector would get wrong: the board's docstring after `Trap:`, in one line."""
    _, _, trap = (inspect.getdoc(BOARDS[board]) or "").partition("Trap:")
    return " ".join(trap.split())


def shoot(board: str, stage: Stage, *, alone: bool = False) -> Scene:
    """The whole scene of a story: those who tell it, and those who only pass.

    Args:
        board: one of `BOARDS`.
        stage: where, in what light, by which seed.
        alone: without those who only pass.

    Raises:
        ConfigurationError: the street lacks what the story needs.
    """
    plot = BOARDS[board](stage)
    passing = () if alone else extras(stage, company_of(stage), plot)
    return Scene.model_validate(
        {
            "name": f"{stage.name}-{stage.view}-{stage.condition}-{board}",
            "street": stage.name,
            "view": stage.view,
            "light": stage.light,
            "seed": stage.seed,
            "duration_s": plot.duration_s,
            "fps": plot.fps or stage.fps,
            "dwell_s": plot.dwell_s,
            "caption": stage.street.zone[0].address if stage.street.zone else stage.name,
            "clock": _CLOCKS.get(stage.light, "2026-05-04T10:30:00"),
            "story": {
                "board": board,
                "condition": stage.condition,
                "split": stage.street.split,
                "trap": trap_of(board),
                "traffic": _with_role(plot, "traffic"),
                "excused": _with_role(plot, "excused"),
            },
            "actor": (*plot.actors, *passing),
            **_more(stage, plot),
        }
    )


def _more(stage: Stage, plot: Plot) -> dict[str, Any]:
    """What only some clips have: weather, faults that end with the clip at the latest, water."""
    weather = plot.weather or stage.weather
    lasting = [fault for fault in (*stage.faults, *plot.faults) if fault["from_s"] < plot.duration_s]
    faults = tuple(fault | {"until_s": min(fault["until_s"], plot.duration_s)} for fault in lasting)
    more = {"weather": weather if weather != "dry" else None, "fault": faults, "water": plot.water}
    return {key: value for key, value in more.items() if value}


def _with_role(plot: Plot, role: str) -> tuple[str, ...]:
    return tuple(name for name, its in plot.roles.items() if its == role)
