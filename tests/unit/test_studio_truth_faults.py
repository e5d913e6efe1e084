"""What the truth says of a camera that could not see, of weather and of water."""

import pytest

from models.plan import parse_plan
from studio.camera.lens import Lens
from studio.filming.planfile import plan_text
from studio.filming.truth import TrueBlind, TrueFault, clip_of
from studio.scenes.scene import parse_scene
from studio.streets.street import bundled, parse_street

LENS = Lens(eye=(-8.8, -3.4, 6.0), target=(5.4, 5.0, 0.2), focal_mm=27, width=640, height=360)
STREET = parse_street(*bundled("shopping"))
SCENE = 'name = "s"\nstreet = "shopping"\nview = "mast"\nduration_s = 30\n'


def truth_of(tables, head=""):
    return clip_of(parse_scene(f"{SCENE}{head}\n{tables}", "s.toml"), STREET, LENS)


@pytest.mark.parametrize("kind", ["covered", "frozen", "black", "drop-out"])
def test_what_blinds_a_camera_is_a_blind_span(kind):
    clip = truth_of(f'[[fault]]\nkind = "{kind}"\nfrom_s = 5\nuntil_s = 90')
    assert clip.blind == (TrueBlind(from_s=5, until_s=30, why=kind),)


@pytest.mark.parametrize("kind", ["shake", "dirt", "flicker", "sudden-light", "compression"])
def test_what_only_spoils_the_picture_blinds_nobody(kind):
    clip = truth_of(f'[[fault]]\nkind = "{kind}"\nfrom_s = 5\nuntil_s = 9\nstrength = 0.8')
    assert clip.blind == ()
    assert clip.faults == (TrueFault(kind=kind, from_s=5, until_s=9, strength=0.8),)


def test_water_is_known_second_by_second():
    clip = truth_of("[[water]]\nat_s = 10\nlevel_m = 0\n[[water]]\nat_s = 20\nlevel_m = 0.2")
    assert len(clip.water) == 31
    assert (clip.water[0], clip.water[15], clip.water[30]) == (0, 0.1, 0.2)


def test_a_street_that_only_gets_wet_has_no_water():
    clip = truth_of("", head='weather = "rain"')
    assert (clip.weather, clip.water) == ("rain", ())


def test_the_plan_says_when_nobody_can_tell():
    spans = (("frozen", 5, 25), ("shake", 1, 2))
    tables = [
        f'[[fault]]\nkind = "{kind}"\nfrom_s = {began}\nuntil_s = {ended}\n' for kind, began, ended in spans
    ]
    scene = parse_scene(SCENE + "".join(tables), "s.toml")
    text = plan_text(scene, STREET, clip_of(scene, STREET, LENS))
    parse_plan(text, "s.toml")
    assert "# truth: the camera: frozen from 5 s until 25 s, nobody can tell what stands there" in text
    assert "# truth: the camera: shake from 1 s until 2 s\n" in text
