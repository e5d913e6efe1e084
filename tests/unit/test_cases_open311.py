"""Open311 as a mapping: what is shown of a case, what can be asked, and how it is written."""

from datetime import timedelta
from xml.etree import ElementTree as ET

import msgspec
import pytest
from factories import NOON, at
from hypothesis import given
from hypothesis import strategies as st

from cases import open311
from cases.open311.text import as_json, as_xml
from cases.reports.form import FieldFault
from cases.states import Resolution, State

FIRE_LANE = open311.Service(code="fire-lane-blocked", name="Fire lane blocked", unit="fire-brigade")


def row(**changes):
    fields = {
        "number": 12,
        "state": "assessed",
        "matter": "fire-lane-blocked",
        "unit": "fire-brigade",
        "resolution": None,
        "opened_at": at(0),
        "recorded_at": at(1),
        "assessed_at": at(30),
        "accepted_at": None,
        "started_at": None,
        "closed_at": None,
        "place": "Harbour Road 12 & 14",
        "position_lat": 29.8683,
        "position_lon": 121.544,
        "plate": {"text": "浙B12345"},
    }
    return fields | changes


def test_a_case_is_a_service_request_without_plate_and_with_its_deadline():
    found = open311.request(row(), FIRE_LANE.name, at(180))
    assert found["service_request_id"] == "12"
    assert found["status"] == "open"
    assert found["expected_datetime"] == "2026-11-21T12:03:00Z"
    assert found["updated_datetime"] == "2026-11-21T12:00:30Z"
    assert (found["lat"], found["long"]) == (29.8683, 121.544)
    assert "浙B12345" not in str(found)


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("resolution", [None, *Resolution])
def test_every_state_and_resolution_has_a_status_and_words(state, resolution):
    found = open311.request(row(state=state, resolution=resolution, closed_at=at(90)), "x", at(180))
    assert found["status"] == ("open" if state.is_open else "closed")
    assert found["status_notes"]
    assert (found["expected_datetime"] is None) == (not state.is_open)


def test_a_merged_case_says_where_it_goes_on():
    found = open311.request(row(state="merged", merged_number=7), "x", None)
    assert found["status_notes"] == "goes on as 7"


def test_xml_is_laid_out_as_the_standard_has_it():
    text = as_xml("services", [open311.service(FIRE_LANE)])
    assert text.startswith(b"<?xml version='1.0' encoding='utf-8'?>")
    root = ET.fromstring(text)  # noqa: S314 - our own
    (service,) = root.findall("service")
    assert root.tag == "services"
    assert [child.tag for child in service] == [
        "service_code",
        "service_name",
        "description",
        "metadata",
        "type",
        "keywords",
        "group",
    ]
    assert service.findtext("metadata") == "false"


def test_nothing_known_is_an_empty_element():
    root = ET.fromstring(as_xml("service_requests", [open311.request(row(), "x", None)]))  # noqa: S314
    assert root.find("request/media_url").text is None


@given(text=st.text(max_size=60))
def test_every_text_can_be_written_as_xml_and_read_again(text):
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    root = ET.fromstring(as_xml("errors", [open311.error(400, text)]))  # noqa: S314 - our own
    kept = [sign for sign in text if sign.isprintable()]
    assert [sign for sign in root.findtext("error/description") or "" if sign.isprintable()] == [
        sign for sign in kept if sign not in "\ufffe\uffff"
    ]


def test_json_is_a_list_of_the_same_records():
    records = [open311.request(row(), "x", None)]
    assert msgspec.json.decode(as_json(records)) == records


def test_where_no_days_are_said_the_last_ninety_are_meant():
    found = open311.wanted({}, NOON)
    assert (found.since, found.until) == (NOON - timedelta(days=90), NOON)
    assert (found.ids, found.codes, found.open_only, found.page_size) == (None, (), None, 100)


def test_filters_may_be_several_with_commas_between():
    found = open311.wanted({"service_request_id": "3, 4,x", "service_code": "a,b", "status": "open"}, NOON)
    assert (found.ids, found.codes, found.open_only) == ((3, 4), ("a", "b"), True)
    assert open311.wanted({"status": "open,closed"}, NOON).open_only is None


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"start_date": "yesterday"}, "start_date"),
        ({"end_date": "2026-13-01"}, "end_date"),
        ({"start_date": "9999-12-31"}, "start_date"),
        ({"start_date": "0001-01-01T00:00:00+14:00"}, "start_date"),
        ({"start_date": "2026-01-01", "end_date": "2026-06-01"}, "start_date"),
        ({"start_date": "2026-06-01", "end_date": "2026-05-01"}, "start_date"),
        ({"status": "pending"}, "status"),
        ({"page": "0"}, "page"),
        ({"page_size": "1001"}, "page_size"),
        ({"page": "1e3"}, "page"),
        ({"page": "١"}, "page"),
    ],
)
def test_a_filter_that_cannot_be_read_is_named(query, field):
    with pytest.raises(ValueError, match=f"^{field}:"):
        open311.wanted(query, NOON)


def test_a_plus_sign_that_a_client_forgot_to_encode_is_understood():
    found = open311.wanted({"end_date": "2026-11-21T20:00:00 08:00"}, NOON)
    assert found.until == NOON


@given(
    query=st.dictionaries(
        st.sampled_from(["service_request_id", "service_code", "start_date", "end_date", "status", "page"]),
        st.text(max_size=30),
    )
)
def test_whatever_is_asked_is_understood_or_refused(query):
    try:
        found = open311.wanted(query, NOON)
    except ValueError:
        return
    assert timedelta(0) <= found.until - found.since <= timedelta(days=90)


@pytest.mark.parametrize(
    ("fault", "code", "says"),
    [
        (FieldFault("service_code", "x", missing=True), 400, "service_code was not provided"),
        (FieldFault("service_code", "'x' is not known"), 404, "service_code was not found: 'x' is not known"),
        (FieldFault("lat", "a report needs a place", missing=True), 400, "lat: a report needs a place"),
    ],
)
def test_faults_have_the_codes_of_the_standard(fault, code, says):
    assert open311.code_of(fault) == (code, says)


def test_of_a_posted_form_the_names_of_people_are_never_read():
    found = open311.form_of({"service_code": "a", "long": "1", "first_name": "Ann", "phone": "13812340001"})
    assert (found.matter, found.lon, found.contacts) == ("a", "1", ("", "13812340001"))
    assert "Ann" not in repr(found)


def test_the_discovery_names_the_endpoint_and_both_formats():
    found = open311.discovery("https://city.example", "A city", NOON)
    assert found["endpoints"][0]["url"] == "https://city.example/open311/v2"
    root = ET.fromstring(as_xml("discovery", found))  # noqa: S314 - our own
    space = "{http://open311.org/spec/discovery/v1}"
    formats = root.findall(f"{space}endpoints/{space}endpoint/{space}formats/{space}format")
    assert [entry.text for entry in formats] == ["application/json", "text/xml"]
