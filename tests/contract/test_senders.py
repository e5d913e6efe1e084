"""What every sender does, against real servers and a real file."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from notifier_parts import running_phone, twilio_sender
from parts_gateway import gateway_sender, gateway_sms, running_gateway

from notifier.numbers import Phone, parse_phone
from notifier.senders.file_sender import FileSender
from notifier.senders.seam import MemorySender, Sender

NOBODY_ELSES: frozenset[str] = frozenset()


def phone(text: str = "13800000001") -> Phone:
    return parse_phone(text, "CN")[0]


def just_now() -> datetime:
    return datetime.now(UTC) - timedelta(seconds=1)


@pytest.fixture(params=["memory", "twilio", "http", "file"])
def sender(request, tmp_path) -> Iterator[Sender]:
    match request.param:
        case "memory":
            yield MemorySender()
        case "twilio":
            with running_phone(tmp_path / "phone.db") as running, twilio_sender(running.sms()) as made:
                yield made
        case "http":
            with running_gateway() as gateway, gateway_sender(gateway_sms(gateway.url)) as made:
                yield made
        case _:
            made = FileSender(tmp_path / "messages.jsonl")
            yield made
            made.close()


def test_it_has_a_name_and_says_how_long_a_call_may_take(sender):
    assert 0 < len(sender.name) <= 20
    assert sender.longest_s > 0


def test_a_message_that_was_taken_has_a_name_and_is_found_by_it(sender):
    since = just_now()
    name = sender.send(phone(), "text", "n-1")
    assert name
    assert sender.find(phone(), "text", "n-1", since=since, known=NOBODY_ELSES) == name


def test_a_message_that_was_not_sent_is_not_found(sender):
    since = just_now()
    sender.send(phone(), "text", "n-1")
    assert sender.find(phone(), "another text", "n-2", since=since, known=NOBODY_ELSES) is None
    assert sender.find(phone("13800000002"), "text", "n-3", since=since, known=NOBODY_ELSES) is None


def test_an_equal_message_of_another_notice_is_not_taken_for_this_one(sender):
    since = just_now()
    first = sender.send(phone(), "text", "n-1")
    assert sender.find(phone(), "text", "n-2", since=since, known=frozenset({first})) is None
    second = sender.send(phone(), "text", "n-2")
    assert second != first
    assert sender.find(phone(), "text", "n-2", since=since, known=frozenset({first})) == second


def test_a_chinese_message_arrives_as_it_was_written(sender):
    text = '【Clearway】浙B12345车主您好：50% + “引号” & {secret} "," \\ \n🚗'
    since = just_now()
    name = sender.send(phone(), text, "n-1")
    assert sender.find(phone(), text, "n-1", since=since, known=NOBODY_ELSES) == name


def test_many_threads_may_send_at_once(sender):
    names: list[str] = []
    threads = [
        threading.Thread(target=lambda i=i: names.append(sender.send(phone(), f"text {i}", f"n-{i}")))
        for i in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(set(names)) == 16
