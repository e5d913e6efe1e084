"""Streets: what their files promise to scenes, and how their ground lies."""

import math

import pytest
import shapely

from models.errors import ConfigurationError
from studio.streets.kerbs import kerbs, pavements
from studio.streets.street import KERB_M, bundled, parse_street

STREETS = ("shopping", "estate", "gate", "junction")

HEAD = """x = [0, 40]
view = {}
[[strip]]
kind = "pavement"
y = [-4, 0]
[[strip]]
kind = "road"
y = [0, 8]
[[strip]]
kind = "pavement"
y = [8, 14]
[[zone]]
id = "lane"
kind = "fire_lane"
ground = [[5, 5], [20, 5], [20, 8], [5, 8]]
dwell_s = 15
[[lane]]
id = "far"
path = [[40, 4], [0, 4]]
speed_mps = 8
"""
CROSSING = '[[strip]]\nkind = "road"\nx = [26, 34]\ny = [-4, 14]\nalong = "y"\n'


@pytest.fixture(params=STREETS)
def street(request):
    return parse_street(*bundled(request.param))


def fault(text):
    with pytest.raises(ConfigurationError) as caught:
        parse_street(text, "s.toml")
    (only,) = caught.value.faults
    return only


def spot(at="[8, 6.5]", lane="far", zone='zone = "lane"\n'):
    return f'[[spot]]\nid = "a"\nat = {at}\nheading_deg = 180\nlane = "{lane}"\n{zone}'


@pytest.mark.parametrize(
    ("table", "line", "key", "words"),
    [
        pytest.param(spot(lane="fra"), 25, "spot[0].lane", "'far'", id="a lane nobody drives"),
        pytest.param(spot(zone='zone = "lanes"\n'), 26, "spot[0].zone", "'lane'", id="a zone nobody drew"),
        pytest.param(spot(at="[2, 6.5]"), 23, "spot[0].at", "outside zone 'lane'", id="a place outside"),
        pytest.param(
            spot(zone=""), 23, "spot[0].at", "inside zone 'lane' but names none", id="a zone unsaid"
        ),
        pytest.param(spot() + spot(at="[9, 6]"), 28, "spot[1].id", "'a' is taken", id="an id twice"),
        pytest.param(
            '[[pitch]]\nid = "p"\nat = [1, 9]\nzone = "lane"\n', 23, "pitch[0].at", "outside", id="a pitch"
        ),
        pytest.param(
            '[[marking]]\nkind = "words"\nx = [1, 2]\ny = [3, 4]\n',
            21,
            "marking[0].text",
            "without any",
            id="no words",
        ),
    ],
)
def test_a_place_that_cannot_be_is_named_with_its_line(table, line, key, words):
    found = fault(HEAD + table)
    assert (found.line, found.key) == (line, key)
    assert words in str(found)


def test_a_house_needs_a_front_that_runs_as_it_faces():
    found = fault(HEAD + '[[building]]\nx = [0, 9]\ny = 14\nfaces = "left"\n')
    assert "facing 'left' has a span of y" in found.problem


def test_pavements_lie_a_kerb_above_carriageways():
    plain = parse_street(HEAD, "s.toml")
    assert [plain.ground_height(9, y) for y in (-2, 4, 10)] == [KERB_M, 0.0, KERB_M]


def test_a_second_carriageway_cuts_through_the_pavements_with_round_corners():
    crossed = parse_street("corner_m = 3.0\n" + HEAD + CROSSING, "s.toml")
    assert crossed.ground_height(30, 11) == 0.0
    assert crossed.ground_height(25.6, 8.2) == 0.0  # within the corner's round
    assert crossed.ground_height(23.2, 9.0) == KERB_M
    assert len(pavements(crossed, crossed.strip[2], "paving")) == 2


def test_kerb_stones_follow_the_corners():
    crossed = parse_street("corner_m = 3.0\n" + HEAD + CROSSING, "s.toml")
    middles = [part.points.mean(axis=0) for part in kerbs(crossed)]
    rim = crossed.carriageway.boundary
    assert all(rim.distance(shapely.Point(x, y)) < 0.2 for x, y, _ in middles)
    assert any(8.2 < y < 10.8 and 23.2 < x < 25.8 for x, y, _ in middles)


def test_no_kerb_closes_a_road_where_the_street_ends():
    plain = parse_street(HEAD, "s.toml")
    assert not any(1 < part.points.mean(axis=0)[1] < 7 for part in kerbs(plain))


def test_every_street_offers_what_scenes_are_cast_with(street):
    assert {"mast", "high"} <= set(street.view)
    assert all(5 <= street.view[name].eye[2] <= 9 for name in ("mast", "high"))
    assert "edge-1" in {spot.id for spot in street.spot}
    assert sum(spot.zone is not None for spot in street.spot) >= 2
    assert sum(spot.zone is None for spot in street.spot) >= 3
    assert sum(pitch.zone is not None for pitch in street.pitch) >= 2
    assert any(pitch.zone is None for pitch in street.pitch)
    assert len(street.lane) >= 2
    assert len(street.walk) >= 2


def test_traffic_drives_on_carriageways_and_vehicles_stand_on_them(street):
    for lane in street.lane:
        line = shapely.LineString(lane.path)
        assert street.carriageway.buffer(0.01).covers(line), lane.id
    assert all(street.ground_height(*spot.at) == 0.0 for spot in street.spot)


def test_stalls_stand_on_pavements(street):
    assert all(street.ground_height(*pitch.at) == KERB_M for pitch in street.pitch)


def test_a_spot_lies_near_its_lane(street):
    lanes = {lane.id: shapely.LineString(lane.path) for lane in street.lane}
    assert all(lanes[spot.lane].distance(shapely.Point(spot.at)) < 4 for spot in street.spot)


def test_spots_do_not_overlap(street):
    """A saloon of 4.7 m fits each beside the others."""

    def stands(spot):
        turn = math.radians(spot.heading_deg)
        body = shapely.affinity.rotate(shapely.box(-2.3, -0.9, 2.3, 0.9), turn, (0, 0), use_radians=True)
        return shapely.affinity.translate(body, *spot.at)

    bodies = [(spot.id, stands(spot)) for spot in street.spot]
    clashes = [
        (a, b) for k, (a, one) in enumerate(bodies) for b, two in bodies[k + 1 :] if one.intersects(two)
    ]
    assert not clashes


def test_an_edge_spot_reaches_into_a_zone_its_middle_is_outside_of(street):
    edge = next(spot for spot in street.spot if spot.id == "edge-1")
    zones = [shapely.Polygon(zone.ground) for zone in street.zone if zone.kind != "no_stall"]
    away = min(zone.distance(shapely.Point(edge.at)) for zone in zones)
    assert 0 < away < 2.3


def test_some_streets_are_kept_back():
    kept = {name: parse_street(*bundled(name)).split for name in STREETS}
    assert sorted(kept.values()) == ["develop", "develop", "hold-out", "hold-out"]
