"""Where a case lands: the atlas, the catalogue, and both together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.responsibility.atlas import Atlas
from cases.responsibility.catalogue import Catalogue
from cases.responsibility.reading import Kind
from cases.responsibility.records import Area, Level, Matter
from cases.responsibility.router import Routes
from cases.responsibility.shapes import read_wkt
from cases.responsibility.store import read_sheet
from cases.routing import Above, Deadline, NoRouter, Responsibility, Where


def area(name, level, parent=None, wkt="", **more):
    return Area(id=name, level=level, parent=parent, polygon=read_wkt(wkt) if wkt else "", **more)


def square(west, south, side=1):
    east, north = west + side, south + side
    return f"POLYGON(({west} {south},{east} {south},{east} {north},{west} {north},{west} {south}))"


AREAS = (
    area("city", Level.CITY, unit="city-desk", wkt=square(120, 30, 4), zones=("/harbour",)),
    area("town", Level.TOWN, "city", wkt=square(120, 30, 2)),
    area("one", Level.GRID, "town", wkt=square(120, 30), addresses=("清河路8号",)),
    area("two", Level.GRID, "town", wkt=square(121, 30), zones=("/harbour/box-1/gate/lane",)),
    area(
        "list",
        Level.GRID,
        "city",
        zones=("/harbour/box-2", "/harbour/smoke-1"),
        addresses=("清河路", "Lake Rd 1"),
    ),
)
ATLAS = Atlas(AREAS)
GATE = "/harbour/box-1/gate"


@pytest.mark.parametrize(
    ("where", "lands", "why"),
    [
        pytest.param({"position_latlon": (30.5, 120.5)}, "one", "position", id="in a grid"),
        pytest.param({"position_latlon": (31.5, 120.5)}, "town", "position", id="in no grid of the town"),
        pytest.param({"position_latlon": (33.5, 123.5)}, "city", "position", id="in no town"),
        pytest.param({"position_latlon": (30.5, 121.0)}, "one", "position", id="on the border of two"),
        pytest.param({"position_latlon": (0, 0)}, None, "", id="in the open sea"),
        pytest.param({"area": "two"}, "two", "named", id="an area named"),
        pytest.param({"area": "nowhere"}, None, "", id="an area nobody knows"),
        pytest.param({"source": GATE, "zone": "lane"}, "two", "zone", id="a zone listed"),
        pytest.param({"source": GATE, "zone": "other"}, "city", "/harbour listed", id="by its site"),
        pytest.param({"source": "/harbour/box-2/x", "zone": "y"}, "list", "box-2 listed", id="by its device"),
        pytest.param({"source": "/harbour/smoke-1", "zone": "smoke-1"}, "list", "smoke-1", id="a sensor"),
        pytest.param({"place": "某市清河路8号北门"}, "one", "address", id="the longest address"),
        pytest.param({"place": "某市清河路88号"}, "list", "address", id="88 is not 8"),
        pytest.param({"place": "LAKE  rd 1, flat 2"}, "list", "address", id="capitals and blanks"),
        pytest.param({"place": "Lake Rd 11"}, None, "", id="11 is not 1"),
        pytest.param(
            {"position_latlon": (30.5, 120.5), "area": "two"}, "one", "position", id="the position wins"
        ),
        pytest.param(
            {"position_latlon": (31.5, 120.5), "area": "two"},
            "two",
            "named",
            id="unless another word is more exact",
        ),
        pytest.param(
            {"position_latlon": (33.5, 123.5), "source": GATE, "zone": "lane"},
            "two",
            "zone",
            id="as a listed zone",
        ),
        pytest.param({"area": "town", "source": "/harbour/box-2/x"}, "town", "named", id="not one beside it"),
        pytest.param({}, None, "", id="nothing is known"),
    ],
)
def test_a_place_lands_where_the_most_exact_word_says(where, lands, why):
    found = ATLAS.find(Where(**where))
    assert (None if found is None else found.area.id) == lands
    assert found is None or why in found.why


def test_one_level_up_there_is_always_somebody_to_turn_to_if_anybody_is():
    assert ATLAS.above("one") == Above(area="town", area_path="/city/town", unit="city-desk")
    assert ATLAS.above("town") == Above(area="city", area_path="/city", unit="city-desk")
    assert ATLAS.above("city") is None
    assert ATLAS.above("nowhere") is None


def test_an_empty_atlas_knows_nothing():
    empty = Atlas()
    assert (empty.find(Where(position_latlon=(1, 2), place="x")), empty.path("a"), len(empty)) == (
        None,
        "",
        0,
    )


MATTERS = """code,area,parent,lead_unit,assisting,deadlines,policy
order,,,management,police,accept=30min;close=4wh,
stall,,order,,,,no-stall
stall,town,,town-squad,,,
stall,one,,,drainage;police,close=1h,
misparked,,order,police,,,no-parking
nobody,,,,,,
"""


def catalogue(text):
    sheet = read_sheet(Kind.MATTERS, text.encode(), "matters.csv")
    assert sheet.findings.faults == []
    return Catalogue([item.record for item in sheet.placed])


ROUTES = Routes(ATLAS, catalogue(MATTERS))


def landed(area_id):
    return Where(area=area_id)


@pytest.mark.parametrize(
    ("matter", "where", "unit"),
    [
        pytest.param("stall", "one", "town-squad", id="of the nearest area that names one"),
        pytest.param("stall", "two", "town-squad", id="below it everywhere"),
        pytest.param("stall", "list", "management", id="elsewhere of the wider matter"),
        pytest.param("misparked", "one", "police", id="of the matter itself"),
        pytest.param("nobody", "one", "default", id="of the policy, where the catalogue names none"),
        pytest.param("unheard", "one", "default", id="of the policy, where the catalogue knows nothing"),
        pytest.param("misparked", "", "police", id="also where nobody knows the place"),
    ],
)
def test_the_unit_is_that_of_area_and_matter_else_of_the_matter_else_of_the_policy(matter, where, unit):
    found = ROUTES.route(matter, landed(where), "default")
    assert found.lead_unit == unit
    assert any(unit in line for line in found.why)


def test_each_of_help_deadlines_and_ladder_comes_from_the_first_that_says_it():
    found = ROUTES.route("stall", landed("one"))
    assert found == Responsibility(
        area="one",
        area_path="/city/town/one",
        lead_unit="town-squad",
        assisting=("drainage", "police"),
        deadlines=(Deadline(name="close", after_s=3600.0),),
        policy="no-stall",
        why=("area one: area one named", "unit town-squad: matter stall in town"),
    )
    far = ROUTES.route("stall", landed("list"))
    assert far.deadlines == (
        Deadline(name="accept", after_s=1800.0),
        Deadline(name="close", after_s=14_400.0, working=True),
    )


def test_nobody_assists_themselves():
    assert ROUTES.route("misparked", landed("one")).assisting == ()


def test_what_is_not_known_is_said():
    assert ROUTES.route("unheard", Where(area="nowhere")).why == (
        "no area: the place is in none, and none lists it",
        "area nowhere is named and not known",
        "matter unheard is not in the catalogue",
        "no unit",
    )
    assert Routes(Atlas(), Catalogue()).route("m", Where(), "u").why == (
        "no areas",
        "no catalogue",
        "unit u: the policy names it",
    )


def test_without_a_router_each_case_goes_to_the_department_of_its_policy():
    found = NoRouter().route("any", Where(position_latlon=(30.5, 120.5)), "fire-brigade")
    assert (found.lead_unit, found.area, found.area_path, found.policy) == ("fire-brigade", "", "", "")
    assert NoRouter().above("one") is None


@pytest.mark.parametrize(
    ("text", "line", "key", "says"),
    [
        pytest.param("a,,,,,,\na,,,,,,\n", 3, "code", "'a' stands twice (first line 2)", id="twice"),
        pytest.param("a,,b,,,,\n", 2, "parent", "no 'b' here", id="an unknown wider matter"),
        pytest.param("a,,b,,,,\nb,,a,,,,\n", 2, "parent", "goes in a circle: a > b > a", id="a circle"),
        pytest.param("a,x,,u,,,\n", 2, "code", "no matter 'a'", id="only in an area"),
        pytest.param(
            "a,,,,,,\na,x,a,u,,,\n", 3, "parent", "belongs to the whole city", id="a parent in an area"
        ),
        pytest.param("a,,,,,soon,\n", 2, "deadlines", "'soon' is no deadline", id="a word"),
        pytest.param("a,,,,,accept=3,\n", 2, "deadlines", "'accept=3' is no deadline", id="no unit of time"),
        pytest.param("a,,,,,tow=3h,\n", 2, "deadlines", "no deadline is called 'tow'", id="unknown"),
        pytest.param("a,,,,,close=0s,\n", 2, "deadlines", "is not between", id="at once"),
        pytest.param("a,,,,,close=9999d,\n", 2, "deadlines", "is not between", id="never"),
        pytest.param("a,,,,,close=1h;close=2h,\n", 2, "deadlines", "stands twice", id="two of one"),
    ],
)
def test_a_catalogue_that_is_none_says_where_and_why(text, line, key, says):
    sheet = read_sheet(Kind.MATTERS, (MATTERS.partition("\n")[0] + "\n" + text).encode(), "m.csv")
    (found,) = sheet.findings.faults
    assert (found.line, found.key) == (line, key)
    assert says in found.problem


CODES = st.sampled_from("abcdef")


@given(st.lists(st.tuples(CODES, st.none() | CODES, st.booleans()), max_size=8), CODES)
def test_no_catalogue_however_broken_goes_in_circles(entries, asked):
    broken = Catalogue(
        [Matter(code=c, parent=p, lead_unit="u" if leads else None) for c, p, leads in entries]
    )
    assert broken.charge(asked, ["x", "y"]).lead_unit in {"", "u"}


@given(
    st.none() | st.tuples(st.floats(-90, 90), st.floats(-180, 180)),
    st.text(max_size=20),
    st.text(alphabet="/abharouox-12", max_size=30),
    st.text(max_size=10),
    st.text(max_size=30),
)
def test_whatever_is_said_of_a_place_has_an_answer(position, named, source, zone, place):
    where = Where(position_latlon=position, area=named, source=source, zone=zone, place=place)
    found = ROUTES.route("stall", where, "u")
    assert found.lead_unit
    assert found.area_path == ATLAS.path(found.area)
