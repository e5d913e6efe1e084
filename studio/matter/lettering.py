"""Words as pictures: shop signs, words on the road, plates. With `sheet` the only file that knows Pillow.

The glyphs come from Noto CJK, a Debian package (fonts-noto-cjk), at the time of rendering; no font and no
picture of one is kept in the repository.
"""

from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from models.errors import ConfigurationError
from studio.matter.finishes import Picture

_NOTO = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc")
_NOTO_REGULAR = _NOTO.with_name("NotoSansCJK-Regular.ttc")
_SIMPLIFIED = 2  # index of the simplified Chinese face in the collection

Rgb8 = tuple[int, int, int]
Mask = npt.NDArray[np.float32]

BAND_PX = 32
"""Height of the band that holds a camera's name."""


@lru_cache(maxsize=32)
def _font(size: int, *, bold: bool = True) -> ImageFont.FreeTypeFont:
    file = _NOTO if bold else _NOTO_REGULAR
    if not file.exists():
        raise ConfigurationError.of(str(file), "no such font", "install the package fonts-noto-cjk")
    return ImageFont.truetype(str(file), size, index=_SIMPLIFIED)


def stencil(text: str, height_px: int, *, bold: bool = True) -> Mask:
    """Words cut out tightly: (height, W), 1 where there is ink."""
    font = _font(height_px * 2, bold=bold)
    left, top, right, bottom = font.getbbox(text)
    canvas = Image.new("L", (int(right - left) + 2, int(bottom - top) + 2), 0)
    ImageDraw.Draw(canvas).text((1 - left, 1 - top), text, font=font, fill=255)
    width = max(1, round(canvas.width * height_px / canvas.height))
    small = canvas.resize((width, height_px), Image.Resampling.LANCZOS)
    mask: Mask = np.asarray(small, dtype=np.float32) / np.float32(255)
    return mask


def sign(text: str, below: str, ground: Rgb8, ink: Rgb8, *, size: tuple[int, int] = (512, 112)) -> Picture:
    """A shop's sign: its name, something small below it, a darker rim as light boxes have."""
    width, height = size
    canvas = Image.new("RGB", size, ground)
    draw = ImageDraw.Draw(canvas)
    for row in range(height):
        shade = 1.0 - 0.25 * abs(row / height - 0.4)
        draw.line([(0, row), (width, row)], fill=tuple(round(c * shade) for c in ground))
    name = _font(round(height * 0.56))
    while name.getlength(text) > width * 0.9:
        name = _font(round(name.size * 0.9))
    draw.text((width / 2, height * 0.42), text, font=name, fill=ink, anchor="mm")
    draw.text((width / 2, height * 0.86), below, font=_font(round(height * 0.16)), fill=ink, anchor="mm")
    draw.rectangle([0, 0, width - 1, height - 1], outline=tuple(c // 2 for c in ground), width=3)
    return np.asarray(canvas)


def words_over(text: str, width: int) -> tuple[Mask, Mask]:
    """A camera's name as cameras write it into the picture: a band for its lower edge.

    Returns:
        What is written (white with a dark rim) and how far it covers the picture, each (BAND_PX, W, 1), 0..1.
    """
    at, size = (10, 6), (width, BAND_PX)
    ink, cover = Image.new("L", size, 0), Image.new("L", size, 0)
    ImageDraw.Draw(ink).text(at, text, font=_font(15), fill=255, stroke_width=1, stroke_fill=20)
    ImageDraw.Draw(cover).text(at, text, font=_font(15), fill=255, stroke_width=1, stroke_fill=255)
    scaled = (np.asarray(layer, dtype=np.float32)[..., None] / np.float32(255) for layer in (ink, cover))
    first, second = scaled
    return first, second
