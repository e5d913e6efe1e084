"""Contact sheets: several pictures side by side in one small file."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from studio.finishes import Picture

_COLUMNS, _WIDTH_PX = 3, 320


def write_sheet(file: Path, pictures: Sequence[Picture]) -> None:
    """Write pictures in rows of three, small, in 256 colours: noise makes a true-colour PNG heavy."""
    small = [
        Image.fromarray(picture).resize(
            (_WIDTH_PX, round(picture.shape[0] * _WIDTH_PX / picture.shape[1])), Image.Resampling.LANCZOS
        )
        for picture in pictures
    ]
    rows = -(-len(small) // _COLUMNS)
    high = small[0].height
    whole = Image.fromarray(np.zeros((rows * high, min(len(small), _COLUMNS) * _WIDTH_PX, 3), np.uint8))
    for number, picture in enumerate(small):
        whole.paste(picture, (number % _COLUMNS * _WIDTH_PX, number // _COLUMNS * high))
    whole.quantize(256, dither=Image.Dither.NONE).save(file, optimize=True)
