"""One incident, one case: late plates, blind cameras, storms, replays; on random histories."""

from collections import Counter
from itertools import count

import factories
import pytest
from cases_parts import POLICIES, new_ledger, overstay, policy, rows
from factories import arrival, at
from hypothesis import given, settings
from hypothesis import strategies as st
from parts_ledger import ledger_at

from cases.arrivals import Condition
from cases.batch import Batch
from cases.ledger import Ledger
from cases.life import Change, Resolution, SignalKind, State
from cases.notices.book import NoticeBook
from cases.notices.records import Intent
from cases.tables import audit, cases, observations, origins, outbox, steps
from cases.taking import Later, Never
from models.records import PlateSource

OBSERVED, CONTINUES, ENDED = SignalKind.OBSERVED, SignalKind.CONTINUES, SignalKind.ENDED
NOTICE = policy('[[step]]\nid = "notice"\ndoes = "notify_owner"\n[storm]\nmost = 3\nwithin_s = 60\n')
READ = factories.plate("浙B99999", PlateSource.READ)
PLATE_KEY = "harbour/p/plate/浙B99999"


@pytest.fixture
def database(tmp_path):
    with new_ledger(tmp_path) as made:
        yield made


@pytest.fixture
def ledger(database):
    return Ledger(database, POLICIES | {"p": NOTICE})


def named(origin, seconds, **changes):
    """A stay whose plate is known by now."""
    fields = {"origin_id": origin, "dedup_key": PLATE_KEY, "plate": READ, "policy": "p", "at": at(seconds)}
    return arrival(CONTINUES, **(fields | changes))


def open_rows(database):
    return [row for row in rows(database, cases) if State(row["state"]).is_open]


def test_a_plate_that_is_read_later_names_the_incident(ledger, database):
    overstay(ledger, origin_id="a", plate=None)
    ledger.apply([named("a", 10)], at(10))
    (row,) = rows(database, cases)
    assert (row["dedup_key"], row["plate_text"]) == (PLATE_KEY, "浙B99999")
    assert [entry["what"] for entry in rows(database, audit)] == ["opened", "grew", "identified"]
    second = overstay(ledger, 20, origin_id="b", dedup_key=PLATE_KEY, plate=READ)
    assert second == row["id"]


@pytest.mark.parametrize("together", [True, False], ids=["in one batch", "one by one"])
def test_two_cases_of_one_plate_become_the_elder_one(ledger, database, together):
    elder = overstay(ledger, 0, origin_id="a", plate=None)
    younger = overstay(ledger, 5, origin_id="b", plate=None)
    news = [named("b", 10), named("a", 11)]
    for batch in [news] if together else [[item] for item in news]:
        ledger.apply(batch, at(12))
    found = {row["id"]: row for row in rows(database, cases)}
    assert (found[younger]["state"], found[younger]["merged_into"]) == ("merged", elder)
    assert (found[elder]["dedup_key"], found[elder]["live_origins"]) == (PLATE_KEY, ["a", "b"])
    assert {row["case_id"]: row["outcome"] for row in rows(database, steps)} == {
        elder: None,
        younger: "the case was merged into another",
    }
    assert {row["case_id"] for row in rows(database, origins)} == {elder}


def told(book, due, seconds):
    intent = Intent(
        case_id=due.case.id, step=due.step.id, recipient="token", mask="+86 ***", language="en", body="move"
    )
    return book.intend(due, [intent], at(seconds), lease_until=at(seconds + 60)).now


def test_who_was_told_by_the_younger_case_is_not_told_the_same_again(ledger, database):
    book = NoticeBook(database)
    elder = overstay(ledger, 0, origin_id="a", plate=None)
    overstay(ledger, 5, origin_id="b", plate=None)
    waiting, due = book.due(at(6))
    assert waiting.case.id == elder
    (notice,) = told(book, due, 6)
    ledger.apply([named("b", 10), named("a", 11)], at(12))
    (step,) = book.due(at(13))
    assert step.case.id == elder
    assert isinstance(step.verdict, Later), "nobody knows yet whether the owner was told"
    book.accepted(notice, "SM1", at(14))
    (step,) = book.due(at(15))
    assert isinstance(step.verdict, Never)
    assert "merged into this one took it" in step.verdict.why


def test_a_camera_that_is_blind_sees_nobody_leave(ledger, database):
    overstay(ledger, origin_id="a")
    ledger.note_condition(Condition(factories.SOURCE, "blind: covered", at(5), at(5), ""))
    left = {"kind": ENDED, "origin_id": "a", "resolution": Resolution.LEFT, "policy": "p"}
    applied = ledger.apply([arrival(**left, at=at(10), recorded_at=at(10))], at(10))
    assert applied[0].change is Change.UNSEEN
    assert "blind since" in rows(database, audit)[-1]["why"]
    ledger.close_unseen(at(1000))
    assert rows(database, cases)[0]["resolution"] == "unknown"


def test_a_camera_that_went_blind_afterwards_saw_it_leave(ledger, database):
    overstay(ledger, origin_id="a")
    ledger.note_condition(Condition(factories.SOURCE, "blind: covered", at(20), at(20), ""))
    left = {"kind": ENDED, "origin_id": "a", "resolution": Resolution.LEFT, "policy": "p"}
    ledger.apply([arrival(**left, at=at(10), recorded_at=at(10))], at(25))
    assert rows(database, cases)[0]["resolution"] == "left"


@pytest.mark.parametrize("together", [True, False], ids=["in one batch", "one by one"])
def test_a_storm_is_one_alert_with_a_count_and_loses_nothing(ledger, database, together):
    burst = [
        arrival(OBSERVED, origin_id=f"s{n}", dedup_key=f"k{n}", policy="p", at=at(n), plate=READ)
        for n in range(10)
    ]
    for batch in [burst] if together else [[item] for item in burst]:
        ledger.apply(batch, at(20))
    *normal, storm = rows(database, cases)
    assert [row["matter"] for row in normal] == ["fire-lane-blocked"] * 3
    assert (storm["matter"], storm["incidents"], storm["plate"]) == ("camera-storm", 7, None)
    assert len(storm["live_origins"]) == 7
    assert len(rows(database, observations)) == len(rows(database, origins)) == 10
    ends = [
        arrival(ENDED, origin_id=f"s{n}", policy="p", resolution=Resolution.LEFT, dedup_key=f"k{n}")
        for n in range(10)
    ]
    ledger.apply(ends, at(30))
    assert open_rows(database) == []


def test_one_who_may_stand_there_does_not_end_the_storm_of_the_others(ledger, database):
    burst = [arrival(OBSERVED, origin_id=f"s{n}", dedup_key=f"k{n}", policy="p", at=at(n)) for n in range(6)]
    ledger.apply(burst, at(20))
    excused = {"origin_id": "s4", "dedup_key": "k4", "policy": "p", "exempt": "on the plan's list"}
    ledger.apply([arrival(CONTINUES, **excused)], at(30))
    *_, storm = rows(database, cases)
    assert (storm["state"], storm["live_origins"]) == ("discovered", ["s3", "s5"])


def test_of_two_workers_who_open_one_incident_at_one_moment_the_second_finds_the_case(
    ledger, database, monkeypatch
):
    read = Batch._load
    late = iter([None])

    def _before_the_first_has_written(batch, signals):
        """The first time as if the other worker had not committed yet."""
        if next(late, "again") == "again":
            read(batch, signals)

    first = overstay(ledger, origin_id="a", dedup_key=PLATE_KEY, plate=READ)
    monkeypatch.setattr(Batch, "_load", _before_the_first_has_written)
    second = overstay(ledger, 1, origin_id="b", dedup_key=PLATE_KEY, plate=READ, event_id="e-b")
    assert second == first
    assert [row["live_origins"] for row in rows(database, cases)] == [["a", "b"]]


def test_after_a_storm_cases_open_as_before_and_other_cameras_never_noticed(ledger, database):
    for n in range(5):
        overstay(ledger, n)
    overstay(ledger, 5, source="/harbour/box-1/south")
    overstay(ledger, 100)
    assert Counter(row["matter"] for row in rows(database, cases)) == {
        "fire-lane-blocked": 5,
        "camera-storm": 1,
    }


def test_owners_that_a_policy_leaves_alone_open_no_case_and_close_theirs(database):
    ledger = Ledger(database, {"p": policy('exempt_plates = ["浙B9*"]\n')})
    assert overstay(ledger, origin_id="a", dedup_key=PLATE_KEY, plate=READ) is None
    overstay(ledger, origin_id="b", plate=None)
    ledger.apply([named("b", 10)], at(10))
    assert [row["resolution"] for row in rows(database, cases)] == ["exempt"]


VEHICLES = ("car-1", "car-2", "car-3")
SITES = ("/harbour/box-1/north", "/harbour/box-2/south")
NAMES = count()
CALM = policy("quiet_gap_s = 300\n[storm]\nmost = 0\n")


@st.composite
def histories(draw):
    """What truly happens: vehicles stand for a while, seen by one camera or by two whose views overlap.

    Several stand there at once. One vehicle comes again after an hour, far more than the quiet gap. Stays
    break in two (an edge restart) within the gap at the same spot; the plate is read at once or later.
    """
    visits, before = [], Counter()
    for number in range(draw(st.integers(1, 5))):
        vehicle = draw(st.sampled_from(VEHICLES))
        before[vehicle] += 1
        visits.append(
            {
                "number": number,
                "hour": before[vehicle],
                "vehicle": vehicle,
                "cameras": draw(st.sampled_from([1, 2])),
                "breaks": draw(st.booleans()),
                "read_at": draw(st.sampled_from([0, 1, 2])),
                "repeats": draw(st.booleans()),
                "left": draw(st.booleans()),
            }
        )
    return visits


def told_by_cameras(visit):
    """The observations of one visit, in order."""
    start = visit["hour"] * 3600
    plate = factories.plate(f"浙B1000{visit['vehicle'][-1]}", PlateSource.READ)
    found = []

    def say(kind, camera, stay, seconds, *, known, resolution=None):
        origin = f"{visit['number']}-{camera}-{stay}"
        key = f"harbour/p/plate/{plate.text}" if known else f"harbour/p/stay/{origin}"
        found.append(
            arrival(
                kind,
                event_id=f"{origin}-{kind}-{seconds}",
                origin_id=origin,
                dedup_key=key,
                plate=plate if known else None,
                policy="p",
                source=SITES[camera],
                zone=f"zone-{camera}",
                spot_xy=(0.2 + 0.3 * VEHICLES.index(visit["vehicle"]), 0.5),
                at=at(start + seconds),
                recorded_at=at(start + seconds),
                resolution=resolution,
            )
        )

    for camera in range(visit["cameras"]):
        say(OBSERVED, camera, 0, 10 + camera, known=visit["read_at"] == 0)
    for camera in range(visit["cameras"]):
        say(CONTINUES, camera, 0, 60 + camera, known=visit["read_at"] <= 1)
    stay = 0
    if visit["breaks"]:
        for camera in range(visit["cameras"]):
            say(ENDED, camera, 0, 100 + camera, known=False)
        stay = 1
        for camera in range(visit["cameras"]):
            say(OBSERVED, camera, 1, 160 + camera, known=False)
    for camera in range(visit["cameras"]):
        say(CONTINUES, camera, stay, 200 + camera, known=True)
    for camera in range(visit["cameras"]):
        resolution = Resolution.LEFT if visit["left"] else None
        say(ENDED, camera, stay, 300 + camera, known=True, resolution=resolution)
    return [item for item in found for _ in range(2 if visit["repeats"] else 1)]


@settings(max_examples=25, deadline=None)
@given(visits=histories(), size=st.integers(1, 9))
def test_every_visit_is_one_case_and_no_case_holds_two(tmp_path_factory, visits, size):
    database = ledger_at(tmp_path_factory.mktemp("history") / f"{next(NAMES)}.db")
    ledger = Ledger(database, {"p": CALM})
    every = []
    for hour in sorted({visit["hour"] for visit in visits}):
        said = [item for visit in visits if visit["hour"] == hour for item in told_by_cameras(visit)]
        said.sort(key=lambda item: item.signal.at)
        end = hour * 3600 + 400
        for start in range(0, len(said), size):
            ledger.apply(said[start : start + size], at(end))
        ledger.close_unseen(at(end + 1000))
        every += said
    before = rows(database, cases)
    assert all(item.repeat for item in ledger.apply(every, at(10**6)))
    assert rows(database, cases) == before
    going_on = [row for row in before if row["state"] != "merged"]
    assert len(going_on) == len(visits)
    assert all(row["state"] == "closed" for row in going_on)
    owner = {row["id"]: row["case_id"] for row in rows(database, origins)}
    for row in going_on:
        assert len({name.split("-")[0] for name, case_id in owner.items() if case_id == row["id"]}) == 1
    assert Counter(entry["what"] for entry in rows(database, audit)) == Counter(
        item["type"].split(".")[2] for item in rows(database, outbox)
    )
    database.close()
