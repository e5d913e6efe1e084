"""What registries do when the other side misbehaves: never "nobody owns this", never a number in an error."""

import gzip
import json
import logging
import sqlite3
import threading
import time
import traceback
from contextlib import closing

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st
from parts_postgres import running_postgres
from parts_registry import (
    QUERY,
    TOKEN,
    as_rows,
    fill_postgres,
    http_registry,
    make_papers,
    reader,
    running_city,
    say,
    sql_registry,
    sqlite_file,
)

from clearway.logs import NOISY
from models.errors import ConfigurationError, RegistryDown
from notifier.owners import Found, Reason
from notifier.registries.mapping import Misfit, by_column, by_path, rows_at
from notifier.registries.service import HttpOwnerRegistry
from notifier.settings_sources import Columns, HttpSource, SqlSource

ROWS = as_rows({"浙B12345": ["13800000001"]})
PLATE = "浙B12345"


@pytest.fixture(scope="module")
def papers(tmp_path_factory):
    return make_papers(tmp_path_factory.mktemp("papers"))


@pytest.fixture(scope="module")
def postgres():
    with running_postgres() as url:
        fill_postgres(url, ROWS)
        yield url


# --- HTTP ------------------------------------------------------------------------------------------------


def test_case_and_purpose_are_told_to_a_registry_that_wants_them():
    with running_city(ROWS) as city:
        url = f"{city.url}/vehicles/{{plate}}?case={{case}}&for={{purpose}}"
        with http_registry(city, url=url) as registry:
            city.answer = lambda handler, *_: say(handler, 200, b'{"data": {"owners": null}}')
            assert registry.find(PLATE, Reason(case="CW-000001", purpose="a & b")) == Found(registry="city")
        assert city.asked == [("GET", "/vehicles/%E6%B5%99B12345?case=CW-000001&for=a%20%26%20b", b"")]
        assert city.headers[0]["Authorization"] == f"Bearer {TOKEN}"


def test_a_question_may_be_posted_with_basic_authentication():
    with running_city(ROWS) as city:
        city.answer = lambda handler, *_: say(handler, 200, b'[{"tel": 13800000001, "art": "H"}]')
        with http_registry(
            city,
            url=f"{city.url}/ask",
            method="POST",
            body={"plate": "{plate}", "why": "{purpose}"},
            user="clearway",
            secret="CLEARWAY_OWNERS_CITY",
            contacts="",
            columns={"phone": "tel", "role": "art", "roles": {"H": "fleet"}},
        ) as registry:
            (contact,) = registry.find(PLATE, Reason(purpose="test")).contacts
        assert (contact.phone.reveal(), contact.role.value) == ("+8613800000001", "fleet")
        ((_, path, body),) = city.asked
        assert (path, json.loads(body)) == ("/ask", {"plate": PLATE, "why": "test"})
        assert city.headers[0]["Authorization"].startswith("Basic ")


@pytest.mark.parametrize("shown", [None, "stranger"])
def test_without_our_certificate_the_registry_does_not_answer(papers, shown):
    with running_city(ROWS, papers) as city:
        certificate = None if shown is None else papers.stranger
        with (
            http_registry(city, papers, client_cert=certificate) as registry,
            pytest.raises(RegistryDown, match="cannot be reached"),
        ):
            registry.find(PLATE)


def test_a_server_that_cannot_prove_who_it_is_is_told_nothing(papers):
    with running_city(ROWS, papers) as city:
        with (
            http_registry(city, papers, ca_file=papers.stranger) as registry,
            pytest.raises(RegistryDown, match="cannot be reached"),
        ):
            registry.find(PLATE)
        assert city.asked == []


@pytest.mark.parametrize(
    ("status", "body", "said", "alive"),
    [
        (404, b"", "answers 404, which the settings do not explain", True),
        (401, b"", "does not let us in", False),
        (403, b"", "does not let us in", False),
        (500, b"", "answers 500", False),
        (204, b"", "no JSON", True),
        (200, b"", "no JSON", True),
        (200, b"<html>13800000001", "no JSON", True),
        (200, b"\xff\xfe", "no JSON", True),
        (200, b"[" * 100_000, "no JSON", True),
        (200, b"{}", "nothing at 'data.owners'", True),
        (200, b'{"data": {}}', "nothing at 'data.owners'", True),
        (200, b'{"data": {"owners": "13800000001"}}', "no objects at", True),
        (200, b'{"data": {"owners": [["13800000001"]]}}', "no objects at", True),
        (200, b" " * 300_000, "more than 256 KiB", True),
    ],
)
def test_an_answer_that_says_nothing_is_never_taken_for_nobody(status, body, said, alive):
    with running_city(ROWS) as city:
        city.answer = lambda handler, *_: say(handler, status, body)
        with http_registry(city) as registry, pytest.raises(RegistryDown, match=said) as caught:
            registry.find(PLATE)
    assert caught.value.alive is alive
    assert "1380000" not in str(caught.value)
    assert caught.value.__cause__ is None, "a cause could quote the answer"


def test_a_404_means_nobody_only_where_the_settings_say_so():
    with running_city(ROWS) as city:
        city.answer = lambda handler, *_: say(handler, 404, b"")
        with http_registry(city, nobody_status=[404]) as registry:
            assert registry.find(PLATE) == Found(registry="city")


def test_asked_too_often_it_is_left_alone_for_as_long_as_it_says():
    with running_city(ROWS) as city:
        city.answer = lambda handler, *_: say(handler, 429, b"", Retry_After="17")
        with http_registry(city) as registry, pytest.raises(RegistryDown) as caught:
            registry.find(PLATE)
    assert caught.value.wait_s == 17


def test_a_lost_answer_is_asked_for_again_as_often_as_set():
    with running_city(ROWS) as city:

        def hang_up_first(handler, *_):
            if len(city.asked) == 1:
                handler.close_connection = True
                handler.connection.close()
            else:
                say(handler, 200, b'{"data": {"owners": [{"phone": "13800000001"}]}}')

        city.answer = hang_up_first
        with http_registry(city, retries=1) as registry:
            assert len(registry.find(PLATE).contacts) == 1
        assert len(city.asked) == 2


def test_a_server_that_drips_is_given_up_in_time():
    gone = threading.Event()
    with running_city(ROWS) as city:

        def drip(handler, *_):
            handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
            while not gone.wait(0.05):
                handler.wfile.write(b"X-Slow: 1\r\n")

        city.answer = drip
        began = time.monotonic()
        with (
            http_registry(city, timeout_s=0.4) as registry,
            pytest.raises(RegistryDown, match=r"within 0\.4 s"),
        ):
            registry.find(PLATE)
        took_s = time.monotonic() - began
        gone.set()
    assert took_s < 3


def test_closing_ends_look_ups_that_hang_and_lets_none_begin():
    asked, gone = threading.Event(), threading.Event()
    said: list[str] = []
    with running_city(ROWS) as city:

        def hang(*_):
            asked.set()
            gone.wait(20)

        def look():
            with pytest.raises(RegistryDown) as caught:
                registry.find(PLATE)
            said.append(str(caught.value))

        city.answer = hang
        with http_registry(city, timeout_s=60) as registry:
            looking = threading.Thread(target=look)
            looking.start()
            assert asked.wait(10)
            registry.close()
            looking.join(10)
            look()
        gone.set()
    assert said == ["the owner registry 'city' was closed meanwhile", "the owner registry 'city' is closed"]


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:9/",
        "http://169.254.169.254/latest/",
        "//10.0.0.1/",
        "https://127.0.0.1/",
        "http://[",
        "?",
    ],
)
def test_a_redirect_to_another_host_is_refused_and_nothing_goes_there(target):
    with running_city(ROWS) as city:
        city.answer = lambda handler, *_: say(handler, 302, b"", Location=target)
        said = "one address to the next" if target == "?" else "another host"
        with http_registry(city) as registry, pytest.raises(RegistryDown, match=said):
            registry.find(PLATE)


def test_a_redirect_within_the_same_host_is_followed():
    with running_city(ROWS) as city:

        def onward(handler, *_):
            if not handler.path.startswith("/v2"):
                say(handler, 307, b"", Location=f"/v2{handler.path}")
            else:
                say(handler, 200, b'{"data": {"owners": {"phone": "13800000001"}}}')

        city.answer = onward
        with http_registry(city) as registry:
            assert len(registry.find(PLATE).contacts) == 1


def test_a_packed_answer_is_not_unpacked():
    packed = gzip.compress(b'{"data": {"owners": []}}')
    with running_city(ROWS) as city:
        city.answer = lambda handler, *_: say(handler, 200, packed, Content_Encoding="gzip")
        with http_registry(city) as registry, pytest.raises(RegistryDown, match="packed"):
            registry.find(PLATE)


def test_nobody_at_home_is_said_without_the_plate():
    with running_city(ROWS) as city:
        pass
    with http_registry(city) as registry, pytest.raises(RegistryDown) as caught:
        registry.find(PLATE)
    assert PLATE not in str(caught.value)
    assert "%E6" not in str(caught.value)


def test_a_certificate_that_cannot_be_used_is_said_before_anything_starts(tmp_path):
    (tmp_path / "broken.pem").write_text("no certificate", encoding="utf-8")
    source = HttpSource.model_validate(
        {"name": "city", "url": "https://127.0.0.1/{plate}", "client_cert": tmp_path / "broken.pem"}
    )
    with pytest.raises(ConfigurationError, match=r"broken.pem cannot be used"):
        HttpOwnerRegistry(source, None, None, reader())


def test_no_number_and_no_plate_gets_into_a_log(tmp_path, papers, caplog):
    caplog.set_level(logging.DEBUG)
    with (
        running_city(ROWS, papers) as city,
        http_registry(city, papers) as service,
        sql_registry(sqlite_file(tmp_path / "owners.db", ROWS)) as database,
    ):
        for registry in (service, database):
            found = registry.find(PLATE)
            assert len(found.contacts) == 1
            assert "13800000001" not in repr(found)
        city.answer = lambda handler, *_: say(handler, 200, b'{"phone": "13800000001"}')
        with pytest.raises(RegistryDown) as caught:
            service.find(PLATE)
    assert "13800000001" not in caplog.text + "".join(traceback.format_exception(caught.value))
    # A line of the HTTP library names the address, and with it the plate: `clearway.logs` lets none through.
    said = [
        line for line in caplog.records if line.name not in NOISY and not line.name.startswith("httpcore")
    ]
    assert not [line for line in said if "12345" in line.getMessage()]


# --- SQL -------------------------------------------------------------------------------------------------


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request, tmp_path):
    if request.param == "sqlite":
        return sqlite_file(tmp_path / "owners.db", ROWS)
    return request.getfixturevalue("postgres")


def test_a_query_that_writes_is_refused(database_url):
    query = "INSERT INTO owners (plate, phone) VALUES (:plate, '13800000009') RETURNING phone"
    with (
        sql_registry(database_url, query=query) as registry,
        pytest.raises(RegistryDown, match=r"READONLY|ReadOnly") as caught,
    ):
        registry.find("浙B66666")
    assert caught.value.alive
    with sql_registry(database_url) as registry:
        assert registry.find("浙B66666").contacts == ()


def test_a_query_that_takes_too_long_is_given_up(database_url):
    if database_url.startswith("sqlite"):
        slow = (
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) AS phone FROM n"
        )
    else:
        slow = "SELECT pg_sleep(30)::text AS phone"
    began = time.monotonic()
    with (
        sql_registry(database_url, query=f"{slow} WHERE :plate <> ''", timeout_s=0.3) as registry,
        pytest.raises(RegistryDown) as caught,
    ):
        registry.find(PLATE)
    assert time.monotonic() - began < 5
    assert not caught.value.alive


@pytest.mark.parametrize(
    "query",
    [
        "SELECT telephone AS phone FROM owners WHERE plate = :plate",
        "SELECT phone FROM owner WHERE plate = :plate",
        "SELECT phone AS number FROM owners WHERE plate = :plate",
        "SELECT phone FROM owners WHERE plate = :plate; DROP TABLE owners",
        "SELEC phone FROM owners WHERE plate = :plate",
    ],
)
def test_a_query_that_cannot_be_right_is_found_when_checked(database_url, query):
    with (
        sql_registry(database_url, query=query) as registry,
        pytest.raises((ConfigurationError, RegistryDown)),
    ):
        registry.check()
    with sql_registry(database_url) as registry:
        registry.check()
        assert registry.find(PLATE).contacts


def test_columns_may_have_other_names_and_roles_other_words(database_url):
    query = "SELECT phone AS mobil, 'H' AS art, '2025-03-01' AS aus FROM owners WHERE plate = :plate"
    columns = {"phone": "mobil", "role": "art", "opted_out": "aus", "roles": {"H": "driver"}}
    with sql_registry(database_url, query=query, columns=columns) as registry:
        (contact,) = registry.find(PLATE).contacts
    assert (contact.role.value, contact.opted_out) == ("driver", True)


def test_case_and_purpose_can_be_told_to_a_database(database_url):
    query = "SELECT '13800000001' AS phone WHERE :plate || :case || :purpose = 'A/CW-000001/p'"
    with sql_registry(database_url, query=query) as registry:
        assert registry.find("A", Reason(case="/CW-000001/", purpose="p")).contacts


def test_a_database_that_is_not_there_is_down(tmp_path):
    for url in (f"sqlite:///{tmp_path}/none.db", "postgresql+psycopg://clearway@127.0.0.1:9/none"):
        with sql_registry(url) as registry, pytest.raises(RegistryDown) as caught:
            registry.find(PLATE)
        assert not caught.value.alive
    assert not (tmp_path / "none.db").exists(), "asking makes no file"


@pytest.mark.parametrize("url", ["mysql://host/x", "sqlite://", "nonsense", "sqlite:///:memory:"])
def test_a_database_of_another_kind_is_refused_before_anything_starts(url):
    with pytest.raises(ConfigurationError, match="owner registry city"), sql_registry(url):
        pass


def test_a_password_is_no_part_of_the_settings():
    with pytest.raises(ValueError, match="holds a password"):
        SqlSource(name="city", url="postgresql+psycopg://me:secret@host/x", query=QUERY)


# --- whatever stands in rows and answers ------------------------------------------------------------------

cells = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=40),
    st.binary(max_size=20),
    st.sampled_from(["13800000001", "+8613800000001", "owner", "fleet", "yes", "0", "zh-CN", "x" * 10_000]),
    st.lists(st.text(max_size=3), max_size=2),
    st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=2),
)
names = st.sampled_from(["phone", "language", "role", "opted_out", "other"])


@given(st.lists(st.dictionaries(names, cells), max_size=8))
def test_whatever_stands_in_rows_becomes_contacts_or_is_counted(rows):
    found = reader().found(rows, by_column)
    assert len(found.contacts) + found.unusable <= len(rows)
    for contact in found.contacts:
        assert contact.phone.reveal().startswith("+")
        assert contact.phone.reveal() not in repr(found)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False)
    | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(names | st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=20,
)
paths = st.lists(names | st.sampled_from(["data", "0", "1", "owners", "-1", "²"]), max_size=4).map(".".join)


@given(json_values, paths, paths)
def test_whatever_an_answer_holds_is_read_or_refused(document, path, column):
    try:
        rows = rows_at(document, path)
    except Misfit:
        return
    columns = Columns(phone=column or "phone", opted_out=column or "opted_out")
    found = reader(columns=columns).found(rows, by_path)
    assert len(found.contacts) + found.unusable <= len(rows)


@pytest.fixture(scope="module")
def answering():
    with running_city(ROWS) as city, http_registry(city, contacts="") as registry:
        yield city, registry


@hypothesis(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.one_of(st.binary(max_size=300), json_values.map(lambda value: json.dumps(value).encode())))
def test_whatever_bytes_come_over_the_wire_nothing_else_gets_out(answering, body):
    city, registry = answering
    city.answer = lambda handler, *_: say(handler, 200, body)
    try:
        found = registry.find(PLATE)
    except RegistryDown:
        return
    assert found.registry == "city"


@hypothesis(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    row=st.tuples(*[st.none() | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.text() | st.binary()] * 4)
)
def test_whatever_a_database_holds_nothing_else_gets_out(tmp_path_factory, row):
    path = tmp_path_factory.getbasetemp() / "fuzz.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE IF NOT EXISTS cells (phone, language, role, opted_out)")
        connection.execute("DELETE FROM cells")
        try:
            connection.execute("INSERT INTO cells VALUES (?, ?, ?, CAST(? AS text))", row)
        except UnicodeEncodeError:
            return
    query = "SELECT phone, language, role, opted_out FROM cells WHERE :plate <> ''"
    with sql_registry(f"sqlite:///{path}", query=query) as registry:
        try:
            found = registry.find(PLATE)
        except RegistryDown:
            return
    assert len(found.contacts) + found.unusable == 1
