"""One behaviour, whatever carries the stream: the embedded log or a server of the Kafka protocol."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import faust
import pytest
from log_servers import Server, embedded, fresh_name, kafka

from models.errors import ConfigurationError, LogInUse

DEADLINE_S = 25.0


@pytest.fixture(params=["embedded", "kafka"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    with embedded(tmp_path) if request.param == "embedded" else kafka() as running:
        yield running


@pytest.fixture
def name() -> str:
    return fresh_name()


def raw_topic(app: faust.App, topic: str = "observations") -> Any:
    return app.topic(topic, key_type=bytes, value_type=bytes, value_serializer="raw", internal=True)


@asynccontextmanager
async def running(app: faust.App) -> AsyncIterator[faust.App]:
    await app.start()
    try:
        yield app
    finally:
        await app.stop()


def collecting(app: faust.App, topic: Any) -> "asyncio.Queue[Any]":
    """Whatever arrives on a topic, in order."""
    arrived: asyncio.Queue[Any] = asyncio.Queue()

    @app.agent(topic)
    async def collect(stream: Any) -> None:
        async for event in stream.events():
            arrived.put_nowait(event)

    return arrived


async def take(arrived: "asyncio.Queue[Any]", count: int) -> list[Any]:
    async with asyncio.timeout(DEADLINE_S):
        return [await arrived.get() for _ in range(count)]


async def send(topic: Any, value: bytes, key: bytes = b"zone", **more: Any) -> Any:
    return await (await topic.send(key=key, value=value, **more))


async def settled(app: faust.App, topic: str, count: int) -> None:
    """Wait until the group has committed so many events of a topic."""
    async with asyncio.timeout(DEADLINE_S):
        while True:
            offsets = app.consumer._committed_offset
            done = sum(at or 0 for tp, at in offsets.items() if tp.topic == topic)
            if done >= count:
                return
            await asyncio.sleep(0.01)


async def test_what_is_sent_arrives_in_order_for_each_key(server, name):
    app = server.app(name)
    topic = raw_topic(app)
    arrived = collecting(app, topic)
    async with running(app):
        for number in range(60):
            await send(topic, b"%d" % number, key=b"zone-%d" % (number % 3))
        events = await take(arrived, 60)
    for zone in range(3):
        numbers = [int(event.value) for event in events if event.key == b"zone-%d" % zone]
        assert numbers == list(range(zone, 60, 3))


async def test_a_key_lands_on_the_partition_that_kafka_would_choose(server, name):
    app = server.app(name)
    topic = raw_topic(app)
    collecting(app, topic)
    async with running(app):
        landed = [(await send(topic, b"x", key=b"camera-%d/zone" % number)).partition for number in range(8)]
    assert landed == [0, 2, 3, 1, 3, 0, 3, 1]


async def test_headers_key_value_and_time_survive(server, name):
    app = server.app(name)
    topic = raw_topic(app)
    arrived = collecting(app, topic)
    async with running(app):
        await send(topic, b"\x00\xff", timestamp=1_700_000_000.125, headers={"trace": b"\x01\x02"})
        (event,) = await take(arrived, 1)
    assert (event.key, event.value) == (b"zone", b"\x00\xff")
    assert event.headers == {"trace": b"\x01\x02"}
    assert event.message.timestamp == 1_700_000_000.125


async def test_a_restart_continues_at_the_commit(server, name):
    first = server.app(name)
    topic = raw_topic(first)
    arrived = collecting(first, topic)
    async with running(first):
        for number in range(10):
            await send(topic, b"%d" % number)
        await take(arrived, 10)
        await settled(first, "observations", 10)
    second = server.app(name)
    topic = raw_topic(second)
    arrived = collecting(second, topic)
    async with running(second):
        await send(topic, b"afterwards")
        assert [event.value for event in await take(arrived, 1)] == [b"afterwards"]


async def test_an_event_nobody_acknowledged_comes_again_after_a_restart(server, name):
    first = server.app(name)
    topic = raw_topic(first)
    seen: asyncio.Queue[bytes] = asyncio.Queue()

    @first.agent(topic)
    async def read_without_acknowledging(stream: Any) -> None:
        async for event in stream.noack().events():
            seen.put_nowait(event.value)

    async with running(first):
        await send(topic, b"unfinished")
        assert await take(seen, 1) == [b"unfinished"]
    second = server.app(name)
    arrived = collecting(second, raw_topic(second))
    async with running(second):
        assert [event.value for event in await take(arrived, 1)] == [b"unfinished"]


async def test_a_table_is_what_it_was_after_a_restart(server, name):
    async def count(app: faust.App, values: int) -> dict[str, int]:
        topic = raw_topic(app)
        table = app.Table("stays", default=int)
        done: asyncio.Queue[bytes] = asyncio.Queue()

        @app.agent(topic)
        async def tally(stream: Any) -> None:
            async for event in stream.events():
                table[event.key.decode()] += 1
                done.put_nowait(event.value)

        async with running(app):
            for number in range(values):
                await send(topic, b"x", key=b"zone-%d" % (number % 5))
            await take(done, values)
            await settled(app, "observations", 20)
        return dict(table)

    assert await count(server.app(name), 20) == {f"zone-{zone}": 4 for zone in range(5)}
    assert await count(server.app(name), 5) == {f"zone-{zone}": 5 for zone in range(5)}


async def test_a_removed_key_stays_removed_after_a_restart(server, name):
    first = server.app(name)
    topic = raw_topic(first)
    table = first.Table("stays", default=int)
    done: asyncio.Queue[bytes] = asyncio.Queue()

    @first.agent(topic)
    async def keep_or_drop(stream: Any) -> None:
        async for event in stream.events():
            if event.value == b"drop":
                del table[event.key.decode()]
            else:
                table[event.key.decode()] = 1
            done.put_nowait(event.value)

    async with running(first):
        for key, value in ((b"a", b"keep"), (b"b", b"keep"), (b"a", b"drop")):
            await send(topic, value, key=key)
        await take(done, 3)
        await settled(first, "observations", 3)
    second = server.app(name)
    topic = raw_topic(second)
    table = second.Table("stays", default=int)
    arrived = collecting(second, topic)
    async with running(second):
        await send(topic, b"x")
        await take(arrived, 1)
        assert dict(table) == {"b": 1}


async def test_windows_and_timers_run(server, name):
    app = server.app(name)
    topic = raw_topic(app)
    window = app.Table("per-hour", default=int).tumbling(timedelta(hours=1), expires=timedelta(days=1))
    done: asyncio.Queue[int] = asyncio.Queue()
    ticked = asyncio.Event()

    @app.agent(topic)
    async def tally(stream: Any) -> None:
        async for event in stream.events():
            window[event.key.decode()] += 1
            done.put_nowait(window[event.key.decode()].current())

    @app.timer(0.05)
    async def tick() -> None:
        ticked.set()

    async with running(app):
        for _ in range(3):
            await send(topic, b"x")
        assert await take(done, 3) == [1, 2, 3]
        async with asyncio.timeout(DEADLINE_S):
            await ticked.wait()


async def test_an_agent_may_send_on_and_another_reads_it(server, name):
    app = server.app(name)
    topic, onwards = raw_topic(app), raw_topic(app, "cases")
    arrived = collecting(app, onwards)

    @app.agent(topic)
    async def pass_on(stream: Any) -> None:
        async for event in stream.events():
            await send(onwards, event.value.upper(), key=event.key)

    async with running(app):
        await send(topic, b"overstayed")
        assert [event.value for event in await take(arrived, 1)] == [b"OVERSTAYED"]


async def test_an_event_in_work_when_the_app_stops_comes_again(server, name):
    first = server.app(name)
    topic = raw_topic(first)
    begun: asyncio.Queue[bytes] = asyncio.Queue()

    @first.agent(topic)
    async def never_finish(stream: Any) -> None:
        async for event in stream.events():
            begun.put_nowait(event.value)
            await asyncio.Event().wait()

    async with running(first):
        await send(topic, b"in work")
        await take(begun, 1)
    second = server.app(name)
    arrived = collecting(second, raw_topic(second))
    async with running(second):
        assert [event.value for event in await take(arrived, 1)] == [b"in work"]


async def test_a_finished_event_does_not_commit_the_unfinished_one_before_it(server, name):
    first = server.app(name)
    topic = raw_topic(first)
    held: asyncio.Queue[Any] = asyncio.Queue()
    finished: asyncio.Queue[bytes] = asyncio.Queue()

    @first.agent(topic)
    async def finish_all_but_one(stream: Any) -> None:
        async for event in stream.noack().events():
            if event.value == b"unfinished":
                held.put_nowait(event)  # or it would be acknowledged when it is collected
            else:
                event.ack()
                finished.put_nowait(event.value)

    async with running(first):
        for value in (b"1", b"unfinished", b"2", b"3"):
            await send(topic, value)
        await take(finished, 3)
        await first.consumer.commit()
    second = server.app(name)
    arrived = collecting(second, raw_topic(second))
    async with running(second):
        assert (await take(arrived, 1))[0].value == b"unfinished"


@pytest.fixture
def embedded_server(tmp_path: Path) -> Iterator[Server]:
    with embedded(tmp_path) as running:
        yield running


async def test_the_second_app_on_one_embedded_log_is_refused_until_the_first_stops(embedded_server):
    first, second = embedded_server.app("one"), embedded_server.app("two")
    async with running(first):
        with pytest.raises(LogInUse, match="only one may write"):
            await second.start()
    async with running(embedded_server.app("two")):
        pass


async def test_an_app_without_tables_or_agents_starts_and_stops(embedded_server):
    async with running(embedded_server.app("idle")) as app:
        await send(raw_topic(app), b"x")


async def test_a_declared_topic_has_its_own_partitions_and_retention(embedded_server):
    app = embedded_server.app("declares")
    topic = app.topic("observations", value_serializer="raw", partitions=2, retention=3600)
    collecting(app, topic)
    async with running(app):
        declared = app.transport.log.topics["observations"]
    assert (declared.partitions, declared.retention_s, declared.compacting) == (2, 3600.0, False)


@pytest.mark.parametrize(
    ("query", "told"),
    [
        pytest.param("max_byte=1", "max_bytes", id="a misspelt bound, with the valid names"),
        pytest.param("retention_s=week", "give a number", id="no number"),
    ],
)
async def test_a_wrong_bound_in_the_url_is_told_before_starting(tmp_path, query, told):
    app = Server(f"sqlitelog://{tmp_path}/log.db?{query}").app("misconfigured")
    with pytest.raises(ConfigurationError, match=told):
        await app.start()


async def test_a_table_change_that_finds_no_room_stops_the_app_and_its_event_comes_again(
    embedded_server,
):
    app = embedded_server.app("crowded")
    topic = raw_topic(app)
    table = app.Table("stays", default=str)
    begun, go_on = asyncio.Event(), asyncio.Event()

    @app.agent(topic)
    async def change(stream: Any) -> None:
        async for event in stream.events():
            begun.set()
            await go_on.wait()
            table[event.key.decode()] = "x" * 1_000_000

    await app.start()
    await send(topic, b"matters")
    async with asyncio.timeout(DEADLINE_S):
        await begun.wait()
        app.transport.log._writer.limit_pages(1)
        go_on.set()
        await app.wait_until_stopped()
    assert app.crashed
    await app.stop()
    again = embedded_server.app("crowded")
    arrived = collecting(again, raw_topic(again))
    async with running(again):
        assert [event.value for event in await take(arrived, 1)] == [b"matters"]
