"""People at the desk: names, passwords, roles, wrong tries, sessions, and what the audit says of it all."""

from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher
from parts_office import fresh_ledger
from sqlalchemy import select, update

from cases.clients import Scope
from cases.clients.scopes import needed_for
from cases.commands import Accept, Decide, Done
from cases.people import check_name, wait_after
from cases.people.book import PeopleBook
from cases.people.entry import Entry, Try
from cases.people.limits import Limits
from cases.people.passwords import Passwords, check_password
from cases.people.roles import SCOPES, Role, parse_role
from cases.people.sessions import SessionBook
from cases.people.tables import people, sessions
from cases.states import Resolution
from cases.tables import audit
from cases.trail.check import check_all
from models.errors import ConfigurationError, TransportDown

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
GOOD = "correct horse battery"
LIMITS = Limits(idle=timedelta(minutes=30), whole=timedelta(hours=12))


@pytest.fixture
def database(tmp_path):
    found = fresh_ledger(tmp_path)
    yield found
    found.close()


@pytest.fixture
def book(database):
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    found = PeopleBook(database, Passwords(cheap))
    found.add("ann", Role.ADMIN, GOOD, NOW, actor="operator:root", display="Ann Li", must_change=False)
    return found


@pytest.fixture
def entry(database, book):
    return Entry(database, book.passwords)


@pytest.fixture
def signed_in(database):
    return SessionBook(database, LIMITS)


def said(database) -> list[tuple[str, str, str]]:
    with database.read() as connection:
        rows = connection.execute(select(audit).where(audit.c.chain == "subject:people").order_by(audit.c.id))
        return [(row.actor, row.what, row.why) for row in rows]


def wrong(entry, seconds=0, name="ann"):
    return entry.let_in(Try(name, "not the password", NOW + timedelta(seconds=seconds), "10.1.2.*"))


@pytest.mark.parametrize(
    ("typed", "kept"),
    [(" Ann ", "ann"), ("李雷", "李雷"), ("ann@city.example", "ann@city.example"), ("ＡＮＮ", "ann")],
)
def test_a_name_has_one_spelling(typed, kept):
    assert check_name(typed) == kept


@pytest.mark.parametrize("typed", ["", "-ann", "ann li", "a/b", "x" * 65, "<b>"])
def test_what_is_no_name_is_refused(typed):
    with pytest.raises(ConfigurationError, match="no name to sign in with"):
        check_name(typed)


@pytest.mark.parametrize(
    ("password", "why"),
    [
        pytest.param("short", "12 are needed", id="too short"),
        pytest.param("x" * 129, "more than 128", id="too long to hash"),
        pytest.param("abababababababab", "over and over", id="a few signs"),
        pytest.param("ann-ann-2026-ok", "your own name", id="their name"),
        pytest.param("Clearway-2026-!", "this program's", id="the program's name"),
    ],
)
def test_a_password_that_is_easy_to_guess_is_refused(password, why):
    with pytest.raises(ConfigurationError, match=why):
        check_password(password, "ann")


@pytest.mark.usefixtures("book")
def test_a_password_is_kept_as_a_hash_that_says_argon2id(database):
    with database.read() as connection:
        kept = connection.execute(select(people.c.password)).scalar_one()
    assert kept.startswith("$argon2id$")
    assert GOOD not in kept


def test_a_hash_that_is_none_is_no_wrong_password(book):
    with pytest.raises(TransportDown, match="cannot be checked"):
        book.passwords.holds(GOOD, "plain text")


def test_one_spelling_of_a_password_is_enough(book, entry):
    book.add("uwe", Role.VIEWER, "grüne Wälder überall", NOW, actor="operator:root")
    decomposed = "gru\u0308ne Wa\u0308lder u\u0308berall"
    assert entry.let_in(Try("uwe", decomposed, NOW)) is not None


def test_every_role_is_a_set_of_the_scopes_that_clients_have():
    assert set(SCOPES) == set(Role)
    assert [parse_role(role.value) for role in Role] == list(Role)
    with pytest.raises(ConfigurationError, match="supervisor"):
        parse_role("supervisr")


@pytest.mark.parametrize(
    ("role", "may", "may_not"),
    [
        (Role.VIEWER, {Scope.CASES_READ}, {Scope.CASES_WORK, Scope.AUDIT_READ, Scope.ADMIN}),
        (Role.OPERATOR, {Scope.CASES_WORK, Scope.REPORTS_WRITE}, {Scope.CASES_WRITE, Scope.AUDIT_READ}),
        (Role.SUPERVISOR, {Scope.CASES_WORK, Scope.CASES_WRITE, Scope.AUDIT_READ}, {Scope.ADMIN}),
        (Role.ADMIN, set(Scope), set()),
    ],
)
def test_a_role_may_what_its_scopes_say(book, role, may, may_not):
    person = book.add(f"b-{role}", role, GOOD, NOW, actor="operator:root").as_client()
    assert all(person.may(scope) for scope in may)
    assert not any(person.may(scope) for scope in may_not)
    assert person.sees_plates is (role is not Role.VIEWER)
    assert person.actor == f"operator:b-{role}"


def test_what_punishes_somebody_needs_more_than_work():
    assert needed_for(Accept()) is Scope.CASES_WORK
    assert needed_for(Done(resolution=Resolution.HANDLED)) is Scope.CASES_WORK
    assert needed_for(Done(resolution=Resolution.TOWED)) is Scope.CASES_WRITE
    assert needed_for(Decide(step="tow", granted=False, why="no")) is Scope.CASES_WRITE


def test_name_and_password_let_in_and_stand_in_the_audit(database, entry):
    person = entry.let_in(Try("Ann", GOOD, NOW, "10.1.2.*"))
    assert (person.name, person.display, person.signed_in_at) == ("ann", "Ann Li", NOW)
    assert said(database)[-1] == ("operator:ann", "signed_in", "ann")


def test_the_audit_never_holds_what_was_typed_where_nobody_is_known(database, entry):
    assert wrong(entry, name=GOOD) is None
    assert said(database)[-1] == ("clearway.console", "sign_in_failed", "an unknown name")


def test_wrong_passwords_make_a_name_wait_longer_and_longer_but_never_for_good():
    waits = [wait_after(failed).total_seconds() for failed in (0, 4, 5, 6, 7, 9, 10, 1000)]
    assert waits == [0, 0, 30, 60, 120, 480, 900, 900]


def test_a_name_that_has_to_wait_is_refused_with_the_right_password_too(database, entry):
    for _ in range(5):
        assert wrong(entry) is None
    assert entry.let_in(Try("ann", GOOD, NOW + timedelta(seconds=29))) is None
    assert "has to wait until" in said(database)[-1][2]
    assert entry.let_in(Try("ann", GOOD, NOW + timedelta(seconds=30))) is not None
    assert wrong(entry, 31) is None
    assert said(database)[-1][2] == "ann: wrong password, 1 in a row"


def test_each_wrong_password_after_a_wait_doubles_the_next(book, entry):
    for _ in range(5):
        wrong(entry)
    wrong(entry, 30)
    assert book.find("ann").locked_until == NOW + timedelta(seconds=90)
    book.enable("ann", NOW, actor="operator:root")
    assert entry.let_in(Try("ann", GOOD, NOW + timedelta(seconds=31))) is not None


def test_unknown_disabled_and_wrong_all_hash_exactly_once(book, entry, monkeypatch):
    book.add("bob", Role.VIEWER, GOOD, NOW, actor="operator:root")
    book.disable("bob", NOW, actor="operator:ann")
    counted = []
    real = book.passwords.holds
    monkeypatch.setattr(book.passwords, "holds", lambda *args: counted.append(args) or real(*args))
    tries = [("nobody", GOOD), ("bob", GOOD), ("bob", "wrong"), ("ann", "wrong")]
    assert [entry.let_in(Try(name, word, NOW)) for name, word in tries] == [None] * 4
    assert len(counted) == len(tries)


@pytest.mark.usefixtures("book")
def test_a_hash_of_other_costs_is_made_anew_when_its_owner_comes(database):
    dearer = Passwords(PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    assert Entry(database, dearer).let_in(Try("ann", GOOD, NOW)) is not None
    with database.read() as connection:
        kept = connection.execute(select(people.c.password)).scalar_one()
    assert "m=16,t=2" in kept
    assert Entry(database, dearer).let_in(Try("ann", GOOD, NOW)) is not None


def test_a_session_is_known_by_the_hash_of_its_token_only(database, book, signed_in):
    session, token = signed_in.begin(book.find("ann"), NOW)
    assert signed_in.find(session.digest, NOW).person.name == "ann"
    with database.read() as connection:
        row = connection.execute(select(sessions)).one()
    assert token not in row


@pytest.mark.parametrize(
    ("seen_min", "now_min", "good"),
    [
        pytest.param(0, 29, True, id="in use"),
        pytest.param(0, 30, False, id="nothing was done for half an hour"),
        pytest.param(719, 720, False, id="twelve hours are over, however busy"),
        pytest.param(719, 719, True, id="busy until the end"),
        pytest.param(0, -1, False, id="the clock was set back"),
    ],
)
def test_a_session_ends_when_idle_and_at_the_latest_after_its_whole(book, signed_in, seen_min, now_min, good):
    session, _ = signed_in.begin(book.find("ann"), NOW)
    signed_in.note_seen(session, NOW + timedelta(minutes=seen_min))
    found = signed_in.find(session.digest, NOW + timedelta(minutes=now_min))
    assert (found is not None) is good


def test_signing_out_ends_a_session_once(database, book, signed_in):
    session, _ = signed_in.begin(book.find("ann"), NOW)
    signed_in.end(session, NOW, "10.1.2.*")
    signed_in.end(session, NOW)
    assert signed_in.find(session.digest, NOW) is None
    assert [what for _, what, _ in said(database)].count("signed_out") == 1


@pytest.mark.parametrize("change", ["role", "disable", "password"])
def test_whatever_changes_about_a_person_ends_their_sessions(book, signed_in, change):
    bob = book.add("bob", Role.VIEWER, GOOD, NOW, actor="operator:root")
    session, _ = signed_in.begin(bob, NOW)
    other, _ = signed_in.begin(book.find("ann"), NOW)
    if change == "role":
        book.change_role("bob", Role.OPERATOR, NOW, actor="operator:ann")
    elif change == "disable":
        book.disable("bob", NOW, actor="operator:ann")
    else:
        book.set_password("bob", "another good password", NOW, actor="operator:ann")
    assert signed_in.find(session.digest, NOW) is None
    assert signed_in.find(other.digest, NOW) is not None


def test_sessions_that_are_over_leave_nothing_behind(database, book, signed_in):
    for hours in (0, 13):
        signed_in.begin(book.find("ann"), NOW + timedelta(hours=hours))
    with database.read() as connection:
        assert len(connection.execute(select(sessions)).all()) == 1


def test_the_last_admin_stays(book):
    for change in (
        lambda: book.disable("ann", NOW, actor="x"),
        lambda: book.change_role("ann", Role.VIEWER, NOW, actor="x"),
    ):
        with pytest.raises(ConfigurationError, match="the last admin"):
            change()
    book.add("bob", Role.ADMIN, GOOD, NOW, actor="x")
    assert book.disable("ann", NOW, actor="x").disabled_at == NOW


def test_two_people_never_have_one_name(book):
    with pytest.raises(ConfigurationError, match="already"):
        book.add("ANN", Role.VIEWER, GOOD, NOW, actor="x")


def test_nobody_is_changed_whom_nobody_knows(book):
    with pytest.raises(ConfigurationError, match="people list"):
        book.disable("bob", NOW, actor="x")


def test_the_chain_of_people_holds(database, entry, signed_in):
    wrong(entry)
    session, _ = signed_in.begin(entry.let_in(Try("ann", GOOD, NOW)), NOW)
    signed_in.end(session, NOW)
    with database.read() as connection:
        assert check_all(connection).findings == []
    with database.write() as connection:
        connection.execute(update(people).values(role="viewer"))
    assert [what for _, what, _ in said(database)] == [
        "person_added",
        "sign_in_failed",
        "signed_in",
        "signed_out",
    ]
