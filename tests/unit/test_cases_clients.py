"""Who may use the API: tokens, scopes, the bucket of requests, and answers given once."""

from datetime import timedelta

import pytest
from factories import at
from hypothesis import given
from hypothesis import strategies as st
from parts_office import fresh_ledger
from sqlalchemy import select

from cases.clients import (
    LOCAL,
    Bucket,
    Client,
    Scope,
    check_name,
    full_bucket,
    parse_scopes,
    take,
)
from cases.clients.answers import CLAIM_LASTS, KEPT, Answer, Answers, Found, digest_of
from cases.clients.book import ClientBook
from cases.clients.tables import clients
from cases.tables import audit
from models.errors import ConfigurationError


@pytest.fixture
def database(tmp_path):
    found = fresh_ledger(tmp_path)
    yield found
    found.close()


@pytest.fixture
def book(database):
    return ClientBook(database)


def client(name: str = "city desk", *scopes: Scope, **changes) -> Client:
    return Client(id="", name=name, scopes=frozenset(scopes or {Scope.CASES_READ}), **changes)


@pytest.mark.parametrize(
    ("own", "asked", "may"),
    [
        (Scope.CASES_READ, Scope.CASES_READ, True),
        (Scope.CASES_READ, Scope.CASES_WRITE, False),
        (Scope.CASES_WRITE, Scope.CASES_READ, True),
        (Scope.REPORTS_WRITE, Scope.CASES_READ, False),
        (Scope.EXPORT, Scope.CASES_READ, True),
        (Scope.ADMIN, Scope.SIGNALS_WRITE, True),
    ],
)
def test_a_scope_allows_what_it_says_and_what_it_cannot_do_without(own, asked, may):
    assert client("x", own).may(asked) is may


def test_plates_are_for_those_who_work_on_cases_and_for_this_machine():
    assert not client("counts", Scope.CASES_READ).sees_plates
    assert client("tows", Scope.CASES_WRITE).sees_plates
    assert LOCAL.sees_plates
    assert not LOCAL.may(Scope.CASES_WRITE)


def test_a_token_is_shown_once_and_kept_only_as_its_hash(book, database):
    known, token = book.add(client(), at(0), actor="operator:ann")
    with database.read() as connection:
        row = dict(connection.execute(select(clients)).mappings().one())
        entry = dict(connection.execute(select(audit)).mappings().one())
    assert token.startswith("cw_")
    assert len(token) > 40
    assert token not in str(row) + str(entry)
    assert book.by_token(token) == known
    assert (entry["what"], entry["actor"]) == ("client_added", "operator:ann")


def test_nobody_else_is_found_by_a_token(book):
    _, token = book.add(client(), at(0), actor="a")
    for wrong in ("", token[:-1], token + "x", token.upper(), "cw_'; DROP TABLE clients", "\udcff", "令牌"):
        assert book.by_token(wrong) is None


def test_a_token_is_good_until_its_day_and_not_after_revoking(book):
    _, token = book.add(client(expires_at=at(60)), at(0), actor="a")
    assert book.by_token(token).refused_at(at(59)) == ""
    assert "expired" in book.by_token(token).refused_at(at(60))
    book.revoke("city desk", at(30), actor="a")
    assert "revoked" in book.by_token(token).refused_at(at(31))


def test_a_name_is_free_again_after_revoking(book):
    book.add(client(), at(0), actor="a")
    with pytest.raises(ConfigurationError, match="already"):
        book.add(client(), at(1), actor="a")
    book.revoke("city desk", at(2), actor="a")
    book.add(client(), at(3), actor="a")
    assert [bool(found.revoked_at) for found in book.all()] == [True, False]


def test_nobody_is_revoked_twice(book):
    with pytest.raises(ConfigurationError, match="clearway clients list"):
        book.revoke("nobody", at(0), actor="a")


def test_a_client_that_has_ended_before_it_began_is_refused(book):
    with pytest.raises(ConfigurationError, match="has passed"):
        book.add(client(expires_at=at(0)), at(0), actor="a")


@pytest.mark.parametrize("name", ["", " ", "-x", "a" * 65, "a\nb", "a\tb", "<b>"])
def test_a_name_that_would_not_fit_a_line_of_the_audit_is_refused(name):
    with pytest.raises(ConfigurationError, match="name for a client"):
        check_name(name)


@pytest.mark.parametrize("name", ["数字城管 平台", "Ça va", "crm-2@example.org", " padded "])
def test_names_may_be_of_any_script(name):
    assert check_name(name) == name.strip()


def test_an_unknown_scope_is_named_with_the_nearest_one():
    with pytest.raises(ConfigurationError, match="did you mean 'cases:read'"):
        parse_scopes(["case:read"])
    with pytest.raises(ConfigurationError, match="at least one"):
        parse_scopes([])


def test_last_use_is_written_once_a_minute(book):
    known, token = book.add(client(), at(0), actor="a")
    for second in (10, 20, 69, 71):
        book.note_used(known, at(second))
    assert book.by_token(token).last_used_at == at(71)
    book.note_used(known, at(80))
    assert book.by_token(token).last_used_at == at(71)


@given(
    per_minute=st.integers(1, 10_000),
    gaps=st.lists(st.floats(-100, 100, allow_nan=False), min_size=1, max_size=200),
)
def test_nobody_gets_more_than_the_limit_whatever_the_clock_does(per_minute, gaps):
    moment = latest = at(0)
    bucket, passed = full_bucket(per_minute, moment), 0
    for gap in gaps:
        moment += timedelta(seconds=gap)
        latest = max(latest, moment)
        bucket, wait_s = take(bucket, per_minute, moment)
        passed += wait_s == 0
        assert 0 <= bucket.tokens <= per_minute
    spent_s = (latest - at(0)).total_seconds()
    assert passed <= per_minute + spent_s * per_minute / 60 + 1e-6


@given(per_minute=st.integers(1, 10_000))
def test_who_waits_as_long_as_told_is_let_through(per_minute):
    bucket, wait_s = take(Bucket(0.0, at(0)), per_minute, at(0))
    assert wait_s > 0
    _, again_s = take(bucket, per_minute, at(0) + timedelta(seconds=wait_s + 1e-3))
    assert again_s == 0


def test_ten_thousand_requests_in_a_minute_are_cut_to_the_limit():
    bucket, passed = full_bucket(300, at(0)), 0
    for n in range(10_000):
        bucket, wait_s = take(bucket, 300, at(n * 60 / 10_000))
        passed += wait_s == 0
    assert 590 <= passed <= 600


def test_the_same_request_gets_the_same_answer_and_another_one_is_told_apart(database):
    answers = Answers(database)
    assert answers.claim("c1", "k", "digest", at(0)).found is Found.NEW
    assert answers.claim("c1", "k", "digest", at(1)).found is Found.BUSY
    answers.complete("c1", "k", Answer(201, "application/json", b"{}"))
    again = answers.claim("c1", "k", "digest", at(2))
    assert (again.found, again.answer) == (Found.SAME, Answer(201, "application/json", b"{}"))
    assert answers.claim("c1", "k", "other", at(3)).found is Found.OTHER
    assert answers.claim("c2", "k", "other", at(3)).found is Found.NEW


def test_a_key_is_free_after_a_day_after_a_release_and_when_its_holder_died(database):
    answers = Answers(database)
    answers.claim("c", "done", "d", at(0))
    answers.complete("c", "done", Answer(200, "", b""))
    assert answers.claim("c", "done", "d", at(0) + KEPT).found is Found.NEW
    answers.claim("c", "failed", "d", at(0))
    answers.release("c", "failed")
    assert answers.claim("c", "failed", "d", at(1)).found is Found.NEW
    answers.claim("c", "died", "d", at(0))
    assert answers.claim("c", "died", "d", at(0) + CLAIM_LASTS).found is Found.NEW


def test_a_release_never_forgets_an_answer(database):
    answers = Answers(database)
    answers.claim("c", "k", "d", at(0))
    answers.complete("c", "k", Answer(200, "", b""))
    answers.release("c", "k")
    assert answers.claim("c", "k", "d", at(1)).found is Found.SAME


def test_answers_older_than_a_day_are_forgotten(database):
    answers = Answers(database)
    answers.claim("c", "k", "d", at(0))
    assert answers.purge(at(10)) == 0
    assert answers.purge(at(0) + KEPT) == 1


def test_path_and_body_and_verb_make_a_request_another_one():
    digests = {digest_of(*what) for what in [("POST", "/a", b""), ("PUT", "/a", b""), ("POST", "/b", b"")]}
    assert len(digests | {digest_of("POST", "/a", b"x"), digest_of("POST", "/a", b"")}) == 4
