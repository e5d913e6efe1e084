"""Stalls of the studio and what only looks like one."""

import pytest

from studio.actors.casting import cast
from studio.filming.cache import digest_of_model
from studio.matter.looks import COLOURS, KINDS
from studio.matter.solids import bounds

STALLS = sorted(name for name, kind in KINDS.items() if kind.label == "stall")
TRAPS = ("terrace", "box-pile", "cone", "bin-row", "advert-stand")


@pytest.mark.parametrize("kind", [*STALLS, *TRAPS])
def test_every_finish_exists_in_every_colour(kind):
    for colour in COLOURS:
        model, finishes = cast(f"{kind}/{colour}/", -1)
        assert {name for part in model for name in part.finishes} <= set(finishes)


@pytest.mark.parametrize("kind", [*STALLS, *TRAPS])
def test_a_stall_or_trap_stands_on_the_ground_within_a_pitch(kind):
    low, high = bounds(cast(f"{kind}/red/", -1)[0])
    assert low[2] == pytest.approx(0, abs=0.02)
    assert max(high[:2] - low[:2]) < 6


@pytest.mark.parametrize("kind", [*STALLS, *TRAPS])
def test_another_colour_is_another_picture(kind):
    assert digest_of_model(*cast(f"{kind}/red/", -1)) != digest_of_model(*cast(f"{kind}/blue/", -1))


@pytest.mark.parametrize("kind", TRAPS)
def test_a_trap_is_nothing_to_the_truth(kind):
    assert KINDS[kind].label == ""


def test_a_cart_that_is_set_up_takes_more_room_than_one_on_its_way():
    (_, way), (_, up) = (bounds(cast(f"{kind}/red/", -1)[0]) for kind in ("cart", "stall"))
    assert (up > way).all()
