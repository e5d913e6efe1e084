"""What may be kept no longer goes, everywhere; the chain stays whole and says what went."""

import os
from datetime import UTC, datetime, time, timedelta

import msgspec
import pytest
from factories import at
from parts_proof import PLATE, case_of, kept, put, removed, rows
from parts_trail import DAY_S, ended, new_database, opened, problems, spoil
from pydantic import ValidationError
from sqlalchemy import insert, update

from cases.clients.tables import reports
from cases.evidence.blobs import FileBlobStore, MemoryBlobStore
from cases.retention import DataClass, RetentionSettings, purge_is_due, rules
from cases.retention import holds as retention_holds
from cases.retention.proof import Wish, purge_case
from cases.retention.purge import purge
from cases.states import Resolution
from cases.tables import audit, cases, dead_letters, notices, observations, outbox
from cases.trail import guard as trail_guard
from cases.trail.tables import purges

SETTINGS = RetentionSettings()
LATER = {kind: timedelta(days=SETTINGS.days(kind) + 1) for kind in DataClass}


@pytest.fixture
def database(tmp_path):
    database = new_database(tmp_path / "ledger.db")
    yield database
    database.close()


@pytest.fixture
def shelf():
    return MemoryBlobStore()


def did(done):
    return {one.kind: (one.cases, one.items) for one in done if one.items and "no case:" not in one.rule}


def test_a_plate_goes_from_the_case_and_from_its_audit_and_the_chain_stays_whole(database, shelf):
    case_id = case_of(database, 0)
    assert kept(database).count(PLATE) > 8
    done = purge(database, SETTINGS, shelf, at(60) + LATER[DataClass.PLATES])
    assert PLATE not in kept(database)
    assert did(done)["plates"][0] == 1
    assert problems(database) == []
    (case,) = rows(database, cases)
    assert (case["plate"], case["plate_text"], case["dedup_key"]) == (None, None, f"purged:{case_id}")
    bodies = [msgspec.json.decode(row["body"]) for row in rows(database, observations)]
    (seen,) = [body["data"] for body in bodies if "data" in body]
    assert seen == {
        "plate": None,
        "appearance": None,
        "why": "plate [purged]",
        "zone": "z",
    }


def test_the_proof_names_rule_amount_and_hash_and_no_plate(database, shelf):
    case_of(database, 0)
    now = at(60) + LATER[DataClass.PLATES]
    purge(database, SETTINGS, shelf, now)
    proofs = [row for row in rows(database, audit) if row["what"] == "purged"]
    proof = next(row for row in proofs if row["after"]["class"] == "plates")
    assert (proof["at"], proof["actor"], proof["why"]) == (
        now,
        "clearway.retention",
        "plates: plates_days = 180",
    )
    assert proof["after"]["rule"] == "plates_days = 180"
    assert len(proof["after"]["sha256"]) == 64
    assert proof["after"]["blanked"] == {"1": ["why"], "3": ["after.plate"], "4": ["why"]}
    (mark,) = [row for row in rows(database, purges) if row["class"] == "plates"]
    assert (mark["items"], mark["sha256"]) == (proof["after"]["items"], proof["after"]["sha256"])


def test_the_same_plate_in_two_cases_leaves_different_hashes(database, shelf):
    case_of(database, 0)
    case_of(database, 0, seconds=120)
    purge(database, SETTINGS, shelf, at(180) + LATER[DataClass.PLATES])
    marks = [row["sha256"] for row in rows(database, purges) if row["class"] == "plates"]
    assert len(set(marks)) == 2


@pytest.mark.parametrize("kind", list(DataClass)[1:])
def test_nothing_goes_before_its_time(database, shelf, kind):
    picture = put(shelf, "one")
    case_of(database, 0, picture)
    days = SETTINGS.days(kind)
    done = purge(database, SETTINGS, shelf, at(60) + timedelta(days=days, seconds=-1))
    assert kind.value not in did(done)
    done = purge(database, SETTINGS, shelf, at(60) + timedelta(days=days))
    assert kind.value in did(done)
    assert problems(database) == []


def test_an_open_case_keeps_everything(database, shelf):
    picture = put(shelf, "one")
    case_of(database, 0, picture, closed=False)
    before = kept(database)
    done = purge(database, SETTINGS, shelf, at(0) + timedelta(days=10_000))
    assert (did(done), kept(database)) == ({}, before)
    assert shelf.get(picture.sha256)


def test_a_case_on_legal_hold_keeps_everything_until_it_is_released(database, shelf):
    case_id = case_of(database, 0, put(shelf, "one"))
    assert retention_holds.hold(database, case_id, actor="officer-7", why="court", now=at(100))
    assert not retention_holds.hold(database, case_id, actor="officer-7", why="court", now=at(101))
    now = at(0) + timedelta(days=10_000)
    assert did(purge(database, SETTINGS, shelf, now)) == {}
    assert [row["why"] for row in retention_holds.holds(database)] == ["court"]
    assert retention_holds.release(database, case_id, actor="officer-7", why="over", now=now)
    assert not retention_holds.release(database, case_id, actor="officer-7", why="over", now=now)
    assert "cases" in did(purge(database, SETTINGS, shelf, now))
    assert problems(database) == []


def test_purging_again_changes_nothing(database, shelf):
    case_of(database, 0, put(shelf, "one"))
    now = at(60) + LATER[DataClass.NOTICES]
    purge(database, SETTINGS, shelf, now)
    before = kept(database)
    assert did(purge(database, SETTINGS, shelf, now)) == {}
    assert kept(database) == before


def test_a_dry_run_says_the_same_and_does_nothing(database, shelf):
    picture = put(shelf, "one")
    case_of(database, 0, picture)
    now = at(60) + LATER[DataClass.PLATES]
    before = kept(database)
    said = purge(database, SETTINGS, shelf, now, dry_run=True)
    assert kept(database) == before
    assert shelf.get(picture.sha256)
    assert did(said) == did(purge(database, SETTINGS, shelf, now))


def test_a_picture_that_two_cases_share_stays_while_one_of_them_needs_it(database, shelf):
    shared, own = put(shelf, "both"), put(shelf, "one")
    case_of(database, 0, shared, own)
    case_of(database, 1, shared, seconds=10 * DAY_S)
    settings = SETTINGS.model_copy(update={"unneeded_pictures": False})
    purge(database, settings, shelf, at(60) + LATER[DataClass.PICTURES])
    assert (shelf.get(own.sha256), shelf.get(shared.sha256)) == (None, b"both")
    purge(database, settings, shelf, at(10 * DAY_S + 60) + LATER[DataClass.PICTURES])
    assert shelf.get(shared.sha256) is None
    assert problems(database) == []


def test_an_old_picture_that_no_case_ever_needed_goes(database, tmp_path):
    shelf = FileBlobStore(tmp_path / "evidence")
    old, new = put(shelf, "old"), put(shelf, "new")
    os.utime(shelf.path(old.sha256), (at(-100 * DAY_S).timestamp(),) * 2)
    done = purge(database, SETTINGS, shelf, datetime.now(UTC))
    assert did(done) == {"files": (0, 1)}
    assert (shelf.get(old.sha256), shelf.get(new.sha256)) == (None, b"new")
    (proof,) = rows(database, audit)
    assert (proof["what"], proof["after"]["pictures"]) == ("purged", [old.sha256])


def test_what_people_said_and_what_owners_were_written_go_in_their_time(database, shelf):
    case_of(database, 0)
    purge(database, SETTINGS, shelf, at(60) + LATER[DataClass.NOTICES])
    (report,) = rows(database, reports)
    assert (report["contact_mask"], report["description"], report["media_url"]) == ("", "", None)
    (notice,) = rows(database, notices)
    assert (notice["body"], notice["mask"], notice["recipient"]) == ("", "", f"purged:{notice['id']}")
    assert "138****" not in kept(database)
    assert problems(database) == []


def test_of_a_purged_case_only_its_chain_is_left_and_who_points_at_it_points_nowhere(database, shelf):
    case_id = case_of(database, 0)
    case_of(database, 0, seconds=120, closed=False)
    assert rows(database, cases)[1]["previous_id"] == case_id
    purge(database, SETTINGS, shelf, at(60) + LATER[DataClass.CASES])
    (left,) = rows(database, cases)
    assert left["previous_id"] is None
    assert all(row["case_id"] == left["id"] for row in rows(database, outbox))
    chain = [row for row in rows(database, audit) if row["chain"] == case_id]
    assert all(row["why"] == "" and row["after"] is None for row in chain if row["what"] != "purged")
    assert [row["what"] for row in chain][-1] == "purged"
    assert problems(database) == []


def test_a_case_deleted_by_hand_is_not_excused_by_a_purge_of_its_plates(database, shelf):
    case_id = case_of(database, 0)
    purge(database, SETTINGS, shelf, at(60) + LATER[DataClass.PLATES])
    removed(database, case_id)
    assert "the case is gone, and no proof of purge says so" in problems(database)


def test_a_plate_put_back_after_its_purge_is_found(database, shelf):
    case_of(database, 0)
    (old,) = [row for row in rows(database, audit) if row["number"] == 4]
    purge(database, SETTINGS, shelf, at(60) + LATER[DataClass.PLATES])
    leaves = msgspec.json.encode(old["leaves"]).decode()
    spoil(
        database,
        "UPDATE audit SET why = :why, leaves = :leaves WHERE id = :id",
        why=old["why"],
        leaves=leaves,
        id=old["id"],
    )
    assert problems(database) == ["has its why again, which was purged"]


def test_a_proof_cannot_be_blanked_itself(database):
    case_id = case_of(database, 0)
    with database.write() as connection, trail_guard.gate(connection, "test"):
        for _ in range(2):
            purge_case(connection, case_id, Wish(kind=DataClass.CASES, rule="test", actor="a", now=at(100)))
    assert problems(database) == []


def test_old_dead_letters_go(database, shelf):
    values = {"at": at(0), "origin": "x", "field": "$", "problem": "p", "size": 1, "payload": PLATE.encode()}
    with database.write() as connection:
        connection.execute(
            insert(dead_letters), [values | {"id": "1"}, values | {"id": "2", "at": at(DAY_S)}]
        )
    done = purge(database, SETTINGS, shelf, at(0) + timedelta(days=30))
    assert did(done) == {"letters": (0, 1)}
    assert [row["id"] for row in rows(database, dead_letters)] == ["2"]
    assert problems(database) == []


def test_merged_and_dismissed_cases_count_from_when_they_were_last_seen(database, shelf):
    opened(database, 1)
    with database.write() as connection:
        connection.execute(update(cases).values(state="merged", closed_at=None))
    assert "plates" in did(purge(database, SETTINGS, shelf, at(0) + LATER[DataClass.PLATES]))


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"pictures_days": 200}, id="pictures show plates"),
        pytest.param({"pictures_days": 0}, id="pictures for good"),
        pytest.param({"cases_days": 100}, id="cases before their plates"),
        pytest.param({"plates_days": -1}, id="less than nothing"),
        pytest.param({"plate_days": 1}, id="an unknown period"),
    ],
)
def test_periods_that_contradict_each_other_are_refused(wrong):
    with pytest.raises(ValidationError):
        RetentionSettings(**wrong)


def test_a_class_of_no_days_is_kept_for_good(database, shelf):
    settings = RetentionSettings(
        pictures_days=0, plates_days=0, contacts_days=0, notices_days=0, cases_days=0, letters_days=0
    )
    assert rules(settings, at(0)) == ()
    case_of(database, 0)
    assert purge(database, settings, shelf, at(0) + timedelta(days=9999)) == []


@pytest.mark.parametrize(
    ("last", "now", "due"),
    [
        pytest.param(None, 0, True, id="since the start"),
        pytest.param(-DAY_S, 0, True, id="a day ago"),
        pytest.param(-3600, 0, False, id="an hour ago, after today's time"),
        pytest.param(-11 * 3600, 0, True, id="before today's time"),
        pytest.param(-12 * 3600, -10 * 3600, False, id="today's time has not come"),
    ],
)
def test_the_purge_runs_once_a_day(last, now, due):
    moment = None if last is None else at(last)
    assert purge_is_due(moment, at(now), time(2, 30)) is due


def test_the_end_of_a_case_is_what_counts(database, shelf):
    """A stay of months: its pictures stay until so many days after its end."""
    picture = put(shelf, "one")
    case_of(database, 0, picture, closed=False)
    ended(database, 0, 200 * DAY_S, "stay-0-0.0")
    purge(database, SETTINGS, shelf, at(201 * DAY_S))
    assert shelf.get(picture.sha256)
    assert rows(database, cases)[0]["resolution"] == Resolution.LEFT
