"""The device's clock against the centre's: what is said of the error is always true."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parts_link import ScriptedLink

from edge import clock
from edge.clock import DRIFT, Clock, Measured, Offset
from edge.courier import MAX_FIRST_SENT, Courier, Window
from edge.spool import Entry, Spool

NOON_S = datetime(2026, 11, 21, 12, 0, tzinfo=UTC).timestamp()
SECONDS = st.floats(0, 100)


@given(
    st.floats(-(10**6), 10**6), st.lists(st.tuples(SECONDS, SECONDS, st.floats(0, 1)), min_size=1), SECONDS
)
def test_the_true_offset_always_lies_within_what_is_said(true_s, receipts, later_s):
    """The centre writes its time anywhere between our sending and our hearing."""
    known, now_s = None, 5000.0
    for pause_s, round_trip_s, share in receipts:
        sent_s = now_s + pause_s
        now_s = sent_s + round_trip_s
        centre_s = NOON_S + sent_s + share * round_trip_s
        known = clock.step(known, sent_s=sent_s, heard_s=now_s, centre_s=centre_s)
    now_s += later_s
    found = clock.offset(known, NOON_S + now_s + true_s, now_s)
    assert found is not None
    assert abs(found.offset_s - true_s) <= found.error_s + 1e-5


def test_the_error_is_half_the_shortest_round_trip_and_grows_with_time():
    known = clock.step(None, sent_s=10, heard_s=12, centre_s=1000)
    known = clock.step(known, sent_s=20, heard_s=20.2, centre_s=1009.1)
    known = clock.step(known, sent_s=30, heard_s=33, centre_s=1021)
    assert known == Measured(1009.1, 20.1, pytest.approx(0.1))
    assert clock.offset(known, 1009.6, 20.1) == Offset(0.5, pytest.approx(0.1))
    assert clock.offset(known, 1009.6 + 1000, 1020.1).error_s == pytest.approx(0.1 + 1000 * DRIFT)


def test_an_old_measurement_gives_way_to_a_coarser_one_once_it_is_worse():
    known = Measured(1000, 10, 0.01)
    assert clock.step(known, sent_s=20, heard_s=20.4, centre_s=1010.2) is known
    late = clock.step(known, sent_s=5000, heard_s=5000.4, centre_s=5990.2)
    assert late.error_s == pytest.approx(0.2)


def test_a_receipt_from_before_it_was_sent_says_nothing():
    assert clock.step(None, sent_s=10, heard_s=9, centre_s=1000) is None


def test_nothing_is_said_before_it_was_measured():
    assert Clock().offset() is None


def test_setting_the_wall_clock_is_seen_at_once():
    now = {"wall": NOON_S, "ours": 100.0}
    device = Clock(lambda: now["wall"], lambda: now["ours"])
    device.heard(99.9, 100.1, datetime.fromtimestamp(NOON_S - 2, UTC))
    assert device.offset() == Offset(2.0, pytest.approx(0.1))
    now["wall"] += 3600
    assert device.offset().offset_s == pytest.approx(3602.0)
    assert device.now() == datetime.fromtimestamp(NOON_S + 3600, UTC)


def entry(number):
    return Entry(number, f"e{number}", b"{}")


def test_a_receipt_is_held_against_the_first_sending_of_several():
    """It may answer the first: were it held against the last, the round trip would look too short."""
    window = Window(15.0)
    window.sent([entry(1), entry(2)], 100.0)
    window.start_over()
    window.sent([entry(1), entry(2), entry(3)], 200.0)
    assert window.confirmed(("e1", "e2")) == 100.0
    assert window.confirmed(("e3",)) == 200.0
    assert window.confirmed(("e3", "unknown")) is None


def test_what_may_have_been_sent_before_this_program_began_tells_no_time():
    window = Window(15.0, older_than=7)
    window.sent([entry(7), entry(8)], 100.0)
    assert window.confirmed(("e7",)) is None
    assert window.confirmed(("e8",)) == 100.0


def test_what_is_never_confirmed_does_not_fill_the_memory():
    window = Window(15.0)
    window.sent([entry(number) for number in range(1, MAX_FIRST_SENT + 10)], 100.0)
    assert window.confirmed((f"e{MAX_FIRST_SENT}",)) is None
    assert window.confirmed((f"e{MAX_FIRST_SENT + 9}",)) == 100.0


def test_the_courier_learns_the_time_from_receipts(tmp_path):
    spool = Spool(tmp_path / "box.db", 1024 * 1024)
    spool.put([("old", b"{}")])
    device, link = Clock(), ScriptedLink()
    link.connected.set()
    courier = Courier(spool, link, "harbour", "box-1", 15.0, clock=device)
    spool.put([("new", b"{}")])
    courier.turn(device._monotonic())
    courier.receipt(("old",), datetime.now(UTC))
    assert device.offset() is None
    courier.receipt(("new",))
    assert device.offset() is None
    spool.put([("newer", b"{}")])
    courier.turn(device._monotonic())
    courier.receipt(("newer",), datetime.now(UTC))
    found = device.offset()
    assert abs(found.offset_s) <= found.error_s < 1
    spool.close()
