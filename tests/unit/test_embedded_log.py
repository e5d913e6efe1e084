import asyncio
import os
import sqlite3
import sys
import tempfile
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.embedded_log import EmbeddedLog, Lane, LogLimits
from ingest.log_upkeep import Superseded, deletable_below, expired_below, is_compaction_due
from models.errors import LogDamaged, LogInUse, StorageFull, TransportDown

LANE = Lane("looks", 0)
DAY_S = 86_400.0


class Clock:
    """Time that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def path(tmp_path):
    return tmp_path / "log.db"


async def fill(log, count, *, topic="looks", value=b"x" * 600, key=b"k"):
    futures = [await log.append(topic, value, key=key) for _ in range(count)]
    results = await asyncio.gather(*futures, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return [result.offset for result in results]


async def one_lane(log, **how):
    await log.declare("looks", partitions=1, **how)


def offsets(log, lane=LANE):
    return [entry.offset for entry in log.read(lane, 0, max_entries=1_000_000)]


async def test_offsets_are_contiguous_from_zero_and_go_on_after_reopening(path):
    async with EmbeddedLog(path) as log:
        await one_lane(log)
        assert await fill(log, 5) == [0, 1, 2, 3, 4]
    async with EmbeddedLog(path) as log:
        assert log.next_offset(LANE) == 5
        assert await fill(log, 2) == [5, 6]
        assert offsets(log) == list(range(7))


async def test_what_was_appended_is_read_as_it_was(path):
    async with EmbeddedLog(path) as log:
        await one_lane(log)
        headers = (("trace", b"\x00\x01"), ("none", None))
        for key, value in ((b"k", b"v"), (None, b"v"), (b"k", None), (None, None), (b"", b"")):
            await (await log.append("looks", value, key=key, timestamp=1.5, headers=headers))
        entries = log.read(LANE, 0)
        assert [entry.value for entry in entries] == [b"v", b"v", None, None, b""]
        assert [entry.key for entry in entries] == [b"k", None, b"k", None, b""]
        assert {entry.timestamp_ms for entry in entries} == {1500}
        assert {entry.headers for entry in entries} == {headers}


async def test_an_entry_is_readable_by_another_connection_once_its_future_resolves(path):
    async with EmbeddedLog(path) as log:
        await one_lane(log)
        await (await log.append("looks", b"durable"))
        with EmbeddedLog.open_readonly(path) as reader:
            assert [entry.value for entry in reader.read(LANE, 0)] == [b"durable"]
            assert reader.topics["looks"].partitions == 1


async def test_appends_that_wait_together_share_one_transaction(path):
    async with EmbeddedLog(path) as log:
        await one_lane(log)
        sizes = []
        write = log._writer.write
        log._writer.write = lambda entries, standings=(): (
            sizes.append(len(entries)) or write(entries, standings)
        )
        await fill(log, 500)
        assert sum(sizes) == 500
        assert len(sizes) < 100


async def test_senders_wait_while_too_much_is_on_its_way(path):
    async with EmbeddedLog(path, LogLimits(pending_entries=10)) as log:
        await one_lane(log)
        most = 0
        for _ in range(200):
            await log.append("looks", b"x")
            most = max(most, log._pending_entries)
        assert most <= 10
        await log.flush()
        assert offsets(log) == list(range(200))


async def test_a_listener_is_told_when_there_is_something_to_read(path):
    async with EmbeddedLog(path) as log:
        await one_lane(log)
        told = asyncio.Event()
        stop_listening = log.listen(told.set)
        await log.append("looks", b"x")
        async with asyncio.timeout(5):
            await told.wait()
        assert log.next_offset(LANE) == 1
        stop_listening()


@pytest.mark.parametrize(
    ("key", "value", "headers"),
    [
        pytest.param("text", b"v", (), id="key"),
        pytest.param(b"k", 7, (), id="value"),
        pytest.param(b"k", b"v", (("h", "text"),), id="header"),
    ],
)
async def test_only_bytes_are_taken_in(path, key, value, headers):
    async with EmbeddedLog(path) as log:
        with pytest.raises(TypeError, match="bytes"):
            await log.append("looks", value, key=key, headers=headers)


async def test_a_partition_that_does_not_exist_is_refused(path):
    async with EmbeddedLog(path) as log:
        await one_lane(log)
        with pytest.raises(ValueError, match="looks has 1 partitions"):
            await log.append("looks", b"x", partition=1)


async def test_a_topic_keeps_its_partitions_and_may_change_its_retention(path):
    async with EmbeddedLog(path) as log:
        await log.declare("looks", partitions=3, retention_s=10)
        topic = await log.declare("looks", partitions=9, retention_s=20)
        assert (topic.partitions, topic.retention_s) == (3, 20)
        assert log.topics["looks"] == topic


async def test_commits_survive_and_never_go_back(path):
    async with EmbeddedLog(path) as log:
        await one_lane(log)
        await fill(log, 5)
        await log.commit("ingest", {LANE: 4})
        await log.commit("ingest", {LANE: 2})
    async with EmbeddedLog(path) as log:
        assert log.committed("ingest") == {LANE: 4}


async def test_old_entries_go_once_every_group_has_consumed_them(path):
    clock = Clock()
    async with EmbeddedLog(path, LogLimits(retention_s=DAY_S), clock) as log:
        await one_lane(log)
        await log.join("ingest", ["looks"])
        await log.join("audit", ["looks"])
        await fill(log, 10)
        clock.now += 2 * DAY_S
        await fill(log, 2)
        await log.commit("ingest", {LANE: 12})
        await log.commit("audit", {LANE: 7})
        assert (await log.upkeep()).aged_out == 7
        assert offsets(log) == [7, 8, 9, 10, 11]
        assert log.earliest(LANE) == 7
        await log.forget("audit")
        await log.upkeep()
        assert offsets(log) == [10, 11]


async def test_a_topic_nobody_consumes_is_kept_for_its_own_time(path):
    clock = Clock()
    async with EmbeddedLog(path, clock=clock) as log:
        await one_lane(log, retention_s=60)
        await fill(log, 3)
        clock.now += 61
        await log.upkeep()
        assert offsets(log) == []
        assert log.earliest(LANE) == log.next_offset(LANE) == 3


async def test_an_emptied_lane_goes_on_counting_after_reopening(path):
    clock = Clock()
    async with EmbeddedLog(path, clock=clock) as log:
        await one_lane(log, retention_s=60)
        await fill(log, 3)
        clock.now += 61
        await log.upkeep()
    async with EmbeddedLog(path, clock=clock) as log:
        assert await fill(log, 1) == [3]


async def test_a_file_near_its_bound_lets_consumed_entries_go_early_and_shrinks(path):
    async with EmbeddedLog(path, LogLimits(max_bytes=2 << 20)) as log:
        await one_lane(log)
        await log.join("ingest", ["looks"])
        last = (await fill(log, 2800))[-1]
        before = log._writer.used_bytes()
        await log.commit("ingest", {LANE: last - 10})
        report = await log.upkeep()
        assert report.trimmed > 0
        assert report.held_back == ()
        assert log._writer.used_bytes() < 0.8 * (2 << 20) < before
        assert path.stat().st_size < before
        assert offsets(log)[-1] == last


async def test_at_its_bound_with_nothing_consumed_it_refuses_loses_nothing_and_says_who(path, caplog):
    async with EmbeddedLog(path, LogLimits(max_bytes=1 << 20)) as log:
        await one_lane(log)
        await log.join("ingest", ["looks"])
        await log.declare("changes", partitions=1, compacting=True)
        with pytest.raises(StorageFull, match="behind"):
            await fill(log, 5000)
        kept = offsets(log)
        report = await log.upkeep()
        assert report.held_back == ("ingest",)
        assert "ingest by" in caplog.text
        assert offsets(log) == kept == list(range(len(kept)))
        assert await fill(log, 1, topic="changes") == [0]  # or consumers could never catch up
        await log.commit("ingest", {LANE: len(kept)})
        await log.upkeep()
        assert await fill(log, 1) == [len(kept)]


async def test_a_changelog_keeps_the_newest_entry_of_each_key(path):
    async with EmbeddedLog(path) as log:
        await one_lane(log, compacting=True)
        for number in range(600):
            await log.append("looks", b"%d" % number, key=b"%d" % (number % 3))
        report = await log.upkeep()
        assert report.compacted == 597
        entries = log.read(LANE, 0)
        assert [(entry.offset, entry.value) for entry in entries] == [
            (597, b"597"),
            (598, b"598"),
            (599, b"599"),
        ]
        assert log.earliest(LANE) == 597


async def test_a_changelog_forgets_a_removed_key_after_a_day_but_never_its_newest_entry(path):
    clock = Clock()
    async with EmbeddedLog(path, clock=clock) as log:
        await one_lane(log, compacting=True)
        await fill(log, 600, key=b"a")
        await fill(log, 1, key=b"a", value=None)
        await fill(log, 1, key=b"b", value=None)
        await log.upkeep()
        assert offsets(log) == [600, 601]
        clock.now += 2 * DAY_S
        await fill(log, 600, key=b"c")
        await fill(log, 1, key=b"d", value=None)
        clock.now += 2 * DAY_S
        await log.upkeep()
        assert offsets(log) == [1201, 1202]


async def test_a_second_process_is_refused_and_told_who_holds_the_log(path):
    script = f"from ingest.embedded_log import EmbeddedLog; EmbeddedLog({str(path)!r})"
    async with EmbeddedLog(path):
        second = await asyncio.create_subprocess_exec(
            sys.executable, "-c", script, stderr=asyncio.subprocess.PIPE
        )
        _, told = await second.communicate()
    message = told.decode().splitlines()[-1]
    assert message.startswith("models.errors.LogInUse")
    assert f"log {path}: process {os.getpid()} has it open" in message
    assert "stop that process" in message


async def test_the_same_process_cannot_open_a_log_twice_but_may_reopen_it(path):
    async with EmbeddedLog(path):
        with pytest.raises(LogInUse):
            EmbeddedLog(path)
    async with EmbeddedLog(path):
        pass


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"this is no database, it is a letter to the editor. " * 100, id="text"),
        pytest.param(b"SQLite format 3\x00" + b"\xff" * 8000, id="broken header"),
    ],
)
def test_a_damaged_file_is_named_with_what_to_do(path, content):
    path.write_bytes(content)
    with pytest.raises(LogDamaged, match=r"log\.db.*aside"):
        EmbeddedLog(path)
    assert path.read_bytes() == content


def test_a_database_of_another_program_is_left_alone(path):
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE letters (body)")
    db.close()
    with pytest.raises(LogDamaged, match="another program"):
        EmbeddedLog(path)


async def test_a_page_gone_bad_is_told_when_it_is_read(path):
    async with EmbeddedLog(path) as log:
        await one_lane(log)
        await fill(log, 500)
    content = bytearray(path.read_bytes())
    content[8 * 4096 :] = b"\xff" * (len(content) - 8 * 4096)
    path.write_bytes(content)
    with pytest.raises(LogDamaged, match="aside"):
        async with EmbeddedLog(path) as log:
            offsets(log)


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(TransportDown, match="folder"):
        EmbeddedLog(tmp_path / "file" / "log.db")


def test_reading_a_log_that_does_not_exist_is_told(path):
    with pytest.raises(TransportDown, match="exists"):
        EmbeddedLog.open_readonly(path)


async def test_a_full_disk_fails_the_append_and_nothing_else(path):
    async with EmbeddedLog(path) as log:
        await one_lane(log)
        await log.join("ingest", ["looks"])
        stored = len(await fill(log, 20))
        log._writer.limit_pages(1)  # SQLite takes it as: what there is, and no more
        with pytest.raises(StorageFull, match="free disk space"):
            await fill(log, 2000)
        await log.flush()
        assert log.next_offset(LANE) == stored + len(offsets(log)[stored:])
        await log.commit("ingest", {LANE: 10})
        log._writer.limit_pages(1_000_000)
        assert await fill(log, 3) == [log.next_offset(LANE) - 3 + i for i in range(3)]
        assert offsets(log) == list(range(log.next_offset(LANE)))
        assert log.committed("ingest") == {LANE: 10}


async def test_progress_is_recorded_though_the_appends_beside_it_found_no_room(path):
    async with EmbeddedLog(path) as log:
        await one_lane(log)
        await log.join("ingest", ["looks"])
        await fill(log, 20)
        log._writer.limit_pages(1)
        gather = threading.Event()
        holding = asyncio.ensure_future(log._order(gather.wait))
        append = await log.append("looks", b"x" * 100_000)
        commit = asyncio.ensure_future(log.commit("ingest", {LANE: 10}))
        await asyncio.sleep(0)  # the commit is on its way
        gather.set()
        await asyncio.gather(holding, commit)
        with pytest.raises(StorageFull):
            await append
        assert log.committed("ingest") == {LANE: 10}
    with EmbeddedLog.open_readonly(path) as reader:
        assert reader.committed() == {"ingest": {LANE: 10}}


async def test_closing_writes_what_is_pending_and_refuses_what_comes_later(path):
    log = EmbeddedLog(path)
    await one_lane(log)
    futures = [await log.append("looks", b"x") for _ in range(300)]
    await log.close()
    await log.close()
    assert [(await future).offset for future in futures] == list(range(300))
    with pytest.raises(TransportDown, match="closed"):
        await log.append("looks", b"late")


async def test_a_sender_that_gives_up_does_not_disturb_the_others(path):
    async with EmbeddedLog(path) as log:
        await one_lane(log)
        given_up = await log.append("looks", b"1")
        given_up.cancel()
        assert await fill(log, 1) == [1]


def test_what_nobody_consumes_holds_nothing_back():
    assert deletable_below([], 9) == 9
    assert deletable_below([4, 7], 9) == 4


@pytest.mark.parametrize(
    ("ages", "floor", "below"),
    [
        pytest.param([(0, 10), (1, 20)], 9, 2, id="all old"),
        pytest.param([(0, 10), (1, 90), (2, 10)], 9, 1, id="stops at the first young one"),
        pytest.param([(0, 10), (1, 20)], 1, 1, id="stops at what is not consumed"),
        pytest.param([(5, 90)], 9, 0, id="nothing"),
        pytest.param([], 9, 0, id="empty"),
    ],
)
def test_old_entries_go_as_one_stretch(ages, floor, below):
    assert expired_below(ages, floor, cutoff_ms=50) == below


def test_compaction_waits_until_most_of_a_changelog_is_out_of_date():
    assert not is_compaction_due(kept=0, fresh=499)
    assert is_compaction_due(kept=0, fresh=500)
    assert not is_compaction_due(kept=10_000, fresh=9_999)


@given(st.lists(st.tuples(st.sampled_from([b"a", b"b", b"c", None]), st.booleans())))
def test_compaction_leaves_what_replaying_everything_would_leave(history):
    superseded = Superseded(newest_offset=len(history) - 1, tombstones_before_ms=50)
    doomed = set()
    for offset, (key, gone) in enumerate(history):
        older = superseded.see(offset, key, gone, 10)
        doomed.update([] if older is None else [older])
    doomed.update(superseded.old_tombstones())

    def replay(entries):
        table = {}
        for offset, (key, gone) in entries:
            if key is not None:
                table.pop(key, None) if gone else table.update({key: offset})
        return table

    everything = list(enumerate(history))
    kept = [entry for entry in everything if entry[0] not in doomed]
    assert replay(kept) == replay(everything)
    assert kept[-1:] == everything[-1:]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.integers(1, 20)),
        st.tuples(st.just("commit"), st.integers(0, 100)),
        st.tuples(st.just("pass time"), st.integers(1, 200)),
        st.tuples(st.just("upkeep"), st.just(0)),
        st.tuples(st.just("reopen"), st.just(0)),
        st.tuples(st.just("full disk"), st.integers(1, 5)),
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_through_any_history_nothing_uncommitted_is_lost_and_offsets_only_grow(steps):
    async def live(path):
        clock = Clock()
        log = EmbeddedLog(path, LogLimits(retention_s=100), clock)
        stored, committed = [], 0
        await one_lane(log)
        await log.join("ingest", ["looks"])
        for step, amount in steps:
            if step == "append":
                values = [b"%d" % (len(stored) + number) for number in range(amount)]
                futures = [await log.append("looks", value) for value in values]
                assert [(await f).offset for f in futures] == [int(value) for value in values]
                stored += values
            elif step == "commit":
                committed = max(committed, min(amount, len(stored)))
                await log.commit("ingest", {LANE: min(amount, len(stored))})
            elif step == "pass time":
                clock.now += amount
            elif step == "upkeep":
                await log.upkeep()
            elif step == "reopen":
                await log.close()
                log = EmbeddedLog(path, LogLimits(retention_s=100), clock)
            else:
                log._writer.limit_pages(1)
                with pytest.raises(StorageFull):
                    await (await log.append("looks", b"x" * 100_000 * amount))
                log._writer.limit_pages(1_000_000)
            assert log.committed("ingest") == {LANE: committed}
            assert log.next_offset(LANE) == len(stored)
            kept = log.read(LANE, 0, max_entries=1_000)
            first = log.earliest(LANE)
            assert first <= committed
            assert [(entry.offset, entry.value) for entry in kept] == [
                (offset, stored[offset]) for offset in range(first, len(stored))
            ]
        await log.close()

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(live(Path(folder) / "log.db"))
