"""Scene and street files of the studio: what is wrong is said with its line."""

import pytest

from models.errors import ConfigurationError
from studio.scenes.scene import parse_scene
from studio.streets.street import bundled, parse_street

HEAD = 'name = "s"\nstreet = "shopping"\nview = "mast"\nduration_s = 10\n'
PATH = "path = [{ at_s = 0, to = [0, 0] }, { at_s = 5, to = [9, 0] }]\n"


def fault(text):
    with pytest.raises(ConfigurationError) as caught:
        parse_scene(text, "s.toml")
    (only,) = caught.value.faults
    return only


@pytest.mark.parametrize(
    ("actor", "line", "key", "words"),
    [
        pytest.param('kind = "sedan"\ncolour = "bleu"\n', 8, "actor[0].colour", "'blue'", id="a paint"),
        pytest.param('kind = "seden"\n', 7, "actor[0].kind", "'sedan'", id="a kind"),
        pytest.param('kind = "suv"\nwheels = 3\n', 8, "actor[0].wheels", "no such key", id="a key"),
    ],
)
def test_a_word_nobody_knows_is_named_with_its_line_and_the_nearest(actor, line, key, words):
    found = fault(HEAD + '[[actor]]\nid = "a"\n' + actor + PATH)
    assert (found.line, found.key) == (line, key)
    assert words in str(found)


def test_two_actors_cannot_have_one_name():
    actor = f'[[actor]]\nid = "a"\nkind = "suv"\n{PATH}'
    found = fault(HEAD + actor + actor)
    assert (found.line, found.key, found.problem) == (10, "actor[1].id", "'a' is taken")


def test_a_path_cannot_go_back_in_time():
    path = "path = [{ at_s = 5, to = [0, 0] }, { at_s = 5, to = [1, 0] }]\n"
    found = fault(HEAD + f'[[actor]]\nid = "a"\nkind = "suv"\n{path}')
    assert (found.line, found.key) == (8, "actor[0].path")
    assert "back in time at 5 s" in found.problem


def test_an_actor_looks_as_its_last_change_says():
    change = 'changes = [{ at_s = 6, kind = "stall" }]\n'
    (actor,) = parse_scene(HEAD + f'[[actor]]\nid = "a"\nkind = "cart"\n{PATH}{change}', "s.toml").actors
    assert [actor.look_at(second).split("/")[0] for second in (0, 5.9, 6)] == ["cart", "cart", "stall"]


def test_a_street_needs_a_carriageway():
    text = 'x = [0, 9]\nview = {}\n[[strip]]\nkind = "pavement"\ny = [0, 2]\n'
    with pytest.raises(ConfigurationError, match="no strip of kind road"):
        parse_street(text, "lane.toml")


def test_a_street_that_is_not_there_is_named_with_the_nearest():
    with pytest.raises(ConfigurationError, match="did you mean 'shopping'"):
        bundled("shoping")


def test_the_bundled_street_is_sound():
    assert {"mast", "high"} <= set(parse_street(*bundled("shopping")).view)
