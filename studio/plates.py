"""Number plates after GA 36-2018: 440 by 140 mm, 480 for new energy, glyphs at the standard's places."""

import cv2
import numpy as np

from studio.finishes import Picture
from studio.lettering import stencil

PX_PER_MM = 1

_CELLS_7 = (15.5, 72.5, 151.5, 208.5, 265.5, 322.5, 379.5)
_CELLS_8 = (15.5, 69.0, 151.5, 203.5, 255.5, 307.5, 359.5, 411.5)
_NEW_ENERGY_LENGTH = 8
_GROUND = {"blue": (14, 62, 160), "green": (70, 190, 110), "yellow": (236, 182, 24)}


def plate_kind(text: str, *, heavy: bool = False) -> str:
    """Which ground a plate has: eight characters are new energy, lorries are yellow, the rest blue."""
    if len(text) == _NEW_ENERGY_LENGTH:
        return "green"
    return "yellow" if heavy else "blue"


def plate_picture(text: str, kind: str) -> Picture:
    """The plate as a picture, straight on."""
    cells = _CELLS_8 if len(text) == _NEW_ENERGY_LENGTH else _CELLS_7
    width, height = (480 if len(text) == _NEW_ENERGY_LENGTH else 440) * PX_PER_MM, 140 * PX_PER_MM
    ground = np.tile(np.array(_GROUND[kind], np.float32), (height, width, 1))
    if kind == "green":
        fade = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
        ground = np.array((222, 240, 228), np.float32) * (1 - fade) + ground * fade
    ink = np.array((245, 245, 245) if kind == "blue" else (18, 18, 18), np.float32)
    mask = np.zeros((height, width), np.float32)
    cv2.rectangle(mask, (5, 5), (width - 6, height - 6), 1.0, 3)
    for glyph, left in zip(text, cells, strict=False):
        cell = (20 if glyph == "1" else 45) * PX_PER_MM
        drawn = cv2.resize(
            stencil(glyph, 90 * PX_PER_MM), (cell, 90 * PX_PER_MM), interpolation=cv2.INTER_AREA
        )
        x = round(left * PX_PER_MM) + (45 * PX_PER_MM - cell) // 2
        mask[25 : 25 + drawn.shape[0], x : x + cell] = np.maximum(
            mask[25 : 25 + drawn.shape[0], x : x + cell], drawn
        )
    if len(text) != _NEW_ENERGY_LENGTH:
        cv2.circle(mask, (134, height // 2), 5, 1.0, -1)
    return (ground * (1 - mask[..., None]) + ink * mask[..., None]).astype(np.uint8)
