"""What answers mean, by the rules alone; signatures; and what settings are refused."""

import contextlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from connect_parts import ENVIRONMENT, SECRET, SECRET_NAME, webhook
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cases.case_event import TYPES, CaseEvent
from cases.webhooks.rules import (
    LONGEST_WAIT_S,
    Answer,
    Health,
    Patience,
    Verdict,
    fate,
    given_up,
    health_after,
    judge,
)
from cases.webhooks.settings import DeliverySettings, WebhookSettings
from cases.webhooks.signature import sign, verify
from models.errors import ConfigurationError

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
RULE = Patience()
BODY = '{"data":"消防车道"}'.encode()
statuses = st.none() | st.integers(100, 999)
answers = st.builds(Answer, status=statuses, retry_after_s=st.none() | st.floats(0, 1e9))


def tried(answer, *, attempts=1, first=NOW, at=NOW, chance=0.5):
    return fate(answer, attempts, first, rule=RULE, at=at, chance=chance)


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (200, Verdict.TAKEN), (201, Verdict.TAKEN), (202, Verdict.TAKEN), (204, Verdict.TAKEN),
        (None, Verdict.LATER), (408, Verdict.LATER), (425, Verdict.LATER), (429, Verdict.LATER),
        (500, Verdict.LATER), (503, Verdict.LATER), (599, Verdict.LATER),
        (301, Verdict.NEVER), (302, Verdict.NEVER), (308, Verdict.NEVER), (400, Verdict.NEVER),
        (401, Verdict.NEVER), (404, Verdict.NEVER), (410, Verdict.NEVER), (415, Verdict.NEVER),
    ],
)  # fmt: skip
def test_only_a_2xx_is_taken_and_only_what_may_pass_is_tried_again(status, verdict):
    assert judge(Answer(status=status)) is verdict


def test_an_event_is_tried_for_48_hours_and_then_dead():
    late = NOW + timedelta(hours=48)
    assert tried(Answer(status=500), at=late - timedelta(seconds=1)).verdict is Verdict.LATER
    dead = tried(Answer(status=500, why="oh"), at=late)
    assert (dead.verdict, dead.why) == (Verdict.NEVER, "given up after 48 h: 500: oh")


def test_waits_grow_and_are_bounded_and_never_in_step():
    waits = [
        (tried(Answer(status=500), attempts=attempts, chance=0.0).next_try_at - NOW).total_seconds()
        for attempts in (1, 2, 3, 20)
    ]
    assert waits == [1.0, 2.0, 4.0, 600.0]
    assert tried(Answer(status=500), attempts=20, chance=1.0).next_try_at - NOW == timedelta(seconds=300)


@given(answers, st.integers(1, 500), st.floats(0, 60 * 3600), st.floats(0, 1))
def test_whatever_the_answer_an_event_is_done_or_due_within_the_hour(answer, attempts, since_s, chance):
    found = tried(answer, attempts=attempts, at=NOW + timedelta(seconds=since_s), chance=chance)
    assert (found.next_try_at is None) == (found.verdict is not Verdict.LATER)
    if found.next_try_at is not None:
        wait_s = (found.next_try_at - NOW).total_seconds() - since_s
        assert 0 < wait_s <= LONGEST_WAIT_S + 1e-3
        assert wait_s >= min(answer.retry_after_s or 0, LONGEST_WAIT_S) - 1e-3


@given(st.lists(st.tuples(answers, st.floats(0, 3600)), max_size=40))
def test_a_receiver_is_paused_by_failures_in_a_row_and_works_again_with_the_first_good_answer(history):
    health, at, in_a_row = Health(), NOW, 0
    for answer, wait_s in history:
        at += timedelta(seconds=wait_s)
        health = health_after(health, answer, RULE, at, 0.5)
        in_a_row = 0 if judge(answer) is Verdict.TAKEN else in_a_row + 1
        assert health.failures == in_a_row
        assert (health.failing_since is None) == (in_a_row == 0)
        if in_a_row == 0:
            assert not health.paused
        if in_a_row >= RULE.pause_after:
            assert health.paused
            assert health.held_until > at


def test_a_receiver_that_says_it_is_gone_is_paused_at_once():
    assert health_after(Health(), Answer(status=410), RULE, NOW, 0.5).paused


def test_what_waited_while_a_receiver_failed_for_48_hours_is_given_up():
    failing = Health(failures=9, failing_since=NOW)
    assert given_up(failing, RULE, NOW + timedelta(hours=47)) is None
    assert given_up(failing, RULE, NOW + timedelta(hours=49)) == NOW + timedelta(hours=1)
    assert given_up(Health(), RULE, NOW) is None


def test_the_signature_is_what_the_documentation_says():
    header = sign(["one secret of ours", "and the one before"], BODY, 1795334400)
    signatures = [
        hmac.new(secret, b"1795334400." + BODY, "sha256").hexdigest()
        for secret in (b"one secret of ours", b"and the one before")
    ]
    assert header == f"t=1795334400,v1={signatures[0]},v1={signatures[1]}"


@pytest.mark.parametrize("known", [["new"], ["old"], ["other", "old"]])
def test_while_secrets_change_a_receiver_may_know_either(known):
    assert verify(known, sign(["new", "old"], BODY, 1000), BODY, 1000)


@pytest.mark.parametrize(
    ("header", "body", "now"),
    [
        pytest.param(sign(["secret"], BODY, 1000), BODY + b" ", 1000, id="another body"),
        pytest.param(sign(["secret"], BODY, 1000), BODY, 1301, id="an old one"),
        pytest.param(sign(["secret"], BODY, 1000), BODY, 699, id="one from the future"),
        pytest.param(sign(["secret"], BODY, 1000), BODY, float("nan"), id="a clock that is none"),
        pytest.param(sign(["secret"], BODY, 1000).replace("t=1000", "t=1001"), BODY, 1000, id="another time"),
        pytest.param(sign(["wrong"], BODY, 1000), BODY, 1000, id="another secret"),
        pytest.param(sign(["secret"], BODY, 1000).split(",")[1], BODY, 1000, id="no time"),
        pytest.param("t=1000", BODY, 1000, id="no signature"),
        pytest.param("", BODY, 1000, id="nothing"),
        pytest.param("t=" + "9" * 5000 + ",v1=aa", BODY, 1000, id="a time without end"),
        pytest.param("t=１０００,v1=ü\ud800", BODY, 1000, id="no ASCII"),
    ],
)
def test_what_was_not_signed_by_us_just_now_is_refused(header, body, now):
    assert not verify(["secret"], header, body, now)


@given(st.text(max_size=200), st.binary(max_size=50))
def test_no_header_makes_a_receiver_stumble(header, body):
    assert not verify(["secret"], header, body, 1000)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        pytest.param({"url": "receiver.example/hook"}, "no URL of the web", id="no scheme"),
        pytest.param({"url": "ftp://receiver.example"}, "no URL of the web", id="another scheme"),
        pytest.param({"url": "file:///etc/passwd"}, "no URL of the web", id="a file"),
        pytest.param({"url": "https://"}, "no URL of the web", id="no host"),
        pytest.param({"url": "https://[::1"}, "no URL", id="a broken address"),
        pytest.param({"url": "https://host:99999/"}, "no URL", id="a port that is none"),
        pytest.param({"url": "https://host:0/"}, "port 0", id="port zero"),
        pytest.param({"url": "https://u:p@receiver.example"}, "user or password", id="a password in it"),
        pytest.param({"url": "https://receiver.example/#x"}, "fragment", id="a fragment"),
        pytest.param({"url": "https://a\nb.example/"}, "no URL", id="a line feed"),
        pytest.param({"url": "", "plain_http": False}, "no URL of the web", id="nothing"),
        pytest.param({"plain_http": False}, "has no TLS", id="no TLS"),
        pytest.param({"secrets": []}, "secrets", id="no secret"),
        pytest.param({"secrets": ["PATH"]}, "secrets", id="a variable that is not ours"),
        pytest.param({"secrets": ["s3cret-itself"]}, "secrets", id="the secret itself"),
        pytest.param(
            {"events": ["openend"]}, "no event 'openend'; there are .*opened", id="an unknown event"
        ),
        pytest.param({"events": ["clearway.stay.began.v1"]}, "no event", id="an event of another kind"),
        pytest.param({"name": "Dispatch Centre"}, "name", id="a name with spaces"),
        pytest.param({"name": "topic:clearway.cases"}, "name", id="a topic's name"),
        pytest.param({"at_once": 0}, "at_once", id="nothing at once"),
        pytest.param({"units": [""]}, "units", id="an empty unit"),
        pytest.param({"urls": "x"}, "urls", id="an unknown key"),
    ],
)
def test_a_webhook_that_cannot_work_is_refused_with_its_field(changes, problem):
    with pytest.raises(ValidationError, match=problem):
        WebhookSettings.model_validate(webhook("http://receiver.example/hook") | changes)


@given(st.text(max_size=60))
def test_any_text_for_a_url_is_taken_or_refused(text):
    with contextlib.suppress(ValidationError):
        assert WebhookSettings.model_validate(webhook(text)).url == text


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        pytest.param(
            {"webhook": [webhook("https://a.example"), webhook("https://b.example")]},
            "two webhooks are called 'dispatch'",
            id="two of one name",
        ),
        pytest.param(
            {"webhook": [webhook("https://169.254.169.254/latest")]}, "no public address", id="metadata"
        ),
        pytest.param({"webhook": [webhook("https://[::1]/")]}, "no public address", id="this machine"),
        pytest.param(
            {"webhook": [webhook("https://a.example", handshake=True)]},
            "in whose name: origin",
            id="no origin",
        ),
        pytest.param({"allow_networks": ["10.0.0.1/8"]}, "allow_networks", id="a network with host bits"),
        pytest.param({"allow_networks": ["intranet"]}, "allow_networks", id="a network that is none"),
        pytest.param({"timeout_s": 0}, "timeout_s", id="no time"),
        pytest.param({"retry_for_s": -1}, "retry_for_s", id="patience below zero"),
    ],
)
def test_settings_of_webhooks_that_cannot_work_are_refused(fields, problem):
    with pytest.raises(ValidationError, match=problem):
        DeliverySettings.model_validate(fields)


@pytest.mark.parametrize("name", ["opened", "clearway.case.opened.v1"])
def test_an_event_may_be_named_short_or_in_full(name):
    chosen = WebhookSettings.model_validate(webhook("https://a.example", events=[name]))
    assert chosen.events == ("clearway.case.opened.v1",)
    assert "clearway.case.opened.v1" in TYPES


@pytest.mark.parametrize(
    ("environment", "problem"),
    [({}, "is not set"), ({SECRET_NAME: ""}, "is not set"), ({SECRET_NAME: "short"}, "has 5 characters")],
)
def test_a_secret_that_is_missing_or_weak_is_named_but_never_shown(environment, problem):
    chosen = WebhookSettings.model_validate(webhook("https://a.example"))
    with pytest.raises(ConfigurationError, match=f"{SECRET_NAME}: {problem}") as caught:
        chosen.found_secrets(environment)
    assert "short" not in str(caught.value).replace("shorter", "")
    assert chosen.found_secrets(ENVIRONMENT) == (SECRET,)


def event(**changes):
    fields = {
        "row": 7, "case_id": "case-1", "type": "clearway.case.opened.v1", "at": NOW, "body": {"a": 1},
        "matter": "smoke", "unit": "fire-brigade", "area": "g1", "area_path": "/city/north/g1",
    }  # fmt: skip
    return CaseEvent(**(fields | changes))


def test_an_event_has_one_id_and_one_form_however_often_it_is_made():
    assert event().encoded("/a") == event().encoded("/a")
    assert event().id == event().id
    assert len({event().id, event(row=8).id, event(case_id="case-2").id, event(type="x").id}) == 4


@pytest.mark.parametrize(
    ("area", "wanted"),
    [
        ("/city", True),
        ("/city/north/", True),
        ("/city/nor", False),
        ("north", True),
        ("g1", True),
        ("g", False),
    ],
)
def test_an_area_means_everything_below_it(area, wanted):
    assert WebhookSettings.model_validate(webhook("https://a.example", areas=[area])).wants(event()) == wanted
