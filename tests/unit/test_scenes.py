"""Scene packs: those that ship, a city's own, and folders that are none."""

import shutil
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases.policy import Does, When, builtin_policies
from cases.scenes import builtin_scenes, city_scenes, message_texts, read_scene, read_scenes
from models.errors import ConfigurationError
from models.plan import MOTOR_VEHICLES, Plan, parse_plan
from notifier.messages import Messages, example_case

SHIPPED = builtin_scenes()
SQUARE = ((0.1, 0.1), (0.5, 0.1), (0.5, 0.5), (0.1, 0.5))
EXAMPLES = Path(__file__).parents[2] / "examples" / "city" / "scenes"


@pytest.fixture
def pack(tmp_path):
    """A city's own copy of a shipped pack, under another name."""
    folder = tmp_path / "scenes" / "our-lane"
    shutil.copytree(resources.files("cases") / "scenes" / "fire-lane", folder)
    for name in ("scene.toml", "policy.toml"):
        file = folder / name
        text = file.read_text(encoding="utf-8")
        text = text.replace('name = "fire-lane"', 'name = "our-lane"').replace(
            "fire-lane-blocked", "our-matter"
        )
        file.write_text(text, encoding="utf-8")
    return folder


def change(folder, name, old, new):
    file = folder / name
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_these_scenes_ship():
    assert set(SHIPPED) == {
        "abandoned-vehicle",
        "fire-gate-carriageway",
        "fire-gate-pavement",
        "fire-lane",
        "no-parking",
        "no-stall",
        "smoke",
        "water",
    }


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_a_shipped_scene_has_a_matter_a_policy_a_reporter_and_a_checklist(name):
    pack = SHIPPED[name]
    assert pack.policy == builtin_policies()[name]
    assert pack.policy.matter == pack.scene.matter
    assert pack.scene.zone or pack.scene.sensor
    assert pack.scene.name.zh
    assert pack.scene.name.en
    assert len(pack.checklist) >= 3
    assert any(item.picture for item in pack.checklist)


def test_each_shipped_scene_has_its_own_matter():
    matters = [pack.scene.matter for pack in SHIPPED.values()]
    assert len(set(matters)) == len(matters)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("step", ["notice", "reminder", "warning", "thanks"])
def test_who_can_be_written_to_is_written_to_in_words_of_the_scene(language, step):
    for pack in SHIPPED.values():
        if any(rung.does is Does.NOTIFY_OWNER for rung in pack.policy.step):
            assert (language, step) in pack.texts


def test_every_text_of_every_shipped_scene_fits_into_two_sms():
    messages = Messages("Asia/Shanghai")
    for pack in SHIPPED.values():
        steps = tuple(
            rung.model_copy(update={"id": step, "does": Does.NOTIFY_OWNER})
            for rung in builtin_policies()["fire-lane"].steps(When.LEFT)
            for _, step in pack.texts
        )
        every = pack.policy.model_copy(update={"step": steps})
        assert messages.check([every], ["zh-CN", "en"], 2) == ()


def test_a_zone_of_a_scene_has_its_rule_and_can_be_published():
    zone = SHIPPED["abandoned-vehicle"].zone("z", SQUARE, dwell_s=86_400)
    assert (zone.policy_name, zone.dwell_s, zone.grace_s) == ("abandoned-vehicle", 86_400, 600)
    assert zone.forbidden_labels == set(MOTOR_VEHICLES)
    plan = Plan(camera="c", zone=(zone,))
    assert plan.version == Plan(camera="c", zone=(zone,)).version


def test_a_scene_of_sensors_has_no_zones():
    with pytest.raises(ValueError, match="reported by sensors"):
        SHIPPED["smoke"].zone("z", SQUARE)


def test_a_citys_own_scene_needs_no_code(pack):
    found = city_scenes(pack.parent)
    assert set(found) == {*SHIPPED, "our-lane"}
    assert found["our-lane"].policy.matter == "our-matter"
    messages = Messages("Asia/Shanghai", None, message_texts(found.values()))
    notice = found["our-lane"].policy.steps(When.STANDING)[0]
    assert "消防通道" in messages.render(example_case("our-matter"), notice, "zh-CN").body


def test_a_citys_own_scene_wins_over_the_shipped_one_of_its_name(pack):
    own = pack.with_name("fire-lane")
    shutil.rmtree(pack)
    shutil.copytree(resources.files("cases") / "scenes" / "fire-lane", own)
    change(own, "policy.toml", "quiet_gap_s = 300", "quiet_gap_s = 5")
    (own / "texts" / "en" / "notice.j2").write_text("ours", encoding="utf-8")
    found = city_scenes(own.parent)
    assert found["fire-lane"].policy.quiet_gap_s == 5
    assert message_texts(found.values())["en/fire-lane-blocked/notice.j2"] == "ours"


def test_the_example_of_a_citys_own_scene_is_one():
    (found,) = read_scenes(EXAMPLES).values()
    assert found.name == "bus-stop"
    assert found.scene.zone is not None
    assert "bus" not in found.scene.zone.forbidden_labels


def test_without_a_folder_there_are_those_that_ship(tmp_path):
    assert city_scenes(None).keys() == SHIPPED.keys()
    with pytest.raises(ConfigurationError, match="is no folder"):
        city_scenes(tmp_path / "missing")


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        pytest.param("policy.toml", '"our-lane"', '"lane"', 'write name = "our-lane"', id="another name"),
        pytest.param("policy.toml", "our-matter", "other", "write the same matter", id="another matter"),
        pytest.param("scene.toml", "fire_lane", "fire_lain", "did you mean 'fire_lane'?", id="a kind"),
        pytest.param("scene.toml", "dwell_s = 60", "dwell_s = -1", "zone.dwell_s", id="a dwell"),
        pytest.param("scene.toml", "dwell_s = 60", 'hours = "8-"', "zone.hours", id="hours"),
        pytest.param("scene.toml", "[zone]", "[zones]", "no such key", id="a table"),
        pytest.param("scene.toml", 'zh = "', 'zh = "" # ', "name.zh", id="no name"),
        pytest.param(
            "checklist.toml", 'id = "passage"', 'id = "vehicle"', "stands twice", id="an item twice"
        ),
        pytest.param(
            "texts/en/notice.j2", "[Clearway]", "[Clearway]" * 500, "characters", id="an endless text"
        ),
    ],
)
def test_a_faulty_pack_says_the_file_and_the_fault(pack, file, old, new, says):
    change(pack, file, old, new)
    with pytest.raises(ConfigurationError) as caught:
        read_scenes(pack.parent)
    assert any(file in found.source and says in str(found) for found in caught.value.faults)


def test_every_fault_of_every_pack_is_said_at_once(pack):
    change(pack, "scene.toml", "fire_lane", "x")
    (pack / "policy.toml").unlink()
    (pack / "texts" / "en" / "notice.txt").write_text("x", encoding="utf-8")
    (pack / "texts" / "Klingon!").mkdir()
    (pack / "texts" / "en" / "thanks.j2").write_bytes(b"\xff")
    (pack.parent / "no scene").mkdir()
    with pytest.raises(ConfigurationError) as caught:
        read_scenes(pack.parent)
    said = "\n".join(map(str, caught.value.faults))
    for words in (
        "'x' is not one of",
        "policy.toml: no such file",
        "is no message of a step",
        "'Klingon!' is no language",
        "is not UTF-8",
        "'no scene' is no name for a scene",
    ):
        assert words in said


def test_two_scenes_of_a_city_with_one_matter_are_refused(pack):
    other = pack.with_name("their-lane")
    shutil.copytree(pack, other)
    change(other, "policy.toml", '"our-lane"', '"their-lane"')
    with pytest.raises(ConfigurationError, match="is the matter of scene 'our-lane'"):
        read_scenes(pack.parent)


def test_checklist_and_texts_may_be_missing(pack):
    (pack / "checklist.toml").unlink()
    shutil.rmtree(pack / "texts")
    found = read_scene(pack)
    assert (found.checklist, found.texts) == ((), {})


def test_a_scene_that_nothing_reports_is_refused(pack):
    (pack / "scene.toml").write_text(
        'matter = "our-matter"\nname = { zh = "a", en = "b" }\n', encoding="utf-8"
    )
    with pytest.raises(ConfigurationError, match="nothing can report this scene"):
        read_scene(pack)


NAMES = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=60).filter(
    lambda text: text.strip() == text and '"' not in text and "\\" not in text and text.isprintable()
)


@given(NAMES)
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_a_scene_is_named_and_written_to_in_any_script(pack, words):
    head = f'matter = "our-matter"\n[name]\nzh = "{words}"\nen = "{words}"\n[zone]\nkind = "water"\n'
    (pack / "scene.toml").write_text(head, encoding="utf-8")
    (pack / "texts" / "en" / "notice.j2").write_text("{{ plate }}" + words.replace("{", ""), encoding="utf-8")
    found = read_scene(pack)
    assert found.scene.name.zh == words
    texts = message_texts([found])
    notice = builtin_policies()["fire-lane"].steps(When.STANDING)[0]
    assert Messages("UTC", None, texts).render(example_case("our-matter"), notice, "en").body


@given(st.binary(max_size=300))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_bytes_in_a_pack_do_more_harm_than_faults(pack, raw):
    for name in ("scene.toml", "policy.toml", "checklist.toml", "texts/en/notice.j2"):
        file = pack / name
        good = file.read_bytes()
        file.write_bytes(raw)
        try:
            read_scene(pack)
        except ConfigurationError as exc:
            assert all(found.problem for found in exc.faults)  # noqa: PT017 - a fault, or a pack
        file.write_bytes(good)


def test_the_snippet_that_scenes_show_is_a_zone_of_a_plan():
    from clearway.scenes_cli import zone_snippet  # noqa: PLC0415 - the command line is slow to load

    for pack in SHIPPED.values():
        if pack.scene.zone is not None:
            (zone,) = parse_plan('camera = "c"\n' + zone_snippet(pack), "p").zones
            assert zone.policy_name == pack.policy.name
            assert zone.dwell_s == pack.scene.zone.dwell_s
