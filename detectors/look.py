"""What the eye works on: one frame, and what a network found in it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt

from models.geometry import FloatArray

Pixels = npt.NDArray[np.uint8]

JPEG_START = b"\xff\xd8"
HELD_QUALITY = 95
"""JPEG quality of a look that is held for later: its errors stay below those of the camera's own encoder."""


class RawPicture(Protocol):
    """A picture as its decoder left it. Colours are made of it only when somebody asks."""

    def pixels(self) -> Pixels:
        """Shape (H, W, 3), BGR, 8 bit."""

    def luma(self, width_px: int | None = None) -> Pixels:
        """Brightness only, 0..255, shape (H, W).

        Args:
            width_px: reduced to this width, if it is wider; the height follows.
        """


class Frame:
    """One picture of one camera.

    Most looks need brightness at a small size and nothing else, so a frame made from a decoder's picture
    makes colours only when they are asked for, and then once.

    Args:
        pixels: shape (H, W, 3), BGR, 8 bit; or the picture as its decoder left it.
        captured_at: when it was captured, UTC; a recording has its own clock.
        received_at: when this machine got it, UTC.
        spacing_s: how far apart the looks of its source are meant to be. Only a gap that is long beside this
            is time in which the camera could not tell: a time-lapse has a picture a minute.
    """

    __slots__ = ("_luma", "_picture", "_pixels", "captured_at", "received_at", "spacing_s")

    def __init__(
        self,
        pixels: "Pixels | RawPicture",
        captured_at: datetime,
        received_at: datetime,
        spacing_s: float = 1.0,
    ) -> None:
        self._picture: RawPicture = DrawnPicture(pixels) if isinstance(pixels, np.ndarray) else pixels
        self._pixels: Pixels | None = None
        self._luma: dict[int | None, Pixels] = {}
        self.captured_at = captured_at
        self.received_at = received_at
        self.spacing_s = spacing_s

    @property
    def pixels(self) -> Pixels:
        """Shape (H, W, 3), BGR, 8 bit."""
        if self._pixels is None:
            self._pixels = self._picture.pixels()
        return self._pixels

    def luma(self, width_px: int | None = None) -> Pixels:
        """Brightness only, 0..255, shape (H, W); of the whole size, or reduced to a width."""
        if width_px not in self._luma:
            self._luma[width_px] = self._picture.luma(width_px)
        return self._luma[width_px]

    def held(self) -> "Frame":
        """The same look in a tenth of the memory, to be kept until wanted; a camera's own JPEG as it came."""
        picture = self._picture
        if not (isinstance(picture, JpegPicture) and picture.is_jpeg):
            _, data = cv2.imencode(".jpg", self.pixels, [cv2.IMWRITE_JPEG_QUALITY, HELD_QUALITY])
            picture = JpegPicture(data.tobytes())
        return HeldFrame(picture, self.captured_at, self.received_at, self.spacing_s)


class HeldFrame(Frame):
    """A look that is kept until it is wanted, hours perhaps: its colours are made anew each time, and go."""

    __slots__ = ()

    @property
    def pixels(self) -> Pixels:
        """See `Frame`."""
        return self._picture.pixels()


class DrawnPicture:
    """A picture that is there in colours already."""

    def __init__(self, pixels: Pixels) -> None:
        self._pixels = pixels

    def pixels(self) -> Pixels:
        """See `RawPicture`."""
        return self._pixels

    def luma(self, width_px: int | None = None) -> Pixels:
        """See `RawPicture`."""
        return narrowed(np.asarray(cv2.cvtColor(self._pixels, cv2.COLOR_BGR2GRAY), dtype=np.uint8), width_px)


class JpegPicture:
    """A picture as a camera's own file of it. A small look is decoded at a fraction of its size.

    Args:
        data: the file's bytes: JPEG, or whatever else the image library reads.
        width_px: as wide as the camera's last picture was, where that is known: the right fraction is then
            decoded at once. A wrong one costs time, nothing else.

    Attributes:
        width_px: of the picture, once it was decoded; until then as it was given.
    """

    def __init__(self, data: bytes, width_px: int | None = None) -> None:
        self._data = np.frombuffer(data, np.uint8)
        self.width_px = width_px

    @property
    def is_jpeg(self) -> bool:
        """Whether it is one: other files may be nearly as large as the colours in them."""
        return self._data[: len(JPEG_START)].tobytes() == JPEG_START

    def pixels(self) -> Pixels:
        """See `RawPicture`.

        Raises:
            ValueError: it is no picture.
        """
        return self._decoded(cv2.IMREAD_COLOR)

    def luma(self, width_px: int | None = None) -> Pixels:
        """See `RawPicture`.

        Raises:
            ValueError: it is no picture.
        """
        if width_px is None:
            return self._decoded(cv2.IMREAD_GRAYSCALE)
        for divisor, flag in _REDUCED_GREY:
            if self.width_px is not None and self.width_px // divisor < width_px:
                continue
            luma = self._decoded(flag)
            self.width_px = luma.shape[1] * divisor
            if luma.shape[1] >= width_px:
                return narrowed(luma, width_px)
        whole = self._decoded(cv2.IMREAD_GRAYSCALE)
        self.width_px = whole.shape[1]
        return narrowed(whole, width_px)

    def _decoded(self, flag: int) -> Pixels:
        try:
            picture = cv2.imdecode(self._data, flag)
        except cv2.error as exc:
            raise ValueError("no picture") from exc
        if picture is None:
            raise ValueError("no picture")
        return np.asarray(picture, dtype=np.uint8)


_REDUCED_GREY = (
    (8, cv2.IMREAD_REDUCED_GRAYSCALE_8),
    (4, cv2.IMREAD_REDUCED_GRAYSCALE_4),
    (2, cv2.IMREAD_REDUCED_GRAYSCALE_2),
)


def narrowed(luma: Pixels, width_px: int | None) -> Pixels:
    """Brightness reduced to a width, each pixel the mean of those it stands for; never enlarged."""
    height, width = luma.shape
    if width_px is None or width <= width_px:
        return luma
    return resized(luma, (width_px, max(1, round(height * width_px / width))))


def resized(luma: Pixels, size_wh: tuple[int, int]) -> Pixels:
    """Brightness made smaller, shape (H, W) of `size_wh`.

    By halves as far as they go, then between four pixels, which is their mean: a fifth of the work of
    averaging by the odd factor in one step (0.5 against 2.4 ms from 1080p to 640 px).
    """
    while luma.shape[1] >= 2 * size_wh[0] and luma.shape[0] >= 2 * size_wh[1]:
        half = (luma.shape[1] // 2, luma.shape[0] // 2)
        luma = np.asarray(cv2.resize(luma, half, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    if luma.shape[::-1] == size_wh:
        return luma
    return np.asarray(cv2.resize(luma, size_wh, interpolation=cv2.INTER_LINEAR), dtype=np.uint8)


@dataclass(frozen=True, slots=True)
class Detections:
    """What a network found in one look, as parallel arrays.

    Attributes:
        boxes_xyxy: shape (N, 4), fractions of the frame.
        scores: shape (N,), 0..1.
        labels: N words.
    """

    boxes_xyxy: FloatArray = field(default_factory=lambda: np.zeros((0, 4)))
    scores: FloatArray = field(default_factory=lambda: np.zeros(0))
    labels: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.labels)

    def only(self, labels: frozenset[str]) -> "Detections":
        """The detections with one of these labels."""
        keep = [index for index, label in enumerate(self.labels) if label in labels]
        return Detections(self.boxes_xyxy[keep], self.scores[keep], tuple(self.labels[i] for i in keep))
