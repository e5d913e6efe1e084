"""The ledger on a real SQLite file: one transaction a batch, one case an incident."""

from collections import Counter
from itertools import count

import factories
import pytest
from factories import arrival, at, short_ladders
from hypothesis import given, settings
from hypothesis import strategies as st
from parts_ledger import SERVER, ledger_at
from sqlalchemy import select

from cases import life
from cases.arrivals import Condition, DeadLetter
from cases.changes import CASE_CLOSED
from cases.ledger import Ledger
from cases.life import Change, Resolution, SignalKind, State
from cases.reading import Reading
from cases.tables import audit, cases, conditions, observations, origins, outbox, steps
from models.errors import BadRecord, ConfigurationError
from models.records import BlindReason, PlateSource

POLICIES = short_ladders()
OBSERVED, CONTINUES, ENDED, NOTED = (
    SignalKind.OBSERVED,
    SignalKind.CONTINUES,
    SignalKind.ENDED,
    SignalKind.NOTED,
)
SPOT = (0.5, 0.5)


@pytest.fixture
def database(tmp_path):
    database = ledger_at(tmp_path / "ledger.db")
    yield database
    database.close()


@pytest.fixture
def ledger(database):
    return Ledger(database, POLICIES)


@pytest.fixture
def reading(database):
    return Reading(database)


def rows(database, table):
    with database.read() as connection:
        return [
            dict(row) for row in connection.execute(select(table).order_by(*table.primary_key)).mappings()
        ]


def changes(applied):
    return [item.change for item in applied]


def test_an_overstay_opens_one_case_with_audit_outbox_and_ladder(ledger, database, reading):
    (applied,) = ledger.apply([arrival(OBSERVED, why="too long")], at(1))
    assert (applied.change, applied.repeat) == (Change.OPENED, False)
    case = reading.case(applied.case_id)
    assert (case["number"], case["state"], case["matter"]) == (1, "discovered", "fire-lane-blocked")
    assert [(row["what"], row["why"], row["before"]) for row in case["audit"]] == [
        ("opened", "too long", None)
    ]
    assert [row["step"] for row in case["steps"]] == ["notice", "reminder"]
    assert [row["type"] for row in rows(database, outbox)] == ["clearway.case.opened.v1"]


def test_the_ladder_counts_from_the_moment_the_device_saw_it(ledger, reading):
    ledger.apply([arrival(OBSERVED, recorded_at=at(0))], at(5))
    assert reading.due_before(at(0)) == 1


def test_a_clock_that_is_ahead_does_not_put_the_ladder_off(ledger, reading):
    ledger.apply([arrival(OBSERVED, recorded_at=at(30))], at(5))
    assert reading.due_before(at(5)) == 1


@pytest.mark.parametrize("batches", [1, 2], ids=["in one batch", "in two"])
def test_a_repeat_changes_nothing(ledger, database, batches):
    first = arrival(OBSERVED)
    applied = (
        ledger.apply([first, first], at(1))
        if batches == 1
        else [*ledger.apply([first], at(1)), *ledger.apply([first], at(2))]
    )
    assert [item.repeat for item in applied] == [False, True]
    assert len(rows(database, audit)) == len(rows(database, cases)) == len(rows(database, observations)) == 1


def test_a_stay_that_only_began_is_written_down_and_opens_nothing(ledger, database):
    assert changes(ledger.apply([arrival(NOTED)], at(1))) == [None]
    assert len(rows(database, observations)) == 1
    assert rows(database, cases) == []


def test_the_end_of_what_never_was_a_case_is_only_written_down(ledger, database):
    assert changes(ledger.apply([arrival(ENDED, resolution=Resolution.LEFT)], at(1))) == [None]
    assert rows(database, cases) == []


def test_nothing_to_apply_is_fine(ledger):
    assert ledger.apply([], at(1)) == []


@pytest.mark.parametrize("together", [True, False], ids=["in one batch", "one by one"])
def test_a_case_opened_and_closed_leaves_no_standing_step_due(ledger, database, together):
    both = [arrival(OBSERVED), arrival(ENDED, resolution=Resolution.LEFT)]
    for batch in [both] if together else [[item] for item in both]:
        ledger.apply(batch, at(1))
    assert {row["step"]: row["outcome"] for row in rows(database, steps)} == {
        "notice": CASE_CLOSED,
        "reminder": CASE_CLOSED,
        "thanks": None,
    }


def test_a_closed_case_never_reopens_and_the_next_one_links_to_it(ledger, database):
    ledger.apply([arrival(OBSERVED), arrival(ENDED, resolution=Resolution.LEFT)], at(1))
    assert changes(ledger.apply([arrival(CONTINUES)], at(2))) == [None]
    assert changes(ledger.apply([arrival(OBSERVED, origin_id="stay-2")], at(3))) == [Change.OPENED]
    old, new = rows(database, cases)
    assert (old["state"], new["state"], new["previous_id"]) == ("closed", "discovered", old["id"])


def test_two_stays_of_one_incident_are_one_case_until_both_ended(ledger, database):
    left = {"resolution": Resolution.LEFT}
    both = [arrival(OBSERVED), arrival(OBSERVED, origin_id="stay-2")]
    assert changes(ledger.apply(both, at(1))) == [Change.OPENED, Change.GREW]
    assert changes(ledger.apply([arrival(ENDED, **left)], at(2))) == [Change.GREW]
    assert changes(ledger.apply([arrival(ENDED, origin_id="stay-2", **left)], at(3))) == [Change.CLOSED]
    assert len(rows(database, cases)) == 1


def new_stay(name, **more):
    fields = {"origin_id": name, "dedup_key": f"harbour/fire-lane/stay/{name}", "spot_xy": SPOT}
    return arrival(OBSERVED, **(fields | more))


def lost(name, seconds):
    return arrival(ENDED, origin_id=name, recorded_at=at(seconds))


def test_unseen_then_seen_within_the_gap_is_the_same_case(ledger, database):
    ledger.apply([new_stay("a"), lost("a", 10)], at(10))
    assert ledger.close_unseen(at(10 + 299)) == 0
    assert changes(ledger.apply([new_stay("b")], at(310))) == [Change.SEEN_AGAIN]
    (case,) = rows(database, cases)
    assert (case["unseen_since"], case["live_origins"]) == (None, ["b"])


def test_unseen_past_the_gap_is_closed_as_unknown_and_the_next_is_a_new_case(ledger, database):
    first = {"dedup_key": "harbour/fire-lane/plate/x"}
    ledger.apply([new_stay("a", **first), lost("a", 10)], at(10))
    assert ledger.close_unseen(at(310)) == 1
    assert ledger.close_unseen(at(310)) == 0
    assert changes(ledger.apply([new_stay("b", **first)], at(311))) == [Change.OPENED]
    old, new = rows(database, cases)
    assert (old["state"], old["resolution"], new["previous_id"]) == ("closed", "unknown", old["id"])
    assert Counter(row["what"] for row in rows(database, audit)) == Counter(
        {"opened": 2, "unseen": 1, "closed": 1}
    )


@pytest.mark.parametrize("together", [True, False], ids=["in one batch", "one by one"])
@pytest.mark.parametrize(
    ("more", "n"),
    [
        pytest.param({}, 1, id="the same spot"),
        pytest.param({"spot_xy": (0.7, 0.5)}, 2, id="another spot"),
        pytest.param({"plate": factories.plate("浙B1", PlateSource.READ)}, 2, id="another read plate"),
        pytest.param({"zone": "fire-lane-2"}, 2, id="another zone"),
    ],
)
def test_what_resumes_an_unseen_case_and_what_is_a_new_one(ledger, database, together, more, n):
    read = factories.plate("浙B2", PlateSource.READ)
    history = [new_stay("a", plate=read), lost("a", 10), new_stay("b", **more)]
    for batch in [history] if together else [[item] for item in history]:
        ledger.apply(batch, at(20))
    assert len(rows(database, cases)) == n


def test_of_two_unseen_cases_at_one_spot_the_one_seen_last_is_resumed(ledger, database):
    for name, seconds in (("a", 20), ("b", 10)):
        read = factories.plate(f"浙B{name}", PlateSource.READ)
        ledger.apply([new_stay(name, plate=read), lost(name, seconds)], at(30))
    ledger.apply([new_stay("c", plate=None)], at(40))
    live = {row["dedup_key"][-1]: row["live_origins"] for row in rows(database, cases)}
    assert live == {"a": ["c"], "b": []}


def test_an_unknown_policy_leaves_the_ledger_as_it_was(ledger, database):
    with pytest.raises(ConfigurationError, match="did you mean 'fire-lane'"):
        ledger.apply(
            [arrival(OBSERVED), arrival(OBSERVED, policy="fire-line", origin_id="b", dedup_key="k")], at(1)
        )
    assert rows(database, cases) == rows(database, observations) == []


def test_a_case_keeps_the_policy_it_opened_with(database):
    ledger = Ledger(database, POLICIES)
    ledger.apply([arrival(OBSERVED), arrival(ENDED, recorded_at=at(0))], at(1))
    stricter = {"fire-lane": POLICIES["fire-lane"].model_copy(update={"quiet_gap_s": 5.0})}
    assert Ledger(database, stricter).close_unseen(at(100)) == 0


def test_what_does_not_fit_is_a_bad_record_and_nothing_is_kept(ledger, database):
    naive = arrival(OBSERVED, origin_id="b", dedup_key="k", began_at=at(0).replace(tzinfo=None))
    with pytest.raises(BadRecord, match="does not fit"):
        ledger.apply([arrival(OBSERVED), naive], at(1))
    assert rows(database, observations) == []


def test_older_news_of_a_camera_changes_nothing(ledger, reading):
    source = factories.SOURCE
    ledger.note_condition(Condition(source, "blind: black", at(0), at(10), ""))
    ledger.note_condition(Condition(source, "ok", at(5), at(5), ""))
    assert [row["state"] for row in reading.conditions()] == ["blind: black"]
    ledger.note_condition(Condition(source, "ok", at(20), at(20), ""))
    assert reading.conditions() == []


@pytest.mark.parametrize("reason", BlindReason)
def test_every_reason_to_be_blind_fits_its_column(reason):
    assert len(f"blind: {reason.value}") <= conditions.c.state.type.length


def test_a_device_is_what_it_said_last(ledger, reading):
    ledger.note_device("s", "d", at(0), {"online": True})
    ledger.note_device("s", "d", at(1), {"online": False})
    assert [row["status"] for row in reading.devices()] == [{"online": False}]


def test_a_dead_letter_is_shown_once(ledger, reading):
    letter = DeadLetter("dead/0/7", at(0), "topic", "$", "no JSON", 3, b"\x00\xff\x01")
    ledger.note_dead_letters([letter, letter])
    ledger.note_dead_letters([letter])
    assert [(row["id"], row["payload"]) for row in reading.dead_letters()] == [("dead/0/7", b"\x00\xff\x01")]


KEYS = ("k1", "k2")
STAYS = ("a", "b", "c", "d")
SPOTS = ((0.2, 0.5), (0.8, 0.5))
MOVES = st.lists(
    st.tuples(
        st.sampled_from([OBSERVED, CONTINUES, ENDED, NOTED]),
        st.integers(0, len(STAYS) - 1),
        st.sampled_from([None, Resolution.LEFT]),
        st.booleans(),
    ),
    min_size=1,
    max_size=14,
)


def history(moves):
    """Arrivals of a few stays, two to a key and spot, with a repeat here and there."""
    found = []
    for number, (kind, stay, resolution, repeated) in enumerate(moves):
        item = arrival(
            kind,
            event_id=f"event-{number}",
            origin_id=STAYS[stay],
            dedup_key=KEYS[stay % 2],
            spot_xy=SPOTS[stay // 2],
            resolution=resolution if kind is ENDED else None,
            at=at(number),
            recorded_at=at(number),
        )
        found += [item, item] if repeated else [item]
    return found


def summary(database):
    """The cases without what depends on the moment of writing."""
    return [{name: value for name, value in row.items() if name != "policy"} for row in rows(database, cases)]


def check_laws(database):
    every = rows(database, cases)
    keys = Counter(row["dedup_key"] for row in every if row["state"] != State.CLOSED)
    assert not keys or max(keys.values()) == 1
    owner = {row["id"]: row["case_id"] for row in rows(database, origins)}
    entries = rows(database, audit)
    due = rows(database, steps)
    for row in every:
        own = [entry for entry in entries if entry["case_id"] == row["id"]]
        assert own[0]["what"] == Change.OPENED
        assert [entry["before"] for entry in own[1:]] == [entry["after"] for entry in own[:-1]]
        assert [entry["what"] for entry in own].count(Change.CLOSED) == (row["state"] == State.CLOSED)
        if row["state"] == State.CLOSED:
            assert own[-1]["what"] == Change.CLOSED
            assert row["live_origins"] == []
            waiting = [step["step"] for step in due if step["case_id"] == row["id"] and not step["done_at"]]
            assert waiting == (["thanks"] if row["resolution"] == Resolution.LEFT else [])
        else:
            assert bool(row["live_origins"]) == (row["unseen_since"] is None)
        assert all(owner[name] == row["id"] for name in row["live_origins"])
        assert own[-1]["after"]["origins"] == row["live_origins"]
    assert Counter(entry["what"] for entry in entries) == Counter(
        item["type"].split(".")[2] for item in rows(database, outbox)
    )


NAMES = count()
HISTORIES = 5 if SERVER else 40


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """New ledgers, as many as are asked for."""
    folder = tmp_path_factory.mktemp("ledgers")
    return lambda: ledger_at(folder / f"{next(NAMES)}.db")


@settings(max_examples=HISTORIES, deadline=None)
@given(moves=MOVES, cut=st.integers(1, 14), given_up=st.booleans())
def test_no_history_breaks_the_laws_however_it_is_cut_into_batches(fresh, moves, cut, given_up):
    arrivals = history(moves)
    shown = []
    for size in (1, cut, len(arrivals)):
        database = fresh()
        ledger = Ledger(database, POLICIES)
        for start in range(0, len(arrivals), size):
            ledger.apply(arrivals[start : start + size], at(100))
        if given_up:
            ledger.close_unseen(at(1000))
        check_laws(database)
        before = summary(database)
        assert all(item.repeat for item in ledger.apply(arrivals, at(2000)))
        assert summary(database) == before
        shown.append(before)
        database.close()
    assert shown[0] == shown[1] == shown[2]


@settings(max_examples=HISTORIES, deadline=None)
@given(moves=MOVES)
def test_what_is_written_is_what_the_pure_rule_says(fresh, moves):
    """One stay, one case: the row read back is the case as `life.step` left it."""
    database = fresh()
    case = None
    for item in history([(kind, 0, resolution, False) for kind, _, resolution, _ in moves]):
        Ledger(database, POLICIES).apply([item], at(100))
        if case is not None:
            case, _ = life.step(case, item.signal, item.signal.at)
        elif life.opens(item.signal):
            case = life.open_case(item.signal, POLICIES["fire-lane"])
    found = rows(database, cases)
    database.close()
    assert len(found) == (case is not None)
    if case is not None:
        names = ("id", "state", "last_seen_at", "unseen_since", "closed_at", "resolution", "opened_at")
        assert {name: found[0][name] for name in names} == {name: getattr(case, name) for name in names}
        assert found[0]["live_origins"] == sorted(case.live_origins)
