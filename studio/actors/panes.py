"""What is seen through the glass of buses and lorries: seats, heads, the windows across. Pictures by code."""

import random
from collections.abc import Callable, Iterable

import cv2
import numpy as np

from studio.matter.finishes import Finish, Picture

SEATS = ("glass-seats-0", "glass-seats-1", "glass-seats-2", "glass-seats-3")
"""Side windows of a bus, one as good as another; a row of them is never the same pane twice."""

SCREEN, CAB, BACK = "glass-screen", "glass-cab", "glass-back"
"""A bus's windscreen, a lorry's, a bus's rear window."""

_ROOM, _ACROSS = (26, 30, 34), (104, 116, 124)
_CLOTHS = ((38, 48, 78), (44, 46, 52), (84, 40, 38))
_HEADS = ((26, 20, 18), (44, 34, 28), (62, 56, 52))
_SKY = (98, 112, 124)


def panes(worn: Iterable[str]) -> dict[str, Finish]:
    """The panes among the names that a model wears, drawn only when asked for."""
    drawn: dict[str, Callable[[], Picture]] = {SCREEN: _screen, CAB: _cab, BACK: _back}
    drawn |= {name: lambda seed=seed: _seats(seed) for seed, name in enumerate(SEATS)}  # type: ignore[misc]
    names = set(worn)
    return {name: Finish(rough=0.05, coat=1, picture=draw()) for name, draw in drawn.items() if name in names}


def _seats(seed: int) -> Picture:
    """A side window: the window across shows as a lighter field, seats and heads stand before it."""
    chance = random.Random(seed)  # noqa: S311 - who sits where
    pane = _blank(128, 120)
    left = chance.randrange(8, 30)
    cv2.rectangle(pane, (left, 30), (left + 78, 74), _ACROSS, -1)
    cv2.rectangle(pane, (left + 34, 30), (left + 39, 74), _ROOM, -1)
    cloth = _CLOTHS[0]
    for middle in (30, 92):
        cv2.rectangle(pane, (middle - 17, 68), (middle + 17, 120), cloth, -1)
        cv2.rectangle(pane, (middle - 11, 58), (middle + 11, 70), cloth, -1)
        if chance.random() < 0.5:  # noqa: PLR2004 - half the seats are taken
            cv2.circle(pane, (middle + 2, 52), 11, chance.choice(_HEADS), -1)
            cv2.ellipse(pane, (middle, 92), (20, 26), 0, 180, 360, chance.choice(_CLOTHS), -1)
    return _shone(pane)


def _screen() -> Picture:
    """A bus from ahead: the gangway to the rear window, the driver to the right, sky above."""
    pane = _blank(240, 150)
    cv2.rectangle(pane, (88, 44), (150, 74), _ACROSS, -1)
    for x in (26, 60, 160):
        cv2.rectangle(pane, (x, 72), (x + 26, 112), _CLOTHS[0], -1)
        cv2.circle(pane, (x + 13, 66), 9, _HEADS[1], -1)
    _driver(pane, (196, 78), 15)
    cv2.rectangle(pane, (0, 124), (240, 150), (40, 41, 43), -1)
    cv2.line(pane, (120, 0), (120, 150), (8, 8, 9), 3)
    return _shone(pane)


def _cab() -> Picture:
    """A lorry from ahead: the driver, the empty seat, a curtain behind."""
    pane = _blank(200, 110)
    cv2.rectangle(pane, (20, 26), (180, 60), (46, 48, 50), -1)
    cv2.rectangle(pane, (30, 52), (68, 96), (52, 50, 48), -1)
    _driver(pane, (148, 54), 14)
    cv2.rectangle(pane, (0, 92), (200, 110), (58, 57, 54), -1)
    return _shone(pane)


def _back() -> Picture:
    """A bus from behind: the last row's heads, the windscreen far ahead."""
    pane = _blank(200, 90)
    cv2.rectangle(pane, (74, 26), (126, 58), _ACROSS, -1)
    cv2.rectangle(pane, (0, 66), (200, 90), _CLOTHS[0], -1)
    for x, head in ((30, 0), (72, 1), (152, 0)):
        cv2.circle(pane, (x, 58), 11, _HEADS[head], -1)
    return _shone(pane)


def _driver(pane: Picture, at: tuple[int, int], size: int) -> None:
    """Head, shoulders in a shirt, the wheel before them."""
    x, y = at
    cv2.ellipse(pane, (x, y + 3 * size), (2 * size, 2 * size), 0, 180, 360, (98, 112, 128), -1)
    cv2.circle(pane, (x, y), size, (104, 80, 64), -1)
    cv2.ellipse(pane, (x, y - 3), (size, size - 2), 0, 180, 360, _HEADS[0], -1)
    cv2.ellipse(pane, (x, y + 3 * size), (round(1.5 * size), size // 2), 0, 0, 360, (14, 14, 15), 3)


def _blank(width: int, height: int) -> Picture:
    return np.full((height, width, 3), _ROOM, np.uint8)


def _shone(pane: Picture) -> Picture:
    """Behind glass: edges soft, and the sky lies over all of it, most of it above."""
    soft = cv2.GaussianBlur(pane, (0, 0), 1.6).astype(np.float32)
    share = (np.linspace(1, 0, len(pane), dtype=np.float32) ** 2 * np.float32(0.6))[:, None, None]
    shown: Picture = (soft * (1 - share) + np.array(_SKY, np.float32) * share).round().astype(np.uint8)
    return shown
