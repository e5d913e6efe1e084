"""Who comes into the console: settings, cookies, origins, sessions in memory, tries per address."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher
from parts_office import fresh_ledger
from parts_tls import certificate
from starlette.datastructures import Headers
from starlette.responses import Response

from cases.people.book import PeopleBook
from cases.people.entry import Entry
from cases.people.limits import Limits
from cases.people.passwords import Passwords
from cases.people.roles import Role
from cases.people.sessions import SessionBook
from console.cookies import Cookies
from console.entry_check import require_safe_entry
from console.keeper import Keeper
from console.origins import is_own, machine_of, masked
from console.reception import PER_MINUTE, People, Reception
from console.settings import ConsoleSettings
from console.sign_in import safe_next
from console.visits_by_header import ByHeader
from models.errors import ConfigurationError, TransportDown

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
GOOD = "correct horse battery"
KEY = b"k" * 32
LIMITS = Limits(idle=timedelta(minutes=30), whole=timedelta(hours=12))


class Clock:
    """A wall clock that a test sets."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def later(self, **passed) -> None:
        self.now += timedelta(**passed)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def database(tmp_path):
    found = fresh_ledger(tmp_path)
    yield found
    found.close()


@pytest.fixture
def book(database):
    found = PeopleBook(database, Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)))
    found.add("ann", Role.OPERATOR, GOOD, NOW, actor="operator:root", must_change=False)
    return found


@pytest.fixture
def keeper(database, clock):
    return Keeper(SessionBook(database, LIMITS), LIMITS, clock)


def request(origin=None, site=None, host="desk.example:8443"):
    said = {"host": host, "origin": origin, "sec-fetch-site": site}
    return Headers({name: value for name, value in said.items() if value is not None})


# --- settings --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({}, id="the demo: this machine, nobody is asked"),
        pytest.param({"sign_in": "password"}, id="this machine, with passwords"),
        pytest.param({"sign_in": "password", "host": "0.0.0.0", "behind_proxy": True}, id="behind a proxy"),
        pytest.param({"sign_in": "header", "operator_header": "X-Forwarded-User"}, id="a proxy here"),
    ],
)
def test_ways_in_that_are_safe(settings):
    require_safe_entry(ConsoleSettings(**settings))


@pytest.mark.parametrize(
    ("settings", "key", "said"),
    [
        pytest.param({"host": "0.0.0.0"}, "host", "has no sign-in", id="others, and nobody is asked"),
        pytest.param(
            {"host": "192.168.1.5", "sign_in": "password"}, "host", "plain http", id="passwords in the clear"
        ),
        pytest.param(
            {"host": "::", "sign_in": "header", "operator_header": "X-User"},
            "host",
            "everybody could say who they are",
            id="a header that anybody could send",
        ),
        pytest.param({"sign_in": "header"}, "operator_header", "needs one", id="no header to hear"),
        pytest.param(
            {"operator_header": "X-User"}, "operator_header", "nobody listens", id="a header nobody hears"
        ),
        pytest.param({"tls_certificate": "cert.pem"}, "tls_key", "is missing", id="half a certificate"),
        pytest.param(
            {"tls_certificate": "/none.pem", "tls_key": "/none.pem"},
            "tls_certificate",
            "cannot be used",
            id="no certificate",
        ),
    ],
)
def test_ways_in_that_are_not_are_refused_with_the_remedy(settings, key, said):
    with pytest.raises(ConfigurationError, match=said) as refused:
        require_safe_entry(ConsoleSettings(**settings))
    assert refused.value.faults[0].key == key
    assert refused.value.faults[0].remedy


def test_a_certificate_opens_the_console_to_others(tmp_path):
    cert, key = certificate(tmp_path)
    settings = ConsoleSettings(host="0.0.0.0", sign_in="password", tls_certificate=cert, tls_key=key)
    require_safe_entry(settings)
    assert settings.is_https
    assert settings.tls == (cert, key)
    wrong = settings.model_copy(update={"tls_key": cert})
    with pytest.raises(ConfigurationError, match="without a passphrase"):
        require_safe_entry(wrong)


def test_https_is_of_this_century():
    assert ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).minimum_version >= ssl.TLSVersion.TLSv1_2


# --- origins ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "own"),
    [
        pytest.param(request("https://desk.example:8443"), True, id="our own page"),
        pytest.param(request("https://desk.example"), False, id="another port of this host"),
        pytest.param(request("https://evil.example"), False, id="another site"),
        pytest.param(request("null"), False, id="a page without an origin"),
        pytest.param(request("https://city.example"), True, id="our name at the proxy"),
        pytest.param(request("http://city.example"), False, id="our name in the clear"),
        pytest.param(request("https://city.example:9"), False, id="another port of our name"),
        pytest.param(request("https://city.example:x"), False, id="no port at all"),
        pytest.param(request("ftp://city.example"), False, id="no page at all"),
        pytest.param(request("https://[", site="same-origin"), False, id="nonsense"),
        pytest.param(request(site="same-origin"), True, id="the browser says that it is ours"),
        pytest.param(request(site="same-site"), False, id="a sister of this host"),
        pytest.param(request(site="none"), False, id="typed in by hand"),
        pytest.param(request(), False, id="nothing is said"),
    ],
)
def test_what_changes_something_comes_from_a_page_of_ours(headers, own):
    assert is_own(headers, ["city.example"]) is own


def test_of_what_a_proxy_says_its_own_word_counts():
    headers = Headers(raw=[(b"x-forwarded-for", b"6.6.6.6"), (b"x-forwarded-for", b"7.7.7.7, 10.1.2.3")])
    scope = {"client": ("10.0.0.1", 5000)}
    assert machine_of(scope, headers, behind_proxy=True) == "10.1.2.3"
    assert machine_of(scope, headers, behind_proxy=False) == "10.0.0.1"


@pytest.mark.parametrize(
    ("address", "kept"),
    [("10.1.2.3", "10.1.2.*"), ("2001:db8:1:2::3", "2001:0db8:0001:*"), ("<script>", ""), ("", "")],
)
def test_of_an_address_only_a_part_is_kept(address, kept):
    assert masked(address) == kept


@pytest.mark.parametrize("wanted", ["/", "/cases/0a-1", "/areas", "/audit", "/password"])
def test_after_signing_in_one_goes_where_one_wanted_to(wanted):
    assert safe_next(wanted) == wanted


@pytest.mark.parametrize(
    "wanted",
    ["", "//evil.example", "/\\evil.example", "https://evil.example", "/cases/../sign-out", "/audit\n", "/x"],
)
def test_nobody_is_led_elsewhere_by_signing_in(wanted):
    assert safe_next(wanted) == "/"


# --- cookies ---------------------------------------------------------------------------------------


def given(*cookies: str) -> Headers:
    return Headers({"cookie": "; ".join(cookies)})


def kept(cookies: Cookies, token: str) -> str:
    answer = Response()
    cookies.keep_session(answer, token)
    return answer.headers["set-cookie"]


def test_a_session_cookie_is_for_this_host_and_https_only_and_for_no_script():
    said = kept(Cookies(KEY, secure=True), "cw_x")
    name, *flags = said.lower().split("; ")
    assert name.startswith("__host-clearway=cw_x.")
    assert set(flags) == {"httponly", "path=/", "samesite=strict", "secure"}
    assert "secure" not in kept(Cookies(KEY, secure=False), "cw_x").lower()


def test_a_cookie_that_somebody_made_up_is_none():
    cookies = Cookies(KEY, secure=False)
    ours = kept(cookies, "cw_x").split(";")[0]
    assert cookies.session_of(given(ours)) == "cw_x"
    assert cookies.session_of(given(ours[:-1] + "0")) is None
    assert cookies.session_of(given("clearway=cw_x")) is None
    assert cookies.session_of(given(kept(Cookies(b"other" * 8, secure=False), "cw_x"))) is None
    assert cookies.form_of(given(ours.replace("clearway=", "clearway-form="))) is None


def test_of_two_cookies_of_one_name_none_is_believed():
    cookies = Cookies(KEY, secure=False)
    first, second = (kept(cookies, token).split(";")[0] for token in ("cw_mine", "cw_theirs"))
    assert cookies.session_of(given(first, second)) is None


# --- sessions --------------------------------------------------------------------------------------


async def test_a_session_is_asked_for_every_few_seconds_only(keeper, book, clock):
    session, token = await keeper.begin(book.find("ann"))
    book.disable("ann", clock(), actor="x")
    assert (await keeper.by_token(token)).digest == session.digest
    assert await keeper.by_digest(session.digest, surely=True) is None
    assert await keeper.by_token(token) is None


async def test_a_session_that_was_ended_elsewhere_ends_within_five_seconds(keeper, book, clock):
    _, token = await keeper.begin(book.find("ann"))
    book.disable("ann", clock(), actor="x")
    clock.later(seconds=5)
    assert await keeper.by_token(token) is None


async def test_signing_out_counts_at_once(keeper, book):
    session, token = await keeper.begin(book.find("ann"))
    await keeper.end(session)
    assert await keeper.by_token(token) is None


async def test_what_is_done_keeps_a_session_but_not_for_ever(keeper, book, clock):
    session, token = await keeper.begin(book.find("ann"))
    for _ in range(24):
        clock.later(minutes=29)
        await keeper.note(session.digest)
        assert await keeper.by_token(token) is not None
    clock.later(minutes=29)
    await keeper.note(session.digest)
    assert await keeper.by_token(token) is None


async def test_a_page_that_stands_open_is_not_something_done(keeper, book, clock):
    _, token = await keeper.begin(book.find("ann"))
    for _ in range(29):
        clock.later(minutes=1)
        assert await keeper.by_token(token) is not None
    clock.later(minutes=1)
    assert await keeper.by_token(token) is None


async def test_who_is_signed_in_stays_so_while_the_ledger_is_away(keeper, book, clock, monkeypatch):
    session, token = await keeper.begin(book.find("ann"))

    def away(*_):
        raise TransportDown("the ledger is away")

    monkeypatch.setattr(SessionBook, "find", away)
    clock.later(minutes=1)
    assert await keeper.by_token(token) is not None
    for question in (keeper.by_token("cw_other"), keeper.by_digest(session.digest, surely=True)):
        with pytest.raises(TransportDown):
            await question


# --- a proxy that signs people in ------------------------------------------------------------------


def named(*names: str) -> Headers:
    return Headers(raw=[(b"x-user", name.encode()) for name in names])


async def test_whom_the_proxy_names_is_known_by_role_or_has_the_one_of_the_settings(book, clock):
    visits = ByHeader("X-User", Role.VIEWER, book, clock)
    assert (await visits.of({}, named("ann"))).role is Role.OPERATOR
    assert (await visits.of({}, named("eve"))).role is Role.VIEWER
    assert (await visits.of({}, named("ann"))).who.actor == "operator:ann"
    for nobody in (named(), named(" "), named("ann", "eve")):
        assert await visits.of({}, nobody) is None


async def test_who_was_sent_away_is_not_let_in_by_the_proxy_either(book, clock):
    visits = ByHeader("X-User", Role.ADMIN, book, clock)
    visit = await visits.of({}, named("ann"))
    book.disable("ann", clock(), actor="x")
    assert await visits.still(visit)
    assert not await visits.still(visit, surely=True)
    assert await visits.of({}, named("ann")) is None


# --- tries -----------------------------------------------------------------------------------------


def reception(database, book, clock, after_s=0.0) -> Reception:
    entry, sessions = Entry(database, book.passwords), SessionBook(database, LIMITS)
    return Reception(People(book=book, entry=entry, sessions=sessions, key=KEY), after_s, clock)


def test_an_address_may_try_so_often_a_minute_and_others_do_not_notice(database, book, clock):
    desk = reception(database, book, clock)
    assert [desk.wait_s("10.1.2.3") for _ in range(PER_MINUTE)] == [0.0] * PER_MINUTE
    assert desk.wait_s("10.1.2.3") == pytest.approx(60 / PER_MINUTE)
    assert desk.wait_s("10.1.2.4") == 0.0
    clock.later(seconds=60 / PER_MINUTE)
    assert desk.wait_s("10.1.2.3") == 0.0


@pytest.mark.parametrize("name", ["ann", "nobody", ""])
async def test_no_refusal_says_by_its_time_whether_there_is_such_a_name(database, book, clock, name):
    desk, loop = reception(database, book, clock, 0.3), asyncio.get_running_loop()
    began = loop.time()
    assert await desk.let_in(name, "wrong", "10.1.2.*") is None
    assert loop.time() - began >= 0.3


async def test_whoever_knows_the_password_may_choose_another(database, book, clock):
    desk = reception(database, book, clock)
    assert (await desk.let_in("ann", GOOD, "10.1.2.*")).name == "ann"
    chosen = await desk.choose(book.find("ann"), "another good password")
    assert not chosen.must_change
    assert (await desk.let_in("ann", "another good password", "")).name == "ann"
