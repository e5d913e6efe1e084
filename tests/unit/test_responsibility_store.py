"""Imports into a real ledger: whole or not at all, versioned, audited, and seen by who routes."""

import threading

import pytest
from factories import arrival, at
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from parts_ledger import ledger_at
from sqlalchemy import insert, select, text

from cases.ledger import Ledger
from cases.life import SignalKind
from cases.policy import builtin_policies
from cases.responsibility import store
from cases.responsibility.reading import Kind
from cases.responsibility.register import Register, distance_m
from cases.responsibility.router import LedgerRouter
from cases.responsibility.store import import_sheet, load, read_sheet, versions
from cases.responsibility.tables import imports
from cases.routing import Where
from cases.tables import audit
from cases.tables import cases as case_table
from models.errors import BadRecord, ConfigurationError

POLICIES = builtin_policies()
UNITS = "id,name_zh\nfire-brigade,消防\npolice,交警\n"
AREAS = "id,level,parent,unit,zones\ncity,city,,police,\ngrid,grid,city,,/harbour\n"
MATTERS = (
    "code,area,lead_unit,policy\nfire-lane-blocked,,fire-brigade,fire-lane\nfire-lane-blocked,grid,police,\n"
)
COMPONENTS = (
    "id,kind,owner_unit,lat,lon,zones\n"
    "H1,hydrant,fire-brigade,30.0,122.0,/harbour/box-1/north-gate/fire-lane-1\n"
    "B1,bollard,,30.0,122.001,/harbour/box-1/north-gate\n"
    "B2,bollard,,,,\n"
)


@pytest.fixture
def database(tmp_path):
    database = ledger_at(tmp_path / "ledger.db")
    yield database
    database.close()


def put(database, kind, content, moment=None):
    sheet = read_sheet(kind, content.encode(), f"{kind.value}.csv")
    return import_sheet(database, sheet, actor="operator:li", at=moment or at(0), policies=POLICIES)


def in_force(database, kind):
    with database.read() as connection:
        return load(connection, kind)


def dump(database):
    """Everything an import may touch."""
    with database.read() as connection:
        return {
            table: connection.execute(text(f"SELECT * FROM {table}")).all()  # noqa: S608 - our own names
            for table in (
                "units",
                "areas",
                "matters",
                "components",
                "component_zones",
                "responsibility_imports",
            )
        } | {"audit": connection.execute(select(audit.c.what, audit.c.after)).all()}


def test_what_was_imported_is_read_back_as_it_was_written(database):
    for kind, content in (
        (Kind.UNITS, UNITS),
        (Kind.AREAS, AREAS),
        (Kind.MATTERS, MATTERS),
        (Kind.COMPONENTS, COMPONENTS),
    ):
        sheet = read_sheet(kind, content.encode(), "x.csv")
        done = put(database, kind, content)
        assert (done.version, done.rows, done.changed) == (1, len(sheet.placed), True)
        records = sorted((item.record for item in sheet.placed), key=repr)
        assert sorted(in_force(database, kind), key=repr) == records


def test_an_import_replaces_the_whole_set_and_counts_up(database):
    put(database, Kind.UNITS, UNITS)
    done = put(database, Kind.UNITS, "id\nwater\n")
    assert done.version == 2
    assert [unit.id for unit in in_force(database, Kind.UNITS)] == ["water"]


def test_the_same_file_again_changes_nothing(database):
    put(database, Kind.UNITS, UNITS)
    before = dump(database)
    done = put(database, Kind.UNITS, UNITS)
    assert (done.version, done.changed) == (1, False)
    assert dump(database) == before


@pytest.mark.parametrize(
    ("kind", "content", "says"),
    [
        pytest.param(Kind.UNITS, "id\na\na\n", "'a' stands twice", id="a fault of its own"),
        pytest.param(Kind.UNITS, "id\n", "has no rows", id="nothing in it"),
        pytest.param(
            Kind.UNITS,
            "id\npolice\n",
            "matters in force: fire-lane-blocked.lead_unit: no unit 'fire-brigade'",
            id="a unit the catalogue needs",
        ),
        pytest.param(Kind.AREAS, "id,level\ncity,city\n", "no area 'grid' is known", id="an area it needs"),
        pytest.param(
            Kind.AREAS, AREAS.replace("police", "polise"), "did you mean 'police'?", id="an unknown contact"
        ),
        pytest.param(
            Kind.MATTERS,
            MATTERS.replace("fire-lane\n", "fire-line\n"),
            "did you mean 'fire-lane'?",
            id="an unknown policy",
        ),
        pytest.param(
            Kind.COMPONENTS,
            COMPONENTS.replace("fire-brigade", "nobody"),
            "no unit 'nobody'",
            id="an unknown owner",
        ),
    ],
)
def test_a_set_that_does_not_fit_the_others_is_refused_whole(database, kind, content, says):
    for known, good in ((Kind.UNITS, UNITS), (Kind.AREAS, AREAS), (Kind.MATTERS, MATTERS)):
        put(database, known, good)
    before = dump(database)
    with pytest.raises(ConfigurationError) as caught:
        put(database, kind, content)
    assert says in str(caught.value)
    assert dump(database) == before


def test_a_policy_that_was_taken_away_stops_the_next_catalogue_and_nothing_else(database):
    put(database, Kind.MATTERS, MATTERS)
    for kind, content in ((Kind.COMPONENTS, COMPONENTS), (Kind.AREAS, AREAS), (Kind.UNITS, UNITS)):
        sheet = read_sheet(kind, content.encode(), "x.csv")
        assert import_sheet(database, sheet, actor="a", at=at(0), policies=()).changed
    sheet = read_sheet(Kind.MATTERS, (MATTERS + "m,,,\n").encode(), "x.csv")
    with pytest.raises(ConfigurationError, match="no policy 'fire-lane'"):
        import_sheet(database, sheet, actor="a", at=at(0), policies=())


def test_names_of_sets_that_nobody_imported_are_taken_as_they_are(database):
    put(database, Kind.MATTERS, MATTERS)
    put(database, Kind.COMPONENTS, COMPONENTS)


def test_an_import_that_breaks_half_way_leaves_what_was_in_force(database, monkeypatch):
    put(database, Kind.AREAS, AREAS)
    before = dump(database)

    def breaks(*_):
        raise RuntimeError

    monkeypatch.setattr(store.trail, "append", breaks)
    with pytest.raises(RuntimeError):
        put(database, Kind.AREAS, "id,level\nother,city\n")
    assert dump(database) == before


def test_an_import_is_in_the_audit_with_who_what_and_what_was_before(database):
    put(database, Kind.UNITS, UNITS)
    put(database, Kind.UNITS, "id\nwater\n", at(5))
    with database.read() as connection:
        first, second = connection.execute(select(audit).order_by(audit.c.id)).mappings().all()
    assert (second["actor"], second["what"], second["at"]) == ("operator:li", "units_imported", at(5))
    assert second["why"] == "version 2 from units.csv"
    assert first["before"] is None
    assert second["before"] == first["after"]
    assert (second["after"]["version"], second["after"]["rows"]) == (2, 1)


def test_two_imports_at_once_are_one_after_the_other(database):
    barrier = threading.Barrier(4)

    def one(number):
        barrier.wait()
        put(database, Kind.UNITS, f"id\nunit-{number}\n")

    threads = [threading.Thread(target=one, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as connection:
        assert versions(connection)[Kind.UNITS]["version"] == 4
        assert sorted(connection.execute(select(imports.c.version)).scalars()) == [1, 2, 3, 4]
    assert len(in_force(database, Kind.UNITS)) == 1


def test_a_router_reads_again_only_after_an_import(database):
    seen = []
    router = LedgerRouter(seen.append)

    def route():
        with database.read() as connection:
            router.refresh(connection)
        return router.route("fire-lane-blocked", Where(source="/harbour/box-1/gate", zone="z"), "default")

    assert route().lead_unit == "default"
    put(database, Kind.AREAS, AREAS)
    put(database, Kind.MATTERS, MATTERS)
    found = route()
    assert (found.area_path, found.lead_unit) == ("/city/grid", "police")
    assert router.above("grid").unit == "police"
    route()
    put(database, Kind.UNITS, UNITS)
    route()
    assert seen == [{}, {"areas": 1, "matters": 1}]
    put(database, Kind.MATTERS, "code,lead_unit\nfire-lane-blocked,fire-brigade\n")
    assert route().lead_unit == "fire-brigade"


def test_a_case_lands_in_the_grid_and_with_the_unit_of_its_place(database):
    put(database, Kind.AREAS, AREAS)
    put(database, Kind.MATTERS, MATTERS)
    ledger = Ledger(database, POLICIES, LedgerRouter())
    (applied,) = ledger.apply([arrival(SignalKind.OBSERVED, source="/harbour/box-1/north-gate")], at(0))
    with database.read() as connection:
        case = connection.execute(select(case_table)).mappings().one()
    assert (case["id"], case["area"], case["area_path"]) == (applied.case_id, "grid", "/city/grid")
    assert case["unit"] == "police"


@pytest.fixture
def register(database):
    put(database, Kind.COMPONENTS, COMPONENTS)
    return Register(database)


def ids(rows):
    return [row["id"] for row in rows]


def test_components_are_found_by_kind_place_and_zone(register):
    assert ids(register.find(kind="bollard")) == ["B1", "B2"]
    assert register.component("H1")["kind"] == "hydrant"
    assert register.component("H9") is None
    near = register.near(30.0, 122.0, 100)
    assert ids(near) == ["H1", "B1"]
    assert near[1]["distance_m"] == pytest.approx(96.3, abs=0.1)
    assert ids(register.near(30.0, 122.0, 90)) == ["H1"]
    gate = "/harbour/box-1/north-gate"
    assert ids(register.of_zone(gate, "fire-lane-1")) == ["B1", "H1"]
    assert ids(register.of_zone(gate, "other")) == ["B1"]
    assert ids(register.of_zone("/harbour/box-2/x", "y")) == []


def test_a_case_has_the_components_of_its_zone_and_those_linked_by_people(database, register):
    (applied,) = Ledger(database, POLICIES).apply(
        [arrival(SignalKind.OBSERVED, source="/harbour/box-1/north-gate")], at(0)
    )
    case_id = applied.case_id
    assert ids(register.of_case(case_id)) == ["B1", "H1"]
    assert register.link(case_id, "B2", actor="operator:li", at=at(1), why="it was knocked over")
    assert not register.link(case_id, "B2", actor="operator:li", at=at(2), why="again")
    found = register.of_case(case_id)
    assert {row["id"]: row["why"] for row in found}["B2"] == "it was knocked over"
    with database.read() as connection:
        linked = connection.execute(select(audit).where(audit.c.what == "component_linked")).mappings().all()
    assert [(row["case_id"], row["after"]) for row in linked] == [(case_id, {"component": "B2"})]
    put(database, Kind.COMPONENTS, "id,kind\nX,bollard\n")
    assert ids(register.of_case(case_id)) == ["B2"]
    assert register.of_case("no such case") == []


def test_a_link_to_nothing_is_refused(database, register):
    (applied,) = Ledger(database, POLICIES).apply([arrival(SignalKind.OBSERVED)], at(0))
    for case_id, component, field in (("x", "B1", "case_id"), (applied.case_id, "B9", "component_id")):
        with pytest.raises(BadRecord, match=field):
            register.link(case_id, component, actor="a", at=at(0), why="w")


@given(
    st.lists(st.tuples(st.floats(-85, 85), st.floats(-179, 179)), min_size=1, max_size=8),
    st.floats(1, 5000),
)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_near_finds_exactly_what_a_slow_count_finds(database, places, radius):
    lat, lon = places[0]
    moved = [(min(85.0, lat + dy / 100), lon + dx / 100) for dy, dx in ((0, 0), (1, 1), (3, -2), (0, 4))]
    rows = [
        {"id": f"c{i}", "kind": "k", "name": "", "lat": y, "lon": x, "zones": []}
        for i, (y, x) in enumerate([*places, *moved])
    ]
    with database.write() as connection:
        connection.execute(store.components.delete())
        connection.execute(insert(store.components), rows)
    slow = {row["id"] for row in rows if distance_m(lat, lon, row["lat"], row["lon"]) <= radius}
    assert set(ids(Register(database).near(lat, lon, radius))) == slow
