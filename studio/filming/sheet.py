"""Contact sheets: several pictures side by side in one small file."""

from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np
from PIL import Image

from studio.matter.finishes import Picture

_COLUMNS, _WIDTH_PX = 3, 320


def write_sheet(
    file: Path, pictures: Sequence[Picture], *, columns: int = _COLUMNS, width_px: int = _WIDTH_PX
) -> None:
    """Write pictures in rows, small, in 256 colours: noise makes a true-colour PNG heavy."""
    small = [
        Image.fromarray(picture).resize(
            (width_px, round(picture.shape[0] * width_px / picture.shape[1])), Image.Resampling.LANCZOS
        )
        for picture in pictures
    ]
    rows = -(-len(small) // columns)
    high = small[0].height
    whole = Image.fromarray(np.zeros((rows * high, min(len(small), columns) * width_px, 3), np.uint8))
    for number, picture in enumerate(small):
        whole.paste(picture, (number % columns * width_px, number // columns * high))
    whole.quantize(256, dither=Image.Dither.NONE).save(file, optimize=True)


def moment_of(clip: Path, at_s: float) -> Picture:
    """What a clip shows at a second, RGB; its last picture if it is shorter.

    Raises:
        ValueError: it shows nothing.
    """
    shown = None
    with av.open(str(clip)) as box:
        for frame in box.decode(video=0):
            shown = frame
            if frame.time is not None and frame.time >= at_s:
                break
    if shown is None:
        raise ValueError(f"{clip} holds no picture")
    return np.asarray(shown.to_ndarray(format="rgb24"), np.uint8)
