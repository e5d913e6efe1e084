"""How far two sightings may be of one vehicle: what `detectors.appearance` describes, held side by side."""

import numpy as np
import numpy.typing as npt

GRID = 4
"""Cells of the grid, in each direction."""

HUES = 12
SHADES = 12
"""Bins of the two histograms: hues of what has colour, brightness of what has none."""

TURNS = 8
"""Directions of edges, each in four quarters."""

BYTES = GRID * GRID * 3 + HUES + SHADES + TURNS * 4 + 8

LIKE = 0.75
"""At or above, two sightings may be of one vehicle. On a rendered and a real street 99 % of the sightings of
one standing vehicle reach 0.77, and no two vehicles side by side more than 0.71; another exposure or white
balance takes a vehicle down to 0.7."""

VERY_LIKE = 0.85
"""At or above, nothing speaks against one vehicle in one light: 95 % of its sightings reach 0.81 to 0.87."""

UNLIKE = 0.6
"""Below, it is another vehicle: under another exposure or white balance one vehicle still reaches 0.7."""

TAG = b"\x01"
"""The first byte: another way of describing vehicles gets another one, and is like none of these."""

FloatVector = npt.NDArray[np.float32]


def resemblance(one: bytes, other: bytes) -> float:
    """How far two appearances may be of one vehicle: 0..1; 0 where one is missing or of another making.

    The overall brightness of the two sightings is set aside: cameras expose as they like.
    """
    if len(one) != BYTES or len(other) != BYTES or one[:1] != other[:1]:
        return 0.0
    a, b = (np.frombuffer(data, np.uint8).astype(np.float32)[1:] for data in (one, other))
    cut = np.cumsum([GRID * GRID * 3, HUES, SHADES, TURNS * 4])
    grids, hues, shades, edges = zip(*(np.split(side, cut)[:4] for side in (a, b)), strict=True)
    colour = 1 - min(1.0, _grid_distance(*grids) / 60)
    tones = [np.concatenate([hue, _softened(shade)]) for hue, shade in zip(hues, shades, strict=True)]
    share = _common(tones[0], tones[1])
    return float(0.4 * colour + 0.3 * share + 0.3 * _common(*edges))


def _grid_distance(one: FloatVector, other: FloatVector) -> float:
    """Mean distance of two grids in Lab, without the difference of their mean brightness beyond 20."""
    a, b = one.reshape(-1, 3).copy(), other.reshape(-1, 3)
    away = float((b[:, 0] - a[:, 0]).mean())
    a[:, 0] += np.clip(away, -20, 20)
    return float(np.linalg.norm((a - b) * (0.6, 1.5, 1.5), axis=1).mean())


def _softened(histogram: FloatVector) -> FloatVector:
    """Spread over the neighbours, so that a little more light is no other colour."""
    return np.asarray(np.convolve(histogram, (0.25, 0.5, 0.25), mode="same"), dtype=np.float32)


def _common(one: FloatVector, other: FloatVector) -> float:
    """Share that two histograms have in common."""
    whole = max(float(one.sum()), float(other.sum()), 1.0)
    return float(np.minimum(one, other).sum()) / whole
