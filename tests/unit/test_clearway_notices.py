"""`clearway notices` on a real ledger: previews, the list, and why something did not go out."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from notifier_parts import THANKFUL, arrivals, new_ledger
from typer.testing import CliRunner

from cases.ledger import Ledger
from cases.notices.book import NoticeBook
from cases.notices.records import Intent
from cases.taking import Later, Never, Take
from clearway.notices_cli import app
from models.errors import ConfigurationError

NOW = datetime.now(UTC)
MASK = "+86 138****0001"


@pytest.fixture
def ledger(tmp_path):
    with new_ledger(tmp_path / "ledger.db") as database:
        yield database


@pytest.fixture
def run(tmp_path, ledger):
    settings = tmp_path / "settings.toml"
    settings.write_text(
        f'data_dir = "{tmp_path}"\n[ledger]\nurl = "{ledger.shown_url}"\n'
        '[public]\npublic_url = "https://way.example.org"\n',
        encoding="utf-8",
    )

    def call(*words):
        outcome = CliRunner().invoke(app, [*words, "--settings", str(settings)])
        if outcome.exception and not isinstance(outcome.exception, SystemExit):
            raise outcome.exception
        return outcome.stdout

    return call


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


def opened(database, book):
    applied = Ledger(database, {"thankful": THANKFUL}).apply(arrivals(1, "thankful"), NOW)
    (due,) = book.due(NOW + timedelta(seconds=1))
    return applied[0].case_id, due


def intent(due, recipient="token", mask=MASK):
    return Intent(
        case_id=due.case.id, step=due.step.id, recipient=recipient, mask=mask, language="en", body="move"
    )


def written(book, due, verdict, **changes):
    def judge(_item, addressee):
        return Take("it stands there") if addressee is None else verdict

    return book.intend(due, [intent(due, **changes)], NOW, lease_until=NOW, judge=judge)


def test_a_preview_shows_text_characters_encoding_and_segments(run):
    (told,) = lines(run("preview", "--step", "notice", "--language", "zh-CN", "--json"))
    assert told["text"].startswith("【Clearway】浙B12345车主您好")
    assert "https://way.example.org/c/" in told["text"]
    assert (told["encoding"], told["segments"], told["characters"]) == ("UCS-2", 3, len(told["text"]))
    assert "UCS-2, 3 SMS" in run("preview", "--step", "notice", "--language", "zh-CN")


def test_a_preview_shows_every_step_in_every_shipped_language(run):
    told = lines(run("preview", "--matter", "no-parking", "--json"))
    assert [(line["step"], line["language"]) for line in told] == [
        (step, language)
        for step in ("notice", "reminder", "warning", "tow-info", "thanks")
        for language in ("zh-CN", "en")
    ]


def test_a_plain_english_text_is_counted_in_the_small_alphabet(run):
    words = ("--plate", "B12345", "--place", "North Gate", "--language", "en", "--step", "thanks", "--json")
    (told,) = lines(run("preview", *words))
    assert (told["encoding"], told["segments"]) == ("GSM-7", 1)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--matter", "vehicle-misparkd"), "did you mean 'vehicle-misparked'"),
        (("--step", "remainder"), "did you mean 'reminder'"),
        (("--matter", "smoke", "--step", "notice"), "tells no owner"),
        (("--case", "CW-000099"), "no such case"),
    ],
)
def test_what_there_is_none_of_is_said_with_the_nearest(run, words, says):
    with pytest.raises(ConfigurationError, match=says):
        run("preview", *words)


def test_a_real_case_is_previewed_with_its_own_ladder(run, ledger):
    opened(ledger, NoticeBook(ledger))
    told = lines(run("preview", "--case", "CW-000001", "--language", "en", "--json"))
    assert [line["step"] for line in told] == ["notice", "thanks"]
    assert "浙B00001" in told[0]["text"]


def test_why_says_it_of_every_step_before_anything_happened(run, ledger):
    opened(ledger, NoticeBook(ledger))
    said = run("why", "1")
    assert said.startswith("CW-000001, discovered, policy 'thankful' version 1")
    assert "notice: waits until" in said
    assert "its time has not come" in said
    assert "thanks: not due: it begins when the vehicle is seen to leave" in said


@pytest.mark.parametrize(
    ("verdict", "state", "answer"),
    [
        (Take("it stands there"), "in doubt", "nobody knows yet whether the provider has it"),
        (Later(NOW + timedelta(hours=9), "quiet hours"), "waits", "because quiet hours"),
        (Never("they want no messages (STOP)"), "not sent", "not sent because they want no messages (STOP)"),
    ],
)
def test_why_tells_the_ledgers_reasons(run, ledger, verdict, state, answer):
    book = NoticeBook(ledger)
    _, due = opened(ledger, book)
    written(book, due, verdict)
    told = next(line for line in lines(run("why", "CW-000001", "--json")) if line["step"] == "notice")
    assert (told["state"], told["mask"]) == (state, MASK)
    assert answer in told["answer"]


def test_what_was_sent_is_told_with_its_time_and_its_reason(run, ledger):
    book = NoticeBook(ledger)
    _, due = opened(ledger, book)
    (notice,) = written(book, due, Take("it stands there, confirmed 3 s ago")).now
    book.accepted(notice, "SM1", NOW, why=notice.why)
    said = run("why", "CW-000001")
    assert (
        f"notice to {MASK}: sent {NOW:%Y-%m-%d %H:%M:%S} UTC because it stands there, confirmed 3 s ago"
        in said
    )
    (listed,) = lines(run("list", "--json"))
    assert (listed["case"], listed["state"], listed["mask"]) == ("CW-000001", "accepted", MASK)
    assert "move" not in json.dumps(listed)


def test_a_step_put_off_says_until_when_and_why(run, ledger):
    book = NoticeBook(ledger)
    _, due = opened(ledger, book)
    book.put_off(due, NOW + timedelta(minutes=5), "out of sight: it may have left")
    said = run("why", "CW-000001")
    assert f"waits until {NOW + timedelta(minutes=5):%Y-%m-%d %H:%M:%S} UTC because out of sight" in said


def test_a_step_that_ended_without_a_notice_says_why(run, ledger):
    book = NoticeBook(ledger)
    _, due = opened(ledger, book)
    book.settle(due, "no owner known for this plate", NOW)
    assert "notice: not sent because no owner known for this plate" in run("why", "CW-000001")


def test_the_list_can_be_narrowed_and_says_which_states_there_are(run, ledger):
    book = NoticeBook(ledger)
    _, due = opened(ledger, book)
    written(book, due, Never("too many today"))
    assert len(lines(run("list", "--state", "withheld", "--case", "CW-000001", "--json"))) == 1
    assert lines(run("list", "--state", "accepted", "--json")) == []
    assert "too many today" in run("list").replace("\n", " ") or "too many" in run("list")
    with pytest.raises(ConfigurationError, match="known: intended, accepted"):
        run("list", "--state", "sent")
