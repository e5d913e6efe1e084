"""What goes wrong with a camera, and what a clip keeps of it."""

from itertools import pairwise

import av
import numpy as np
import pytest

from models.errors import ConfigurationError
from studio.camera.clip import write_clip
from studio.camera.faults import CameraFault, blind_spans
from studio.camera.lens import OVERSCAN_PX
from studio.camera.spoil import MOST_SWAY_PX, coarse, covered, dirtied, flicker_at, gain_at, sway_at
from studio.composing.compose import compose
from studio.composing.sprites import Sprite
from studio.filming.camera import Camera, compose_swayed
from studio.scenes.poses import Shot, SpriteKey
from studio.scenes.scene import parse_scene

SCENE = 'name = "s"\nstreet = "shopping"\nview = "mast"\nduration_s = 60\n'
KEY = SpriteKey("sedan/red/", 2, 6, 0, -1)


def a_street(width=160, height=96):
    """Linear light with edges, gradients and a bright wall."""
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    grey = 0.2 + 0.3 * x * y + 0.4 * ((x * 12).astype(int) % 2)
    return np.repeat(grey[..., None], 3, axis=2).astype(np.float32)


class PlainSensor:
    """No noise but a counter: each picture differs from the one before."""

    def __init__(self):
        self.shown = 0

    def __call__(self, linear, *, second, black):  # noqa: ARG002 - as the real one
        self.shown += 1
        picture = (
            np.zeros(linear.shape, np.uint8) if black else (np.clip(linear, 0, 1) * 250).astype(np.uint8)
        )
        picture[0, 0] = self.shown
        return picture


def a_camera(*faults):
    return Camera(PlainSensor(), faults, seed=3)


def fault(kind, from_s=2, until_s=4, **more):
    return CameraFault(kind=kind, from_s=from_s, until_s=until_s, **more)


def test_a_scene_names_its_faults():
    scene = parse_scene(SCENE + '[[fault]]\nkind = "black"\nfrom_s = 3\nuntil_s = 9', "s.toml")
    assert scene.fault == (fault("black", 3, 9),)


@pytest.mark.parametrize(
    "table",
    [
        pytest.param('kind = "rust"\nfrom_s = 3\nuntil_s = 9', id="no such fault"),
        pytest.param('kind = "black"\nfrom_s = 9\nuntil_s = 9', id="over before it begins"),
        pytest.param('kind = "shake"\nfrom_s = 3\nuntil_s = 9\nstrength = 0', id="nothing wrong"),
        pytest.param('kind = "shake"\nfrom_s = 3\nuntil_s = 9\nstrength = -0.5', id="no opposite"),
    ],
)
def test_a_fault_that_makes_no_sense_is_named(table):
    with pytest.raises(ConfigurationError, match=r"s\.toml:\d+"):
        parse_scene(f"{SCENE}[[fault]]\n{table}", "s.toml")


def test_a_camera_without_faults_shows_what_its_sensor_shows():
    light = a_street()
    assert np.array_equal(a_camera()(light, 1.0), PlainSensor()(light, second=1.0, black=False))


def test_a_frozen_camera_repeats_its_picture_to_the_byte():
    camera = a_camera(fault("frozen"))
    last = camera(a_street(), 1.9)
    assert camera(a_street() * 2, 2.0) is last
    assert camera(a_street() * 2, 3.9) is last
    assert not np.array_equal(camera(a_street() * 2, 4.0), last)


def test_a_stream_that_drops_out_sends_nothing():
    camera = a_camera(fault("drop-out"))
    assert [camera(a_street(), second) is None for second in (1.9, 2.0, 3.9, 4.0)] == [
        False,
        True,
        True,
        False,
    ]


def test_a_black_picture_is_black():
    assert a_camera(fault("black"))(a_street(), 2.5)[1:].max() == 0


@pytest.mark.parametrize("seed", range(6))
def test_a_covered_lens_is_darker_and_flatter_than_the_street(seed):
    light = a_street()
    hidden = covered(light, 0.9, seed)
    assert hidden.mean() < light.mean() / 2
    assert 0 < hidden.std() < light.std() / 2


def test_a_hand_comes_from_a_side():
    light = a_street()
    half = np.abs(covered(light, 0.9, 1, share=0.4) - light).mean(axis=2) > 0.01
    assert 0.05 < half.mean() < 0.95


@pytest.mark.parametrize("seed", range(5))
def test_a_shaken_camera_never_looks_beyond_the_overscan(seed):
    reach = np.abs([sway_at(second / 12, 1.0, seed) for second in range(3600)]).max()
    assert MOST_SWAY_PX / 3 < reach <= MOST_SWAY_PX < OVERSCAN_PX


def test_two_shakes_at_once_stay_within_the_overscan_too():
    camera = a_camera(*(fault("shake", 0, 60, strength=1.0) for _ in range(4)))
    assert np.abs([camera.sway(second / 12) for second in range(720)]).max() < OVERSCAN_PX


def test_a_shaken_camera_sees_overscan_at_its_edge_and_its_boxes_move_along():
    size = 100 + 2 * OVERSCAN_PX
    background = np.broadcast_to(np.arange(size, dtype=np.float32)[None, :, None], (size, size, 3)).copy()
    block = Sprite(40, 40, np.full((20, 20, 4), 1, np.float32), np.ones((20, 20), bool))
    shots = (Shot("a", KEY, 1.0, (0, 0), (0, 0), 10),)
    still, (before,) = compose(background, shots, lambda _key: block)
    swayed, (after,) = compose_swayed(background, shots, lambda _key: block, (5.0, -3.0))
    assert after.box == (before.box[0] - 5, before.box[1] + 3, before.box[2] - 5, before.box[3] + 3)
    assert np.allclose(swayed[0, :, 0], still[0, :, 0] + 5, atol=0.01)


def test_a_camera_at_rest_composes_as_ever():
    background = np.ones((96, 96, 3), np.float32)
    assert np.array_equal(
        compose_swayed(background, (), lambda _key: None, (0.0, 0.0))[0], compose(background, (), None)[0]
    )


def test_dirt_is_the_same_dirt_in_every_frame():
    light = a_street()
    assert np.array_equal(dirtied(light, 0.6, 9), dirtied(light, 0.6, 9))
    assert not np.array_equal(dirtied(light, 0.6, 9), dirtied(light, 0.6, 10))


def test_more_dirt_hides_more():
    light = a_street()
    assert np.abs(dirtied(light, 0.9, 9) - light).mean() > np.abs(dirtied(light, 0.2, 9) - light).mean() > 0


def test_lamps_flicker_about_their_light():
    gains = np.array([flicker_at(second / 12, 0.8, 96) for second in range(120)])
    assert gains.mean() == pytest.approx(1, abs=0.05)
    assert 0.3 < gains.min() < 0.9
    assert 1.1 < gains.max() < 1.7


@pytest.mark.parametrize(("strength", "brighter"), [(0.8, True), (-0.8, False)])
def test_the_exposure_follows_a_sudden_light(strength, brighter):
    at_once, later = (gain_at(since, 60, strength, (8, 6)).mean() for since in (0, 10))
    assert (at_once > 1.5) if brighter else (at_once < 0.6)
    assert later == pytest.approx(1, abs=0.3)


def test_after_a_sudden_light_the_street_is_dark_until_the_exposure_is_back():
    gains = [float(gain_at(60, left, 0.8, (8, 6)).mean()) for left in (-0.01, -2, -10)]
    assert gains[0] < 0.5 < gains[1] < gains[2] == pytest.approx(1, abs=0.01)


def test_too_few_bits_show_blocks_and_keep_what_hardly_changes():
    picture = (a_street() * 255).astype(np.uint8)
    first = coarse(picture, None, 0.9)
    assert np.abs(first.astype(int) - picture).mean() > 1
    shown = picture.copy()
    shown[:32, :32] = 0
    second = coarse(shown, first, 0.9)
    assert second[:16, :16].mean() < 40
    assert np.array_equal(second[64:, 64:], first[64:, 64:])


def test_what_blinds_is_known_in_order_and_within_the_clip():
    spans = blind_spans([fault("black", 50, 90), fault("shake", 1, 9), fault("frozen", 5, 8)], 60)
    assert spans == ((5, 8, "frozen"), (50, 60, "black"))


def noisy_frames(count):
    chance = np.random.default_rng(1)
    ground = (a_street() * 200).astype(np.uint8)
    return [ground + chance.integers(0, 9, ground.shape, np.uint8) for _ in range(count)]


def read(file):
    with av.open(str(file)) as box:
        return [(frame.time, frame.to_ndarray(format="gray")) for frame in box.decode(video=0)]


def test_a_clip_has_gaps_where_no_frames_came(tmp_path):
    first, second = noisy_frames(10), noisy_frames(7)
    frames = [*first, *[None] * 20, *second, None, *first[:1]]
    write_clip(tmp_path / "c.mp4", frames, fps=10, size=(160, 96), crf=27)
    times = [time for time, _ in read(tmp_path / "c.mp4")]
    assert times == pytest.approx([number / 10 for number, frame in enumerate(frames) if frame is not None])


def test_a_standing_picture_is_decoded_to_the_byte_for_as_long_as_it_stands(tmp_path):
    moving = noisy_frames(12)
    write_clip(tmp_path / "c.mp4", [*moving, *[moving[-1]] * 120, *moving], fps=10, size=(160, 96), crf=27)
    shown = [picture for _, picture in read(tmp_path / "c.mp4")]
    assert len(shown) == 144
    assert all(np.array_equal(before, after) for before, after in pairwise(shown[12:132]))
    assert not np.array_equal(shown[131], shown[132])


def test_the_same_frames_make_the_same_file(tmp_path):
    frames = [*noisy_frames(5), None, *noisy_frames(5)]
    for name in ("a.mp4", "b.mp4"):
        write_clip(tmp_path / name, frames, fps=10, size=(160, 96), crf=27)
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()
