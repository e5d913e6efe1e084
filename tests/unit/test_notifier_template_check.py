"""A city's own messages: what is wrong with them is said before anybody is written to."""

import pytest

from cases.policy import builtin_policies
from notifier.template_check import folder_faults, text_faults

POLICIES = tuple(builtin_policies().values())


def put(folder, name, text="【某市】{{ plate }} {{ number }}"):
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


@pytest.mark.parametrize(
    "name",
    [
        "zh-CN/default/notice.j2",
        "fr/default/warning.j2",
        "en/fire-lane-blocked/reminder.j2",
        "en/fire-lane-blocked/tow-info.j2",
        ".git/config",
        "en/default/.notice.j2.swp",
    ],
)
def test_a_message_in_its_place_is_no_fault(tmp_path, name):
    put(tmp_path, name)
    assert folder_faults(tmp_path, POLICIES) == ()


@pytest.mark.parametrize(
    ("name", "problem", "remedy"),
    [
        ("notice.j2", "is no message", "name it {language}/{matter}/{step}.j2"),
        ("en/default/notice.txt", "is no message", "name it"),
        ("en/default/more/notice.j2", "is no message", "name it"),
        ("chinese!/default/notice.j2", "'chinese!' is no language", "such as zh-CN"),
        ("en/fire-lane-bloked/notice.j2", "no policy has the matter", "did you mean 'fire-lane-blocked'?"),
        ("en/fire-lane-blocked/remindr.j2", "no step 'remindr'", "did you mean 'reminder'?"),
        ("en/smoke-alarm/nonsense.j2", "no step 'nonsense'", "known: notice"),
    ],
)
def test_a_message_that_nobody_would_ever_get_is_a_fault(tmp_path, name, problem, remedy):
    put(tmp_path, name)
    (fault,) = folder_faults(tmp_path, POLICIES)
    assert problem in fault.problem
    assert remedy in fault.remedy
    assert name.split("/")[-1] in fault.source


@pytest.mark.parametrize(
    ("text", "line", "problem", "remedy"),
    [
        ("a\n{{ plat }}", 2, "'plat' is undefined", "did you mean 'plate'?"),
        ("{{ owner_phone }}", 1, "'owner_phone' is undefined", "words in use: place, plate"),
        ("{% if %}", 1, "cannot be read", "jinja"),
        ("{{ plate", 1, "cannot be read", "jinja"),
        ("  \n", 0, "is empty", "write 1 to 4000"),
        ("x" * 4001, 0, "has 4001 characters", "write 1 to 4000"),
        (b"\xff\xfe", 0, "is not UTF-8", "save it as UTF-8"),
    ],
)
def test_a_message_that_cannot_be_written_is_a_fault_at_its_line(tmp_path, text, line, problem, remedy):
    put(tmp_path, "zh-CN/default/notice.j2", text)
    (fault,) = folder_faults(tmp_path, POLICIES)
    assert fault.line == line
    assert problem in fault.problem
    assert remedy in fault.remedy


def test_all_faults_are_said_at_once(tmp_path):
    put(tmp_path, "en/default/notice.j2", "{{ plat }} {{ nummber }}")
    put(tmp_path, "en/default/nottice.j2")
    assert len(folder_faults(tmp_path, POLICIES)) == 3


def test_a_folder_that_is_none_is_a_fault(tmp_path):
    (fault,) = folder_faults(tmp_path / "nothing", POLICIES)
    assert (fault.key, fault.problem) == ("notifier.templates", "is no folder")


def test_a_word_that_a_template_makes_itself_is_none_that_is_missing():
    assert (
        text_faults({"n": "{% set greeting = 'hello' %}{{ greeting }} {{ plate }}{% if link %}x{% endif %}"})
        == ()
    )
