"""Table files as offices save them: encodings, headers, and bytes that are no table."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.responsibility.reading import (
    COLUMNS,
    Kind,
    kind_of,
    read_areas,
    read_components,
    read_matters,
    read_units,
)
from cases.responsibility.sheets import Findings, rows
from cases.responsibility.store import read_sheet
from models.errors import Fault

READERS = {
    Kind.UNITS: read_units,
    Kind.AREAS: read_areas,
    Kind.MATTERS: read_matters,
    Kind.COMPONENTS: read_components,
}
TABLE = "编号,名称,英文名称\n消防,消防救援大队,Fire brigade\n交警,交警大队,Traffic police\n"


def read(raw, kind=Kind.UNITS):
    findings = Findings()
    placed = READERS[kind](raw, "file.csv", findings)
    return [item.record for item in placed], findings


def fault(raw, kind=Kind.UNITS):
    _, findings = read(raw, kind)
    (only,) = findings.faults
    return only


@pytest.mark.parametrize(
    "encoded",
    [
        pytest.param(TABLE.encode(), id="UTF-8"),
        pytest.param(TABLE.encode("utf-8-sig"), id="UTF-8 with a mark, as Excel writes it"),
        pytest.param(TABLE.encode("gbk"), id="GBK"),
        pytest.param(("\ufeff" + TABLE).encode("gb18030"), id="GB 18030 with a mark"),
        pytest.param(TABLE.encode("utf-16"), id="UTF-16 with a mark"),
        pytest.param(TABLE.replace("\n", "\r\n").encode(), id="lines of Windows"),
        pytest.param(TABLE.replace(",", ";").encode(), id="semicolons"),
        pytest.param(TABLE.replace(",", "\t").encode(), id="tabs"),
        pytest.param(("\n\n" + TABLE + "\n,,\n").encode(), id="blank lines"),
    ],
)
def test_a_table_is_read_however_an_office_saved_it(encoded):
    units, findings = read(encoded)
    assert [(unit.id, unit.name_zh) for unit in units] == [("消防", "消防救援大队"), ("交警", "交警大队")]
    assert findings.faults == findings.warnings == []


@pytest.mark.parametrize("header", ["name_zh", "Name ZH", "NAME-ZH", " name（zh） ", "中文名"])
def test_a_header_is_read_as_people_mean_it(header):
    (unit,), findings = read(f'id,"{header}"\na,名\n'.encode())
    assert unit.name_zh == "名"
    assert findings.warnings == []


@pytest.mark.parametrize(
    ("text", "line", "key", "says"),
    [
        pytest.param("", 0, "", "is empty", id="nothing"),
        pytest.param("name_zh\n名\n", 1, "id", "is missing in the header", id="no column for ids"),
        pytest.param("id,id\na,b\n", 1, "id", "stands twice", id="a column twice"),
        pytest.param("id,name_zh\na,b,c\n", 2, "", "has 3 cells, the header 2", id="a cell too many"),
        pytest.param('id,name_zh\na,"b\n', 2, "", "is no CSV", id="a quote that never ends"),
        pytest.param("id,name_zh\n,名\n", 2, "id", "is missing", id="no id"),
        pytest.param("id,name_zh\na,x\x07y\n", 2, "name_zh", "U+0007", id="a bell"),
        pytest.param("id,name_zh\na," + "名" * 201 + "\n", 2, "name_zh", "at most 200", id="endless"),
        pytest.param('id,name_zh\na,"x\ny"\n', 2, "name_zh", "U+000A", id="two lines"),
        pytest.param("id,name_zh\na,x\nb\x00,y\n", 3, "id", "U+0000", id="a zero byte"),
    ],
)
def test_a_table_that_cannot_be_used_says_where_and_why(text, line, key, says):
    found = fault(text.encode())
    assert (found.source, found.line, found.key) == ("file.csv", line, key)
    assert says in found.problem


def test_every_fault_is_said_at_once():
    text = "id,level,parent\n!,grid,x\nb,grit,?\n,city,\n"
    _, findings = read(text.encode(), Kind.AREAS)
    assert [(found.line, found.key) for found in findings.faults] == [
        (2, "id"),
        (3, "level"),
        (3, "parent"),
        (4, "id"),
    ]
    assert "did you mean 'grid'?" in str(findings.faults[1])


def test_a_column_that_nobody_knows_is_said_and_left_out():
    units, findings = read(b"id,name_hz,size\na,b,c\n")
    assert units[0].id == "a"
    assert [(found.key, found.remedy) for found in findings.warnings] == [
        ("name_hz", "did you mean 'name_zh'?"),
        ("size", "it is left out"),
    ]


def test_bytes_of_no_known_encoding_are_refused():
    assert "neither UTF-8 nor GBK" in fault(b"id\n\xff\xff\xff\n").problem


@pytest.mark.parametrize(
    ("text", "key", "says"),
    [
        pytest.param("{", "", "is no GeoJSON", id="half a file"),
        pytest.param("[]", "type", "no GeoJSON FeatureCollection", id="a list"),
        pytest.param('{"type": "Polygon"}', "type", "FeatureCollection", id="a bare geometry"),
        pytest.param(
            '{"type": "FeatureCollection", "features": [1]}', "features[0]", "is no feature", id="a number"
        ),
        pytest.param(
            '{"type": "FeatureCollection", "features": [{"properties": {"id": {}, "level": "city"}}]}',
            "features[0].properties.id",
            "is neither a text nor a number",
            id="an id that is a thing",
        ),
        pytest.param(
            '{"type": "FeatureCollection", "crs": {"properties": {"name": "EPSG:3857"}}, "features": []}',
            "crs",
            "'EPSG:3857'",
            id="metres",
        ),
        pytest.param("{" + '"a":[' * 5000, "", "is no GeoJSON", id="a bottomless file"),
    ],
)
def test_a_map_that_cannot_be_used_says_where_and_why(text, key, says):
    _, findings = read(text.encode(), Kind.AREAS)
    found = findings.faults[0]
    assert found.key == key
    assert says in found.problem


@pytest.mark.parametrize("crs", ["urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326", "urn:ogc:def:crs:EPSG::4326"])
def test_a_map_may_name_the_system_that_is_meant(crs):
    document = {"type": "FeatureCollection", "crs": {"properties": {"name": crs}}, "features": []}
    assert read(json.dumps(document).encode(), Kind.AREAS)[1].faults == []


def test_numbers_of_a_map_are_read_as_a_table_would_write_them():
    document = {
        "type": "FeatureCollection",
        "features": [{"properties": {"id": 330205.0, "level": "city", "addresses": ["A 1", "B 2; C 3"]}}],
    }
    (area,), findings = read(json.dumps(document).encode(), Kind.AREAS)
    assert findings.faults == []
    assert (area.id, area.addresses) == ("330205", ("A 1", "B 2; C 3"))


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (b"id,level\n", Kind.AREAS),
        ("编号,层级\n".encode("gbk"), Kind.AREAS),
        (b"id,kind,lat,lon\n", Kind.COMPONENTS),
        (b"code,lead_unit\n", Kind.MATTERS),
        (b"id,name_zh\n", Kind.UNITS),
        (b"plate,phone,language\n", None),
        (b'{"features": [{"properties": {"id": 1, "level": "city"}}]}', Kind.AREAS),
        (b'{"features": [{"properties": {"id": 1, "kind": "hydrant"}}]}', Kind.COMPONENTS),
        (b'{"a": 1}', None),
        (b"{", None),
        (b"", None),
    ],
)
def test_what_a_file_holds_is_told_from_its_columns(raw, kind):
    assert kind_of(raw) is kind


CELLS = st.text(max_size=12) | st.sampled_from(
    [
        "grid",
        "city",
        "a",
        "b",
        '"',
        "POLYGON((0 0,1 1,0 1,0 0))",
        "accept=3wh",
        "/a/b",
        "1e400",
        "nan",
        "\ufeff",
    ]
)


@st.composite
def tables(draw):
    names = [column.name for kind in Kind for column in COLUMNS[kind]] + ["", "?"]
    header = draw(st.lists(st.sampled_from(names), min_size=1, max_size=6))
    lines = draw(st.lists(st.lists(CELLS, max_size=7), max_size=5))
    return "\n".join(",".join(cells) for cells in [header, *lines])


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | CELLS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["type", "coordinates", "geometry", "properties", "id", "level", "kind", "zones"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)
GEOMETRIES = st.builds(
    lambda kind, coordinates: {"type": kind, "coordinates": coordinates},
    st.sampled_from(["Polygon", "MultiPolygon", "Point", "Circle"]),
    JSONS
    | st.lists(st.lists(st.lists(st.floats(-200, 200), min_size=1, max_size=4), max_size=6), max_size=3),
)
MAPS = st.lists(
    st.fixed_dictionaries({"properties": JSONS, "geometry": GEOMETRIES | JSONS}) | JSONS, max_size=4
).map(lambda features: {"type": "FeatureCollection", "features": features})


@given(
    st.sampled_from(Kind),
    st.binary(max_size=200) | tables().map(lambda text: text.encode("utf-8", "replace")),
)
def test_no_bytes_do_more_harm_than_faults(kind, raw):
    sheet = read_sheet(kind, raw, "fuzz")
    assert sheet.placed or sheet.findings.faults
    assert all(isinstance(found, Fault) and found.problem for found in sheet.findings.faults)
    kind_of(raw)


@given(st.sampled_from([Kind.AREAS, Kind.COMPONENTS]), MAPS)
def test_no_map_does_more_harm_than_faults(kind, document):
    raw = json.dumps(document).encode()
    sheet = read_sheet(kind, raw, "fuzz")
    assert sheet.placed or sheet.findings.faults
    assert all(str(found) for found in sheet.findings.faults + sheet.findings.warnings)
    kind_of(raw)


LEGIBLE = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=100).filter(
    lambda text: text.strip() == text and text
)


@given(LEGIBLE, st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_a_name_in_any_script_comes_through_as_it_was_written(name, encoding):
    quoted = '"' + name.replace('"', '""') + '"'
    units, findings = read(f"id,name_zh\na,{quoted}\n".encode(encoding))
    assert findings.faults == []
    assert units[0].name_zh == name


def test_a_file_too_large_is_refused_before_it_is_read(monkeypatch):
    monkeypatch.setattr("cases.responsibility.sheets.BYTES_MOST", 3)
    findings = Findings()
    assert rows(b"id\na\n", "big.csv", COLUMNS[Kind.UNITS], findings) == []
    assert "more than" in findings.faults[0].problem
