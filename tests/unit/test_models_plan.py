"""Plans: what operators draw, with every fault said by zone and line."""

import pytest

from models.errors import ConfigurationError
from models.plan import MOTOR_VEHICLES, Plan, Zone, parse_plan
from models.records import ZoneKind

SQUARE = "[[0.1, 0.1], [0.5, 0.1], [0.5, 0.5], [0.1, 0.5]]"


def plan_text(*zones: str) -> str:
    return 'camera = "north-gate"\n' + "".join(f"[[zone]]\n{zone}\n" for zone in zones)


def zone_text(name="fire-lane-1", kind="fire_lane", polygon=SQUARE, more=""):
    return f'id = "{name}"\nkind = "{kind}"\npolygon = {polygon}\n{more}'


def fault(text):
    with pytest.raises(ConfigurationError) as caught:
        parse_plan(text, "north-gate.toml")
    (only,) = caught.value.faults
    return only


@pytest.mark.parametrize(
    ("kind", "labels", "policy"),
    [
        ("fire_lane", set(MOTOR_VEHICLES), "fire-lane"),
        ("no_parking", set(MOTOR_VEHICLES), "no-parking"),
        ("no_stall", {"stall"}, "no-stall"),
        ("water", set(), "water"),
    ],
)
def test_a_zone_with_only_a_place_has_what_a_new_user_wants(kind, labels, policy):
    (zone,) = parse_plan(plan_text(zone_text(kind=kind)), "p").zones
    assert zone.forbidden_labels == labels
    assert zone.policy_name == policy
    assert (zone.dwell_s, zone.min_share, zone.address, zone.plate) == (60.0, 0.5, "", None)


def test_every_kind_of_zone_has_defaults():
    for kind in ZoneKind:
        zone = Zone(id="z", kind=kind, polygon=((0, 0), (1, 0), (1, 1)))
        assert zone.policy_name
        assert isinstance(zone.forbidden_labels, frozenset)


def test_a_zone_may_say_otherwise():
    more = 'dwell_s = 0\npolicy = "night"\nlabels = ["bicycle"]\nmin_share = 0.2\nplate = "浙B12345"\n'
    (zone,) = parse_plan(plan_text(zone_text(more=more)), "p").zones
    assert (zone.dwell_s, zone.policy_name, zone.min_share, zone.plate) == (0, "night", 0.2, "浙B12345")
    assert zone.forbidden_labels == {"bicycle"}


def test_a_zone_may_forbid_nothing():
    (zone,) = parse_plan(plan_text(zone_text(more="labels = []")), "p").zones
    assert zone.forbidden_labels == frozenset()


@pytest.mark.parametrize(
    ("text", "line", "key", "says"),
    [
        pytest.param(
            plan_text(zone_text(polygon="[[0, 0], [1, 1], [1, 0], [0, 1]]")),
            5,
            "zone[0].polygon",
            "zone 'fire-lane-1' is no simple polygon: Self-intersection",
            id="a self-crossing polygon",
        ),
        pytest.param(
            plan_text(zone_text(polygon="[[0, 0], [1, 1]]")),
            5,
            "zone[0].polygon",
            "zone 'fire-lane-1' has 2 points, a polygon needs 3",
            id="two points",
        ),
        pytest.param(
            plan_text(zone_text(), zone_text(name="b", kind="moat")),
            9,
            "zone[1].kind",
            "'moat'",
            id="unknown kind",
        ),
        pytest.param(
            plan_text(zone_text(more="dwel_s = 5")),
            6,
            "zone[0].dwel_s",
            "did you mean 'dwell_s'",
            id="misspelt",
        ),
        pytest.param(
            plan_text(zone_text(), zone_text()), 8, "zone[1].id", "'fire-lane-1' is taken", id="an id twice"
        ),
        pytest.param(
            plan_text(zone_text(more="dwell_s = -1")), 6, "zone[0].dwell_s", "-1", id="negative dwell"
        ),
        pytest.param(plan_text(zone_text(more="dwell_s = nan")), 6, "zone[0].dwell_s", "nan", id="NaN dwell"),
        pytest.param(
            plan_text(zone_text(more="dwell_s = inf")), 6, "zone[0].dwell_s", "inf", id="endless dwell"
        ),
        pytest.param(plan_text(zone_text(more="min_share = 0")), 6, "zone[0].min_share", "0", id="no share"),
        pytest.param(plan_text(zone_text(name="a b")), 3, "zone[0].id", "a b", id="an id with a space"),
        pytest.param(plan_text(zone_text(name="a\\n")), 3, "zone[0].id", "a", id="an id with a line feed"),
        pytest.param('camera = "c"\n', 0, "zone", "has no zone", id="no zone"),
        pytest.param("", 1, "camera", "missing", id="no camera"),
        pytest.param(
            plan_text(
                zone_text(polygon="[\n  [0.1, 0.1],\n  [0.5, 0.1],\n  [0.5, 0.5],\n]", more="dwell_s = -1")
            ),
            10,
            "zone[0].dwell_s",
            "-1",
            id="after a polygon over several lines",
        ),
    ],
)
def test_a_faulty_plan_says_zone_line_and_fault(text, line, key, says):
    found = fault(text)
    assert (found.source, found.line, found.key) == ("north-gate.toml", line, key)
    assert says in str(found)


def test_every_repeated_id_is_said():
    with pytest.raises(ConfigurationError) as caught:
        parse_plan(plan_text(zone_text(), zone_text(), zone_text()), "p")
    assert [fault.line for fault in caught.value.faults] == [8, 13]


def test_equal_plans_have_equal_versions_however_they_are_written():
    short = 'camera = "c"\n[[zone]]\nkind = "water"\nid = "w"\npolygon = [[0,0],[1,0],[1,1]]\n'
    long = (
        "# drawn on a Monday\n"
        'zone = [{ id = "w", polygon = [[0.0, 0], [1.0, 0], [1.0, 1]], kind = "water", min_share=0.5 }]\n'
        'camera = "c"\n'
    )
    assert parse_plan(short, "a").version == parse_plan(long, "b").version


@pytest.mark.parametrize(
    "change",
    [
        {"dwell_s": 61},
        {"polygon": ((0, 0), (1, 0), (1, 0.99))},
        {"id": "x"},
        {"plate": "浙B1"},
        {"kind": ZoneKind.FIRE_LANE},
    ],
)
def test_another_plan_has_another_version(change):
    fields = {"id": "w", "kind": ZoneKind.WATER, "polygon": ((0, 0), (1, 0), (1, 1))}
    old = Plan(camera="c", zone=(Zone(**fields),))
    new = Plan(camera="c", zone=(Zone(**(fields | change)),))
    assert old.version != new.version
    assert len(old.version) == 12


@pytest.mark.parametrize(
    ("more", "says", "remedy"),
    [
        pytest.param('hours = "Mo-"', "'Mo-' cannot be read as opening hours", "see https://", id="broken"),
        pytest.param('hours = "sunset-22:00"', "names the sunset", "write clock times", id="the sun"),
    ],
)
def test_hours_that_nobody_can_mean_are_a_fault_at_their_line(more, says, remedy):
    found = fault(plan_text(zone_text(more=more)))
    assert says in found.problem
    assert remedy in found.remedy
    assert (found.line, found.key) == (6, "zone[0].hours")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('timezone = "Asia/Shangai"', "no time zone"),
        ('country = "XX"', "no country"),
    ],
)
def test_a_place_that_does_not_exist_is_a_fault(line, says):
    assert says in fault(f"{line}\n" + plan_text(zone_text())).problem


@pytest.mark.parametrize(
    ("label", "plate", "why"),
    [
        pytest.param("car", None, "", id="anybody"),
        pytest.param("ambulance", None, "ambulance", id="an ambulance"),
        pytest.param("car", "浙A0001警", "plate 浙A0001警", id="a police car"),
        pytest.param("car", "浙A·0001警", "plate 浙A·0001警", id="written with its dot"),
        pytest.param("car", "浙B0001警", "", id="of another city"),
        pytest.param("car", "浙A0001", "", id="without the last sign"),
        pytest.param("truck", "浙BZ1234", "plate 浙BZ1234", id="the very one"),
        pytest.param("truck", "浙BZ12345", "", id="one that begins like it"),
    ],
)
def test_who_may_stand_is_named_with_the_reason(label, plate, why):
    zone = Zone(
        id="z",
        kind=ZoneKind.FIRE_LANE,
        polygon=((0, 0), (1, 0), (1, 1)),
        exempt_plates=("浙A*警", "浙b·z1234"),
    )
    assert zone.exemption(label, plate) == why


PLACED = 'position = [29.868, 121.544]\narea = "grid-7"\ncomponents = ["hydrant-12"]\n'
PUBLISHED = 'legal_basis = "Fire Protection Law, art. 28"\nsign = "painted lines"\n'


def test_a_zone_may_say_where_it_is_and_what_it_rests_on():
    (zone,) = parse_plan(plan_text(zone_text(more=PLACED + PUBLISHED)), "p").zones
    assert zone.position == (29.868, 121.544)
    assert (zone.area, zone.components) == ("grid-7", ("hydrant-12",))
    assert (zone.legal_basis, zone.sign) == ("Fire Protection Law, art. 28", "painted lines")


@pytest.mark.parametrize(
    ("more", "enforceable"),
    [
        pytest.param("", False, id="nothing is recorded"),
        pytest.param('legal_basis = "art. 28"\n', False, id="nobody was told"),
        pytest.param('sign = "painted lines"\n', False, id="there is no rule"),
        pytest.param('legal_basis = " "\nsign = "\\t"\n', False, id="blanks are no words"),
        pytest.param(PUBLISHED, True, id="there is a rule and it was made known"),
    ],
)
def test_a_zone_without_rule_and_sign_can_warn_but_not_enforce(more, enforceable):
    assert parse_plan(plan_text(zone_text(more=more)), "p").zones[0].enforceable is enforceable


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ("position = [91, 0]", "zone[0].position[0]"),
        ("position = [0, 181]", "zone[0].position[1]"),
        ("position = [nan, 0]", "zone[0].position[0]"),
        ("position = [29.8]", "zone[0].position[1]"),
        ('area = "not a name"', "zone[0].area"),
        ('components = ["a b"]', "zone[0].components[0]"),
    ],
)
def test_a_place_that_is_none_is_refused(more, key):
    assert fault(plan_text(zone_text(more=more))).key == key


def test_a_plan_that_says_nothing_of_places_has_the_version_it_always_had():
    plan = parse_plan(plan_text(zone_text(more="dwell_s = 5")), "p")
    assert plan.version == "646f3c80b698"
    placed = parse_plan(plan_text(zone_text(more="dwell_s = 5\n" + PLACED)), "p")
    assert placed.version != plan.version
