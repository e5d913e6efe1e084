"""The truth of a clip: stays, boxes and the plan, known because they were planned."""

from pathlib import Path

import numpy as np
import pytest

from models.plan import parse_plan
from studio.camera.lens import OVERSCAN_PX, Lens
from studio.composing.compose import Presence, compose
from studio.composing.sprites import Region, Sprite, cleaned, region_of
from studio.filming.planfile import plan_text
from studio.filming.truth import clip_of, frame_of, stays_of
from studio.scenes.light import LIGHTS
from studio.scenes.poses import Shot, SpriteKey
from studio.scenes.scene import parse_scene
from studio.streets.street import bundled, parse_street

SCENE = """
name = "s"
street = "shopping"
view = "mast"
duration_s = 60
leave_out = ["pavement"]
"""
LENS = Lens(eye=(-8.8, -3.4, 6.0), target=(5.4, 5.0, 0.2), focal_mm=27, width=640, height=360)
STREET = parse_street(*bundled("shopping"))
KEY = SpriteKey("sedan/red/", 2, 6, 0, -1)


def halting(began, ended, place=(2.4, 6.7), kind="sedan"):
    points = [(began - 4, (40, 4)), (began, place), (ended, place), (ended + 4, (-20, 4))]
    path = ", ".join(f"{{ at_s = {at}, to = [{x}, {y}] }}" for at, (x, y) in points)
    text = f'{SCENE}[[actor]]\nid = "a"\nkind = "{kind}"\nplate = "浙B8K236"\npath = [{path}]'
    return parse_scene(text, "s.toml")


def test_a_halt_in_a_zone_is_a_stay_with_its_plate():
    (stay,) = stays_of(halting(10, 40), STREET)
    assert (stay.zone, stay.plate, stay.began_s, stay.overstayed_s, stay.ended_s) == (
        "fire-lane", "浙B8K236", 10, 25, 40)  # fmt: skip


@pytest.mark.parametrize(
    "scene",
    [
        pytest.param(halting(10, 12), id="shorter than a give-way"),
        pytest.param(halting(10, 40, place=(2.4, 1.5)), id="on the other side of the road"),
        pytest.param(halting(10, 40, kind="person"), id="a person, whom the zone does not forbid"),
    ],
)
def test_what_is_no_stay(scene):
    assert stays_of(scene, STREET) == ()


def test_a_stay_shorter_than_the_dwell_never_overstays():
    (stay,) = stays_of(halting(10, 20), STREET)
    assert stay.overstayed_s is None


def test_a_stay_beyond_the_clip_has_no_end():
    (stay,) = stays_of(halting(10, 90), STREET)
    assert stay.ended_s is None


def test_the_written_plan_is_a_plan_and_says_the_truth():
    scene = halting(10, 40)
    text = plan_text(scene, STREET, clip_of(scene, STREET, LENS))
    assert [zone.id for zone in parse_plan(text, "s.toml").zones] == ["fire-lane"]
    assert "car 浙B8K236 (a) stands from 10 s, overstays at 25 s, leaves at 40 s" in text
    assert '# id = "pavement"' in text


def test_a_hidden_actor_keeps_its_box_and_loses_what_is_hidden():
    background = np.ones((100 + 2 * OVERSCAN_PX, 100 + 2 * OVERSCAN_PX, 3), np.float32)
    block = Sprite(40, 40, np.full((20, 20, 4), 1, np.float32), np.ones((20, 20), bool))
    far = Shot("far", KEY, 1.0, (0, 0), (0, 0), 20)
    near = Shot("near", KEY, 1.0, (0, 0), (10, 0), 10)
    _, (hidden, seen) = compose(background, (far, near), lambda _key: block)
    assert hidden == Presence("far", (40, 40, 60, 60), 400, 200)
    assert (seen.box, seen.seen_px) == ((50, 40, 70, 60), 400)


def test_a_shadow_darkens_what_lies_under_it():
    background = np.ones((100 + 2 * OVERSCAN_PX, 100 + 2 * OVERSCAN_PX, 3), np.float32)
    shadow = np.zeros((10, 10, 4), np.float32)
    shadow[..., 3] = 0.5
    only = Sprite(0, 0, shadow, np.zeros((10, 10), bool))
    frame, present = compose(background, (Shot("a", KEY, 1.0, (0, 0), (0, 0), 9),), lambda _key: only)
    assert frame[5, 5, 0] == pytest.approx(0.5)
    assert present == ()


def test_truth_is_in_fractions_of_the_frame():
    scene = halting(10, 40)
    (thing,) = frame_of(scene, 24, [Presence("a", (64, 36, 128, 72), 100, 80)]).objects
    assert (thing.box, thing.visible, thing.label) == ((0.1, 0.1, 0.2, 0.2), 0.8, "car")


def test_a_region_holds_the_actor_and_its_shadow():
    corners = (np.array([-2.3, -0.9, 0]), np.array([2.3, 0.9, 1.5]))
    region = region_of(corners, KEY, LENS, LIGHTS["noon"])
    x, y, _ = LENS.ground(KEY.x, KEY.y)
    assert region.x < x + OVERSCAN_PX < region.x + region.width
    assert region.y < y + OVERSCAN_PX < region.y + region.height


def test_a_shadow_catchers_noise_is_no_shadow():
    rgba = np.zeros((20, 20, 4), np.float32)
    rgba[..., 3] = 0.02
    mask = np.zeros((20, 20), bool)
    mask[10, 10] = True
    sprite = cleaned(rgba, mask, Region(16, 16, 20, 20))
    assert (sprite.x, sprite.y) == (0, 0)
    assert sprite.light[0, 0, 3] == 0


def test_an_actor_without_a_pixel_is_no_sprite():
    assert cleaned(np.zeros((4, 4, 4), np.float32), np.zeros((4, 4), bool), Region(0, 0, 4, 4)) is None


def test_the_demonstration_tells_its_own_truth():
    folder = Path(__file__).parents[2]
    scene = parse_scene((folder / "studio/scenes/street.toml").read_text(encoding="utf-8"), "street.toml")
    stays = {stay.actor: stay for stay in stays_of(scene, STREET)}
    assert set(stays) == {"leaver", "stayer", "stall"}
    assert stays["leaver"].overstayed_s < 30 < stays["leaver"].ended_s
    assert stays["stayer"].ended_s is None
