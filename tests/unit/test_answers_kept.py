"""How long answers are kept, who may know of them, and what the API shows of them."""

import msgspec
import pytest
from cases_parts import rows
from factories import at
from parts_office import asking, let_in, make_app, make_office, reopened_office
from parts_proof import PLATE, case_of, kept
from parts_public import now, told
from parts_trail import new_database, problems
from sqlalchemy import select

from cases.answers.book import Answer, AnswerBook
from cases.answers.disowning import AnswerKind
from cases.answers.tables import case_answers
from cases.clients import Scope
from cases.evidence.blobs import MemoryBlobStore
from cases.notices.optouts import OptOuts
from cases.retention import DataClass, RetentionSettings
from cases.retention.purge import purge
from cases.rights import Request, erase, gather
from cases.rights.page import pack, page
from cases.tables import notices
from console.rest_doorman import Doorman

SETTINGS = RetentionSettings()
WORDS = f"{PLATE} 当天在修理厂"
DAY_S = 86_400


@pytest.fixture
def database(tmp_path):
    database = new_database(tmp_path / "ledger.db")
    yield database
    database.close()


def answered(database, kind=AnswerKind.OBJECTION, text=WORDS, seconds=30.0):
    """A closed case whose owner answered; the recipient's token."""
    case_of(database, 0)
    with database.read() as connection:
        notice = connection.execute(select(notices.c.id, notices.c.recipient)).first()
    AnswerBook(database).answer(
        Answer(notice_id=notice.id, kind=kind, text=text, at=at(seconds), client="c0ffee", token_sha="abc")
    )
    return notice.recipient


@pytest.mark.parametrize("kind", [DataClass.CONTACTS, DataClass.NOTICES])
def test_an_owners_words_go_with_their_class(database, kind):
    answered(database)
    days = SETTINGS.days(kind)
    fields = {f"{one.value}_days": 0 for one in DataClass} | {f"{kind.value}_days": days}
    alone = RetentionSettings.model_validate(fields)
    purge(database, alone, MemoryBlobStore(), at(60 + DAY_S * days - 10))
    assert rows(database, case_answers)[0]["text"] == WORDS
    purge(database, alone, MemoryBlobStore(), at(60 + DAY_S * (days + 1)))
    row = rows(database, case_answers)[0]
    assert (row["text"], row["client"], row["token_sha"], row["kind"]) == ("", "", "", "objection")
    assert problems(database) == []


def test_a_plate_goes_from_what_owners_wrote(database):
    answered(database)
    purge(database, SETTINGS, MemoryBlobStore(), at(60 + DAY_S * (SETTINGS.plates_days + 1)))
    assert PLATE not in kept(database)
    assert problems(database) == []


def request():
    return Request(plate=PLATE, actor="officer-7", purpose="letter of 3 March", now=at(500))


def test_whoever_asks_gets_their_answers_too(database):
    recipient = answered(database)
    OptOuts(database).set(recipient, at(40), "message")
    found = gather(database, request())
    assert [one["text"] for one in found["cases"][0]["answers"]] == [WORDS]
    assert [one["recipient"] for one in found["cases"][0]["opt_outs"]] == [recipient]
    assert "当天在修理厂" in page(msgspec.to_builtins(found))
    assert pack(found)


def test_who_is_erased_leaves_no_word_and_is_still_not_written_to(database):
    recipient = answered(database)
    outs = OptOuts(database)
    outs.set(recipient, at(40), "message")
    erase(database, MemoryBlobStore(), request())
    assert "修理厂" not in kept(database)
    assert outs.has(recipient)


@pytest.fixture
def office(tmp_path):
    found = make_office(tmp_path)
    yield found
    found.desk._database.close()


def say(office, index, kind=AnswerKind.NOT_MINE, text=""):
    database = office.desk._database
    case, notice = told(database, index)
    AnswerBook(database).answer(Answer(notice_id=notice, kind=kind, text=text, at=now()))
    return case


async def test_the_api_shows_answers_and_the_review_and_takes_the_finding(office):
    case = say(office, 1)
    app = make_app(office, Doorman(office.clients, now))
    async with asking(app, let_in(office.clients, "desk", Scope.CASES_WRITE, at=now())) as client:
        shown = (await client.get(f"/api/v1/cases/{case}")).json()
        assert (shown["case"]["disowned"], shown["answers"][0]["kind"]) == ("waiting", "not_mine")
        order = {"command": "review", "theirs": False, "keep_open": True, "why": "another letter"}
        found = await client.post(f"/api/v1/cases/{case}/commands", json=order)
        assert (found.status_code, found.json()["change"]) == (200, "reviewed")
        assert (await client.get(f"/api/v1/cases/{case}")).json()["case"]["disowned"] == "true"
        again = await client.post(f"/api/v1/cases/{case}/commands", json=order)
        assert again.status_code == 409


async def test_words_of_owners_are_for_those_who_may_see_plates(office):
    case = say(office, 1, AnswerKind.OBJECTION, "my words")
    app = make_app(office, Doorman(office.clients, now))
    for scope, text in ((Scope.CASES_READ, ""), (Scope.CASES_WRITE, "my words")):
        async with asking(app, let_in(office.clients, scope.name, scope, at=now())) as client:
            shown = (await client.get(f"/api/v1/cases/{case}")).json()
            assert shown["answers"][0]["text"] == text


async def test_a_doubted_zone_is_an_alert_of_the_api_and_the_page(office, tmp_path):
    cases = {say(office, index) for index in (1, 2)}
    app = make_app(office, Doorman(office.clients, now))
    async with asking(app, let_in(office.clients, "desk", Scope.CASES_READ, at=now())) as client:
        (alert,) = (await client.get("/api/v1/alerts")).json()
        assert (alert["zone"], alert["answers"]) == ("fire-lane-1", 2)
        assert {one["id"] for one in alert["cases"]} == cases
        assert (await client.get("/api/v1/summary")).json()["kerb"]["zones_doubted"] == 1
    assert office.desk.take().health.zones_doubted == 1
    assert reopened_office(tmp_path).desk.health().doubts[0].zone == "fire-lane-1"
