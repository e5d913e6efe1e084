"""Look-ups by hand: on the record, known to the person they were about, and erased with the plate."""

import io
import zipfile
from dataclasses import replace

import pytest
from factories import at
from parts_trail import new_database, problems
from sqlalchemy import select

from cases.evidence.blobs import MemoryBlobStore
from cases.notices.look_ups import LookUp, LookUpBook
from cases.rights import Request, erase, gather
from cases.rights.page import pack
from cases.tables import audit
from models.errors import BadRecord, Refused

PLATE, OTHER = "浙B12345", "浙B123456"


@pytest.fixture
def database(tmp_path):
    database = new_database(tmp_path / "ledger.db")
    yield database
    database.close()


def asked(plate: str = PLATE, seconds: float = 0.0, actor: str = "operator:wang") -> LookUp:
    return LookUp(plate=plate, actor=actor, purpose="they called", now=at(seconds))


def right(seconds: float) -> Request:
    return Request(plate=PLATE, actor="officer-7", purpose="letter of 3 March", now=at(seconds))


def said(database) -> str:
    with database.read() as connection:
        return repr(connection.execute(select(audit.c.why, audit.c.after)).all())


def test_a_person_learns_who_looked_for_their_number_and_for_what(database):
    book = LookUpBook(database)
    book.allow(asked())
    book.found(asked(), "city knows 1 contact(s): owner")
    book.allow(asked(OTHER))
    everything = gather(database, right(60))
    found = everything["look_ups_without_case"]
    assert [(line["actor"], line["what"], line["why"]) for line in found] == [
        ("operator:wang", "owner_looked_up", "by hand: they called"),
        ("operator:wang", "owner_shown", "by hand: city knows 1 contact(s): owner"),
    ]
    with zipfile.ZipFile(io.BytesIO(pack(everything))) as packed:
        assert "by hand: they called" in packed.read("index.html").decode()


def test_with_the_plate_goes_what_names_it_and_the_chain_holds(database):
    book = LookUpBook(database)
    book.allow(asked())
    book.allow(asked(OTHER))
    erase(database, MemoryBlobStore(), right(60))
    assert f"'{PLATE}'" not in said(database)
    assert OTHER in said(database), "a longer plate is somebody else's"
    assert "they called" in said(database)
    assert problems(database) == []
    assert gather(database, right(61))["look_ups_without_case"] == []


def test_ten_a_minute_is_the_most_for_one_person(database):
    book = LookUpBook(database)
    for second in range(10):
        book.allow(asked(seconds=second))
    with pytest.raises(Refused, match="10 look-ups in the last minute"):
        book.allow(asked(seconds=10))
    book.allow(asked(seconds=10, actor="operator:li"))
    book.allow(asked(seconds=61))


def test_a_purpose_is_words(database):
    with pytest.raises(BadRecord, match="say for what"):
        LookUpBook(database).allow(replace(asked(), purpose=" ... "[:4]))
