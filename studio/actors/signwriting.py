"""Words on vehicles as pictures, drawn when a model wears them."""

from collections.abc import Iterable

import numpy as np

from studio.actors.liveries import LIVERIES, WORDS, Words
from studio.actors.panes import panes
from studio.matter.finishes import Finish, Picture
from studio.matter.lettering import stencil

_INK_PX = 72
"""Height of the ink: more than any camera on a mast resolves."""

_FILLED = 0.92
"""How much of a panel's width words may take."""


def livery(worn: Iterable[str]) -> dict[str, Finish]:
    """Every livery finish among the names that a model wears; words and panes only if asked for."""
    names = set(worn)
    plain = {name: finish for name, finish in LIVERIES.items() if name in names}
    return (
        plain
        | panes(names)
        | {
            name: Finish(rough=0.4, glow=said.glow, picture=_written(said))
            for name, said in WORDS.items()
            if name in names
        }
    )


def _written(words: Words) -> Picture:
    """The words in the middle of their panel, (H, W, 3)."""
    height = round(_INK_PX * 1.5)
    width = round(height * words.aspect)
    ink = stencil(words.text, _INK_PX)
    if ink.shape[1] > width * _FILLED:
        ink = stencil(words.text, max(8, round(_INK_PX * width * _FILLED / ink.shape[1])))
    cover = np.zeros((height, width, 1), np.float32)
    top, left = (height - ink.shape[0]) // 2, (width - min(ink.shape[1], width)) // 2
    cover[top : top + ink.shape[0], left : left + min(ink.shape[1], width), 0] = ink[:, :width]
    ground, colour = np.array(words.ground, np.float32), np.array(words.ink, np.float32)
    return (ground * (1 - cover) + colour * cover).astype(np.uint8)
