"""Open311 as others speak it: with a client that is not ours, on a real server; and its faults."""

import asyncio
import threading
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import httpx
import pytest
from georeport import GeoReport
from parts_office import GATE, asking, let_in, make_app, make_office, seen

from cases.clients import Scope
from cases.commands import Accept, Assess, Done
from cases.states import Resolution
from console import server
from models.errors import BadRecord, Refused

NOW = datetime.now(UTC)
FIELDS = {"service_code": "fire-lane-blocked", "lat": str(GATE[0]), "long": str(GATE[1])}


@pytest.fixture
def office(tmp_path):
    found = make_office(tmp_path)
    yield found
    found.desk._database.close()


@pytest.fixture
def key(office):
    return let_in(office.clients, "app", Scope.REPORTS_WRITE, at=NOW)


@pytest.fixture
def case_id(office):
    return seen(office, NOW - timedelta(minutes=2))


@pytest.fixture
def address(office):
    """Both APIs on a real port."""
    up, told = threading.Event(), {}

    async def serve() -> None:
        told["stop"], told["loop"] = asyncio.Event(), asyncio.get_running_loop()

        def started(base: str) -> None:
            told["address"] = base
            up.set()

        await server.serve(make_app(office), "127.0.0.1", 0, told["stop"], started)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert up.wait(20)
    yield told["address"]
    told["loop"].call_soon_threadsafe(told["stop"].set)
    thread.join()


@pytest.fixture
async def client(office):
    async with asking(make_app(office)) as found:
        yield found


@pytest.mark.parametrize("written", ["json", "xml"])
def test_a_client_that_others_wrote_reads_services_and_requests(address, office, key, case_id, written):
    posted = httpx.post(f"{address}/open311/v2/requests.json", data=FIELDS | {"api_key": key})
    (receipt,) = posted.json()
    city = GeoReport(f"{address}/open311/v2", output_format=written)
    services = {one["service_code"]: one for one in city.get_service_list()}
    assert services["fire-lane-blocked"]["type"] == "realtime"
    assert city.get_service_definition("fire-lane-blocked")["service_code"] == "fire-lane-blocked"
    one = city.get_service_request(receipt["service_request_id"])
    assert (one["status"], one["service_code"]) == ("open", "fire-lane-blocked")
    assert float(one["lat"]) == GATE[0]
    expected = datetime.fromisoformat(one["expected_datetime"])
    assert expected > datetime.fromisoformat(one["requested_datetime"])
    assert office.desk.search.case(receipt["service_request_id"])["id"] == case_id
    seen(office, NOW, origin_id="s2", dedup_key="k2")
    assert len(city.get_service_requests(status="open", service_code="fire-lane-blocked")) == 2
    for order in (Assess(), Accept(), Done(resolution=Resolution.REMOVED)):
        office.ledger.command(case_id, order, actor="ann", at=datetime.now(UTC))
    done = city.get_service_request(receipt["service_request_id"])
    assert (done["status"], done["status_notes"]) == ("closed", "removed")
    assert not done["expected_datetime"]


async def test_the_deadline_for_closing_is_what_may_be_expected(client, case_id):
    assert case_id
    (one,) = (await client.get("/open311/v2/requests.json")).json()
    assert one["expected_datetime"].endswith("Z")
    assert one["agency_responsible"] == "fire-brigade"
    assert "浙B12345" not in str(one)


async def test_a_report_without_a_position_is_refused_and_the_fields_are_named(client, key):
    fields = {"service_code": "fire-lane-blocked", "api_key": key}
    answer = await client.post("/open311/v2/requests.json", data=fields)
    assert answer.status_code == 400
    (error,) = answer.json()
    assert error["code"] == 400
    assert error["description"].startswith("lat: ")
    assert "lat and long, or address_string" in error["description"]
    written = await client.post("/open311/v2/requests.xml", data=fields)
    root = ET.fromstring(written.content)  # noqa: S314 - our own
    assert (root.tag, root.findtext("error/code")) == ("errors", "400")


@pytest.mark.parametrize(
    ("fields", "status", "says"),
    [
        ({}, 400, "service_code was not provided"),
        ({"service_code": "potholes", "lat": "1", "long": "2"}, 404, "service_code was not found"),
        (FIELDS | {"lat": "north"}, 400, "lat: 'north' is no number"),
        (FIELDS | {"long": ""}, 400, "long: is missing"),
        (FIELDS | {"media_url": "file:///etc/passwd"}, 400, "media_url: "),
        (FIELDS | {"description": "x" * 4001}, 400, "description: "),
    ],
)
async def test_what_cannot_be_taken_is_answered_in_the_standards_words(client, key, fields, status, says):
    answer = await client.post("/open311/v2/requests.json", data=fields | {"api_key": key})
    assert answer.status_code == status
    assert any(error["description"].startswith(says) for error in answer.json())
    assert all(set(error) == {"code", "description"} for error in answer.json())


async def test_a_missing_or_wrong_key_is_forbidden(client, office):
    for fields in (FIELDS, FIELDS | {"api_key": "cw_wrong"}):
        answer = await client.post("/open311/v2/requests.json", data=fields)
        assert (answer.status_code, answer.json()[0]["code"]) == (403, 403)
    reader = let_in(office.clients, "reader", Scope.CASES_READ, at=NOW)
    answer = await client.post("/open311/v2/requests.json", data=FIELDS | {"api_key": reader})
    assert "reports:write" in answer.json()[0]["description"]


async def test_a_token_leads_to_the_request_it_stands_for(client, office, key):
    await client.post("/open311/v2/requests.json", data=FIELDS | {"api_key": key})
    (report,) = office.reports.page(state=None, limit=1, after=None)
    (found,) = (await client.get(f"/open311/v2/tokens/{report['id']}.json")).json()
    assert found == {"service_request_id": "1", "token": report["id"]}
    assert (await client.get("/open311/v2/tokens/nobody.json")).status_code == 404


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        pytest.param(Refused("the case was closed", state="closed"), 409, id="closed in the same moment"),
        pytest.param(BadRecord("$", "INSERT INTO reports"), 400, id="the database takes it not"),
    ],
)
async def test_a_report_the_ledger_cannot_take_is_refused_without_its_words(client, office, key, fault, code):
    def refuse(*_: object, **__: object) -> None:
        raise fault

    office.reports.take = refuse
    form = {"api_key": key, "service_code": "fire-lane-blocked", "address_string": "x"}
    answer = await client.post("/open311/v2/requests.json", data=form)
    assert (answer.status_code, answer.json()[0]["code"]) == (code, code)
    assert "INSERT" not in answer.text


async def test_of_who_reported_nothing_is_shown_or_kept_but_a_mask(client, office, key):
    person = {"first_name": "Ann", "last_name": "Example", "phone": "13812340001", "email": "ann@example.org"}
    fields = FIELDS | person | {"description": "call me", "api_key": key}
    assert (await client.post("/open311/v2/requests.json", data=fields)).status_code == 201
    shown = (await client.get("/open311/v2/requests.json")).text
    (kept,) = office.reports.page(state=None, limit=1, after=None)
    assert "call me" not in shown
    assert kept["contact_mask"] == "a***@example.org, 138****0001"
    assert "Ann" not in str(kept)
    assert "13812340001" not in str(kept)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({}, 2),
        ({"service_request_id": "2"}, 1),
        ({"service_request_id": "1,2,99"}, 2),
        ({"status": "closed"}, 0),
        ({"service_code": "smoke-alarm"}, 0),
        ({"start_date": (NOW - timedelta(minutes=1)).isoformat()}, 1),
        ({"page_size": "1", "page": "2"}, 1),
    ],
)
async def test_requests_are_filtered_as_the_standard_says(client, office, case_id, query, count):
    assert case_id
    seen(office, NOW, origin_id="s2", dedup_key="k2")
    answer = await client.get("/open311/v2/requests.json", params=query)
    assert len(answer.json()) == count


async def test_a_filter_that_cannot_be_read_is_an_error(client):
    answer = await client.get("/open311/v2/requests.xml", params={"start_date": "yesterday"})
    assert answer.status_code == 400
    assert b"<code>400</code><description>start_date:" in answer.content


async def test_without_an_ending_xml_is_spoken_unless_json_is_wanted(client):
    assert (await client.get("/open311/v2/services")).headers["content-type"].startswith("text/xml")
    wanted = await client.get("/open311/v2/services", headers={"Accept": "application/json"})
    assert wanted.headers["content-type"].startswith("application/json")


@pytest.mark.parametrize("path", ["discovery.json", "discovery.xml", "v2/discovery.json"])
async def test_the_interface_can_be_discovered(client, path):
    answer = await client.get(f"/open311/{path}")
    assert answer.status_code == 200
    assert "http://127.0.0.1:8080/open311/v2" in answer.text


@pytest.mark.parametrize(
    "path", ["services/nothing.json", "requests/nothing.json", "requests/99.json", "nothing", "services/a/b"]
)
async def test_what_is_not_there_is_an_error_of_the_standard(client, path):
    answer = await client.get(f"/open311/v2/{path}", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()[0]["code"]) == (404, 404)


async def test_a_form_that_is_none_is_an_error(client, key):
    headers = {"Authorization": f"Bearer {key}"}
    plain = await client.post("/open311/v2/requests.json", json=FIELDS, headers=headers)
    form = headers | {"Content-Type": "application/x-www-form-urlencoded"}
    broken = await client.post("/open311/v2/requests.json", content=b"description=%FF", headers=form)
    many = await client.post("/open311/v2/requests.json", content=b"a=1&" * 300, headers=form)
    assert [answer.status_code for answer in (plain, broken, many)] == [400, 400, 400]
