"""People at the desk in a real browser: signing in and out, what each role sees, areas, the audit."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from parts_desk import CHROMIUM, GOOD, QUIET, let_people_in, running_desk, shot, sign_in
from parts_office import make_office, seen
from playwright.sync_api import expect, sync_playwright

from cases.people.book import PeopleBook
from cases.people.roles import Role
from cases.responsibility import store
from cases.responsibility.reading import Kind

CITY = Path(__file__).parent.parent.parent / "examples" / "city"
PHONE = {"width": 390, "height": 844}
WIDE = {"width": 1280, "height": 900}
NOW = datetime.now(UTC)
PLACES = [
    ("Lakeside Road 3", (30.005, 122.005), 0.1),
    ("Lakeside Road 9", (30.006, 122.006), 1.5),
    ("Old Town Gate", (30.006, 122.016), 5.5),
    ("Far away", (10.0, 10.0), 2),
]


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    found = make_office(tmp_path_factory.mktemp("city"))
    database = found.desk._database
    let_people_in(database)
    for kind, name in ((Kind.UNITS, "units.csv"), (Kind.AREAS, "areas.geojson")):
        sheet = store.read_sheet(kind, (CITY / name).read_bytes(), name)
        store.import_sheet(database, sheet, actor="operator:root", at=NOW, policies=())
    for number, (place, position, days) in enumerate(PLACES):
        own = {"origin_id": place, "dedup_key": place, "zone": f"zone-{number}", "source": "/other/box/cam"}
        seen(found, NOW - timedelta(days=days), place=place, position_latlon=position, **own)
    yield found
    database.close()


@pytest.fixture(scope="module")
def address(office):
    root = Path(office.desk._database.engine.url.database).parent
    with running_desk(root, title="Harbour district") as (found, _):
        yield found


@pytest.fixture(scope="module")
def browser():
    expect.set_options(timeout=20_000)  # other tests may keep this machine busy
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield found
        found.close()


@pytest.fixture(scope="module")
def cookies(browser, address):
    """A cookie a role: hashing is slow on purpose, so each signs in once."""
    found = {}
    for role in Role:
        context = browser.new_context(viewport=PHONE if role is Role.VIEWER else WIDE)
        page = context.new_page()
        sign_in(page, address, role.value)
        expect(page.locator(".cw-tabs")).to_be_visible()
        found[role] = context.cookies()
        context.close()
    return found


@pytest.fixture
def open_as(browser, cookies):
    """A page in the name of a role, as wide as asked."""
    contexts = []

    def made(role, viewport=WIDE):
        context = browser.new_context(viewport=viewport)
        context.add_cookies(cookies[role])
        contexts.append(context)
        return context.new_page()

    yield made
    for context in contexts:
        context.close()


@pytest.fixture
def fresh(browser):
    context = browser.new_context(viewport=WIDE)
    yield context.new_page()
    context.close()


def test_signing_in_leads_to_the_page_that_was_wanted_and_says_who_is_there(office, address, fresh):
    case_id = office.desk.search.case("1")["id"]
    sign_in(fresh, address, "supervisor", path=f"/cases/{case_id}")
    expect(fresh).to_have_url(f"{address}/cases/{case_id}")
    expect(fresh.locator(".file h2")).to_be_visible()
    fresh.goto(address)
    expect(fresh.locator(".cw-person summary")).to_contain_text("Supervisor Li")
    shot(fresh, "people-desk")


def test_a_wrong_password_is_said_without_saying_which_part_is_wrong(address, fresh):
    sign_in(fresh, address, "supervisor", "wrong horse battery")
    expect(fresh.get_by_role("alert")).to_contain_text("do not fit")
    expect(fresh.get_by_label("Password")).to_have_value("")
    shot(fresh, "people-wrong")


def test_the_sign_in_page_fits_a_phone_and_needs_no_script(browser, address):
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, address, "viewer")
    assert page.url == f"{address}/"
    page.goto(f"{address}/password")
    wide = page.locator("body").bounding_box()["width"]
    assert wide <= PHONE["width"]
    shot(page, "people-password-phone")
    context.close()


def test_signing_out_ends_what_stands_open_in_another_tab(address, fresh):
    sign_in(fresh, address, "operator")
    expect(fresh.locator(".cw-tabs")).to_be_visible()
    other = fresh.context.new_page()
    other.goto(address)
    expect(other.locator(".cw-tabs")).to_be_visible()
    fresh.locator(".cw-person summary").click()
    shot(fresh, "people-menu")
    fresh.get_by_role("button", name="Sign out").click()
    expect(fresh.get_by_role("status")).to_contain_text("signed out")
    expect(other.get_by_role("button", name="Sign in")).to_be_visible(timeout=20_000)


def test_who_is_sent_away_is_shown_out_of_an_open_page(office, address, fresh):
    book = PeopleBook(office.desk._database)
    book.add("temp", Role.OPERATOR, GOOD, NOW, actor="operator:root", must_change=False)
    sign_in(fresh, address, "temp")
    expect(fresh.locator(".cw-tabs")).to_be_visible()
    book.disable("temp", datetime.now(UTC), actor="operator:root")
    expect(fresh.get_by_role("button", name="Sign in")).to_be_visible(timeout=30_000)


def test_who_has_a_password_of_somebody_elses_chooses_one_first(office, address, fresh):
    PeopleBook(office.desk._database).add("new", Role.VIEWER, GOOD, NOW, actor="operator:root")
    sign_in(fresh, address, "new")
    expect(fresh).to_have_url(f"{address}/password")
    shot(fresh, "people-password")
    fresh.goto(f"{address}/areas")
    expect(fresh).to_have_url(f"{address}/password")
    chosen = "a password of my own"
    for label, text in (("Password so far", GOOD), ("New password", chosen), ("Once more", chosen + "?")):
        fresh.get_by_label(label).fill(text)
    fresh.get_by_role("button", name="Take it").click()
    expect(fresh.get_by_role("alert")).to_contain_text("not alike")
    for label, text in (("Password so far", GOOD), ("New password", chosen), ("Once more", chosen)):
        fresh.get_by_label(label).fill(text)
    fresh.get_by_role("button", name="Take it").click()
    expect(fresh.locator(".cw-tabs")).to_be_visible()


@pytest.mark.parametrize(
    ("role", "buttons"),
    [
        (Role.VIEWER, set()),
        (Role.OPERATOR, {"assess", "dismiss", "hand_over", "assist", "escalate", "merge", "comment"}),
        (
            Role.SUPERVISOR,
            {"assess", "dismiss", "hand_over", "assist", "escalate", "decide", "merge", "comment"},
        ),
    ],
)
def test_a_button_that_somebody_may_not_use_is_absent(open_as, office, address, role, buttons):
    page = open_as(role)
    case_id = office.desk.search.case("1")["id"]
    page.goto(f"{address}/cases/{case_id}")
    expect(page.locator(".file h2")).to_be_visible()
    expect(page.locator("[data-command]")).to_have_count(len(buttons))
    assert {one.get_attribute("data-command") for one in page.locator("[data-command]").all()} == buttons
    page.goto(address)
    expect(page.locator(".cw-tabs")).to_be_visible()
    expect(page.locator(".cw-report-button")).to_have_count(1 if buttons else 0)
    expect(page.get_by_role("link", name="Audit")).to_have_count(1 if role is Role.SUPERVISOR else 0)
    expect(page.locator(".cw-tabs", has_text="Dead letters")).to_have_count(0)


def test_a_viewer_sees_cases_and_neither_plates_nor_pictures(open_as, address):
    page = open_as(Role.VIEWER, PHONE)
    page.goto(address)
    expect(page.locator(".cw-card").first).to_be_visible()
    expect(page.locator(".plate")).to_have_count(0)
    expect(page.locator(".cw-live")).to_have_count(0)
    shot(page, "people-viewer-phone")
    page.locator(".cw-card").first.click()
    expect(page.locator(".cw-file")).to_contain_text("Pictures are shown to those who work on cases")
    expect(page.locator(".cw-file .plate")).to_have_count(0)


def test_what_somebody_does_stands_under_their_name(open_as, office, address):
    page = open_as(Role.OPERATOR)
    case_id = office.desk.search.case("4")["id"]
    page.goto(f"{address}/cases/{case_id}")
    page.locator("[data-command=assess]").click()
    page.locator("[data-ok]").click()
    expect(page.locator(".chip.assessed")).to_be_visible()
    expect(page.locator(".timeline")).to_contain_text("operator")
    assert "operator:operator" in {line["actor"] for line in office.desk.reading.case(case_id)["audit"]}


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["desktop", "phone"])
def test_areas_show_where_cases_are_open_and_for_how_long(open_as, address, viewport):
    page = open_as(Role.OPERATOR, viewport)
    page.goto(f"{address}/areas")
    top = page.locator(".area-tree .cw-card", has_text="Harbour City")
    expect(top.locator(".area-open")).to_have_text("3")
    expect(top.locator(".lamp").first).to_have_class(re.compile("overdue"))
    shot(page, f"people-areas-{viewport['width']}")
    page.locator(".area-tree .cw-card", has_text="Harbour District").click()
    page.locator(".area-tree .cw-card", has_text="Old Town").click()
    expect(page.locator(".cw-cards.cases .cw-card")).to_have_count(1)
    expect(page.locator(".cw-cards.cases .cw-card")).to_contain_text("Old Town Gate")
    shot(page, f"people-areas-chosen-{viewport['width']}")
    page.locator(".area-tree .cw-card", has_text="No known area").click()
    expect(page.locator(".cw-cards.cases .cw-card")).to_contain_text("Far away")
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["desktop", "phone"])
def test_the_audit_is_searched_by_what_one_knows(open_as, address, viewport):
    page = open_as(Role.SUPERVISOR, viewport)
    page.goto(f"{address}/audit")
    expect(page.locator(".audit-entry").first).to_be_visible()
    expect(page.locator(".audit-state")).to_contain_text("guarded by the database")
    page.locator("[data-filter=actor]").fill("operator:root")
    page.locator("[data-search]").click()
    expect(page.locator(".audit-entry", has_text="Case opened")).to_have_count(0)
    expect(page.locator(".audit-entry", has_text="Person added").first).to_be_visible()
    page.locator("[data-filter=actor]").fill("")
    page.locator("[data-filter=case]").fill("CW-000002")
    page.locator("[data-filter=case]").press("Enter")
    expect(page.locator(".audit-entry", has_text="CW-000002").first).to_be_visible()
    expect(page.locator(".audit-entry", has_text="Person added")).to_have_count(0)
    page.locator("[data-check]").click()
    expect(page.locator(".verdict.good")).to_contain_text("as it was written")
    shot(page, f"people-audit-{viewport['width']}")
    page.locator("[data-filter=case]").fill("999999")
    page.locator("[data-search]").click()
    expect(page.get_by_role("alert")).to_contain_text("there is no case")
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


def test_the_audit_is_not_for_everybody(open_as, address):
    page = open_as(Role.OPERATOR)
    page.goto(f"{address}/audit")
    expect(page.get_by_text("The audit is for supervisors and admins")).to_be_visible()
    expect(page.locator(".audit-entry")).to_have_count(0)
