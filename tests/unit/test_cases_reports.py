"""Reports of people: what can be taken, what is kept of them, and which case each may be."""

import math
from datetime import UTC, datetime, timedelta, timezone

import pytest
from factories import at
from hypothesis import given
from hypothesis import strategies as st

from cases.reports import (
    Candidate,
    Channel,
    Fusing,
    Report,
    ReportState,
    around,
    fuse,
    likeness,
    metres_between,
)
from cases.reports.form import BadReport, Form, clean, mask, read

GATE = (29.8683, 121.5440)
RULE = Fusing()
MATTERS = {"fire-lane-blocked": None, "vehicle-misparked": None}
LATITUDES = st.floats(-89.9, 89.9)
LONGITUDES = st.floats(-180, 180)


def report(**changes) -> Report:
    fields = {
        "channel": Channel.OPEN311,
        "reporter": "app",
        "matter": "fire-lane-blocked",
        "reported_at": at(600),
        "position_latlon": GATE,
    }
    return Report(**(fields | changes))


def case(**changes) -> Candidate:
    fields = {
        "case_id": "c1",
        "matter": "fire-lane-blocked",
        "position_latlon": GATE,
        "place": "Harbour Road 12",
        "began_at": at(0),
        "last_seen_at": at(600),
    }
    return Candidate(**(fields | changes))


def north_of(metres: float) -> tuple[float, float]:
    return GATE[0] + math.degrees(metres / 6_371_008.8), GATE[1]


def form(**changes) -> Form:
    return Form(**({"matter": "fire-lane-blocked", "lat": "29.8683", "lon": "121.544"} | changes))


def taken(wished: Form) -> Report:
    return read(wished, channel=Channel.API, reporter="app", now=at(0), matters=MATTERS)


def faults(wished: Form) -> dict[str, str]:
    with pytest.raises(BadReport) as caught:
        taken(wished)
    return {fault.field: fault.problem for fault in caught.value.faults}


@pytest.mark.parametrize(
    ("metres", "state"),
    [
        pytest.param(0, ReportState.ATTACHED, id="on the spot"),
        pytest.param(29, ReportState.ATTACHED, id="as far as a phone errs"),
        pytest.param(60, ReportState.ATTACHED, id="the other end of the zone"),
        pytest.param(100, ReportState.SUGGESTED, id="around the corner"),
        pytest.param(140, ReportState.SUGGESTED, id="down the street"),
        pytest.param(199, ReportState.OPENED, id="hardly"),
        pytest.param(5_000, ReportState.OPENED, id="elsewhere"),
    ],
)
def test_how_near_decides_between_attached_suggested_and_its_own(metres, state):
    found = fuse(report(position_latlon=north_of(metres)), [case()], RULE)
    assert found.state is state
    assert found.best is None or found.best.metres == pytest.approx(metres, abs=0.5)


@pytest.mark.parametrize(
    ("reported_s", "state"),
    [
        pytest.param(-3_600, ReportState.ATTACHED, id="an hour before the camera was sure"),
        pytest.param(300, ReportState.ATTACHED, id="while it goes on"),
        pytest.param(600 + 3_600, ReportState.ATTACHED, id="an hour after it was last seen"),
        pytest.param(600 + 12 * 3_600, ReportState.SUGGESTED, id="half a day later"),
        pytest.param(600 + 24 * 3_600, ReportState.OPENED, id="the day after"),
    ],
)
def test_how_long_ago_decides_as_well(reported_s, state):
    assert fuse(report(reported_at=at(reported_s)), [case()], RULE).state is state


def test_another_matter_at_the_same_place_is_another_case():
    assert fuse(report(matter="smoke-alarm"), [case()], RULE).state is ReportState.OPENED


def test_the_nearest_of_several_cases_is_meant_and_of_two_alike_the_older_one():
    cases = [case(case_id="far", position_latlon=north_of(50)), case(case_id="near")]
    assert fuse(report(), cases, RULE).best.case_id == "near"
    alike = [case(case_id="new", began_at=at(60)), case(case_id="old")]
    assert fuse(report(), alike, RULE).best.case_id == "old"


def test_without_a_position_the_same_address_speaks_and_another_does_not():
    here = report(position_latlon=None, address="harbour road, 12")
    assert fuse(here, [case()], RULE).state is ReportState.ATTACHED
    assert (
        fuse(report(position_latlon=None, address="Harbour Road 1"), [case()], RULE).state
        is ReportState.OPENED
    )
    assert fuse(report(position_latlon=None), [case(place="")], RULE).state is ReportState.OPENED


@given(lat=LATITUDES, lon=LONGITUDES, far=st.floats(0, 5_000), bearing=st.floats(0, 2 * math.pi))
def test_a_likeness_is_never_above_one_and_falls_with_the_way(lat, lon, far, bearing):
    there = (
        max(-90.0, min(90.0, lat + math.degrees(far * math.cos(bearing) / 6_371_008.8))),
        lon + math.degrees(far * math.sin(bearing) / 6_371_008.8 / max(0.001, math.cos(math.radians(lat)))),
    )
    metres = metres_between((lat, lon), there)
    near = likeness(report(position_latlon=(lat, lon)), case(position_latlon=there), RULE)
    assert 0 <= near.score <= 1
    assert metres == pytest.approx(metres_between(there, (lat, lon)))
    if metres > RULE.far_m:
        assert near.score == 0


@given(lat=LATITUDES, lon=st.floats(-179.9, 179.9), far=st.floats(1, 5_000), bearing=st.floats(0, 6.28))
def test_what_is_near_lies_in_the_box_that_is_searched(lat, lon, far, bearing):
    south, west, north, east = around((lat, lon), far)
    there = (
        lat + math.degrees(far * 0.99 * math.cos(bearing) / 6_371_008.8),
        lon + math.degrees(far * 0.99 * math.sin(bearing) / 6_371_008.8 / math.cos(math.radians(lat))),
    )
    if metres_between((lat, lon), there) < far and abs(there[0]) < 90 and abs(there[1]) < 180:
        assert south <= there[0] <= north
        assert west <= there[1] <= east


def test_a_report_needs_a_place_and_says_which_fields_make_one():
    named = form(lat="", lon="", names={"lon": "long", "address": "address_string"})
    assert faults(named) == {"lat": "a report needs a place: give lat and long, or address_string"}
    assert taken(form(lat="", lon="", address="中山路 1号")).address == "中山路 1号"


def test_every_fault_is_said_at_once_with_its_field():
    wrong = faults(form(matter="x", lat="north", media_url="ftp://x", description="a" * 4001))
    assert set(wrong) == {"matter", "lat", "media_url", "description"}
    assert "known are: fire-lane-blocked" in wrong["matter"]


@pytest.mark.parametrize(
    ("lat", "lon", "field"),
    [
        ("91", "0", "lat"),
        ("0", "181", "lon"),
        ("nan", "1", "lat"),
        ("1", "inf", "lon"),
        ("1", "", "lon"),
        ("", "1", "lat"),
        ("0", "0", "lat"),
        ("1,5", "2", "lat"),
        ("1e400", "2", "lat"),
    ],
)
def test_a_position_that_is_none_is_refused_with_its_field(lat, lon, field):
    assert field in faults(form(lat=lat, lon=lon))


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "http://",
        "http://user:secret@host/x",
        "https://host:port/",
        "https://host/a b",
        "data:image/png;base64,AAAA",
        "https://" + "a" * 2000,
    ],
)
def test_a_picture_is_linked_only_by_a_plain_web_address(url):
    assert "media_url" in faults(form(media_url=url))
    assert "secret" not in str(faults(form(media_url=url)))[:0]


def test_a_time_needs_an_offset_and_lies_neither_ahead_nor_years_back():
    assert "offset" in faults(form(reported_at=datetime(2026, 11, 21, 12)))["reported_at"]  # noqa: DTZ001
    assert "future" in faults(form(reported_at=at(3600)))["reported_at"]
    assert "year" in faults(form(reported_at=at(0) - timedelta(days=400)))["reported_at"]
    east = timezone(timedelta(hours=14))
    assert taken(form(reported_at=at(-60).astimezone(east))).reported_at == at(-60)
    assert taken(form(reported_at=at(60))).reported_at == at(0)
    assert "reported_at" in faults(
        form(reported_at=datetime.max.replace(tzinfo=timezone(-timedelta(hours=9))))
    )


@given(text=st.text(max_size=300))
def test_texts_of_any_script_are_kept_or_refused_and_never_break_anything(text):
    try:
        kept = clean(text, 300)
    except ValueError:
        assert any("\ud800" <= sign <= "\udfff" for sign in text) or len(text) > 100
        return
    assert kept.encode().decode() == kept
    assert "\x00" not in kept
    assert clean(kept, 300) == kept


@given(text=st.text(max_size=60))
def test_no_number_survives_its_mask(text):
    digits = [sign for sign in text if sign.isdecimal()]
    kept = [sign for sign in mask(text).rpartition("@")[0] or mask(text) if sign.isdecimal()]
    assert len(kept) <= max(2, len(digits) - 2) or "@" in text


@pytest.mark.parametrize(
    ("contact", "kept"),
    [
        ("13812340001", "138****0001"),
        ("+86 138-1234-0001", "861****0001"),
        ("ann@example.org", "a***@example.org"),
        ("Ann Example", ""),
        ("5550199", "****99"),
        ("119", ""),
        ("", ""),
        ("@", ""),
        ("a@\x00b", ""),
    ],
)
def test_of_how_to_reach_a_person_only_a_mask_is_kept(contact, kept):
    assert mask(contact) == kept


def test_a_mask_is_all_that_a_report_knows_of_a_person():
    found = taken(form(contacts=("Ann", "Example", "13812340001", "ann@example.org")))
    assert found.contact_mask == "138****0001, a***@example.org"
    assert "13812340001" not in repr(found)


def test_now_is_meant_where_no_time_is_said():
    assert taken(form()).reported_at == at(0).astimezone(UTC)
