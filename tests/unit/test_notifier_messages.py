from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.policy import Does, Step, When, builtin_policies
from models.errors import ConfigurationError
from notifier.messages import Messages, example_case, local_time, shortened
from notifier.segments import size

NOTICE = Step(id="notice", does=Does.NOTIFY_OWNER)
THANKS = Step(id="thanks", does=Does.NOTIFY_OWNER, when=When.LEFT)
MESSAGES = Messages("Asia/Shanghai")
CASE = example_case("fire-lane-blocked")


def test_a_chinese_notice_says_who_where_when_what_to_do_and_the_case():
    message = MESSAGES.render(CASE, NOTICE, "zh-CN")
    assert message.body == (
        "【Clearway】浙B12345车主您好：11月21日20:01(UTC+8)，您的车占用了宁波市江北区清河路88号北门消防通道，"
        "可能延误救援。请立即驶离；如已离开，请忽略。案件号CW-000042，谢谢配合。"
    )
    assert message.segments == 2


def test_an_english_notice_says_the_same():
    case = replace(CASE, place="North Gate, 88 Qinghe Rd")
    message = MESSAGES.render(case, NOTICE, "en")
    assert message.body == (
        "[Clearway] 浙B12345 blocks a fire lane: North Gate, 88 Qinghe Rd, 21 Nov 20:01 (UTC+8). "
        "Please move it now. Case CW-000042."
    )
    assert message.segments == 2


LINK = "https://way.example.org/c/" + "0" * 37
TOWED = Step(id="tow-info", does=Does.NOTIFY_OWNER, when=When.TOWED)


def test_every_shipped_message_fits_into_two_sms_and_with_a_link_into_three():
    assert MESSAGES.check(builtin_policies().values(), ["zh-CN", "en"], 2) == ()
    assert MESSAGES.check(builtin_policies().values(), ["zh-CN", "en"], 3, link=LINK) == ()


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_scene_that_tows_tells_where_to_ask_for_the_vehicle(language):
    towing = [policy for policy in builtin_policies().values() if policy.steps(When.TOWED)]
    assert {policy.name for policy in towing} == {
        policy.name
        for policy in builtin_policies().values()
        if any(step.does is Does.TOW_REQUEST for step in policy.step)
    }
    for policy in towing:
        message = MESSAGES.render(example_case(policy.matter), TOWED, language)
        assert message.template == f"{language}/{policy.matter}/tow-info.j2"
        assert "CW-000042" in message.body
        assert "请立即驶离" not in message.body
        assert "move it now" not in message.body.lower()


def test_the_hotline_stands_in_messages_about_a_tow_where_there_is_one():
    assert (
        "请凭案件号CW-000042致电12345查询"
        in Messages("Asia/Shanghai", hotline="12345").render(CASE, TOWED, "zh-CN").body
    )
    assert "向主管部门查询" in MESSAGES.render(CASE, TOWED, "zh-CN").body


def test_a_notice_carries_its_link_where_there_is_a_page():
    assert MESSAGES.render(CASE, NOTICE, "zh-CN", link=LINK).body.endswith(f"查看或申诉：{LINK}")
    assert "申诉" not in MESSAGES.render(CASE, NOTICE, "zh-CN").body


def test_thanks_need_no_link():
    assert LINK not in MESSAGES.render(CASE, THANKS, "zh-CN", link=LINK).body


def test_a_message_too_long_loses_of_its_place_first_and_then_its_link():
    case, long = replace(CASE, place="路" * 60), LINK.replace("way", "a-city-with-a-long-name")
    assert MESSAGES.rendered(case, NOTICE, "zh-CN", link=long).body.count("路") == 39
    fitted = MESSAGES.render(case, NOTICE, "zh-CN", link=long)
    assert fitted.segments <= 3
    assert 11 <= fitted.body.count("路") < 39
    assert long in fitted.body
    short = Messages("Asia/Shanghai", segments_most=2).render(case, NOTICE, "zh-CN", link=long)
    assert short.segments == 2
    assert long not in short.body


ROOMY = {most: Messages("Asia/Shanghai", segments_most=most) for most in (1, 2, 3, 4)}
"""Each reads its templates once, as the notifier does, not once for every place below."""


@given(st.text(max_size=80), st.integers(1, 4), st.booleans())
def test_whatever_the_place_a_message_names_the_case_and_keeps_to_its_room(place, most, linked):
    message = ROOMY[most].render(replace(CASE, place=place), THANKS, "en", link=LINK if linked else "")
    assert "CW-000042" in message.body
    assert message.segments <= max(most, 2)
    assert message.segments == size(message.body).segments


@pytest.mark.parametrize(("language", "step"), [*product(["zh-CN", "en"], ["notice", "reminder", "thanks"])])
def test_every_shipped_message_names_the_city_system_first_and_the_case(language, step):
    for matter in ("fire-lane-blocked", "vehicle-misparked"):
        when = When.LEFT if step == "thanks" else When.STANDING
        body = MESSAGES.render(
            example_case(matter), Step(id=step, does=Does.NOTIFY_OWNER, when=when), language
        ).body
        assert body.startswith(("【Clearway】", "[Clearway]"))
        assert "CW-000042" in body
        assert "浙B12345" in body


@pytest.mark.parametrize(
    ("language", "read"),
    [
        ("zh-CN", "zh-CN"),
        ("zh-cn", "zh-CN"),
        ("zh", "zh-CN"),
        ("zh-TW", "zh-CN"),
        ("en-GB", "en"),
        ("fr", "en"),
    ],
)
def test_who_reads_an_unwritten_language_gets_a_relative_or_english(language, read):
    assert MESSAGES.render(CASE, NOTICE, language).language == read


def test_a_step_without_a_text_of_its_own_says_what_a_notice_says():
    second = Step(id="second", does=Does.NOTIFY_OWNER)
    gone = Step(id="goodbye", does=Does.NOTIFY_OWNER, when=When.LEFT)
    case = example_case("vehicle-misparked")
    assert MESSAGES.render(case, second, "en").body == MESSAGES.render(case, NOTICE, "en").body
    assert MESSAGES.render(case, gone, "en").body == MESSAGES.render(case, THANKS, "en").body


def test_a_case_without_an_address_names_its_zone():
    assert "fire-lane-1" in MESSAGES.render(replace(CASE, place=" "), NOTICE, "en").body


def test_markup_in_a_place_reaches_the_telephone_as_it_is():
    assert "<Gate & Co>" in MESSAGES.render(replace(CASE, place="<Gate & Co>"), NOTICE, "en").body


def test_a_place_is_one_line_and_never_longer_than_a_message_can_bear():
    assert shortened("North\n  Gate") == "North Gate"
    assert shortened("路" * 41) == "路" * 39 + "…"


def test_a_city_replaces_a_message_by_its_own(tmp_path):
    own = tmp_path / "zh-CN" / "default" / "notice.j2"
    own.parent.mkdir(parents=True)
    own.write_text("【某市城管】{{ plate }} {{ number }}", encoding="utf-8")
    messages = Messages("Asia/Shanghai", tmp_path)
    other = example_case("a-matter-of-their-own")
    assert messages.render(other, NOTICE, "zh-CN").body == "【某市城管】浙B12345 CW-000042"
    assert "消防通道" in messages.render(CASE, NOTICE, "zh-CN").body


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{{ owner_phone }}", "'owner_phone' is undefined"),
        ("{% if %}", "cannot be rendered"),
        ("{{ plate }}" * 20, "takes 3 SMS"),
    ],
)
def test_a_faulty_template_is_found_before_anybody_is_written_to(tmp_path, text, problem):
    own = tmp_path / "zh-CN" / "fire-lane-blocked" / "notice.j2"
    own.parent.mkdir(parents=True)
    own.write_text(text, encoding="utf-8")
    faults = Messages("Asia/Shanghai", tmp_path).check([builtin_policies()["fire-lane"]], ["zh-CN"], 2)
    assert len(faults) == 1
    assert problem in str(faults[0])


def test_an_unknown_word_in_a_template_stops_the_message(tmp_path):
    own = tmp_path / "en" / "default" / "notice.j2"
    own.parent.mkdir(parents=True)
    own.write_text("{{ nonsense }}", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="words in use: place, plate"):
        Messages("UTC", tmp_path).render(example_case("a-matter-of-their-own"), NOTICE, "en")


def test_a_matter_without_a_scene_has_the_texts_for_any_matter():
    assert "no-parking zone" in MESSAGES.render(example_case("a-matter-of-their-own"), NOTICE, "en").body


def test_a_city_folder_wins_over_the_scene_and_the_scene_over_the_rest(tmp_path):
    own = tmp_path / "en" / "fire-lane-blocked" / "notice.j2"
    own.parent.mkdir(parents=True)
    own.write_text("ours", encoding="utf-8")
    of_scene = {"en/fire-lane-blocked/notice.j2": "scene", "en/fire-lane-blocked/thanks.j2": "scene thanks"}
    messages = Messages("UTC", tmp_path, of_scene)
    assert messages.render(CASE, NOTICE, "en").body == "ours"
    assert messages.render(CASE, THANKS, "en").body == "scene thanks"
    assert Messages("UTC", None, of_scene).render(CASE, NOTICE, "en").body == "scene"
    assert "no-parking zone" in Messages("UTC", None, {}).render(CASE, NOTICE, "en").body


def test_only_what_is_told_to_owners_needs_a_text():
    policy = builtin_policies()["fire-lane"]
    asked = Step(id="inform", does=Does.INFORM_DEPARTMENT)
    silent = policy.model_copy(update={"step": (asked,)})
    assert Messages("UTC", None, {}).check([silent], ["zh-CN", "en"], 1) == ()


@pytest.mark.parametrize(
    ("offset", "shown"),
    [
        (timedelta(hours=8), "21 Nov 12:01 (UTC+8)"),
        (timedelta(hours=5, minutes=30), "21 Nov 12:01 (UTC+5:30)"),
        (timedelta(hours=-3, minutes=-30), "21 Nov 12:01 (UTC-3:30)"),
        (timedelta(), "21 Nov 12:01 (UTC+0)"),
    ],
)
def test_a_time_is_told_with_its_offset(offset, shown):
    at = datetime(2026, 11, 21, 12, 1, tzinfo=timezone(offset))
    assert local_time(at, "en") == shown
    assert at.astimezone(UTC).tzinfo is UTC
