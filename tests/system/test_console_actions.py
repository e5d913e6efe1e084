"""What an operator does on the page, in a real browser: buttons with a reason, suggestions, reports."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from parts_console import CHROMIUM, HOSTILE, QUIET, running_console
from parts_office import GATE, make_office, seen
from playwright.sync_api import expect, sync_playwright

from cases.reports import Channel, Report


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    found = make_office(tmp_path_factory.mktemp("city"))
    yield found
    found.desk._database.close()


@pytest.fixture(scope="module")
def address(office):
    with running_console(office) as url:
        yield url


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield found
        found.close()


@pytest.fixture
def page(browser, address):
    found = browser.new_page(
        viewport={"width": 1280, "height": 900}, extra_http_headers={"X-Forwarded-User": "ann"}
    )
    found.goto(address)
    yield found
    found.close()


@pytest.fixture
def case_id(office):
    now = datetime.now(UTC)
    return seen(office, now - timedelta(seconds=50), origin_id=f"s{now}", dedup_key=f"k{now}")


def shot(page, name):
    if folder := os.environ.get("CLEARWAY_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png")


def press(page, command, why="", field=""):
    page.locator(f"[data-command={command}]").click()
    if field:
        page.locator("[data-field]").fill(field)
    if why:
        page.locator("[data-why]").fill(why)
    page.locator("[data-ok]").click()


def test_a_case_is_taken_through_its_life_by_its_buttons(page, address, office, case_id):
    page.goto(f"{address}/cases/{case_id}")
    expect(page.locator(".chip.discovered")).to_be_visible()
    press(page, "assess")
    expect(page.locator(".chip.assessed")).to_be_visible()
    expect(page.locator("[data-command=accept]")).to_be_visible()
    press(page, "accept")
    press(page, "start")
    expect(page.locator(".chip.handling")).to_be_visible()
    shot(page, "actions-handling")
    page.locator("[data-command=done]").click()
    page.locator(".cw-ask .q-select").click()
    page.get_by_role("option", name="Removed", exact=True).click()
    shot(page, "actions-done")
    page.locator("[data-ok]").click()
    expect(page.locator(".chip.closed")).to_be_visible()
    expect(page.locator("[data-command=done]")).to_have_count(0)
    row = office.desk.search.case(case_id)
    assert (row["state"], row["resolution"]) == ("closed", "removed")
    actors = {line["actor"] for line in office.desk.reading.case(case_id)["audit"]}
    assert "operator:ann" in actors


def test_what_needs_a_reason_is_not_done_without_one(page, address, office, case_id):
    page.goto(f"{address}/cases/{case_id}")
    press(page, "hand_over", field="traffic-police")
    expect(page.get_by_text("Reason: is missing")).to_be_visible()
    page.locator("[data-why]").fill(f"theirs {HOSTILE}")
    page.locator("[data-ok]").click()
    expect(page.locator(".timeline", has_text="Handed over")).to_be_visible()
    assert page.title() != "owned"
    assert office.desk.search.case(case_id)["unit"] == "traffic-police"


def test_what_is_impossible_is_refused_in_words(page, address, case_id):
    page.goto(f"{address}/cases/{case_id}")
    press(page, "merge", field="999999", why="the same van")
    expect(page.get_by_text("there is no case")).to_be_visible()


def test_a_likely_duplicate_is_suggested_and_merged_with_one_button(page, address, office, case_id):
    now = datetime.now(UTC)
    camera = "/harbour/box-2/south-gate"
    other = seen(office, now, origin_id=f"o{now}", dedup_key=f"o{now}", source=camera)
    page.goto(f"{address}/cases/{other}")
    hint = page.locator(".cw-hint", has_text=f"CW-{office.desk.search.case(case_id)['number']:06d}")
    expect(hint).to_be_visible()
    shot(page, "actions-hint")
    hint.locator("[data-merge]").click()
    page.locator("[data-why]").fill("the same van")
    page.locator("[data-ok]").click()
    expect(page.locator(".chip.merged")).to_be_visible()
    assert office.desk.search.case(other)["merged_into"] == case_id


def test_an_operator_says_that_a_report_is_about_another_incident(page, address, office, case_id):
    now = datetime.now(UTC)
    report = Report(
        channel=Channel.API,
        reporter="app",
        matter="fire-lane-blocked",
        reported_at=now,
        position_latlon=(GATE[0] + 0.001, GATE[1]),
    )
    taken = office.reports.take(report, "fire-lane", now)
    assert office.desk.search.case(case_id)["state"] == "discovered"
    page.goto(f"{address}/cases/{taken.case_id}")
    page.locator("[data-another]").first.click()
    page.locator("[data-why]").fill("another van")
    page.locator("[data-ok]").click()
    expect(page.locator("[data-another]")).to_have_count(0)
    said = office.reports.report(taken.id)
    assert (said["state"], said["decided_by"]) == ("opened", "operator:ann")


def test_a_report_by_phone_needs_a_place_and_opens_a_case(page, office):
    page.get_by_role("button", name="Report by phone").click()
    page.locator(".cw-ask .q-select").click()
    page.get_by_role("option", name="Road under water").click()
    page.locator("[data-report=contact]").fill("13812340001")
    page.locator("[data-send]").click()
    expect(page.locator(".cw-faults")).to_contain_text("a report needs a place")
    page.locator("[data-report=address]").fill("中山路 1号")
    page.locator("[data-report=description]").fill("积水了")
    shot(page, "actions-report")
    page.locator("[data-send]").click()
    expect(page.locator(".cw-card", has_text="中山路 1号")).to_be_visible()
    shot(page, "actions-dashboard")
    report = office.reports.page(state=None, limit=1, after=None)[0]
    assert (report["channel"], report["reporter"]) == ("console", "operator:ann")
    assert report["contact_mask"] == "138****0001"


def test_the_file_over_the_dashboard_has_the_same_buttons(page, office, case_id):
    number = office.desk.search.case(case_id)["number"]
    page.locator(".cw-card", has_text=f"CW-{number:06d}").click()
    expect(page.locator(".cw-file [data-command=assess]")).to_be_visible()
    press(page, "comment", why="业主说马上来")
    expect(page.locator(".cw-file .timeline", has_text="业主说马上来")).to_be_visible()
    shot(page, "actions-dialog")
