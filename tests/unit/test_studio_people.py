"""People and riders of the studio: sizes in metres, clothes that exist, the same look always the same."""

import numpy as np
import pytest

from studio.actors.casting import cast
from studio.actors.figure import two_bones
from studio.actors.people import PEOPLE, person
from studio.actors.riders import PARKED, RIDDEN, machine_of, ride, rider_of
from studio.actors.wardrobe import WORN, outfit_of
from studio.filming.cache import digest_of_model
from studio.matter.looks import COLOURS, KINDS, WALKERS
from studio.matter.solids import bounds

MOVING = [*PEOPLE, *RIDDEN, *PARKED]


@pytest.mark.parametrize("kind", MOVING)
@pytest.mark.parametrize("colour", ["red", "white", "navy"])
def test_every_finish_somebody_wears_exists(kind, colour):
    model, finishes = cast(f"{kind}/{colour}/", -1)
    assert {name for part in model for name in part.finishes} <= set(finishes)


@pytest.mark.parametrize("kind", sorted(set(PEOPLE) - {"sitter", "person-umbrella", "woman-umbrella"}))
def test_each_kind_is_as_tall_as_its_like_in_every_phase(kind):
    for phase in range(-1, 8):
        low, high = bounds(person("blue", phase=phase, phases=8, kind=kind))
        assert high[2] - low[2] == pytest.approx(PEOPLE[kind], abs=0.15)
        assert low[2] == pytest.approx(0, abs=0.03)


def test_somebody_on_a_stool_is_lower_than_somebody_standing():
    _, high = bounds(person("blue", phase=-1, phases=8, kind="sitter"))
    assert 1.0 < high[2] < 1.4


def test_the_same_look_is_the_same_picture():
    one, two = (digest_of_model(*cast("woman/red/", 3)) for _ in range(2))
    assert one == two


def test_a_step_changes_the_picture():
    digests = {digest_of_model(*cast("person/red/", phase)) for phase in range(-1, 8)}
    assert len(digests) == 9


def test_colours_are_different_people():
    outfits = {outfit_of("person", colour) for colour in COLOURS}
    assert len(outfits) == len(COLOURS)
    assert len({(worn.trousers, worn.skin, worn.carries) for worn in outfits}) > 5


@pytest.mark.parametrize("colour", COLOURS)
def test_coat_and_trousers_are_never_of_one_finish(colour):
    worn = outfit_of("person", colour)
    assert WORN[worn.coat].colour != WORN[worn.trousers].colour


def test_only_who_stands_on_feet_walks():
    assert set(PEOPLE) - WALKERS == {"sitter"}
    assert set(PEOPLE) >= WALKERS


@pytest.mark.parametrize("kind", RIDDEN)
def test_a_rider_sits_on_the_machine_and_not_beside_it(kind):
    (low, high), (least, most) = bounds(machine_of(kind, "red")), bounds(rider_of(kind, "red"))
    assert least[2] > 0.1
    assert most[2] > high[2]
    assert low[0] - 0.1 < least[0] < most[0] < high[0] + 0.1


@pytest.mark.parametrize("kind", PARKED)
def test_nobody_sits_on_what_is_parked(kind):
    assert rider_of(kind, "red") == ()
    assert KINDS[kind].label == PARKED[kind]


@pytest.mark.parametrize(("kind", "length"), [("bicycle", 1.76), ("motorcycle", 2.05), ("tricycle", 2.95)])
def test_a_machine_is_as_long_as_its_like_and_stands_on_the_ground(kind, length):
    low, high = bounds(ride(kind, "red"))
    assert high[0] - low[0] == pytest.approx(length, abs=0.2)
    assert low[2] == pytest.approx(0, abs=0.03)


def test_a_knee_keeps_the_length_of_both_bones():
    hip, ankle = np.array([0, 0, 0.9]), np.array([0.2, 0, 0.2])
    knee = two_bones(hip, ankle, 0.44, 0.44, np.array([1.0, 0, 0]))
    assert np.linalg.norm(knee - hip) == pytest.approx(0.44)
    assert np.linalg.norm(ankle - knee) == pytest.approx(0.44)
    assert knee[0] > 0.1
