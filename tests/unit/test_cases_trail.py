"""The audit is one chain a case: nothing in it can be changed, left out or put in unseen."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import pytest
from factories import at
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from parts_trail import (
    DAY_S,
    Vandal,
    checked,
    ended,
    entry,
    guarded,
    new_database,
    noted,
    opened,
    problems,
    spoil,
    unguarded,
)
from sqlalchemy import select, text

from cases.database import Database
from cases.tables import audit
from cases.trail import row_of
from cases.trail.check import check_case
from cases.trail.hashing import GENESIS, Sealable, Tree, blanked, entry_hash, purged, salted
from cases.trail.seal import seal_days
from cases.trail.tables import trail_heads, trail_seals
from models.errors import BadRecord
from models.signing import SigningKey


@pytest.fixture
def database(tmp_path):
    database = new_database(tmp_path / "ledger.db")
    yield database
    database.close()


def rows(database, table=audit):
    with database.read() as connection:
        return [
            dict(row) for row in connection.execute(select(table).order_by(*table.primary_key)).mappings()
        ]


def test_each_case_is_a_chain_of_its_own(database):
    one, other = opened(database, 2)
    ended(database, 0, 60)
    assert [(row["chain"], row["number"]) for row in rows(database)] == [(one, 1), (other, 1), (one, 2)]
    first, _, third = rows(database)
    assert (first["previous"], third["previous"]) == (GENESIS, first["hash"])
    assert problems(database) == []


def test_entries_without_a_case_are_chained_under_their_day_or_a_subject(database):
    noted(database, [entry(), entry(subject="silences"), entry(DAY_S), entry(1)])
    assert [(row["chain"], row["number"]) for row in rows(database)] == [
        ("day:2026-11-21", 1),
        ("subject:silences", 1),
        ("day:2026-11-22", 1),
        ("day:2026-11-21", 2),
    ]
    assert problems(database) == []


def test_an_entry_keeps_its_values_as_they_were_said(database):
    noted(database, [entry(before={"b": 1, "a": [at(1), None]}, after={"ü": 1.5}, why="因为", cause="x")])
    (row,) = rows(database)
    assert (row["before"], row["after"], row["why"]) == (
        {"a": ["2026-11-21T12:00:01Z", None], "b": 1},
        {"ü": 1.5},
        "因为",
    )


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        pytest.param({"actor": None}, "audit.actor", id="no actor"),
        pytest.param({"at": "today"}, "audit.at", id="a time in words"),
        pytest.param({"at": datetime(2026, 1, 1)}, "audit.at", id="a time without offset"),  # noqa: DTZ001
        pytest.param({"who": "me"}, "audit", id="an unknown field"),
        pytest.param({"why": "x" * 1001}, "audit.why", id="a reason too long"),
        pytest.param({"after": {"x": object()}}, "audit.after", id="no JSON"),
        pytest.param({"after": [1]}, "audit.after", id="no mapping"),
        pytest.param({"after": {"x": "\ud800"}}, "audit.after", id="half a character"),
    ],
)
def test_an_entry_that_cannot_be_kept_is_refused_by_its_field(database, wrong, field):
    with pytest.raises(BadRecord) as caught:
        noted(database, [entry(**wrong)])
    assert caught.value.field == field
    assert rows(database) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'nobody'",
        "UPDATE audit SET why = ''",
        "UPDATE audit SET number = number",
        "DELETE FROM audit",
        pytest.param(
            "INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE id = 1", marks=pytest.mark.only_sqlite
        ),
        "DELETE FROM trail_seals",
        "UPDATE trail_seals SET entries = 0",
    ],
)
def test_the_database_itself_refuses_to_change_or_delete(database, statement):
    opened(database, 1)
    seal_days(database, at(DAY_S))
    with pytest.raises(BadRecord, match="append-only"), database.write() as connection:
        connection.execute(text(statement))
    assert problems(database) == []


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("UPDATE audit SET actor = 'nobody' WHERE id = 2", "is not what was written: its hash does not fit"),
        ("DELETE FROM audit WHERE id = 1", "is missing"),
        ("DELETE FROM audit WHERE id = 3", "the chain had 2 entries; those after 1 are missing"),
        ("DELETE FROM audit WHERE id = 2", "all 1 entries are missing"),
        ("DELETE FROM trail_heads WHERE number = 2", "the chain has no head"),
        ("UPDATE audit SET id = 9 WHERE id = 1", "stands before the entry that it follows"),
        ("UPDATE cases SET state = 'closed', resolution = 'exempt' WHERE number = 2", "the trail ends with"),
        ("UPDATE trail_days SET entries = 7", "the day had 7 entries, and 3 are here"),
        ("INSERT INTO trail_gate VALUES ('x')", "the gate for purges stands open"),
    ],
)
def test_what_is_wrong_is_said_in_words(database, statement, problem):
    opened(database, 2)
    ended(database, 0, 60)
    spoil(database, statement)
    assert any(problem in found for found in problems(database)), problems(database)


def test_a_missing_trigger_is_found(database):
    unguarded(database)
    name = "audit_no_delete" if database.is_sqlite else "audit_guard"
    assert any(f"{name} is missing" in found for found in problems(database))
    guarded(database)
    assert problems(database) == []


def test_a_blanked_reason_without_a_proof_is_found(database):
    """Whoever knows the format can blank a part so that every hash fits: the proof is what he lacks."""
    noted(database, [entry()])
    (row,) = rows(database)
    whole = Sealable(**{name: row[name] for name in Sealable.__struct_fields__})
    written = row_of(blanked(whole, ["why"]), row["hash"])
    spoil(database, "UPDATE audit SET why = '', leaves = :leaves", leaves=bytes(written["leaves"]).decode())
    assert problems(database) == ["has lost its why, and no proof of purge says so"]


def test_one_case_can_be_checked_alone(database):
    one, other = opened(database, 2)
    spoil(database, "UPDATE audit SET actor = 'nobody' WHERE chain = :chain", chain=other)
    with database.read() as connection:
        assert check_case(connection, one).findings == []
        assert len(check_case(connection, other).findings) == 1
        assert [found.problem for found in check_case(connection, "none").findings] == ["has no entries"]


def test_a_finished_day_gets_one_seal_and_later_entries_count_towards_the_next(database):
    opened(database, 3)
    assert [seal.entries for seal in seal_days(database, at(DAY_S))] == [3]
    assert seal_days(database, at(DAY_S)) == []
    noted(database, [entry(1)])
    assert [row["day"] for row in rows(database)] == ["2026-11-21"] * 3 + ["2026-11-22"]
    assert [seal.number for seal in seal_days(database, at(2 * DAY_S))] == [2]
    assert (problems(database), checked(database).seals) == ([], 2)


def test_today_stays_open(database):
    opened(database, 1)
    assert seal_days(database, at(60)) == []


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("DELETE FROM trail_seals WHERE number = 3", "seals are missing at the end"),
        ("DELETE FROM trail_seals WHERE number = 2", "the seals from 2 to 2 are missing"),
        ("UPDATE trail_seals SET entries = 5 WHERE number = 2", "is not what was written"),
        ("UPDATE trail_seals SET root = hash WHERE number = 2", "its seal is over 1 entries"),
        pytest.param(
            "UPDATE trail_seals SET sealed_at = replace(sealed_at, ' ', 'T')",
            "its time is spelt in another way",
            marks=pytest.mark.only_sqlite,
        ),
        ("UPDATE audit SET id = 10 * id", "its seal is over 1 entries"),
    ],
)
def test_a_seal_that_was_touched_or_taken_is_found(database, statement, problem):
    for day in range(3):
        noted(database, [entry(day * DAY_S)])
    seal_days(database, at(3 * DAY_S))
    spoil(database, statement)
    assert any(problem in found for found in problems(database)), problems(database)


def test_seals_are_signed_by_the_centre(database):
    key, other = SigningKey.new(), SigningKey.new()
    opened(database, 1)
    (seal,) = seal_days(database, at(DAY_S), key)
    assert problems(database, key=key.public, anchor=seal.hash) == []
    assert "is not signed by the centre's key" in problems(database, key=other.public)[0]
    spoil(database, "UPDATE trail_seals SET signature = NULL")
    assert "has a signature that does not hold" in problems(database)[0]


def test_a_seal_kept_elsewhere_finds_a_ledger_written_anew(database, tmp_path):
    """Whoever owns the whole database can write a whole new one; not one that has yesterday's seal."""
    opened(database, 2)
    (kept,) = seal_days(database, at(DAY_S))
    forged = new_database(tmp_path / "forged.db")
    opened(forged, 1)
    seal_days(forged, at(DAY_S))
    assert problems(forged) == []
    assert "is not the one it was taken from" in problems(forged, anchor=kept.hash)[0]
    forged.close()


def test_since_believes_what_was_before(database):
    (case_id,) = opened(database, 1)
    noted(database, [entry(DAY_S, case_id=case_id), entry(2 * DAY_S, case_id=case_id)])
    seal_days(database, at(2 * DAY_S))
    spoil(database, "UPDATE audit SET actor = 'nobody' WHERE number = 1")
    assert problems(database, since="2026-11-22") == []
    assert checked(database, since="2026-11-22").entries == 2
    assert len(problems(database)) == 1
    spoil(database, "UPDATE audit SET actor = 'nobody' WHERE number = 3")
    assert len(problems(database, since="2026-11-22")) == 1


@pytest.mark.only_sqlite
def test_entries_from_before_there_were_chains_are_chained_by_the_migration(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/ledger.db")
    database.migrate()
    opened(database, 3)
    ended(database, 1, 60)
    noted(database, [entry()])
    before = [(row["id"], row["after"], row["why"]) for row in rows(database)]
    downgrade(database)
    database.migrate()
    assert [(row["id"], row["after"], row["why"]) for row in rows(database)] == before
    assert problems(database) == []
    opened(database, 1, DAY_S, first=10)
    ended(database, 2, DAY_S)
    assert problems(database) == []
    database.close()


def downgrade(database):
    from alembic import command  # noqa: PLC0415 - only here

    from cases.database import _alembic  # noqa: PLC0415 - only here

    with database.engine.connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        config = _alembic()
        config.attributes["connection"] = connection
        command.downgrade(config, "0006")
        connection.commit()


@pytest.mark.only_sqlite
@pytest.mark.parametrize("seed", range(10))
def test_a_hundred_random_tamperings_are_all_found(tmp_path, seed):
    """Ten times a hundred: a byte, a row, two rows exchanged, one put in, the end cut off, a case removed."""
    original = new_database(tmp_path / "original.db")
    for day in range(3):
        cases = opened(original, 4, day * DAY_S, first=day * 10)
        noted(original, [entry(day * DAY_S + index, case_id=case_id) for index, case_id in enumerate(cases)])
        ended(original, day * 10, day * DAY_S + 50)
        noted(original, [entry(day * DAY_S), entry(day * DAY_S, subject="silences")])
    seal_days(original, at(2 * DAY_S))
    assert problems(original) == []
    path = tmp_path / "ledger.db"
    database, vandal, struck = new_database(path), Vandal(path, seed), 0
    with closing(sqlite3.connect(tmp_path / "original.db")) as whole:
        while struck < 100:
            with closing(sqlite3.connect(path)) as spoilt:
                whole.backup(spoilt)
            harm = vandal.strike()
            if harm:
                struck += 1
                assert problems(database), harm
    database.close()
    original.close()


json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
sayings = st.none() | st.dictionaries(st.sampled_from(["state", "plate", "contact", "x"]), json, max_size=4)


@given(why=st.text(max_size=20), before=sayings, after=sayings, data=st.data())
def test_whatever_is_blanked_the_hash_stays_and_nothing_else_can_be_said(why, before, after, data):
    whole = Sealable(
        chain="c",
        number=1,
        previous=GENESIS,
        day="2026-11-21",
        case_id=None,
        at=at(0),
        actor="a",
        what="w",
        why=why,
        cause=None,
        before=before,
        after=after,
        leaves=salted(why, before, after),
    )
    paths = data.draw(st.sets(st.sampled_from(sorted(whole.leaves)))) if whole.leaves else set()
    kept = blanked(whole, paths)
    assert entry_hash(kept) == entry_hash(whole)
    assert blanked(kept, paths) == kept
    assert all(any(path == at or path.startswith(f"{at}.") for at in purged(kept)) for path in paths)
    for path in purged(kept):
        part, _, key = path.partition(".")
        value = getattr(kept, part)
        assert not value or (key and value[key] is None)


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    histories=st.lists(
        st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3 * DAY_S)), min_size=1, max_size=8), max_size=6
    ),
    seals=st.sets(st.integers(0, 5)),
)
def test_any_history_of_writing_and_sealing_is_whole(tmp_path_factory, histories, seals):
    database = new_database(tmp_path_factory.mktemp("history") / "ledger.db")
    opened(database, 1, first=99)
    for index, history in enumerate(histories):
        noted(
            database, [entry(seconds, subject=f"s{chain}" if chain else None) for chain, seconds in history]
        )
        if index in seals:
            seal_days(database, datetime(2026, 11, 22 + index % 3, tzinfo=UTC))
    assert problems(database) == []
    found = rows(database)
    for head in rows(database, trail_heads):
        chain = [row for row in found if row["chain"] == head["chain"]]
        if head["chain"] != "seals":
            assert [row["number"] for row in chain] == list(range(1, head["number"] + 1))
    assert sum(seal["entries"] for seal in rows(database, trail_seals)) <= len(found)
    database.close()


@given(st.lists(st.text("0123456789abcdef", min_size=64, max_size=64), max_size=40))
def test_the_tree_is_that_of_rfc_6962(hashes):
    import hashlib  # noqa: PLC0415 - only here

    def root(nodes):
        if not nodes:
            return hashlib.sha256(b"")
        if len(nodes) == 1:
            return hashlib.sha256(b"\x00" + nodes[0])
        half = 1 << (len(nodes) - 1).bit_length() - 1
        return hashlib.sha256(b"\x01" + root(nodes[:half]).digest() + root(nodes[half:]).digest())

    tree = Tree()
    for row, one in enumerate(hashes):
        tree.add(row, one)
    assert tree.root == root([f"{row} {one}".encode() for row, one in enumerate(hashes)]).hexdigest()
