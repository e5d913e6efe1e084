"""Trees of areas: what is refused, what is warned of, and that nothing slips through."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.responsibility.atlas import Atlas
from cases.responsibility.reading import Kind
from cases.responsibility.records import Level
from cases.responsibility.shapes import area_m2, overlaps, read_geometry, read_wkt, shapes_of
from cases.responsibility.store import read_sheet
from cases.routing import Where

HEAD = "id,level,parent,unit,zones,addresses,wkt\n"
CITY = "c,city,,,,,\n"


def box(west, south, east, north):
    return {
        "type": "Polygon",
        "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]],
    }


def sheet(*lines, **options):
    return read_sheet(Kind.AREAS, (HEAD + "".join(lines)).encode(), "areas.csv", **options)


def drawn(*features):
    """Features are (id, level, parent, polygon)."""
    document = {
        "type": "FeatureCollection",
        "features": [
            {"properties": {"id": name, "level": level, "parent": parent}, "geometry": polygon}
            for name, level, parent, polygon in features
        ],
    }
    return read_sheet(Kind.AREAS, json.dumps(document).encode(), "areas.geojson")


def areas(found):
    assert found.findings.faults == []
    return [item.record for item in found.placed]


def one_fault(found):
    (only,) = found.findings.faults
    return only


@pytest.mark.parametrize(
    ("lines", "line", "key", "says"),
    [
        pytest.param([CITY, CITY], 3, "id", "'c' stands twice (first line 2)", id="an id twice"),
        pytest.param([CITY, "g,grid,d,,,,\n"], 3, "parent", "no 'd' here", id="an unknown parent"),
        pytest.param(
            ["t,town,,,,,\n", "d,district,t,,,,\n"],
            3,
            "level",
            "a district cannot lie in a town (t)",
            id="the wrong way up",
        ),
        pytest.param(["a,grid,a,,,,\n"], 2, "parent", "goes in a circle: a > a", id="its own parent"),
        pytest.param(
            ["a,town,b,,,,\n", "b,town,a,,,,\n"], 2, "parent", "goes in a circle: a > b > a", id="a circle"
        ),
        pytest.param(
            [CITY, "g,grid,c,,/s/d,,\n", "h,grid,c,,/s;/s/d,,\n"],
            4,
            "zones",
            "'/s/d' belongs to 'g' (line 3)",
            id="a device twice",
        ),
        pytest.param(
            [CITY, "g,grid,c,,,A 1,\n", "h,grid,c,,,A 1,\n"],
            4,
            "addresses",
            "'A 1' belongs to 'g'",
            id="an address twice",
        ),
        pytest.param([CITY, "g,grid,c,,s/d,,\n"], 3, "zones", "'s/d' cannot be used here", id="no place"),
        pytest.param([CITY, "g,grid,c,,,,POINT(1 2)\n"], 3, "wkt", "is a Point", id="a point"),
        pytest.param([CITY, 'g,grid,c,,,,"POLYGON((1 2,"\n'], 3, "wkt", "is no WKT", id="half a polygon"),
        pytest.param(
            [CITY, 'g,grid,c,,,,"POLYGON((0 0,1 1,1 0,0 1,0 0))"\n'],
            3,
            "wkt",
            "Self-intersection[0.5 0.5]",
            id="a bow tie",
        ),
        pytest.param(
            [CITY, 'g,grid,c,,,,"POLYGON((29 121,30 121,30 122,29 121))"\n'],
            3,
            "wkt",
            "lies off the Earth",
            id="latitude first",
        ),
        pytest.param([CITY, "g,grid,c,,,,POLYGON EMPTY\n"], 3, "wkt", "has no corners", id="empty"),
    ],
)
def test_a_tree_that_is_none_says_where_and_why(lines, line, key, says):
    found = one_fault(sheet(*lines))
    assert (found.line, found.key) == (line, key)
    assert says in found.problem


@pytest.mark.parametrize(
    ("geometry", "says"),
    [
        pytest.param({"type": "LineString", "coordinates": [[0, 0], [1, 1]]}, "is a LineString", id="a line"),
        pytest.param({"type": "Polygon", "coordinates": []}, "has no corners", id="no ring"),
        pytest.param(
            {"type": "Polygon", "coordinates": [[[0], [1, 1], [2, 2], [0]]]}, "corners", id="one number"
        ),
        pytest.param(
            {"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]}, "is no polygon", id="two corners"
        ),
        pytest.param(
            {"type": "Polygon", "coordinates": [[[0, 0], [1, "1"], [1, 0], [0, 0]]]},
            "$[0][1][1]",
            id="a number in quotes",
        ),
        pytest.param(
            {"type": "MultiPolygon", "coordinates": [[]]}, "has no corners", id="no ring in one part"
        ),
        pytest.param(box(121.0, 29.0, 121.0, 29.0), "crosses itself", id="without area"),
        pytest.param(box(500_000, 3_300_000, 500_100, 3_300_100), "export it in degrees", id="metres"),
        pytest.param(box(29, 121, 30, 122), "write longitude first", id="latitude first"),
        pytest.param([1], "is a thing", id="a list"),
    ],
)
def test_a_polygon_that_cannot_be_used_says_why_at_its_feature(geometry, says):
    found = one_fault(drawn(("c", "city", "", None), ("g", "grid", "c", geometry)))
    assert found.key == "features[1].geometry"
    assert says in str(found)


def test_heights_are_left_out():
    flat = read_geometry({"type": "Polygon", "coordinates": [[[0, 0, 5], [1, 0, 5], [1, 1, 5], [0, 0, 5]]]})
    assert flat == read_wkt("POLYGON Z((0 0 5,1 0 5,1 1 5,0 0 5))")


def test_a_square_of_a_hundredth_of_a_degree_is_as_large_as_on_the_ground():
    (size,) = area_m2(shapes_of([read_geometry(box(121.0, 30.0, 121.01, 30.01))]))
    side_m = 6_371_008.8 * math.radians(0.01)
    assert size == pytest.approx(side_m * side_m * math.cos(math.radians(30.005)), rel=1e-6)


OVERLAPPING = (
    ("c", "city", "", None),
    ("a", "grid", "c", box(121.00, 30.00, 121.01, 30.01)),
    ("b", "grid", "c", box(121.008, 30.00, 121.02, 30.01)),
)


def test_overlapping_grids_are_refused_with_the_ground_in_common():
    found = one_fault(drawn(*OVERLAPPING))
    assert found.key == "features[2].geometry"
    assert "overlaps 'a' (features[1]) by 214,146 m², 20.0% of the smaller" in found.problem


def test_a_small_overlap_is_only_warned_of_and_a_sliver_not_even_that():
    little = box(121.00995, 30.00, 121.02, 30.01)
    sliver = box(121.009999995, 30.00, 121.02, 30.01)
    found = drawn(*OVERLAPPING[:2], ("b", "grid", "c", little))
    assert found.findings.faults == []
    assert "0.5% of the smaller" in found.findings.warnings[0].problem
    assert drawn(*OVERLAPPING[:2], ("b", "grid", "c", sliver)).findings.warnings == []


def test_how_much_may_overlap_is_for_the_city_to_say():
    lines = [
        'a,city,,,,,"POLYGON((0 0,2 0,2 1,0 1,0 0))"\n',
        'b,city,,,,,"POLYGON((1.5 0,4 0,4 1,1.5 1,1.5 0))"\n',
    ]
    assert sheet(*lines, overlap_share=0.3).findings.faults == []
    assert "25.0% of the smaller" in one_fault(sheet(*lines, overlap_share=0.2)).problem


def test_grids_of_two_towns_may_not_overlap_either():
    found = drawn(
        ("c", "city", "", None),
        ("t", "town", "c", None),
        ("u", "town", "c", None),
        ("a", "grid", "t", OVERLAPPING[1][3]),
        ("b", "grid", "u", OVERLAPPING[2][3]),
    )
    assert "overlaps 'a'" in one_fault(found).problem


def test_an_area_may_lie_in_another_and_neighbours_may_touch():
    found = drawn(
        ("c", "city", "", box(121, 30, 122, 31)),
        ("a", "grid", "c", box(121, 30, 121.5, 31)),
        ("b", "grid", "c", box(121.5, 30, 122, 31)),
    )
    assert found.findings.faults == found.findings.warnings == []


def test_who_lies_outside_the_parent_and_who_nothing_can_reach_is_warned_of():
    found = drawn(
        ("c", "city", "", box(121, 30, 122, 31)),
        ("a", "grid", "c", box(121.5, 30, 122.5, 31)),
        ("b", "grid", "c", None),
    )
    assert [warning.problem for warning in found.findings.warnings] == [
        "lies 50.0% outside its parent 'c'",
        "no case can land here",
    ]


IDS = st.sampled_from("abcdefgh")
ROWS = st.lists(st.tuples(IDS, st.sampled_from(Level), st.none() | IDS), min_size=1, max_size=12)


def is_tree(rows):
    """A slow recount: unique ids, and from each row up to a row without a parent, ever higher."""
    parents = {name: (level, parent) for name, level, parent in rows}
    if len(parents) != len(rows):
        return False
    for name in parents:
        here, steps = name, 0
        while (above := parents[here][1]) is not None:
            steps += 1
            if above not in parents or steps > len(rows):
                return False
            if parents[above][0].depth >= parents[here][0].depth:
                return False
            here = above
    return True


@given(ROWS)
def test_exactly_the_trees_are_let_through(rows):
    found = sheet(*(f"{name},{level.value},{parent or ''},,,,\n" for name, level, parent in rows))
    assert (found.findings.faults == []) is is_tree(rows)
    if found.findings.faults:
        return
    atlas = Atlas(areas(found))
    for name, _, parent in rows:
        line = atlas.line(name)
        assert line[-1].id == name
        assert atlas.path(name) == "".join(f"/{area.id}" for area in line)
        above = atlas.above(name)
        assert (None if above is None else above.area) == parent


@given(ROWS)
def test_no_tree_however_broken_sends_the_atlas_round_in_circles(rows):
    found = sheet(*(f"{name},{level.value},{parent or ''},,/{name},,\n" for name, level, parent in rows))
    atlas = Atlas([item.record for item in found.placed])
    for name, _, _ in rows:
        assert len(atlas.line(name)) <= len(rows)
        atlas.above(name)
        atlas.find(Where(source=f"/{name}"))


TENTHS = st.integers(0, 12)
BOXES = st.lists(st.tuples(TENTHS, TENTHS, st.integers(1, 5), st.integers(1, 5)), min_size=1, max_size=6)


def common(one, other):
    """Hundredths of a square degree that two boxes share, counted cell by cell."""

    def cells(found):
        x, y, wide, high = found
        return {(x + i, y + j) for i in range(wide) for j in range(high)}

    return len(cells(one) & cells(other))


@given(BOXES)
def test_exactly_the_overlaps_that_a_count_of_cells_finds_are_said(boxes):
    shapes = shapes_of(
        [read_geometry(box(121 + x / 10, y / 10, 121 + (x + w) / 10, (y + h) / 10)) for x, y, w, h in boxes]
    )
    cell_m2 = (6_371_008.8 * math.radians(0.1)) ** 2
    # Where borders of tenths meet, a rounding error may leave a sliver.
    found = {(item.first, item.second): item for item in overlaps(shapes) if item.overlap_m2 > 1}
    for first, one in enumerate(boxes):
        for second in range(first + 1, len(boxes)):
            cells = common(one, boxes[second])
            assert ((first, second) in found) is (cells > 0)
            if cells:
                # Near the equator a cell is as wide as it is high, but for half a per cent.
                assert found[first, second].overlap_m2 == pytest.approx(cells * cell_m2, rel=0.06)


@given(BOXES, st.tuples(st.integers(0, 160), st.integers(0, 160)))
def test_a_position_lands_in_an_area_that_holds_it_and_in_the_same_one_however_they_are_listed(boxes, spot):
    lat, lon = spot[1] / 100, 121 + spot[0] / 100
    found = [
        (f"g{i}", "grid", "", box(121 + x / 10, y / 10, 121 + (x + w) / 10, (y + h) / 10))
        for i, (x, y, w, h) in enumerate(boxes)
    ]
    records = [item.record for item in drawn(*found).placed]
    landed = Atlas(records).at(lat, lon)
    again = Atlas(records[::-1]).at(lat, lon)
    assert landed == again
    holding = {
        f"g{i}"
        for i, (x, y, w, h) in enumerate(boxes)
        if x * 10 < spot[0] < (x + w) * 10 and y * 10 < spot[1] < (y + h) * 10
    }
    if landed is None:
        assert not holding
    elif holding and all(spot[axis] % 10 for axis in (0, 1)):
        assert landed.id in holding
