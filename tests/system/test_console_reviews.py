"""An owner says "not my vehicle": what the operator sees of it, and the finding, in a real browser."""

import os
from pathlib import Path

import pytest
from cases_parts import rows
from parts_console import CHROMIUM, HOSTILE, QUIET, running_console
from parts_office import make_office
from parts_public import now, told
from playwright.sync_api import expect, sync_playwright

from cases.answers.book import Answer, AnswerBook
from cases.answers.disowning import AnswerKind
from cases.tables import audit, cases

SHOTS = os.environ.get("CLEARWAY_PICTURES", "")
"""A folder to keep screenshots in, to look at them."""


def answer(office, index, kind=AnswerKind.NOT_MINE, text=""):
    database = office.desk._database
    case, notice = told(database, index)
    AnswerBook(database).answer(Answer(notice_id=notice, kind=kind, text=text, at=now()))
    return case, notice


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
def page():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        found = browser.new_page(
            viewport={"width": 1280, "height": 1000}, extra_http_headers={"X-Forwarded-User": "ann"}
        )
        found.set_default_timeout(60_000)
        yield found
        browser.close()


def keep(page, name):
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png")


def test_a_person_sees_what_the_owner_said_and_says_what_the_picture_shows(office, page, address):
    first, notice = answer(office, 1)
    AnswerBook(office.desk._database).answer(
        Answer(notice_id=notice, kind=AnswerKind.OBJECTION, text=f"修理厂 {HOSTILE}", at=now())
    )
    answer(office, 2)
    page.goto(address)
    expect(page.locator(".pill.bad", has_text="zone with doubted notices")).to_be_visible(timeout=60_000)
    expect(page.locator(".pill.warn", has_text="2 reviews waiting")).to_be_visible()
    page.locator(".cw-tabs .q-tab", has_text="Health").click()
    card = page.locator(".cw-card.alert", has_text="owners say that the vehicle is not theirs")
    expect(card).to_be_visible()
    keep(page, "console-alert")
    page.goto(f"{address}/cases/{first}")
    expect(page.locator(".chip.review", has_text="Owner: not my vehicle")).to_be_visible()
    expect(page.locator(".answers .quote")).to_contain_text("修理厂 <script>")
    keep(page, "console-review")
    page.locator("[data-command=review]").click()
    page.locator("[data-field]").click()
    page.get_by_role("option", name="It is not theirs: tell them nothing").click()
    page.locator("[data-why]").fill("another letter on the picture")
    keep(page, "console-finding")
    page.locator("[data-ok]").click()
    expect(page.locator(".chip.review", has_text="Not the owner's vehicle")).to_be_visible()
    expect(page.locator("[data-command=review]")).to_have_count(0)
    row = next(row for row in rows(office.desk._database, cases) if row["id"] == first)
    assert (row["state"], row["disowned"]) == ("assessed", "true")
    entry = [row for row in rows(office.desk._database, audit) if row["what"] == "reviewed"][-1]
    assert (entry["actor"], entry["why"]) == ("operator:ann", "another letter on the picture")
    assert page.title() != "owned"
