"""`clearway snapshot`: one picture of a camera's view, to draw zones on and to hold the view against."""

import threading
from pathlib import Path

import cv2
import typer

from detectors.look import Frame
from edge.sources import Pace, VideoSource, without_credentials
from models.errors import ConfigurationError, SourceLost

JPEG_QUALITY = 95


def take(source: str, output: Path) -> None:
    """Write the first picture a camera gives, as the product sees it.

    Args:
        source: as in the settings: a file, a folder, `rtsp://…`, `http://…` or a device.
        output: `.jpg` or `.png`.

    Raises:
        SourceLost: the camera gives no picture.
        ConfigurationError: the file cannot be written.
    """
    pixels = _first(source).pixels
    try:
        written = cv2.imwrite(str(output), pixels, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    except cv2.error:  # an ending that it does not know
        written = False
    if not written:
        remedy = "give -o a .jpg or .png in an existing folder"
        raise ConfigurationError.of(str(output), "cannot be written", remedy, key="--output")
    height, width = pixels.shape[:2]
    typer.echo(f"{output}: {width}x{height}")


def _first(source: str) -> Frame:
    stop = threading.Event()
    frames = VideoSource(source, Pace(1.0, "max")).frames(stop)
    try:
        for frame in frames:
            return frame
    finally:
        stop.set()
        if hasattr(frames, "close"):
            frames.close()
    raise SourceLost(f"{without_credentials(source)} gave no picture")
