import json
from pathlib import Path

import av
import cv2
import pytest
from parts_camera import PLAN
from typer.testing import CliRunner

from clearway.check import check, kind_of, warnings
from clearway.cli import app

CROSSING = PLAN.replace(
    "[[0.3, 0.3], [0.7, 0.3], [0.7, 0.7], [0.3, 0.7]]", "[[0, 0], [1, 1], [1, 0], [0, 1]]"
)
POLICY = """
name = "own"
matter = "fire-lane-blocked"
unit = "fire-brigade"
[[step]]
id = "a"
does = "notify_owner"
"""
DEMO = Path(__file__).parents[2] / "examples" / "demo"
OWNERS = "plate,phone,language\n浙B12345,+8613800138000,zh-CN\n"


@pytest.fixture
def write(tmp_path):
    def _write(name, text):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return _write


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (PLAN, "plan"),
        ('camera = "north-gate"\n', "plan"),
        (POLICY, "policy"),
        ("[status]\nbase_port = 9000\n", "settings"),
        ("", "settings"),
        ("[broken", "settings"),
        ("a = " + "9" * 5000, "settings"),
    ],
)
def test_the_kind_of_a_file_is_told_from_what_it_holds(text, kind):
    assert kind_of(text) == kind


def test_good_files_have_no_fault(write):
    files = [write("plan.toml", PLAN), write("policy.toml", POLICY), write("owners.csv", OWNERS)]
    files.append(write("site.toml", '[edge]\n[[edge.camera]]\nname="a"\nsource="b.mp4"\nplan="plan.toml"\n'))
    assert check(files) == []


@pytest.mark.parametrize(
    ("text", "line", "key", "words"),
    [
        pytest.param(CROSSING, 6, "zone[0].polygon", "Self-intersection", id="a polygon that crosses itself"),
        pytest.param(
            PLAN.replace("fire_lane", "fire_lain"),
            5,
            "zone[0].kind",
            "did you mean 'fire_lane'?",
            id="a kind",
        ),
        pytest.param(
            PLAN.replace("dwell_s", "dwel_s"), 7, "zone[0].dwel_s", "did you mean 'dwell_s'?", id="a key"
        ),
        pytest.param(PLAN.replace("dwell_s = 5", "dwell_s = -5"), 7, "zone[0].dwell_s", "", id="a dwell"),
    ],
)
def test_a_wrong_plan_is_refused_at_its_line(write, text, line, key, words):
    (fault,) = check([write("plan.toml", text)])
    assert (fault.line, fault.key) == (line, key)
    assert words in str(fault)


def test_a_wrong_policy_is_refused(write):
    (fault,) = check([write("policy.toml", POLICY.replace("notify_owner", "notify_onwer"))])
    assert "did you mean 'notify_owner'?" in str(fault)


def test_settings_answer_for_every_file_they_name(write):
    write("plan.toml", CROSSING)
    site = write(
        "site.toml",
        '[notifier]\nowners="owners.csv"\n[edge]\nnetwork="yolo.onnx"\n'
        '[[edge.camera]]\nname="a"\nsource="b.mp4"\nplan="plan.toml"\n'
        '[[edge.camera]]\nname="c"\nsource="b.mp4"\nplan="none.toml"\n',
    )
    said = "\n".join(str(fault) for fault in check([site]))
    assert "plan.toml:6: zone[0].polygon" in said
    assert "none.toml: cannot be read" in said
    assert "yolo.onnx: edge.network: no such network file" in said
    assert "owners.csv" in said


def test_two_cameras_of_one_name_are_refused(write):
    write("plan.toml", PLAN)
    camera = '[[edge.camera]]\nname="a"\nsource="b.mp4"\nplan="plan.toml"\n'
    (fault,) = check([write("site.toml", camera + camera)])
    assert "name 'a' stands twice" in fault.problem


def test_a_plate_for_a_zone_that_is_not_there_gets_the_nearest(write):
    write("plan.toml", PLAN)
    camera = '[[edge.camera]]\nname="a"\nsource="b.mp4"\nplan="plan.toml"\nplates={fire-lane-l="浙B12345"}\n'
    (fault,) = check([write("site.toml", camera)])
    assert "did you mean 'fire-lane-1'?" in str(fault)


def test_all_faults_of_all_files_are_said_at_once(write):
    faults = check(
        [
            write("one.toml", CROSSING),
            write("two.toml", PLAN.replace("dwell_s", "dwel_s")),
            write("three.toml", "[log]\nlevel='loud'\n"),
            write("four.toml", PLAN),
        ]
    )
    assert {fault.source.rsplit("/", 1)[-1] for fault in faults} == {"one.toml", "two.toml", "three.toml"}


def run(*arguments):
    return CliRunner().invoke(app, ["check", *map(str, arguments)])


def test_the_command_says_so_and_exits_0(write):
    done = run(write("plan.toml", PLAN))
    assert (done.exit_code, done.output) == (0, "1 file(s) without a fault.\n")


def test_the_command_says_every_fault_on_a_line_and_exits_78(write):
    one, two = write("one.toml", CROSSING), write("two.toml", CROSSING)
    done = run(one, two)
    assert done.exit_code == 78
    assert [line.split(":")[0] for line in done.output.splitlines()] == [str(one), str(two)]


def test_for_machines_each_fault_is_an_object(write):
    path = write("one.toml", CROSSING)
    done = run("--json", path)
    fault = json.loads(done.output)
    assert (done.exit_code, fault["source"], fault["line"], fault["key"]) == (
        78,
        str(path),
        6,
        "zone[0].polygon",
    )
    assert fault["remedy"]


def test_for_machines_no_fault_is_no_line(write):
    assert run("--json", write("plan.toml", PLAN)).output == ""


def test_a_file_that_is_not_there_is_a_fault(tmp_path):
    done = run(tmp_path / "none.toml")
    assert done.exit_code == 78
    assert "none.toml: no such file" in done.output


def test_a_plan_whose_reference_picture_is_missing_is_a_fault(tmp_path):
    plan = tmp_path / "plan.toml"
    zone = 'id = "z"\nkind = "fire_lane"\npolygon = [[0, 0], [1, 0], [1, 1]]\n'
    plan.write_text(f'camera = "a"\nreference = "none.jpg"\n[[zone]]\n{zone}', encoding="utf-8")
    (fault,) = check([plan])
    assert (fault.key, "none.jpg" in fault.problem) == ("reference", True)


def drawn_while_they_stood(folder):
    """The demonstration's plan, drawn on a picture of its 70th second: a car in the lane, a stall."""
    with av.open(str(DEMO / "street.mp4")) as clip:
        clip.seek(70_000_000)
        cv2.imwrite(str(folder / "street.jpg"), next(clip.decode(video=0)).to_ndarray(format="bgr24"))
    plan = folder / "street.toml"
    plan.write_text((DEMO / "street.toml").read_text(encoding="utf-8"), encoding="utf-8")
    return plan


def test_a_reference_taken_while_something_stood_in_the_zones_gets_a_warning(tmp_path):
    done = run(drawn_while_they_stood(tmp_path))
    assert done.exit_code == 0
    assert "shows a car in zone 'fire-lane'" in done.output
    assert "shows a stall in zone 'pavement'" in done.output


def test_the_same_is_said_by_the_settings_that_name_the_plan(tmp_path):
    drawn_while_they_stood(tmp_path)
    settings = tmp_path / "site.toml"
    settings.write_text('[edge]\n[[edge.camera]]\nname="a"\nsource="b.mp4"\nplan="street.toml"\n')
    found = warnings([settings])
    assert any("street.toml: the reference picture shows a car" in warning for _, warning in found)


def test_a_reference_of_the_empty_street_gets_none():
    assert warnings([DEMO / "street.toml"]) == []


def test_a_grammar_that_does_not_exist_is_a_fault(tmp_path):
    settings = tmp_path / "settings.toml"
    settings.write_text('[edge]\nplates = "nc"\n', encoding="utf-8")
    assert any("no grammar 'nc'" in fault.problem for fault in check([settings]))


def test_every_fault_of_a_citys_own_messages_is_said_with_the_nearest_word(tmp_path):
    for name, text in (
        ("en/default/notice.j2", "{{ plat }} at {{ place }}"),
        ("en/fire-lane-bloked/notice.j2", "{{ plate }}"),
        ("zh-CN/default/reminder.j2", "{% if %}"),
    ):
        file = tmp_path / "messages" / name
        file.parent.mkdir(parents=True)
        file.write_text(text, encoding="utf-8")
    settings = tmp_path / "settings.toml"
    settings.write_text('[notifier]\ntemplates = "messages"\n', encoding="utf-8")
    said = "\n".join(str(fault) for fault in check([settings]))
    assert "default/notice.j2:1: 'plat' is undefined; did you mean 'plate'?" in said
    assert "no policy has the matter 'fire-lane-bloked'; did you mean 'fire-lane-blocked'?" in said
    assert "default/reminder.j2:1: cannot be read" in said


@pytest.mark.parametrize(("most", "faults"), [(3, 0), (2, 1)])
def test_messages_are_counted_with_the_link_they_will_carry(tmp_path, most, faults):
    settings = tmp_path / "settings.toml"
    settings.write_text(
        f'[notifier]\nsegments_most = {most}\n[public]\npublic_url = "https://way.example.org"\n',
        encoding="utf-8",
    )
    found = check([settings])
    assert bool(found) is bool(faults)
    assert all("takes 3 SMS" in fault.problem for fault in found)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('quiet_hours = "late"', "cannot be read as opening hours"),
        ("owner_daily = 0", "greater than or equal to 1"),
        ("owner_dayly = 3", "did you mean 'owner_daily'?"),
    ],
)
def test_limits_that_cannot_be_kept_are_faults(tmp_path, text, says):
    settings = tmp_path / "settings.toml"
    settings.write_text(f"[notifier.limits]\n{text}\n", encoding="utf-8")
    (fault,) = check([settings])
    assert says in str(fault)
