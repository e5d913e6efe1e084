"""A person may know what is kept about a plate, and have it erased; every use is in the audit."""

import io
import zipfile

import msgspec
import pytest
from factories import at
from parts_proof import PLATE, case_of, kept, put, rows
from parts_trail import entry, new_database, noted, problems
from sqlalchemy import insert

from cases.clients.answers import Answer, Answers
from cases.clients.tables import reports
from cases.evidence.blobs import MemoryBlobStore
from cases.retention import holds as retention_holds
from cases.rights import Request, case_ids, erase, gather, normalised
from cases.rights.page import pack
from cases.tables import audit, dead_letters, observations
from cases.trail.hashing import canonical, digest
from models.errors import BadRecord, Refused

OTHER = "浙B00001"


@pytest.fixture
def database(tmp_path):
    database = new_database(tmp_path / "ledger.db")
    yield database
    database.close()


@pytest.fixture
def shelf():
    return MemoryBlobStore()


def request(plate=PLATE, purpose="letter of 3 March", seconds=500.0):
    return Request(plate=plate, actor="officer-7", purpose=purpose, now=at(seconds))


def seen(database, text, body="{}", name="o-1"):
    with database.write() as connection:
        connection.execute(
            insert(observations).values(
                id=name,
                type="clearway.stay.began.v1",
                source="/s/d/c",
                subject="z",
                origin_id="x",
                at=at(0),
                applied_at=at(0),
                body=body.replace("PLATE", text),
            )
        )


def test_an_export_holds_all_that_concerns_the_plate_and_nothing_of_others(database, shelf):
    case_of(database, 0, put(shelf, "one"))
    case_of(database, 1)
    seen(database, PLATE, '{"data":{"plate":{"text":"PLATE"}}}')
    found = gather(database, request("浙b·00000"))
    (item,) = found["cases"]
    assert item["case"]["plate_text"] == PLATE
    assert [notice["body"] for notice in item["notices"]] == [f"{PLATE} 请尽快驶离"]
    assert [picture["sha256"] for picture in item["pictures"]]
    assert len(item["history"]) == 5
    assert len(found["observations_without_case"]) == 1
    assert OTHER not in repr(found)


def test_a_look_up_of_the_owner_is_in_the_export(database):
    case_id = case_of(database, 0)
    noted(database, [entry(case_id=case_id, what="owner_looked_up", why="to send a notice: found")])
    (item,) = gather(database, request())["cases"]
    assert [look_up["why"] for look_up in item["look_ups"]] == ["to send a notice: found"]


def test_the_file_has_json_and_a_page_that_escapes_what_it_shows(database):
    case_id = case_of(database, 0)
    noted(database, [entry(case_id=case_id, why="<script>alert(1)</script>")])
    with zipfile.ZipFile(io.BytesIO(pack(gather(database, request())))) as archive:
        assert archive.namelist() == ["data.json", "index.html"]
        data, page = msgspec.json.decode(archive.read("data.json")), archive.read("index.html").decode()
    assert data["plate"] == PLATE
    assert "CW-000001" in page
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_every_export_is_in_the_audit_with_who_and_why_and_without_the_plate(database):
    case_id = case_of(database, 0)
    gather(database, request())
    entries = [row for row in rows(database, audit) if row["what"] == "rights_exported"]
    assert [(row["chain"], row["actor"], row["why"]) for row in entries] == [
        ("subject:rights", "officer-7", "letter of 3 March"),
        (case_id, "officer-7", "letter of 3 March"),
    ]
    assert PLATE not in repr(entries)
    assert problems(database) == []


def test_an_erasure_leaves_the_plate_nowhere_and_the_chain_whole(database, shelf):
    picture = put(shelf, "one")
    case_of(database, 0, picture)
    case_of(database, 1)
    seen(database, PLATE, '{"data":{"plate":{"text":"PLATE"},"why":"x PLATE y"}}')
    noted(database, [entry(subject="desk", why=f"asked for {PLATE}"), entry(why=f"{PLATE} again")])
    with database.write() as connection:
        values = {"at": at(0), "origin": "x", "field": "$", "problem": "p", "size": 1}
        connection.execute(insert(dead_letters).values(id="1", payload=PLATE.encode(), **values))
    for key, plate in (("one", PLATE), ("two", OTHER)):
        Answers(database).claim("client", key, "d", at(0))
        Answers(database).complete("client", key, Answer(201, "application/json", f'"{plate}"'.encode()))
    done = erase(database, shelf, request())
    assert PLATE not in kept(database)
    assert OTHER in kept(database)
    assert (done.cases, done.pictures, shelf.get(picture.sha256)) == (1, 1, None)
    assert problems(database) == []


def test_what_json_spells_with_escapes_is_erased_too(database, shelf):
    escaped = PLATE.encode("unicode_escape").decode()
    seen(database, escaped, '{"data":{"plate":{"text":"PLATE"},"why":"PLATE"}}')
    erase(database, shelf, request())
    assert (PLATE in kept(database), "6d59" in kept(database)) == (False, False)


@pytest.mark.parametrize("written", ["浙B·00000", "浙b 00000", "浙 B-0 0000"])
def test_it_is_erased_however_people_wrote_it(database, shelf, written):
    case_id = case_of(database, 1)
    with database.write() as connection:
        said = f"not mine but {written}, ask there"
        connection.execute(reports.update().where(reports.c.case_id == case_id).values(description=said))
    noted(database, [entry(case_id=case_id, why=f"the owner of {written} called", after={"x": written})])
    erase(database, shelf, request())
    assert written not in kept(database)
    assert [row["description"] for row in rows(database, reports)] == ["not mine but [purged], ask there"]
    assert problems(database) == []


def test_a_longer_plate_is_somebody_elses(database, shelf):
    """A green plate has one sign more than a blue one: 浙BD1234 begins 浙BD12345."""
    case_of(database, 100000, closed=False)
    seen(database, "浙B100000", '{"data":{"plate":{"text":"PLATE"}}}')
    before = kept(database)
    shorter = request("浙B10000")
    assert gather(database, shorter)["cases"] == []
    done = erase(database, shelf, shorter)
    assert (done.cases, done.items) == (0, 0)
    assert kept(database).count("浙B100000") == before.count("浙B100000")


def test_a_receipt_shows_what_an_erasure_was_about(database, shelf):
    case_of(database, 0)
    done = erase(database, shelf, request())
    assert done.sha256 == digest(canonical([done.receipt, PLATE]))
    (proof,) = [row for row in rows(database, audit) if row["what"] == "rights_erased" and not row["case_id"]]
    assert proof["after"]["sha256"] == done.sha256
    assert done.receipt not in kept(database)


def test_nothing_is_erased_while_a_case_is_open(database, shelf):
    case_of(database, 0)
    case_of(database, 0, seconds=100, closed=False)
    before = kept(database)
    with pytest.raises(Refused, match="CW-000002 is discovered"):
        erase(database, shelf, request())
    assert kept(database) == before


def test_nothing_is_erased_while_a_case_is_on_hold(database, shelf):
    case_id = case_of(database, 0)
    retention_holds.hold(database, case_id, actor="a", why="court", now=at(100))
    before = kept(database)
    with pytest.raises(Refused, match=r"on legal hold \(court\)"):
        erase(database, shelf, request())
    assert kept(database) == before


def test_erasing_again_finds_nothing(database, shelf):
    case_of(database, 0)
    erase(database, shelf, request())
    done = erase(database, shelf, request())
    assert (done.cases, done.items) == (0, 0)
    assert problems(database) == []


@pytest.mark.parametrize("wrong", ["", "B1", "浙B12345浙B12345浙B1", "'; DROP TABLE audit", "%"])
def test_what_is_no_plate_is_refused(database, wrong):
    with pytest.raises(BadRecord) as caught:
        gather(database, request(wrong))
    assert caught.value.field == "plate"


@pytest.mark.parametrize("wrong", ["", "  ", "for 浙B 00000", "for 浙b·00000"])
def test_a_purpose_is_wanted_and_must_not_name_the_plate(database, wrong):
    with pytest.raises(BadRecord) as caught:
        gather(database, request(purpose=wrong))
    assert caught.value.field == "purpose"


@pytest.mark.parametrize("plate", ["浙B·00000", " 浙b 00000 ", "浙B-00000", "浙B00000"])
def test_a_plate_is_found_however_it_is_written(plate):
    assert normalised(plate) == PLATE


def test_a_plate_that_was_only_read_on_the_way_is_found(database):
    case_id = case_of(database, 0)
    body = '{"data":{"plate":{"text":"浙B77777"}}}'
    with database.write() as connection:
        connection.execute(observations.update().where(observations.c.case_id == case_id).values(body=body))
    with database.read() as connection:
        assert case_ids(connection, "浙B77777") == [case_id]
