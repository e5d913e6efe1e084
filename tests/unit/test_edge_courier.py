from itertools import chain, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from parts_link import ScriptedLink

from edge.courier import (
    DEAD_LINE_S,
    MAX_BATCH_BYTES,
    MAX_BATCH_EVENTS,
    MAX_WAITING_EVENTS,
    MAX_WAITING_PICTURES,
    Courier,
    Window,
)
from edge.spool import Entry, Spool
from models.errors import TransportDown

RESEND_AFTER_S = 15.0


class Line:
    """A courier between a real spool and a scripted link."""

    def __init__(self, folder):
        self.spool = Spool(folder / "box.db", 64 * 1024 * 1024)
        self.link = ScriptedLink()
        self.courier = Courier(self.spool, self.link, "harbour", "box-1", RESEND_AFTER_S)
        self.now = 1000.0
        self.names = []

    def put(self, count, size=20):
        names = [f"e{len(self.names) + number:05d}" for number in range(count)]
        self.names += names
        self.spool.put([(name, b'{"id":"%s","x":"%s"}' % (name.encode(), b"x" * size)) for name in names])

    def turn(self, after_s=0.0):
        self.now += after_s
        self.courier.turn(self.now)


@pytest.fixture
def line(tmp_path):
    made = Line(tmp_path)
    made.link.connected.set()
    yield made
    made.spool.close()


def test_observations_go_out_in_order_in_batches(line):
    line.put(250)
    line.turn()
    assert [len(batch) for batch in line.link.batches()] == [100, 100, 50]
    assert list(chain(*line.link.batches())) == line.names
    assert {topic for topic, _ in line.link.said} == {"clearway/v1/harbour/box-1/observations"}


def test_a_batch_stays_within_its_size(line):
    line.put(10, size=MAX_BATCH_BYTES // 4)
    line.turn()
    assert [len(batch) for batch in line.link.batches()] == [3, 3, 3, 1]
    assert all(len(payload) < MAX_BATCH_BYTES + 100 for _, payload in line.link.said)


def test_one_observation_larger_than_a_batch_goes_alone(line):
    line.put(1)
    line.put(1, size=MAX_BATCH_BYTES * 2)
    line.put(1)
    line.turn()
    assert [len(batch) for batch in line.link.batches()] == [1, 1, 1]


def test_no_more_than_a_window_is_under_way(line):
    line.put(MAX_WAITING_EVENTS + 50)
    line.turn()
    assert sum(map(len, line.link.batches())) == MAX_WAITING_EVENTS
    line.courier.receipt(tuple(line.names[:30]))
    line.turn()
    assert line.link.batches()[-1] == line.names[MAX_WAITING_EVENTS : MAX_WAITING_EVENTS + 30]


def test_few_pictures_are_under_way_at_once_each_on_its_own_topic(line):
    names = [f"{number:064x}" for number in range(MAX_WAITING_PICTURES + 3)]
    line.spool.put(pictures=[(name, b"jpeg") for name in names])
    line.turn()
    assert line.link.pictures() == names[:MAX_WAITING_PICTURES]
    line.courier.receipt(tuple(names[:2]))
    line.turn()
    assert line.link.pictures() == names[: MAX_WAITING_PICTURES + 2]
    assert line.link.said[0] == (f"clearway/v1/harbour/box-1/evidence/{names[0]}", b"jpeg")


def test_observations_are_not_held_up_by_pictures(line):
    line.spool.put(pictures=[(f"{number:064x}", b"jpeg") for number in range(20)])
    line.put(1)
    line.turn()
    assert line.link.said[0][0].endswith("/observations")


def test_a_receipt_drops_the_entry_and_nothing_is_sent_twice(line):
    line.put(3)
    line.turn()
    line.courier.receipt(tuple(line.names))
    line.turn(RESEND_AFTER_S * 10)
    assert line.link.batches() == [line.names]
    assert (line.spool.events(), line.courier.unconfirmed) == ([], 0)


def test_without_a_receipt_everything_unconfirmed_goes_out_again_in_order(line):
    line.put(5)
    line.turn()
    line.courier.receipt((line.names[1],))
    line.turn(RESEND_AFTER_S - 1)
    assert len(line.link.batches()) == 1
    line.turn(2)
    assert line.link.batches()[1] == [line.names[0], *line.names[2:]]


def test_a_receipt_for_something_unknown_is_harmless(line):
    line.put(1)
    line.turn()
    line.courier.receipt(("never heard of", "", "e" * 64))
    assert line.courier.unconfirmed == 1
    assert len(line.spool.events()) == 1


def test_a_receipt_that_is_faster_than_the_sender_is_not_forgotten(line):
    line.link.on_publish = lambda _topic, _payload: line.courier.receipt(tuple(line.names))
    line.put(3)
    line.turn()
    assert line.courier.unconfirmed == 0
    line.turn(RESEND_AFTER_S * 2)
    assert len(line.link.batches()) == 1


def test_nothing_is_sent_without_a_connection(line):
    line.link.connected.clear()
    line.put(3)
    line.turn()
    assert line.link.said == []


def test_after_a_reconnect_it_starts_over(line):
    line.put(3)
    line.turn()
    line.link.connected.clear()
    line.turn()
    line.link.connected.set()
    line.turn()
    assert line.link.batches() == [line.names, line.names]


def test_a_link_that_takes_no_more_loses_nothing(line):
    line.put(250)
    line.link.takes = 1
    with pytest.raises(TransportDown):
        line.turn()
    line.link.takes = None
    line.turn(1.0)
    assert set(chain(*line.link.batches())) == set(line.names)
    assert len(line.spool.events(limit=1000)) == 250


def test_a_line_that_is_dead_silent_while_receipts_are_due_is_dropped(line):
    line.put(1)
    line.turn()
    line.link.silent = DEAD_LINE_S + 1
    line.turn(1.0)
    assert line.link.reconnects == 1


def test_a_silent_line_with_nothing_to_say_is_left_alone(line):
    line.link.silent = DEAD_LINE_S * 100
    line.turn()
    assert line.link.reconnects == 0


def test_a_window_counts_from_its_oldest_entry():
    window = Window(10.0)
    assert not window.overdue(1e9)
    window.sent([Entry(1, "a", b"")], 100.0)
    window.sent([Entry(2, "b", b"")], 105.0)
    assert not window.overdue(110.0)
    assert window.overdue(110.1)
    window.confirmed(("a",))
    assert not window.overdue(110.1)
    assert (len(window), window.cursor) == (1, 2)
    window.start_over()
    assert (len(window), window.cursor) == (0, 0)


ACTS = st.one_of(
    st.tuples(st.just("put"), st.integers(1, 130)),
    st.tuples(st.just("turn"), st.sampled_from([0, 1, 16])),
    st.tuples(st.just("receipt"), st.randoms(use_true_random=False)),
    st.tuples(st.just("lost"), st.none()),
    st.tuples(st.just("back"), st.none()),
    st.tuples(st.just("takes"), st.integers(0, 3)),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(ACTS, max_size=30))
def test_whatever_is_lost_everything_is_confirmed_in_the_end_and_first_sent_in_order(tmp_path_factory, acts):
    line = Line(tmp_path_factory.mktemp("line"))
    for what, how in acts:
        act(line, what, how)
    line.link.connected.set()
    line.link.takes = None
    for _ in range(100):
        if not line.spool.events(limit=1):
            break
        line.turn(RESEND_AFTER_S + 1)
        line.courier.receipt(tuple(chain(*line.link.batches())))
    first_sent = list(dict.fromkeys(chain(*line.link.batches())))
    assert first_sent == line.names
    assert line.spool.events() == []
    assert line.courier.unconfirmed == 0
    for batch in line.link.batches():
        assert len(batch) <= MAX_BATCH_EVENTS
        assert all(one < other for one, other in pairwise(batch))
    line.spool.close()


def act(line, what, how):
    if what == "put":
        line.put(how)
    elif what == "turn":
        try:
            line.turn(how)
        except TransportDown:
            line.link.takes = None
    elif what == "receipt":
        sent = list(chain(*line.link.batches()))
        line.courier.receipt(tuple(how.sample(sent, how.randrange(len(sent) + 1))))
    elif what == "lost":
        line.link.connected.clear()
    elif what == "back":
        line.link.connected.set()
    else:
        line.link.takes = how
