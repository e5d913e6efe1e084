"""Vehicles of the studio: every kind whole, as long as its like, on the ground, in finishes that exist."""

import pytest

from studio.actors.casting import cast
from studio.actors.fittings import TWO_LINES
from studio.actors.garage import KINDS_OF_VEHICLE, vehicle
from studio.actors.panes import SCREEN, SEATS, panes
from studio.actors.signwriting import livery
from studio.matter.finishes import FINISHES
from studio.matter.looks import CAR_PAINTS, COLOURS, KINDS
from studio.matter.solids import bounds

LENGTHS = {
    "sedan": 4.6, "suv": 4.6, "hatchback": 3.9, "van": 4.2, "mpv": 5.2, "pickup": 5.3, "high-roof": 5.6,
    "taxi": 4.6, "police": 4.6, "ambulance": 5.6, "bus": 10.9, "coach": 11.6, "lorry": 6.2, "dump": 8.5,
    "fire-engine": 8.2, "scooter": 2.0,
}  # fmt: skip


@pytest.mark.parametrize("kind", sorted(LENGTHS))
def test_a_vehicle_is_as_long_as_its_like_and_stands_on_the_ground(kind):
    low, high = bounds(vehicle(kind, "red", ""))
    assert high[0] - low[0] == pytest.approx(LENGTHS[kind], abs=0.25)
    assert low[2] == pytest.approx(0, abs=0.05)


@pytest.mark.parametrize("kind", sorted(LENGTHS))
def test_every_finish_a_vehicle_wears_exists(kind):
    worn = {
        name for part in vehicle(kind, "sky", "") for solid in (part, *part.holes) for name in solid.finishes
    }
    assert worn <= FINISHES.keys() | livery(worn).keys()


@pytest.mark.parametrize("kind", ["bus", "coach", "lorry", "dump", "fire-engine"])
def test_a_large_vehicle_wears_a_yellow_plate_of_two_lines_behind(kind):
    _, finishes = cast(f"{kind}/white/浙B12345", -1)
    ahead, behind = finishes["plate-浙B12345"].picture, finishes[f"plate-浙B12345{TWO_LINES}"].picture
    assert (ahead.shape, behind.shape) == ((140, 440, 3), (220, 440, 3))


@pytest.mark.parametrize("look", ["bus/white/浙B1234DF", "pickup/white/浙B12345"])
def test_new_energy_and_light_vehicles_have_the_same_plate_at_both_ends(look):
    _, finishes = cast(look, -1)
    assert [name for name in finishes if name.startswith("plate-")] == [f"plate-{look.split('/')[2]}"]


@pytest.mark.parametrize("kind", sorted(LENGTHS))
def test_no_part_of_a_vehicle_names_a_finish_twice(kind):
    # Blender joins equal slots when it cuts holes, and the slots behind move up.
    assert all(len(set(part.finishes)) == len(part.finishes) for part in vehicle(kind, "white", ""))


def test_behind_the_windows_of_a_bus_it_is_dark_and_no_two_panes_are_the_same():
    pictures = [finish.picture for finish in panes(SEATS).values()]
    assert all(picture.mean() < 80 for picture in pictures)
    assert len({picture.tobytes() for picture in pictures}) == len(SEATS)


def test_only_panes_that_are_worn_are_drawn():
    assert panes({"glass", SCREEN}).keys() == {SCREEN}


def test_every_vehicle_that_can_be_built_can_be_cast():
    assert KINDS.keys() >= KINDS_OF_VEHICLE


def test_cars_are_painted_only_in_paints_that_exist():
    assert CAR_PAINTS.keys() <= COLOURS.keys()
