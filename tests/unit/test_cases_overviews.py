"""What the desk's overviews read: the tree of areas with its lamps, and entries of the audit."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from parts_office import make_office, seen
from sqlalchemy import text

from cases import trail
from cases.commands import Assess, Comment
from cases.lights import Light
from cases.responsibility import store
from cases.responsibility.reading import Kind
from cases.statistics.tree import AreaNow, areas_now, visible
from cases.trail import finding
from cases.trail.finding import AuditSearch, Wanted, day_in
from console.audit_views import entries_of, verdict
from console.wording import ENGLISH

NOW = datetime.now(UTC)
SQUARE = [[[121.0, 29.0], [122.0, 29.0], [122.0, 30.0], [121.0, 30.0], [121.0, 29.0]]]
HALF = [[[121.0, 29.0], [121.5, 29.0], [121.5, 30.0], [121.0, 30.0], [121.0, 29.0]]]
AREAS = [
    ({"id": "city", "level": "city", "name_en": "City", "name_zh": "城"}, SQUARE),
    ({"id": "west", "level": "district", "name_zh": "西区", "parent": "city"}, HALF),
    ({"id": "east", "level": "district", "name_en": "East", "parent": "city"}, None),
]


@pytest.fixture
def office(tmp_path):
    found = make_office(tmp_path)
    yield found
    found.desk._database.close()


@pytest.fixture
def database(office):
    return office.desk._database


@pytest.fixture
def city(database):
    """Three areas; the eastern one is a list without a place in it."""
    features = [
        {
            "type": "Feature",
            "properties": properties,
            "geometry": None if ring is None else {"type": "Polygon", "coordinates": ring},
        }
        for properties, ring in AREAS
    ]
    features[2]["properties"]["zones"] = ["/elsewhere"]
    raw = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    sheet = store.read_sheet(Kind.AREAS, raw, "areas.geojson")
    return store.import_sheet(database, sheet, actor="operator:root", at=NOW, policies=())


def opened(office, name, days, position):
    at = NOW - timedelta(days=days)
    own = {"origin_id": name, "dedup_key": name, "zone": name, "place": name, "plate": None}
    return seen(office, at, position_latlon=position, **own)


@pytest.mark.usefixtures("city")
def test_an_area_counts_what_lies_in_it_by_light(office, database):
    opened(office, "a", 0.5, (29.5, 121.2))
    opened(office, "b", 4, (29.6, 121.3))
    opened(office, "c", 2, (29.5, 121.8))
    opened(office, "d", 9, (10.0, 10.0))
    tree = {one.path: one for one in areas_now(database, NOW, "en")}
    assert list(tree) == ["/city", "/city/east", "/city/west", ""]
    west, whole, nowhere = tree["/city/west"], tree["/city"], tree[""]
    assert (west.green, west.yellow, west.red, west.overdue, west.lamp) == (1, 0, 1, 0, Light.RED)
    assert (whole.open, whole.yellow, whole.parts, whole.depth) == (3, 1, 2, 0)
    assert (nowhere.overdue, nowhere.lamp, nowhere.id) == (1, Light.OVERDUE, "")
    assert (tree["/city/east"].open, tree["/city/east"].lamp) == (0, Light.OFF)


@pytest.mark.usefixtures("city")
def test_an_area_has_a_name_in_the_language_asked_for_else_any(database):
    named = {language: [one.name for one in areas_now(database, NOW, language)] for language in ("en", "zh")}
    assert named == {"en": ["City", "East", "西区"], "zh": ["城", "East", "西区"]}


@pytest.mark.parametrize(
    ("chosen", "shown"),
    [
        pytest.param("", ["/a", "/a/b", "/a/c", ""], id="one city stands open"),
        pytest.param("/a/b", ["/a", "/a/b", "/a/b/d", "/a/c", ""], id="what is chosen stands open"),
        pytest.param("/a/b/d", ["/a", "/a/b", "/a/b/d", "/a/c", ""], id="so does all that it lies in"),
    ],
)
def test_of_a_tree_the_way_to_what_is_chosen_is_shown(chosen, shown):
    tree = [AreaNow(path=path, name=path) for path in ("/a", "/a/b", "/a/b/d", "/a/c", "/a/c/e", "")]
    assert [one.path for one in visible(tree, chosen)] == shown


def said(database, wanted, **more):
    page = AuditSearch(database).page(wanted, **more)
    return [row.entry.what for row in page.rows], page.after


def test_entries_are_found_by_case_actor_what_and_day(office, database):
    first = opened(office, "a", 0, (29.5, 121.2))
    opened(office, "b", 0, (29.9, 121.9))
    office.ledger.command(first, Assess(), actor="operator:ann", at=NOW)
    with database.write() as connection:
        entry = {"at": NOW - timedelta(days=2), "actor": "operator:100%", "what": "signed_in", "why": "x"}
        trail.append(connection, [entry | {"subject": "people"}])
    day = (NOW - timedelta(days=2)).date().isoformat()
    assert said(database, Wanted(case_id=first)) == (["assessed", "opened"], None)
    assert said(database, Wanted(actor="ANN")) == (["assessed"], None)
    assert said(database, Wanted(actor="%")) == (["signed_in"], None)
    assert said(database, Wanted(actor="_")) == ([], None)
    assert said(database, Wanted(what="opened"))[0] == ["opened", "opened"]
    assert said(database, Wanted(day=day)) == (["signed_in"], None)
    assert said(database, Wanted(case_id="subject:people", what="signed_in"))[0] == ["signed_in"]


def test_entries_come_page_by_page_however_rare_they_are(office, database, monkeypatch):
    case_id = opened(office, "a", 0, (29.5, 121.2))
    for number in range(5):
        office.ledger.command(case_id, Comment(why=str(number)), actor="operator:ann", at=NOW)
    first, after = said(database, Wanted(), limit=4)
    rest, end = said(database, Wanted(), limit=4, after=after)
    assert (first, rest, end) == (["commented"] * 4, ["commented", "opened"], None)
    monkeypatch.setattr(finding, "LOOKED_THROUGH", 3)
    empty, after = said(database, Wanted(what="opened"))
    assert empty == []
    assert said(database, Wanted(what="opened"), after=after)[0] == ["opened"]


def test_the_state_of_the_audit_says_what_is_sealed_and_what_guards_it(office, database):
    opened(office, "a", 0, (29.5, 121.2))
    state = AuditSearch(database).state(NOW)
    assert (state.today > 0, state.seals, state.sealed_day, state.unguarded) == (True, 0, "", ())
    with database.engine.connect() as connection:
        connection.execute(text("DROP TRIGGER audit_no_delete"))
        connection.commit()
    assert AuditSearch(database).state(NOW).unguarded == ("audit_no_delete",)


def test_what_was_changed_behind_its_back_is_said_in_words(office, database):
    case_id = opened(office, "a", 0, (29.5, 121.2))
    search = AuditSearch(database)
    assert verdict(search.check(case_id), {}, ENGLISH) == (True, [])
    with database.engine.connect() as connection:
        connection.execute(text("DROP TRIGGER audit_no_change"))
        connection.execute(text("UPDATE audit SET actor = 'nobody' WHERE what = 'opened'"))
        connection.execute(text("UPDATE audit SET number = 'x' WHERE what = 'grew'"))
        connection.commit()
    passed, told = verdict(search.check(since=NOW.date().isoformat()), {case_id: 1}, ENGLISH)
    assert not passed
    assert any(line.startswith("CW-000001, 1: is not what was written") for line in told)


def test_an_entry_says_who_and_what_changed(office, database):
    case_id = opened(office, "a", 0, (29.5, 121.2))
    office.ledger.command(case_id, Assess(why="it is real"), actor="operator:ann", at=NOW)
    search = AuditSearch(database)
    rows = search.page(Wanted(case_id=case_id)).rows
    entry = entries_of(rows, search.numbers(rows), ENGLISH)[0]
    assert (entry.actor, entry.kind, entry.title, entry.why) == ("ann", "person", "Assessed", "it is real")
    assert (entry.place, entry.case_id) == ("CW-000001", case_id)
    assert ("state", "discovered", "assessed") in entry.changes


@pytest.mark.parametrize(
    ("word", "day"), [("2026-11-22", "2026-11-22"), ("22.11.2026", ""), ("", ""), ("2026-13-01", "")]
)
def test_a_day_is_one_or_none(word, day):
    assert day_in(word) == day
