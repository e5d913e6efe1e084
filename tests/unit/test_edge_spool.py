import logging
import random
import resource
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.spool import Spool
from models.errors import ConfigurationError, StorageFull

MB = 1024 * 1024
WRITER = Path(__file__).parents[1] / "parts_spool_writer.py"


@pytest.fixture
def spool(tmp_path):
    opened = Spool(tmp_path / "box.db", 64 * MB)
    yield opened
    opened.close()


def ids(entries):
    return [entry.id for entry in entries]


def test_what_was_put_first_waits_first(spool):
    for number in range(5):
        spool.put([(f"e{number}", b"x")], [(f"p{number}", b"y")])
    assert ids(spool.events()) == ["e0", "e1", "e2", "e3", "e4"]
    assert ids(spool.pictures(limit=2)) == ["p0", "p1"]
    assert ids(spool.events(after=spool.events()[2].seq)) == ["e3", "e4"]
    assert ids(spool.events(limit=1)) == ["e0"]


def test_a_repeat_is_ignored_keeps_its_place_and_takes_no_room(spool):
    spool.put([("e0", b"first")], [("p0", b"picture")])
    spool.put([("e1", b"next")])
    spool.put([("e0", b"again")], [("p0", b"picture")])
    assert [(entry.id, entry.body) for entry in spool.events()] == [("e0", b"first"), ("e1", b"next")]
    assert spool.health().bytes == len(b"first") + len(b"next") + len(b"picture")


def test_repeats_never_make_a_spool_look_full(tmp_path):
    spool = Spool(tmp_path / "box.db", 1 * MB)
    spool.put([("only", b"x" * 100_000)])
    for _ in range(50):
        spool.put([("only", b"x" * 100_000)])
    assert ids(spool.events()) == ["only"]
    assert spool.health().dropped_events == 0
    spool.close()


def test_a_receipt_drops_observations_and_pictures_and_may_come_twice(spool):
    spool.put([("e0", b"x"), ("e1", b"x")], [("p0", b"y")])
    spool.confirm(["e0", "p0", "never-heard-of"])
    spool.confirm(["e0", "p0"])
    assert (ids(spool.events()), ids(spool.pictures())) == (["e1"], [])
    assert spool.health().bytes == 1


def test_a_number_is_never_given_twice_so_that_a_courier_does_not_miss_the_newcomer(spool):
    spool.put([("e0", b"x")])
    seq = spool.events()[0].seq
    spool.confirm(["e0"])
    spool.put([("e1", b"x")])
    assert ids(spool.events(after=seq)) == ["e1"]


def test_a_memory_is_recalled_replaced_and_forgotten(spool):
    assert spool.recall("eye") is None
    spool.remember("eye", b"one")
    spool.put([("e0", b"x")], memory=[("eye", b"two"), ("held", b"z")])
    assert spool.recall("eye") == b"two"
    spool.put(memory=[("eye", b"")])
    assert (spool.recall("eye"), spool.recall("held")) == (None, b"z")


def test_everything_is_there_again_after_a_restart(tmp_path):
    first = Spool(tmp_path / "box.db", 64 * MB)
    first.put([("e0", b"body")], [("p0", b"jpeg")], [("eye", b"sharp")])
    health = first.health()
    first.close()
    second = Spool(tmp_path / "box.db", 64 * MB)
    assert second.health() == health
    assert second.events()[0].body == b"body"
    assert second.recall("eye") == b"sharp"
    second.close()


def test_putting_wakes_the_courier(spool):
    assert not spool.added.is_set()
    spool.put([("e0", b"x")])
    assert spool.added.is_set()


def test_at_the_bound_the_oldest_pictures_go_first_and_loudly(tmp_path, caplog):
    spool = Spool(tmp_path / "box.db", 1 * MB)
    for number in range(9):
        spool.put([(f"e{number}", b"x" * 100)], [(f"p{number}", b"y" * 100_000)])
    with caplog.at_level(logging.ERROR):
        spool.put(pictures=[(f"p{number}", b"y" * 100_000) for number in (9, 10)])
    health = spool.health()
    assert ids(spool.events()) == [f"e{number}" for number in range(9)]
    assert ids(spool.pictures(limit=20)) == [f"p{number}" for number in range(2, 11)][-health.pictures :]
    assert health.dropped_pictures == 11 - health.pictures > 0
    assert health.dropped_events == 0
    assert health.bytes <= 1 * MB
    assert f"dropped the {health.dropped_pictures} oldest pictures" in caplog.text


def test_at_the_bound_no_more_pictures_go_than_must(tmp_path):
    spool = Spool(tmp_path / "box.db", 1 * MB)
    for number in range(100):
        spool.put(pictures=[(f"p{number}", b"y" * 10_000)])
    spool.put(pictures=[("one more", b"y" * 100_000)])
    assert spool.health().pictures >= 80
    spool.close()


def test_observations_go_last_oldest_first_and_loudly(tmp_path, caplog):
    spool = Spool(tmp_path / "box.db", 1 * MB)
    spool.put(pictures=[("p", b"y" * 100_000)])
    with caplog.at_level(logging.ERROR):
        for number in range(30):
            spool.put([(f"e{number:02d}", b"x" * 100_000)])
    health = spool.health()
    assert (health.pictures, health.dropped_pictures) == (0, 1)
    assert health.dropped_events == 30 - health.events
    assert ids(spool.events()) == [f"e{number:02d}" for number in range(30 - health.events, 30)]
    assert "oldest events" in caplog.text


def test_losses_are_remembered_over_a_restart(tmp_path):
    spool = Spool(tmp_path / "box.db", 1 * MB)
    for number in range(20):
        spool.put(pictures=[(f"p{number}", b"y" * 100_000)])
    lost = spool.health().dropped_pictures
    spool.close()
    again = Spool(tmp_path / "box.db", 1 * MB)
    assert again.health().dropped_pictures == lost > 0
    again.close()


def test_a_full_disk_costs_pictures_before_observations(tmp_path, caplog):
    spool = Spool(tmp_path / "box.db", 512 * MB)
    spool.limit_pages(200)
    with caplog.at_level(logging.ERROR):
        for number in range(60):
            spool.put([(f"e{number:02d}", b"x" * 500)], [(f"p{number:02d}", b"y" * 50_000)])
    health = spool.health()
    assert ids(spool.events()) == [f"e{number:02d}" for number in range(60)]
    assert health.dropped_events == 0
    assert health.dropped_pictures == 60 - health.pictures > 0
    assert "full" in caplog.text
    assert ids(spool.pictures(limit=100))[-1] == "p59"
    spool.close()


def test_a_full_disk_costs_the_oldest_observations_when_no_picture_is_left(tmp_path):
    spool = Spool(tmp_path / "box.db", 512 * MB)
    spool.limit_pages(100)
    for number in range(100):
        spool.put([(f"e{number:03d}", b"x" * 20_000)])
    health = spool.health()
    assert ids(spool.events())[-1] == "e099"
    assert health.dropped_events == 100 - health.events > 0
    spool.close()


def test_what_does_not_fit_at_all_is_refused_and_said(tmp_path):
    spool = Spool(tmp_path / "box.db", 512 * MB)
    spool.limit_pages(50)
    with pytest.raises(StorageFull, match=r"box\.db is full.*free the disk"):
        spool.put([("huge", b"x" * 10 * MB)])
    assert spool.events() == []
    spool.put([("small", b"x")])
    assert ids(spool.events()) == ["small"]
    spool.close()


def test_a_spool_is_whole_again_once_there_is_room(tmp_path):
    spool = Spool(tmp_path / "box.db", 512 * MB)
    spool.limit_pages(50)
    with pytest.raises(StorageFull):
        spool.put([("huge", b"x" * MB)])
    spool.limit_pages(1_000_000)
    spool.put([("huge", b"x" * MB)], [("p", b"y" * MB)])
    assert (ids(spool.events()), ids(spool.pictures())) == (["huge"], ["p"])
    spool.close()


@contextmanager
def no_file_may_grow_beyond(size):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_takes_nothing_more_is_said_and_nothing_that_waits_is_lost(tmp_path):
    path = tmp_path / "box.db"
    spool = Spool(path, 512 * MB)
    spool.put([("kept", b"x")])
    with no_file_may_grow_beyond(path.with_name("box.db-wal").stat().st_size):
        with pytest.raises(StorageFull):
            spool.put([("lost", b"x" * 5000)], memory=[("eye", b"z")])
        with pytest.raises(StorageFull):
            spool.remember("eye", b"z" * 9000)
        assert ids(spool.events()) == ["kept"]
    spool.put([("later", b"x" * 5000)])
    assert ids(spool.events()) == ["kept", "later"]
    spool.close()


def test_a_receipt_that_cannot_be_written_down_drops_nothing(tmp_path):
    path = tmp_path / "box.db"
    spool = Spool(path, 512 * MB)
    spool.put([(f"e{number}", b"x" * 3000) for number in range(20)])
    with (
        no_file_may_grow_beyond(path.with_name("box.db-wal").stat().st_size),
        pytest.raises(StorageFull),
    ):
        spool.confirm([f"e{number}" for number in range(20)])
    assert len(spool.events()) == 20
    spool.confirm([f"e{number}" for number in range(20)])
    assert (spool.events(), spool.health().bytes) == ([], 0)
    spool.close()


def test_threads_share_a_spool_and_nothing_is_lost_or_doubled(spool):
    def work(thread):
        for number in range(40):
            spool.put([(f"{thread}-{number}", b"x" * 10)], memory=[(f"eye-{thread}", b"%d" % number)])
            if number % 4 == 0:
                spool.confirm([f"{thread}-{number}"])
            spool.health()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    waiting = ids(spool.events(limit=1000))
    assert len(waiting) == len(set(waiting)) == 6 * 30
    assert spool.health().bytes == 6 * 30 * 10
    for number in range(6):
        own = [int(name.split("-")[1]) for name in waiting if name.startswith(f"{number}-")]
        assert own == sorted(own)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"a letter to the editor, long enough to be looked at " * 100, id="text"),
        pytest.param(bytes(range(256)) * 64, id="any bytes"),
        pytest.param(b"SQLite format 3\x00" + b"\xff" * 5000, id="a database with its inside torn out"),
    ],
)
def test_a_file_that_is_no_spool_is_refused_and_left_alone(tmp_path, content):
    path = tmp_path / "box.db"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"box\.db: cannot be used as a spool.*move the file away"):
        Spool(path, MB)
    assert path.read_bytes() == content


def test_a_folder_in_place_of_a_spool_is_refused(tmp_path):
    with pytest.raises(ConfigurationError, match="cannot be used as a spool"):
        Spool(tmp_path, MB)


def test_a_file_in_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "edge").write_text("not a folder")
    with pytest.raises(ConfigurationError, match="cannot be used as a spool"):
        Spool(tmp_path / "edge" / "box.db", MB)


def test_kill_9_loses_nothing_that_put_returned_for(tmp_path):
    path, dice, said = tmp_path / "box.db", random.Random(7), []
    for _ in range(6):
        writer = subprocess.Popen(
            [sys.executable, str(WRITER), str(path), str(len(said))],
            stdout=subprocess.PIPE,
            text=True,
        )
        said.extend(writer.stdout.readline().strip() for _ in range(dice.randrange(1, 40)))
        writer.kill()
        said.extend(line.strip() for line in writer.stdout if line.endswith("\n"))
        writer.stdout.close()
        writer.wait()
    spool = Spool(path, 64 * MB)
    kept = ids(spool.events(limit=100_000))
    assert set(said) <= set(kept)
    assert kept == sorted(kept)
    # A picture and a memory are of the same moment as their observation.
    assert [name[-6:] for name in kept] == [entry.id[-6:] for entry in spool.pictures(limit=100_000)]
    assert spool.recall("newest").decode() == kept[-1]
    spool.close()


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("put"), st.integers(0, 30), st.integers(0, 300_000)),
            st.tuples(st.just("picture"), st.integers(0, 30), st.integers(0, 300_000)),
            st.tuples(st.just("confirm"), st.integers(0, 30), st.just(0)),
        ),
        max_size=25,
    )
)
def test_the_count_of_bytes_is_always_what_waits_and_within_the_bound(tmp_path_factory, acts):
    spool = Spool(tmp_path_factory.mktemp("spool") / "box.db", 1 * MB)
    for what, number, size in acts:
        if what == "put":
            spool.put([(f"e{number}", b"x" * size)])
        elif what == "picture":
            spool.put(pictures=[(f"p{number}", b"x" * size)])
        else:
            spool.confirm([f"e{number}", f"p{number}"])
        waiting = spool.events(limit=1000) + spool.pictures(limit=1000)
        assert spool.health().bytes == sum(len(entry.body) for entry in waiting) <= 1 * MB
    spool.close()
