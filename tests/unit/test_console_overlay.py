"""What is drawn over a live picture."""

from xml.etree import ElementTree as ET

import pytest
from factories import NOON, plate

from console.overlay import PHASE_COLOURS, ZONE_COLOURS, overlay, phase_of, plates_by_zone
from console.wording import ENGLISH
from models.records import PlateSource, Trail, TrailObject, TrailZone, ZoneKind

SIZE = (1000, 500)
LANE = TrailZone(
    zone="lane-1", kind=ZoneKind.FIRE_LANE, polygon=((0.1, 0.2), (0.3, 0.2), (0.3, 0.9), (0.1, 0.9))
)


def thing(**changes) -> TrailObject:
    fields = {"label": "car", "score": 0.9, "box_xyxy": (0.1, 0.2, 0.3, 0.6), "zone": "lane-1"}
    return TrailObject(**(fields | changes))


def drawn(*objects, zones=(LANE,), plates=None) -> ET.Element:
    trail = Trail(camera="gate", at=NOON, objects=objects, zones=zones)
    svg = overlay(trail, SIZE, ENGLISH.name, ENGLISH.assumed, plates)
    return ET.fromstring(f"<svg>{svg}</svg>")  # noqa: S314 - made here


def texts(svg: ET.Element) -> list[str]:
    return [(text.text or "").strip() for text in svg.iter("text")]


def test_a_zone_is_drawn_in_the_pixels_of_the_picture_and_the_colour_of_its_kind():
    (polygon,) = drawn().iter("polygon")
    assert polygon.get("points") == "100.0,100.0 300.0,100.0 300.0,450.0 100.0,450.0"
    assert polygon.get("stroke") == ZONE_COLOURS[ZoneKind.FIRE_LANE]


def test_every_kind_of_zone_has_its_own_colour():
    assert set(ZONE_COLOURS) == set(ZoneKind)
    assert len(set(ZONE_COLOURS.values())) == len(ZoneKind)


def test_a_box_is_drawn_in_the_pixels_of_the_picture():
    (box,) = drawn(thing()).iter("rect")
    assert [box.get(name) for name in ("x", "y", "width", "height")] == ["100.0", "100.0", "200.0", "200.0"]


@pytest.mark.parametrize(
    ("fields", "phase"),
    [
        pytest.param({"phase": "passing"}, "passing", id="passing"),
        pytest.param({"phase": "standing", "standing_s": 3}, "standing", id="standing"),
        pytest.param({"phase": "overstay", "standing_s": 90}, "overstay", id="overstay"),
        pytest.param({"phase": "overstayed", "standing_s": 90}, "overstay", id="another form of the word"),
        pytest.param({"phase": "pondering", "standing_s": 9}, "standing", id="a phase of a newer device"),
        pytest.param({"phase": ""}, "passing", id="nothing said"),
    ],
)
def test_a_box_has_the_colour_of_its_phase(fields, phase):
    assert phase_of(thing(**fields)) == phase
    (box,) = drawn(thing(**fields)).iter("rect")
    assert box.get("stroke") == PHASE_COLOURS[phase]


def test_what_stands_says_what_it_is_and_for_how_long_and_what_passes_says_nothing():
    svg = drawn(thing(phase="standing", standing_s=75), thing(phase="passing"), zones=())
    assert texts(svg) == ["car · 1 min 15 s"]


def test_of_what_the_network_is_not_sure_of_it_says_that_nobody_is_told():
    svg = drawn(thing(phase="unsure", standing_s=75), zones=())
    assert texts(svg) == ["car · 1 min 15 s · not sure yet, nobody is told"]


@pytest.mark.parametrize(
    ("source", "text"),
    [(PlateSource.ASSUMED, "car · 浙B12345 (assumed) · 59 s"), (PlateSource.READ, "car · 浙B12345 · 59 s")],
)
def test_a_plate_nobody_read_is_marked(source, text):
    plates = {"lane-1": plate(source=source)}
    assert texts(drawn(thing(phase="overstay", standing_s=59.9), zones=(), plates=plates)) == [text]


def test_of_two_overstays_in_one_zone_neither_gets_the_plate():
    twice = [thing(phase="overstay"), thing(phase="overstay")]
    assert not any("浙" in text for text in texts(drawn(*twice, plates={"lane-1": plate()})))


def test_a_plate_is_known_only_where_one_case_stands():
    assert plates_by_zone([("a", plate()), ("b", plate()), ("b", None), ("c", None)]) == {"a": plate()}


def test_whatever_a_label_says_it_stays_a_text():
    hostile = "</text><script>x</script>"
    svg = drawn(thing(label=hostile, phase="standing", standing_s=1), zones=())
    assert texts(svg) == [f"{hostile} · 1 s"]
    assert list(svg.iter("script")) == []


def test_labels_stay_inside_the_picture():
    svg = drawn(thing(phase="standing", box_xyxy=(0.9, -0.1, 1.2, 0.3)), zones=())
    (text,) = svg.iter("text")
    assert text.get("text-anchor") == "end"
    assert 0 < float(text.get("x")) < SIZE[0]
    assert 0 < float(text.get("y")) < SIZE[1]


def test_overstays_are_drawn_last_so_that_nothing_hides_them():
    svg = drawn(thing(phase="overstay"), thing(phase="passing"), zones=())
    assert [box.get("data-phase") for box in svg.iter("rect")] == ["passing", "overstay"]
