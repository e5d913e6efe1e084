"""A frame makes of its picture what is asked for, and nothing else."""

import tracemalloc

import av
import cv2
import numpy as np
import pytest
from factories import NOON, texture

from detectors.look import Frame, JpegPicture, narrowed
from edge.sources.decoded import DecodedPicture


class Counting:
    """A raw picture that counts what is made of it."""

    def __init__(self):
        self.made = []

    def pixels(self):
        self.made.append("pixels")
        return np.zeros((90, 160, 3), np.uint8)

    def luma(self, width_px=None):
        self.made.append(width_px)
        return np.zeros((90, 160), np.uint8)


def coloured():
    return cv2.cvtColor(texture(3), cv2.COLOR_GRAY2BGR)


def decoded(name, *, full=False):
    """The same picture as a decoder would give it in a format."""
    picture = av.VideoFrame.from_ndarray(coloured(), format="bgr24")
    if full:
        return picture.reformat(format="yuvj420p", dst_color_range="JPEG")
    return picture.reformat(format=name)


def test_colours_are_made_when_asked_for_and_once():
    raw = Counting()
    frame = Frame(raw, NOON, NOON)
    assert raw.made == []
    frame.luma(160)
    assert raw.made == [160]
    frame.luma()
    frame.luma()
    assert frame.pixels is frame.pixels
    assert raw.made == [160, None, "pixels"]


def test_a_drawn_picture_is_its_own_pixels():
    pixels = coloured()
    frame = Frame(pixels, NOON, NOON)
    assert frame.pixels is pixels
    assert (frame.luma() == texture(3)).all()
    assert frame.luma(160).shape == (120, 160)


@pytest.mark.parametrize("name", ["yuv420p", "yuv422p", "yuv444p", "nv12", "yuv420p10le", "yuyv422", "gray"])
def test_brightness_of_a_decoded_picture_is_that_of_its_colours(name):
    frame = Frame(DecodedPicture(decoded(name)), NOON, NOON)
    assert frame.pixels.shape == (240, 320, 3)
    grey = cv2.cvtColor(frame.pixels, cv2.COLOR_BGR2GRAY)
    assert frame.luma().shape == grey.shape
    assert np.abs(frame.luma().astype(int) - grey).mean() < 2
    assert np.abs(frame.luma(80).astype(int) - narrowed(grey, 80)).mean() < 2


def test_the_full_range_is_not_stretched_again():
    frame = Frame(DecodedPicture(decoded("yuvj420p", full=True)), NOON, NOON)
    assert np.abs(frame.luma().astype(int) - texture(3)).mean() < 2


def test_black_is_black_in_the_range_of_video():
    black = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="bgr24")
    luma = Frame(DecodedPicture(black.reformat(format="yuv420p")), NOON, NOON).luma()
    assert luma.max() == 0


def test_a_luma_outlives_its_frame():
    luma = DecodedPicture(decoded("yuvj420p", full=True)).luma()
    before = luma.copy()
    [decoded("yuv420p") for _ in range(20)]
    assert (luma == before).all()
    assert luma.flags.writeable


@pytest.mark.parametrize("width", [16, 40, 80, 160, 320, 640])
def test_a_photograph_is_decoded_no_larger_than_needed(width):
    _, data = cv2.imencode(".jpg", coloured(), [cv2.IMWRITE_JPEG_QUALITY, 95])
    picture = JpegPicture(data.tobytes())
    wanted = narrowed(texture(3), width)
    for _ in range(2):
        luma = picture.luma(width)
        assert luma.shape == wanted.shape
        assert np.abs(luma.astype(int) - wanted).mean() < 4
    assert picture.pixels().shape == (240, 320, 3)


@pytest.mark.parametrize(("width", "flag"), [(40, 8), (80, 4), (160, 2)])
def test_who_knows_how_wide_a_cameras_pictures_are_decodes_one_once(monkeypatch, width, flag):
    _, data = cv2.imencode(".jpg", coloured())
    wanted = {8: cv2.IMREAD_REDUCED_GRAYSCALE_8, 4: cv2.IMREAD_REDUCED_GRAYSCALE_4,
              2: cv2.IMREAD_REDUCED_GRAYSCALE_2}  # fmt: skip
    flags, decode = [], cv2.imdecode
    monkeypatch.setattr(cv2, "imdecode", lambda body, how: flags.append(how) or decode(body, how))
    first = JpegPicture(data.tobytes())
    first.luma(width)
    assert first.width_px == 320
    flags.clear()
    JpegPicture(data.tobytes(), first.width_px).luma(width)
    assert flags == [wanted[flag]]


@pytest.mark.parametrize("told_px", [20, 100, 640, 5000])
@pytest.mark.parametrize("width", [40, 160, 300, 640])
def test_a_wrong_word_about_a_pictures_width_changes_nothing_but_the_time(told_px, width):
    _, data = cv2.imencode(".jpg", coloured())
    picture = JpegPicture(data.tobytes(), told_px)
    luma = picture.luma(width)
    assert luma.shape == narrowed(texture(3), width).shape
    assert picture.width_px == 320


@pytest.mark.parametrize("data", [b"", b"a letter", b"\xff\xd8\xff\xd9"])
def test_what_is_no_photograph_is_refused(data):
    with pytest.raises(ValueError, match="no picture"):
        JpegPicture(data).pixels()
    with pytest.raises(ValueError, match="no picture"):
        JpegPicture(data).luma(160)


def test_a_look_that_is_held_is_small_and_still_the_same():
    frame = Frame(coloured(), NOON, NOON, spacing_s=7.0)
    held = frame.held()
    assert (held.captured_at, held.received_at, held.spacing_s) == (NOON, NOON, 7.0)
    assert np.abs(held.pixels.astype(int) - frame.pixels).mean() < 2


def test_a_cameras_own_file_is_held_as_it_came(monkeypatch):
    _, data = cv2.imencode(".jpg", coloured(), [cv2.IMWRITE_JPEG_QUALITY, 60])
    frame = Frame(JpegPicture(data.tobytes()), NOON, NOON)
    monkeypatch.setattr(cv2, "imencode", None)
    assert (frame.held().pixels == frame.pixels).all()


def test_a_file_that_is_no_jpeg_is_held_as_one():
    noise = np.random.default_rng(1).integers(0, 30, coloured().shape).astype(np.uint8)
    _, data = cv2.imencode(".png", coloured() // 2 + noise)
    frame = Frame(JpegPicture(data.tobytes()), NOON, NOON)
    held = frame.held()
    assert len(held._picture._data) < len(data) / 2
    assert np.abs(held.pixels.astype(int) - frame.pixels).mean() < 6


def test_a_look_that_is_held_stays_small_after_it_was_asked_for_its_colours():
    held = Frame(coloured(), NOON, NOON).held()
    tracemalloc.start()
    try:
        assert held.pixels.nbytes > 100_000
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 50_000
