"""The demo's site: what of a plan a network can watch."""

from clearway.demo_site import assumed_plates, watchable, write_plan
from models.plan import parse_plan

PLAN = """
camera = "street"
reference = "street.jpg"
[[zone]]
id = "lane"
kind = "fire_lane"
polygon = [[0.3, 0.3], [0.7, 0.3], [0.7, 0.7], [0.3, 0.7]]
hours = "Mo-Fr 08:00-18:00"
[[zone]]
id = "pavement"
kind = "no_stall"
polygon = [[0.0, 0.8], [0.2, 0.8], [0.2, 1.0]]
"""
COCO, OURS = frozenset({"car", "person"}), frozenset({"car", "person", "stall"})


def plan():
    return parse_plan(PLAN, "plan.toml")


def test_a_network_that_knows_everything_watches_everything():
    assert watchable(plan(), OURS) == (plan(), [])


def test_a_zone_that_forbids_what_the_network_cannot_find_is_left_out_and_named():
    kept, why = watchable(plan(), COCO)
    assert [zone.id for zone in kept.zones] == ["lane"]
    assert why == ["zone 'pavement' forbids stall; the network finds none"]


def test_a_plan_of_which_nothing_is_left_stays_whole_so_that_the_box_can_say_why():
    assert watchable(plan(), frozenset({"cat"})) == (plan(), [])


def test_a_plan_written_elsewhere_is_the_same_plan_and_finds_its_picture(tmp_path):
    drawn = tmp_path / "here" / "plan.toml"
    kept, _ = watchable(plan(), COCO)
    written = write_plan(tmp_path / "plan.toml", kept, drawn)
    again = parse_plan(written.read_text(encoding="utf-8"), "again")
    assert again.zones == kept.zones
    assert again.reference == str(tmp_path / "here" / "street.jpg")


def test_plates_are_made_up_for_zones_that_vehicles_may_block_and_for_no_stall():
    assert assumed_plates(plan(), {}) == {"lane": "浙B10001"}
    assert assumed_plates(plan(), {"lane": "沪A12345"}) == {"lane": "沪A12345"}
