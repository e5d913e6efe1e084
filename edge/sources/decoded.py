"""A picture as the video decoder left it: brightness lies there ready, colours are made when asked for."""

from typing import Any

import cv2
import numpy as np

from detectors.look import Pixels, narrowed

LUMA_FIRST = frozenset(
    {"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "nv12", "nv21", "gray"}
)
"""Formats whose first plane is brightness, 8 bit: all that cameras send, save for 10 bit and raw webcams."""

FULL_RANGE = 2
"""`AVCOL_RANGE_JPEG`. Everything else means brightness from 16 to 235, so 16 is black."""

_STRETCH = 255 / 219


class DecodedPicture:
    """See `RawPicture`.

    Args:
        picture: the library's frame, which holds the decoder's own memory: half as much as its colours.
    """

    def __init__(self, picture: Any) -> None:  # noqa: ANN401 - the library has no types
        self._picture = picture

    def pixels(self) -> Pixels:
        """See `RawPicture`."""
        return self._converted("bgr24")

    def luma(self, width_px: int | None = None) -> Pixels:
        """See `RawPicture`."""
        name = self._picture.format.name
        if name not in LUMA_FIRST:
            # The converter's grey is in the full range already.
            return narrowed(self._converted("gray"), width_px)
        plane = self._picture.planes[0]
        rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
        luma = narrowed(rows[: self._picture.height, : self._picture.width], width_px)
        is_full = self._picture.color_range == FULL_RANGE or name.startswith("yuvj") or name == "gray"
        # In memory of its own, either way: the decoder's goes when the frame goes.
        if is_full:
            return luma.copy()
        # Half the time of a table's; the sum of a picture and nothing of itself is clipped at both ends.
        return np.asarray(cv2.addWeighted(luma, _STRETCH, luma, 0.0, -16 * _STRETCH), dtype=np.uint8)

    def _converted(self, name: str) -> Pixels:
        # By default the library starts a thread a core for each picture.
        return np.asarray(self._picture.reformat(format=name, threads=1).to_ndarray(), dtype=np.uint8)
