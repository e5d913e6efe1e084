"""The page behind the link as an owner meets it: a real process, a real browser, the size of a telephone."""

import os
import re
import subprocess
import sys
from pathlib import Path

import cv2
import httpx
import numpy as np
import pytest
from cases_parts import new_ledger, rows
from parts_public import leave, now, picture_of, told
from playwright.sync_api import Browser, Page, expect, sync_playwright

from benchmarks.site import free_ports, until
from cases.answers.tables import case_answers
from cases.evidence.blobs import FileBlobStore
from cases.tables import cases
from clearway import voice_wiring
from clearway.settings import load

CHROMIUM = "/usr/bin/chromium"
PHONE_WH = {"width": 390, "height": 844}
QUIET = ["--no-sandbox", "--disable-gpu"]
SHOTS = os.environ.get("CLEARWAY_PICTURES", "")
"""A folder to keep screenshots in, to look at them."""


class Site:
    """A ledger, its evidence and the process that shows it."""

    def __init__(self, folder, database):
        self.folder, self.database = folder, database
        self.port = free_ports(1)
        self.base = f"http://127.0.0.1:{self.port}"
        file = folder / "site.toml"
        file.write_text(
            f'data_dir = "{folder}"\n[status]\nbase_port = {free_ports(12)}\n'
            f'[public]\nport = {self.port}\npublic_url = "{self.base}"\ncontact = "12345"\n'
        )
        self.settings = load(file)
        self.links = voice_wiring.links(self.settings)
        command = [sys.executable, "-m", "clearway", "public", "--settings", str(file)]
        environment = {**os.environ, "CLEARWAY_SMS__TOKEN": "a secret"}
        self.process = subprocess.Popen(command, env=environment)

    def answers(self):
        try:
            return httpx.get(f"{self.base}/health", trust_env=False).is_success
        except httpx.HTTPError:
            return False

    def link(self, notice):
        return self.links.make(notice, now())

    def told(self, index, language, **changes):
        """A case with a picture of a street, and the link that its owner got."""
        jpeg = street()
        shown = picture_of(jpeg, private_xyxy=((0.62, 0.30, 0.68, 0.42),))
        FileBlobStore(self.folder / "evidence").put(shown.sha256, jpeg)
        case, notice = told(self.database, index, language=language, pictures=(shown,), **changes)
        return case, self.link(notice)


def street():
    """A lane, a car in it and somebody beside it, drawn."""
    found = np.full((720, 1280, 3), (150, 150, 146), np.uint8)
    cv2.rectangle(found, (0, 0), (1280, 250), (196, 178, 160), -1)
    cv2.fillPoly(found, [np.array([[250, 720], [520, 250], [760, 250], [1030, 720]])], (96, 96, 92))
    for y in range(280, 720, 60):
        cv2.line(found, (640, y), (640, y + 28), (70, 190, 235), 6)
    cv2.rectangle(found, (500, 360), (780, 560), (60, 60, 190), -1)
    cv2.rectangle(found, (540, 310), (740, 400), (50, 50, 120), -1)
    cv2.rectangle(found, (590, 500), (690, 530), (200, 120, 20), -1)
    cv2.circle(found, (830, 260), 30, (150, 180, 225), -1)
    return cv2.imencode(".jpg", found)[1].tobytes()


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("public")
    with new_ledger(folder) as database:
        found = Site(folder, database)
        try:
            until(found.answers, within_s=120, what="an answer of the page")
            yield found
        finally:
            found.process.terminate()
            assert found.process.wait(10) == 0


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield chromium
        chromium.close()


@pytest.fixture
def phone(browser):
    """A telephone without JavaScript."""
    context = browser.new_context(viewport=PHONE_WH, device_scale_factor=2, java_script_enabled=False)
    yield context.new_page()
    context.close()


def keep(page: Page, name: str) -> None:
    """A screenshot, where somebody wants to look at it."""
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


def fits(page: Page) -> None:
    """Nothing is wider than the telephone, and whatever is pressed is large enough for a thumb."""
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE_WH["width"]
    for button in page.locator("button:visible, a.button:visible, summary:visible").all():
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 44


@pytest.mark.parametrize(("index", "language"), [(1, "en"), (2, "zh-CN")])
def test_an_owner_says_that_it_was_moved(site, phone, index, language):
    case, link = site.told(index, language)
    phone.goto(link)
    keep(phone, f"page-{language}")
    fits(phone)
    expect(phone.locator("html")).to_have_attribute("lang", language)
    image = phone.locator("img")
    assert phone.evaluate("document.images[0].naturalWidth") == 720
    expect(image).to_have_attribute("alt", re.compile("."))
    phone.locator("form[action$=moved] button").click()
    expect(phone.locator(".state.checking")).to_be_visible()
    keep(phone, f"moved-{language}")
    row = next(row for row in rows(site.database, cases) if row["id"] == case)
    assert row["closed_at"] is None
    leave(site.database, index)
    phone.reload()
    keep(phone, f"left-{language}")
    expect(phone.locator(".state.left")).to_be_visible()
    expect(phone.locator("form[action$=moved]")).to_have_count(0)


@pytest.mark.parametrize(("index", "language"), [(3, "en"), (4, "zh-CN")])
def test_an_owner_says_that_it_is_not_theirs_and_has_to_confirm_it(site, phone, index, language):
    case, link = site.told(index, language)
    phone.goto(link)
    phone.locator("form[action$=not-mine] button").click()
    keep(phone, f"confirm-{language}")
    fits(phone)
    assert [row for row in rows(site.database, case_answers) if row["case_id"] == case] == []
    phone.locator("form[method=post] button").click()
    expect(phone.locator(".state.waiting")).to_be_visible()
    keep(phone, f"waiting-{language}")
    row = next(row for row in rows(site.database, cases) if row["id"] == case)
    assert row["disowned"] == "waiting"


@pytest.mark.parametrize(("index", "language"), [(5, "en"), (6, "zh-CN")])
def test_an_owner_objects(site, phone, index, language):
    case, link = site.told(index, language)
    phone.goto(link)
    phone.locator("summary").click()
    keep(phone, f"objection-{language}")
    fits(phone)
    phone.locator("textarea").fill("车当天在修理厂 / It was at the garage.")
    phone.locator("details button").click()
    expect(phone.locator(".said")).to_be_visible()
    kept = [row["text"] for row in rows(site.database, case_answers) if row["case_id"] == case]
    assert kept == ["车当天在修理厂 / It was at the garage."]


def test_the_other_language_is_one_tap_away(site, phone):
    _, link = site.told(7, "en")
    phone.goto(link)
    phone.get_by_role("link", name="中文").click()
    expect(phone.locator("h1")).to_have_text("请尽快驶离")
    phone.get_by_role("link", name="English").click()
    expect(phone.locator("h1")).to_have_text("Please move your vehicle")


def test_what_a_stranger_sees(site, phone):
    phone.goto(f"{site.base}/c/{'A' * 37}?lang=zh-CN")
    keep(phone, "forged-zh-CN")
    expect(phone.locator("h1")).to_have_text("链接无效")
    phone.goto(f"{site.base}/?lang=en")
    keep(phone, "nothing-en")


def test_everything_can_be_reached_with_keys_and_read_aloud(site, browser: Browser):
    _, link = site.told(8, "en")
    context = browser.new_context(viewport=PHONE_WH, color_scheme="dark")
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text))
    page.goto(link)
    keep(page, "dark-en")
    seen = []
    for _ in range(4):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.innerText"))
    assert seen == ["中文", "I have moved it", "This is not my vehicle", "Raise an objection"]
    assert page.locator("main h1").count() == 1
    assert page.locator("textarea").get_attribute("id") == page.locator("label").get_attribute("for")
    assert problems == []
    context.close()


def test_the_role_says_how_it_is(site):
    port = site.settings.status.base_port + 8
    found = httpx.get(f"http://127.0.0.1:{port}/status", trust_env=False).json()
    assert found["listening"] == site.base
    metrics = httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).text
    assert "clearway_zones_doubted" in metrics
