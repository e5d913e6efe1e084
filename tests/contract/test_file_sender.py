"""Messages into a file: whole lines, once each, without a number."""

import json
import resource
from datetime import UTC, datetime

import pytest

from models.errors import ConfigurationError, DeliveryDelayed
from notifier.numbers import parse_phone
from notifier.senders.file_sender import FileSender

PHONE = parse_phone("13800000001", "CN")[0]
NOBODY_ELSES: frozenset[str] = frozenset()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "below" / "messages.jsonl"


@pytest.fixture
def sender(path):
    made = FileSender(path)
    yield made
    made.close()


def lines(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def find(sender, reference):
    return sender.find(PHONE, "text", reference, since=datetime.now(UTC), known=NOBODY_ELSES)


def test_the_file_holds_the_text_and_the_mask_and_no_number(path, sender):
    sender.send(PHONE, "移车", "n-1")
    (line,) = lines(path)
    assert (line["to"], line["text"], line["reference"]) == ("+86 138****0001", "移车", "n-1")
    assert "13800000001" not in path.read_text("utf-8")


def test_a_second_attempt_at_the_same_notice_writes_nothing(path, sender):
    assert sender.send(PHONE, "text", "n-1") == sender.send(PHONE, "text", "n-1")
    assert len(lines(path)) == 1


def test_what_was_sent_before_a_restart_is_known_after_it(path, sender):
    name = sender.send(PHONE, "text", "n-1")
    after = FileSender(path)
    assert find(after, "n-1") == name
    assert after.send(PHONE, "text", "n-1") == name
    after.close()


def test_two_processes_may_share_a_file(path, sender):
    other = FileSender(path)
    name = other.send(PHONE, "text", "n-1")
    assert find(sender, "n-1") == name
    assert sender.send(PHONE, "text", "n-1") == name
    assert len(lines(path)) == 1
    other.close()


def test_half_a_line_of_somebody_who_was_killed_was_never_a_message(path, sender):
    sender.send(PHONE, "text", "n-1")
    whole = path.read_bytes()
    path.write_bytes(whole + whole[: len(whole) // 2].replace(b"n-1", b"n-2"))
    after = FileSender(path)
    assert find(after, "n-2") is None
    after.send(PHONE, "text", "n-2")
    after.close()
    assert [line["reference"] for line in lines(path)] == ["n-1", "n-2"]


def test_a_message_is_said_on_the_terminal_if_wished(path, capsys):
    sender = FileSender(path, echo=True)
    sender.send(PHONE, "text", "n-1")
    sender.send(PHONE, "text", "n-1")
    sender.close()
    assert capsys.readouterr().out == "to +86 138****0001: text\n"


def test_a_message_for_which_there_is_no_room_waits(path, sender):
    sender.send(PHONE, "text", "n-1")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    # The system's own bound for this file: beyond it, a write fails like on a full disk, after a part.
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 10, before[1]))
    try:
        with pytest.raises(DeliveryDelayed, match="cannot be written"):
            sender.send(PHONE, "text", "n-2")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert find(sender, "n-2") is None
    sender.send(PHONE, "text", "n-2")
    assert [line["reference"] for line in lines(path)] == ["n-1", "n-2"]


@pytest.mark.parametrize("content", [b"plate,phone\n", b'{"reference": "n-1"}\n', b"\xff\xfe\n", b"[]\n"])
def test_a_file_that_holds_something_else_is_refused_and_left_alone(tmp_path, content):
    path = tmp_path / "owners.csv"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match="holds no messages"):
        FileSender(path)
    assert path.read_bytes() == content


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(ConfigurationError, match="cannot be written"):
        FileSender(tmp_path)
