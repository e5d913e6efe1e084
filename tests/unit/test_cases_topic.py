"""The Kafka topic of case events, on librdkafka's broker: the Kafka protocol over a real socket."""

import asyncio
import contextlib
import json

import confluent_kafka
import pytest
from connect_parts import delivery_rows, eventually, happen, new_ledger, subscription
from log_servers import kafka
from pydantic import ValidationError

from cases.topic.relay import TopicRelay, name_of
from cases.topic.settings import TopicSettings


@pytest.fixture
def database(tmp_path):
    with new_ledger(tmp_path / "ledger.db") as database:
        yield database


@pytest.fixture(scope="module")
def broker():
    with kafka() as server:
        yield server.url.removeprefix("kafka://")


@contextlib.asynccontextmanager
async def producing(database, broker, topic):
    chosen = TopicSettings(brokers=(broker,), topic=topic, start="beginning", timeout_s=5)
    relay = TopicRelay(database, chosen, "/clearway/cases", poll_interval_s=0.01)
    stop = asyncio.Event()
    running = asyncio.create_task(relay.run(stop))
    try:
        yield relay
    finally:
        stop.set()
        await running
        relay.close()


def consumed(broker, topic, count):
    """The first messages of a topic, with their partition."""
    consumer = confluent_kafka.Consumer(
        {"bootstrap.servers": broker, "group.id": topic, "auto.offset.reset": "earliest", "log_level": 0}
    )
    consumer.subscribe([topic])
    found = []
    try:
        while len(found) < count:
            message = consumer.poll(20)
            assert message is not None, f"only {len(found)} of {count} came"
            if message.error() is None:
                found.append(message)
    finally:
        consumer.close()
    return found


async def test_every_event_is_on_the_topic_once_keyed_by_its_case_and_in_order(database, broker):
    happen(database, *((f"case-{number % 7}", number) for number in range(700)))
    async with producing(database, broker, "all") as relay:
        await eventually(lambda: relay.status()["position"] == 700, 30)
    messages = await asyncio.to_thread(consumed, broker, "all", 700)
    events = [json.loads(message.value()) for message in messages]
    assert len({event["id"] for event in events}) == 700
    for case in range(7):
        mine = [item for item in zip(messages, events, strict=True) if item[0].key() == b"case-%d" % case]
        assert [event["data"]["number"] for _, event in mine] == list(range(case, 700, 7))
        assert len({message.partition() for message, _ in mine}) == 1
        assert {event["subject"] for _, event in mine} == {f"case-{case}"}
    assert messages[0].headers() == [("content-type", b"application/cloudevents+json; charset=utf-8")]


async def test_a_restart_goes_on_where_it_was(database, broker):
    happen(database, ("case-1", 1))
    async with producing(database, broker, "restart") as relay:
        await eventually(lambda: relay.status()["position"] == 1, 30)
    happen(database, ("case-1", 2))
    async with producing(database, broker, "restart") as relay:
        await eventually(lambda: relay.status()["position"] == 2, 30)
    messages = await asyncio.to_thread(consumed, broker, "restart", 2)
    assert [json.loads(message.value())["data"]["number"] for message in messages] == [1, 2]


async def test_brokers_that_cannot_be_reached_cost_nothing(database):
    happen(database, ("case-1", 1))
    async with producing(database, "127.0.0.1:1", "nobody") as relay:
        await eventually(lambda: relay.status()["state"] == "failing", 30)
        assert "Kafka" in relay.status()["trouble"]
    assert subscription(database, "topic:nobody")["position"] == 0


async def test_an_event_that_no_topic_takes_is_dead_and_holds_up_nothing(database, broker):
    happen(database, ("case-1", 1), why="x" * 1_100_000)
    happen(database, ("case-1", 2))
    async with producing(database, broker, "large") as relay:
        await eventually(lambda: relay.status()["position"] == 2, 30)
    (message,) = await asyncio.to_thread(consumed, broker, "large", 1)
    assert json.loads(message.value())["data"]["number"] == 2
    (dead,) = delivery_rows(database)
    assert (dead["subscription"], dead["outbox_id"], dead["state"]) == ("topic:large", 1, "dead")


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        pytest.param({"brokers": ["kafka.example"]}, "brokers", id="a broker without a port"),
        pytest.param({"brokers": ["kafka://kafka.example:9092"]}, "brokers", id="a broker with a scheme"),
        pytest.param({"topic": "cases and more"}, "topic", id="a topic with spaces"),
        pytest.param({"topic": ".."}, "no name of a topic", id="a topic of dots"),
        pytest.param({"username": "box"}, "belong together", id="a user without a password"),
        pytest.param(
            {"username": "box", "password": "p", "mechanism": "PLAIN"}, "shows the", id="a bare password"
        ),
        pytest.param({"broker": []}, "broker", id="an unknown key"),
    ],
)
def test_settings_that_cannot_work_are_refused(fields, problem):
    with pytest.raises(ValidationError, match=problem):
        TopicSettings.model_validate(fields)


def test_the_topics_place_has_a_name_that_no_webhook_can_have():
    assert name_of(TopicSettings(topic="clearway.cases")) == "topic:clearway.cases"
