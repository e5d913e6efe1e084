"""What gives light of itself: street lamps, shops, lit windows, the lamps of vehicles. Pure."""

import math
from collections.abc import Mapping
from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from studio.matter.finishes import Finish
from studio.matter.looks import Rgb
from studio.matter.solids import Vec
from studio.scenes.light import Light
from studio.streets.street import Street, View

Plane = npt.NDArray[np.float32]

LAMP_HEAD: Vec = (0.0, -1.9, 7.34)
"""Where a street lamp's light leaves it, from its foot; `furniture` builds the lamp around it."""

LAMP_COLOUR: Rgb = (1.0, 0.74, 0.46)
"""Warm-white LED, 3000 K, as towns choose them."""

_FLAT: Rgb = (1.0, 0.72, 0.40)
_LAMP, _TAIL = 45.0, 9.0
_ROOM_BY_DAY = 0.12
_ARM_M = 2.0
_LIT_PANES = frozenset({"pane-curtain", "pane-curtain-4", "pane-curtain-7"})
"""Of all windows these have somebody at home."""


def lamps_of(street: Street, view: View) -> tuple[Vec, ...]:
    """Where the heads of the street lamps hang, metres; the camera's mast bears one too."""
    eye, target = np.array(view.eye), np.array(view.target)
    ahead = (target - eye)[:2] / np.linalg.norm((target - eye)[:2])
    x, y = eye[:2] + ahead * _ARM_M
    heads = [(float(x), float(y), max(LAMP_HEAD[2], view.eye[2] + 0.5))]
    for thing in street.thing:
        if thing.kind == "lamp":
            turn = math.radians(thing.turn_deg)
            x, y, z = LAMP_HEAD
            heads.append(
                (
                    thing.at[0] + x * math.cos(turn) - y * math.sin(turn),
                    thing.at[1] + x * math.sin(turn) + y * math.cos(turn),
                    z,
                )
            )
    return tuple(heads)


def street_lit(finishes: Mapping[str, Finish], light: Light) -> dict[str, Finish]:
    """A street's finishes with everything that burns in this light burning."""
    lit = dict(finishes)
    for name, finish in finishes.items():
        kind, colour, glow = name.split("-")[0], finish.colour, finish.glow
        if name == "wall-far":
            glow *= light.haze
        elif kind == "sign":
            glow = light.shops
        elif kind in {"room", "interior"}:
            glow = max(glow * light.haze, 2.0 * light.shops * glow / _ROOM_BY_DAY)
        elif kind == "signal":
            glow *= 1 + 2 * light.headlamps
        elif name in _LIT_PANES and light.windows:
            # A picture's cloth is dark: it takes more to shine than plain colour does.
            colour, glow = _FLAT, light.windows * (1 if finish.picture is None else 5)
        elif name == "lamp-glass" and light.lamp_power:
            colour, glow = LAMP_COLOUR, _LAMP
        lit[name] = replace(finish, colour=colour, glow=glow)
    return lit


def actor_lit(finishes: Mapping[str, Finish], light: Light, *, burning: bool) -> dict[str, Finish]:
    """An actor's finishes; `burning` says whether it drives with its lamps on."""
    lit = dict(finishes)
    for name, power in (("lamp", _LAMP), ("tail", _TAIL)):
        if name in lit:
            glow = power * light.headlamps if burning else lit[name].glow * light.haze
            lit[name] = replace(lit[name], glow=glow)
    return lit


def bloomed(frame: Plane, threshold: float) -> None:
    """Let what is brighter than a threshold shine over its surroundings, as a lens does; in place."""
    height, width = frame.shape[:2]
    small = cv2.resize(frame, (width // 4, height // 4), interpolation=cv2.INTER_AREA)
    bright = np.clip(small - threshold, 0, 5 * threshold)
    halo = 0.16 * cv2.GaussianBlur(bright, (0, 0), 1.2) + 0.10 * cv2.GaussianBlur(bright, (0, 0), 5)
    frame += cv2.resize(halo, (width, height), interpolation=cv2.INTER_LINEAR)
