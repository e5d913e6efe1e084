"""Camera-like streams from the example's street, small and short, for cameras on the loopback."""

from pathlib import Path

import av
import cv2

STREET = Path(__file__).parent.parent / "examples" / "demo" / "street.mp4"
WIDTH_PX, HEIGHT_PX = 320, 180
FPS = 25
CODECS = {"h264": "libx264", "h265": "libx265"}


def write_stream(
    path: Path, *, codec: str = "h264", group: int = 25, seconds: int = 6, more: str = ""
) -> Path:
    """A stream as a camera sends it: 25 a second, no pictures that look ahead, a keyframe a group."""
    options = {"preset": "ultrafast", "tune": "zerolatency"}
    parameters = f"keyint={group}:min-keyint={group}:scenecut=0:bframes=0{more}"
    options |= (
        {"x264-params": parameters} if codec == "h264" else {"x265-params": f"{parameters}:log-level=0"}
    )
    with av.open(str(path), "w") as container, av.open(str(STREET)) as street:
        stream = container.add_stream(CODECS[codec], rate=FPS)
        stream.width, stream.height, stream.pix_fmt = WIDTH_PX, HEIGHT_PX, "yuv420p"
        stream.options = options
        pictures = [
            picture.to_ndarray(format="bgr24", width=WIDTH_PX, height=HEIGHT_PX)
            for _, picture in zip(range(seconds * 12), street.decode(video=0), strict=False)
        ]
        for number in range(seconds * FPS):
            pixels = pictures[min(number * 12 // FPS, len(pictures) - 1)]
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="bgr24")))
        container.mux(stream.encode())
    return path


def write_pictures(folder: Path, *, seconds: int = 6) -> Path:
    """The street's picture of each second, as JPEG."""
    folder.mkdir()
    with av.open(str(STREET)) as street:
        for number, picture in zip(range(seconds * 12), street.decode(video=0), strict=False):
            if number % 12 == 0:
                pixels = picture.to_ndarray(format="bgr24", width=WIDTH_PX, height=HEIGHT_PX)
                cv2.imwrite(str(folder / f"{number // 12:03}.jpg"), pixels)
    return folder
