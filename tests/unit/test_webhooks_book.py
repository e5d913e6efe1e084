"""The delivery table on a real ledger: whatever happens, nothing is lost, doubled or out of order."""

from datetime import UTC, datetime, timedelta

import pytest
from connect_parts import delivery_rows, happen, new_ledger, subscription
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from cases import outgoing
from cases.webhooks.book import DeliveryBook
from cases.webhooks.overview import DeliveryReading
from cases.webhooks.records import DeliveryState, Kind, Settled
from cases.webhooks.rules import Fate, Health, Verdict
from models.errors import ConfigurationError

NAME = "dispatch"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def everything(_event):
    return True


@pytest.fixture
def database(tmp_path):
    with new_ledger(tmp_path / "ledger.db") as database:
        yield database


@pytest.fixture
def book(database):
    book = DeliveryBook(database)
    book.attach(NAME, Kind.WEBHOOK, 0)
    return book


def take(database, book, wants=everything, now=NOW):
    return book.enqueue(NAME, outgoing.settled(database), wants, now)


def settled(delivery, verdict, now=NOW, wait_s=60):
    next_try_at = now + timedelta(seconds=wait_s) if verdict is Verdict.LATER else None
    fate = Fate(verdict=verdict, next_try_at=next_try_at, why=verdict.value)
    return Settled(delivery=delivery, fate=fate, status=200, started_at=now)


def test_a_known_subscription_goes_on_where_it_was(database, book):
    happen(database, ("case-1", 1), ("case-1", 2))
    take(database, book)
    book.attach(NAME, Kind.WEBHOOK, 0)
    assert book.position(NAME) == 2


def test_taking_the_same_rows_twice_takes_nothing(database, book):
    happen(database, ("case-1", 1))
    assert take(database, book) == (1, 1)
    assert take(database, book) == (1, 0)
    assert len(delivery_rows(database)) == 1


def test_a_long_outbox_is_taken_in_pieces(database, book, monkeypatch):
    monkeypatch.setattr("cases.webhooks.book.CHUNK", 3)
    happen(database, *((f"case-{number}", number) for number in range(7)))
    assert [take(database, book) for _ in range(4)] == [(3, 3), (6, 3), (7, 1), (7, 0)]


def test_what_nobody_asked_for_is_passed_over_once_and_for_all(database, book):
    happen(database, ("case-1", 1), ("case-2", 2))
    assert take(database, book, lambda event: event.case_id == "case-2") == (2, 1)
    assert [row["case_id"] for row in delivery_rows(database)] == ["case-2"]


def test_of_each_case_only_the_oldest_event_is_due(database, book):
    happen(database, ("a", 1), ("b", 2), ("a", 3), ("b", 4))
    take(database, book)
    assert [item.event.row for item in book.due(NAME, NOW, 10)] == [1, 2]
    (first, _) = book.due(NAME, NOW, 10)
    book.settle(NAME, [settled(first, Verdict.TAKEN)], Health(), NOW)
    assert [item.event.row for item in book.due(NAME, NOW, 10)] == [2, 3]


def test_an_event_that_comes_while_one_of_its_case_waits_comes_after_it(database, book):
    happen(database, ("a", 1))
    take(database, book)
    (first,) = book.due(NAME, NOW, 10)
    book.settle(NAME, [settled(first, Verdict.LATER)], Health(failures=1), NOW)
    happen(database, ("a", 2))
    take(database, book)
    assert book.due(NAME, NOW, 10) == []
    assert [item.event.row for item in book.due(NAME, NOW + timedelta(seconds=61), 10)] == [1]


def test_a_replayed_event_goes_before_later_ones_of_its_case(database, book):
    happen(database, ("a", 1), ("a", 2), ("a", 3))
    take(database, book)
    for verdict in (Verdict.NEVER, Verdict.TAKEN):
        (item,) = book.due(NAME, NOW, 10)
        book.settle(NAME, [settled(item, verdict)], Health(), NOW)
    assert book.replay(NAME, [1], NOW) == 1
    assert [item.event.row for item in book.due(NAME, NOW, 10)] == [1]
    assert book.replay(NAME, [1, 2, 99], NOW) == 0


def test_what_waited_too_long_for_a_receiver_dies_and_what_came_later_lives(database, book):
    happen(database, ("a", 1), ("b", 2))
    take(database, book)
    happen(database, ("a", 3))
    take(database, book, now=NOW + timedelta(hours=1))
    later = NOW + timedelta(hours=49)
    assert book.settle(NAME, [], Health(failures=9, failing_since=NOW), later, dead_until=NOW) == 2
    assert [row["state"] for row in delivery_rows(database)] == ["dead", "dead", "waiting"]
    assert [item.event.row for item in book.due(NAME, later, 10)] == [3]


def test_a_receiver_that_works_again_is_sent_at_once_what_waits(database, book):
    happen(database, ("a", 1))
    take(database, book)
    (item,) = book.due(NAME, NOW, 10)
    book.settle(NAME, [settled(item, Verdict.LATER, wait_s=600)], Health(failures=1), NOW)
    assert book.due(NAME, NOW, 10) == []
    book.settle(NAME, [], Health(), NOW, recovered=True)
    assert len(book.due(NAME, NOW, 10)) == 1


def test_how_a_receiver_is_doing_is_kept(database, book):
    health = Health(failures=3, failing_since=NOW, held_until=NOW, paused_at=NOW, why="w" * 900)
    book.note_health(NAME, health)
    assert (book.health(NAME).failures, book.health(NAME).paused_at) == (3, NOW)
    assert len(subscription(database)["why"]) == 500
    book.resume(NAME)
    assert book.health(NAME) == Health()


def test_a_subscription_that_is_not_there_is_named(book):
    with pytest.raises(ConfigurationError, match="no subscription 'nobody'"):
        book.replay("nobody", None, NOW)


class Deliveries(RuleBasedStateMachine):
    """Any history of changes, tries, ends, replays and restarts."""

    def __init__(self):
        super().__init__()
        self.context = new_ledger(self.folder / f"{id(self)}.db")
        self.database = self.context.__enter__()
        self.book = DeliveryBook(self.database)
        self.book.attach(NAME, Kind.WEBHOOK, 0)
        self.now = NOW
        self.number = 0
        self.taken = []

    def teardown(self):
        self.context.__exit__(None, None, None)

    @rule(cases=st.lists(st.sampled_from("abc"), min_size=1, max_size=4))
    def cases_change(self, cases):
        happen(self.database, *((case, self.number + index) for index, case in enumerate(cases)))
        self.number += len(cases)

    @rule()
    def the_relay_looks(self):
        take(self.database, self.book, now=self.now)

    @rule(verdicts=st.lists(st.sampled_from(list(Verdict)), min_size=1, max_size=4))
    def events_are_tried(self, verdicts):
        due = self.book.due(NAME, self.now, len(verdicts))
        done = [settled(item, verdict, self.now) for item, verdict in zip(due, verdicts, strict=False)]
        self.taken += [item.delivery.event.row for item in done if item.fate.verdict is Verdict.TAKEN]
        self.book.settle(NAME, done, Health(), self.now)

    @rule()
    def the_relay_dies_before_it_writes_down(self):
        self.book.due(NAME, self.now, 3)
        self.book = DeliveryBook(self.database)
        self.book.attach(NAME, Kind.WEBHOOK, 0)

    @rule(seconds=st.integers(1, 100))
    def time_passes(self, seconds):
        self.now += timedelta(seconds=seconds)

    @rule(some=st.lists(st.integers(1, 12), max_size=3))
    def somebody_replays(self, some):
        self.book.replay(NAME, some or None, self.now)

    @rule(ago=st.integers(0, 100))
    def the_receiver_is_given_up(self, ago):
        until = self.now - timedelta(seconds=ago)
        self.book.settle(NAME, [], Health(), self.now, dead_until=until)

    @rule()
    def the_receiver_works_again(self):
        self.book.settle(NAME, [], Health(), self.now, recovered=True)

    @invariant()
    def every_event_up_to_the_position_is_there_once(self):
        rows = [row["outbox_id"] for row in delivery_rows(self.database)]
        assert rows == list(range(1, self.book.position(NAME) + 1))

    @invariant()
    def of_each_case_only_the_oldest_that_waits_has_a_time(self):
        waiting = {}
        for row in delivery_rows(self.database):
            if row["state"] == DeliveryState.WAITING:
                waiting.setdefault(row["case_id"], []).append(row["next_try_at"])
            else:
                assert row["next_try_at"] is None
        for times in waiting.values():
            assert times[0] is not None
            assert times[1:] == [None] * (len(times) - 1)

    @invariant()
    def what_was_taken_stays_taken_and_nothing_is_taken_twice(self):
        assert len(set(self.taken)) == len(self.taken)
        states = {row["outbox_id"]: row["state"] for row in delivery_rows(self.database)}
        assert {row for row, state in states.items() if state == "delivered"} == set(self.taken)

    @invariant()
    def the_overview_counts_what_is_there(self):
        (row,) = DeliveryReading(self.database).subscriptions()
        states = [item["state"] for item in delivery_rows(self.database)]
        assert (row["waiting"], row["dead"]) == (states.count("waiting"), states.count("dead"))
        assert row["behind"] == self.number - row["position"]


def test_no_history_loses_doubles_or_reorders(tmp_path):
    Deliveries.folder = tmp_path
    machine = Deliveries.TestCase
    machine.settings = settings(max_examples=12, stateful_step_count=25, deadline=None)
    machine().runTest()
