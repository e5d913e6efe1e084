"""The console as people meet it: a real process, a real ledger, a real browser."""

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import cv2
import httpx
import msgspec
import numpy as np
import pytest
from factories import plate, signal
from playwright.sync_api import Browser, Page, expect, sync_playwright

from cases.arrivals import Arrival, Condition, DeadLetter
from cases.database import Database
from cases.evidence.blobs import FileBlobStore
from cases.ledger import Ledger
from cases.life import Resolution, SignalKind
from cases.live import LiveBoard
from cases.notices.book import NoticeBook
from cases.notices.records import Intent
from cases.policy import builtin_policies
from models.records import (
    CameraHealth,
    CameraState,
    DeviceStatus,
    Picture,
    PictureRole,
    PlateSource,
    SensorHealth,
    SensorKind,
    SpoolHealth,
    Trail,
    TrailObject,
    TrailZone,
    ZoneKind,
)

CHROMIUM = "/usr/bin/chromium"
HOSTILE = '<script>document.title = "owned"</script><img src=x onerror="document.title=\'owned\'">'
SOURCE = "/harbour/box-1/north-gate"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
RUN = """
import asyncio, signal, sys
from pathlib import Path
import structlog
from cases.evidence.blobs import FileBlobStore
from cases.database import Database
from cases.live import LiveBoard
from console.app import Console
from console.desk import Desk
from console.settings import ConsoleSettings

async def main(root, settings):
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    database = Database(f"sqlite:///{root}/ledger.db")
    desk = Desk(database, LiveBoard(root / "live"), FileBlobStore(root / "blobs"), settings)
    console = Console(desk)
    await console.serve(stop, started=lambda address: print(address, flush=True))
    print(console.status(), flush=True)

structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
asyncio.run(main(Path(sys.argv[1]), ConsoleSettings.model_validate_json(sys.argv[2])))
"""


# --- a made-up street ------------------------------------------------------------------------------


def street(cars: tuple[tuple[int, int, float, tuple[int, int, int]], ...]) -> np.ndarray:
    """A drawn street, 1280x720 BGR, with cars at (x, y of the wheels, size, colour)."""
    picture = np.zeros((720, 1280, 3), np.uint8)
    for row in range(372):
        picture[row] = (np.array([214, 190, 160]) * (1 - row / 900)).astype(np.uint8)
    _facade(picture, 0, 470, (96, 116, 140))
    cv2.rectangle(picture, (84, 140), (360, 372), (96, 116, 140), -1)
    _facade(picture, 490, 1280, (120, 128, 130))
    cv2.rectangle(picture, (120, 190), (330, 372), (58, 62, 66), -1)
    cv2.rectangle(picture, (132, 202), (318, 372), (74, 86, 96), -1)
    cv2.putText(
        picture, "FIRE  GATE", (146, 182), cv2.FONT_HERSHEY_DUPLEX, 0.9, (235, 238, 240), 1, cv2.LINE_AA
    )
    _polygon(picture, [(0, 372), (1280, 372), (1280, 420), (0, 420)], (150, 154, 156))
    _polygon(picture, [(0, 420), (1280, 420), (1280, 720), (0, 720)], (84, 82, 80))
    _polygon(picture, [(110, 420), (345, 420), (420, 560), (20, 560)], (92, 90, 92))
    for step in range(7):
        left = 20 + step * 58
        _polygon(
            picture,
            [(left, 560), (left + 14, 560), (118 + step * 35, 420), (110 + step * 35, 420)],
            (60, 190, 225),
        )
    cv2.line(picture, (0, 422), (1280, 422), (176, 180, 182), 5, cv2.LINE_AA)
    for x in range(-40, 1320, 150):
        _polygon(picture, [(x, 618), (x + 82, 618), (x + 76, 627), (x - 8, 627)], (214, 218, 220))
    for car in cars:
        _car(picture, *car)
    noise = np.random.default_rng(7).normal(0, 3.2, picture.shape)
    grainy = np.clip(cv2.GaussianBlur(picture, (3, 3), 0) + noise, 0, 255)
    return grainy.astype(np.uint8)


def _facade(picture: np.ndarray, left: int, right: int, colour: tuple[int, int, int]) -> None:
    cv2.rectangle(picture, (left, 40), (right, 372), colour, -1)
    for x in range(left + 30, right - 60, 84):
        for y in range(64, 330, 92):
            lit = (x * 7 + y * 3) % 5 == 0
            cv2.rectangle(picture, (x, y), (x + 46, y + 58), (120, 196, 232) if lit else (92, 82, 70), -1)
            cv2.rectangle(picture, (x, y), (x + 46, y + 58), (176, 178, 178), 2, cv2.LINE_AA)


def _polygon(picture: np.ndarray, points: list[tuple[float, float]], colour: tuple[int, int, int]) -> None:
    cv2.fillPoly(picture, [np.array(points, np.int32)], colour, cv2.LINE_AA)


def _car(picture: np.ndarray, x: int, y: int, size: float, colour: tuple[int, int, int]) -> None:
    def at(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
        return [(x + px * size, y + py * size) for px, py in points]

    dark = tuple(int(part * 0.7) for part in colour)
    cv2.ellipse(
        picture,
        (int(x + 100 * size), y),
        (int(112 * size), int(10 * size)),
        0,
        0,
        360,
        (52, 50, 48),
        -1,
        cv2.LINE_AA,
    )
    body = [
        (2, -8),
        (0, -34),
        (10, -44),
        (46, -50),
        (70, -76),
        (138, -76),
        (168, -50),
        (194, -44),
        (200, -30),
        (198, -8),
    ]
    _polygon(picture, at(body), colour)
    _polygon(picture, at([(2, -8), (1, -20), (199, -20), (198, -8)]), dark)
    _polygon(picture, at([(54, -50), (74, -71), (101, -71), (101, -50)]), (70, 62, 54))
    _polygon(picture, at([(107, -50), (107, -71), (134, -71), (157, -50)]), (70, 62, 54))
    for wheel in (44, 158):
        centre = (int(x + wheel * size), int(y - 10 * size))
        cv2.circle(picture, centre, int(18 * size), (34, 34, 34), -1, cv2.LINE_AA)
        cv2.circle(picture, centre, int(9 * size), (150, 152, 154), -1, cv2.LINE_AA)


WHITE, BLUE, RED = (226, 228, 230), (150, 96, 52), (52, 58, 168)
STREET = ((150, 520, 1.15, WHITE), (760, 548, 1.2, BLUE), (420, 690, 1.45, RED))
ZONES = (
    TrailZone(
        zone="fire-lane-1",
        kind=ZoneKind.FIRE_LANE,
        polygon=((0.085, 0.583), (0.27, 0.583), (0.33, 0.78), (0.012, 0.78)),
    ),
    TrailZone(
        zone="kerb-east",
        kind=ZoneKind.NO_PARKING,
        polygon=((0.52, 0.60), (0.985, 0.60), (0.985, 0.79), (0.5, 0.79)),
    ),
)


def jpeg(picture: np.ndarray, quality: int = 86) -> bytes:
    return cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


# --- a made-up city --------------------------------------------------------------------------------


EVENTS = {
    SignalKind.OBSERVED: "clearway.stay.overstayed.v1",
    SignalKind.CONTINUES: "clearway.stay.continues.v1",
    SignalKind.ENDED: "clearway.stay.ended.v1",
}


def now() -> datetime:
    return datetime.now(UTC)


class City:
    """A ledger, a live board and evidence in one folder, as the other roles would leave them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.database = Database(f"sqlite:///{root}/ledger.db")
        self.database.migrate()
        self.ledger = Ledger(self.database, builtin_policies())
        self.notices = NoticeBook(self.database)
        self.live = LiveBoard(root / "live")
        self.blobs = FileBlobStore(root / "blobs")

    def picture(self, role: PictureRole, image: np.ndarray, captured_at: datetime) -> Picture:
        data = jpeg(image)
        sha256 = hashlib.sha256(data).hexdigest()
        self.blobs.put(sha256, data)
        return Picture(role=role, sha256=sha256, captured_at=captured_at, bytes=len(data))

    def says(self, kind: SignalKind, name: str, why: str = "", age_s: float = 0, **changes) -> str | None:
        """One observation about the incident `name`, `age_s` ago."""
        at = now() - timedelta(seconds=age_s)
        fields = {
            "origin_id": f"stay-{name}",
            "dedup_key": name,
            "event_id": hashlib.sha256(f"{name}{kind}{at}".encode()).hexdigest()[:36],
            "at": at,
            "recorded_at": at,
            "began_at": at - timedelta(seconds=60),
            "why": why,
            "event_type": EVENTS[kind],
        }
        body = json.dumps({"data": {"why": why}}).encode()
        (applied,) = self.ledger.apply([Arrival(signal(kind, **fields | changes), body)], at)
        return applied.case_id

    def send_due(self, body: str) -> None:
        """Let every first notice that is due be written and accepted, as the notifier would."""
        for due in self.notices.due(now()):
            if due.step.id != "notice":
                continue
            at = due.case.recorded_at + timedelta(seconds=0.42)
            self.notices.note_lookup(due.case.id, at - timedelta(seconds=0.3), "one owner found")
            intent = Intent(
                case_id=due.case.id,
                step=due.step.id,
                recipient="owner-7",
                mask="+86 138****0001",
                language="zh-CN",
                body=body,
            )
            for notice in self.notices.intend(due, [intent], at, lease_until=at + timedelta(minutes=1)).now:
                self.notices.accepted(notice, "SM123", at)

    def shows(self, camera: str, image: np.ndarray, trail: Trail) -> None:
        self.live.show_trail(f"/harbour/box-1/{camera}", msgspec.json.encode(trail))
        self.live.show_picture(f"/harbour/box-1/{camera}", jpeg(image))

    def reports(self, status: DeviceStatus) -> None:
        self.ledger.note_device("harbour", "box-1", status.at, msgspec.to_builtins(status))


def look(at: datetime, *, overstayed_s: float = 134, label: str = "car") -> Trail:
    return Trail(
        camera="north-gate",
        at=at,
        zones=ZONES,
        objects=(
            TrailObject(
                label=label,
                score=0.91,
                box_xyxy=(0.113, 0.592, 0.302, 0.74),
                standing_s=overstayed_s,
                zone="fire-lane-1",
                phase="overstay",
            ),
            TrailObject(
                label="car",
                score=0.88,
                box_xyxy=(0.59, 0.625, 0.788, 0.775),
                standing_s=21,
                zone="kerb-east",
                phase="standing",
            ),
            TrailObject(label="car", score=0.8, box_xyxy=(0.323, 0.795, 0.56, 0.97), phase="passing"),
        ),
    )


def box_status(at: datetime) -> DeviceStatus:
    """A box that sees with one camera, lost another, and has two sensors."""

    def camera(name: str, state: CameraState, **changes) -> CameraHealth:
        return CameraHealth(
            camera=name, state=state, source="rtsp://admin:secret@10.0.0.7/main", since=at, **changes
        )

    return DeviceStatus(
        online=True,
        at=at,
        version="0.1.0",
        cameras=(
            camera("north-gate", CameraState.SEEING, looks=1840, network_runs=212, last_look_at=at),
            camera("yard", CameraState.LOST, looks=904, reconnects=3, detail="no answer for 41 s"),
        ),
        sensors=(
            SensorHealth(sensor="smoke-3f", kind=SensorKind.SMOKE, state="ok", last_heard_at=at, value=0.02),
            SensorHealth(
                sensor="smoke-4f",
                kind=SensorKind.SMOKE,
                state="silent",
                last_heard_at=at - timedelta(hours=2),
            ),
        ),
        spool=SpoolHealth(events=2, pictures=3, bytes=412_000),
    )


def populate(city: City) -> str:
    """A usual afternoon; returns the case of the car in the fire lane."""
    image = street(STREET)
    arrived, overstayed = now() - timedelta(seconds=134), now() - timedelta(seconds=74)
    city.says(
        SignalKind.OBSERVED,
        "yesterday",
        "stood 00:01:00, allowed 60 s",
        age_s=100_000,
        zone="kerb-east",
        policy="no-parking",
        place="Harbour Road 9",
        plate=plate("浙B77X10", PlateSource.READ),
    )
    city.says(
        SignalKind.ENDED,
        "yesterday",
        "three looks show the place empty",
        age_s=99_000,
        resolution=Resolution.LEFT,
    )
    city.says(
        SignalKind.OBSERVED,
        "stall",
        "a stall where none may stand",
        age_s=2 * 86_400,
        zone="square-2",
        policy="no-stall",
        place="Drum Tower Square",
        label="stall",
        plate=None,
    )
    city.says(
        SignalKind.OBSERVED,
        "smoke",
        "one sensor, one alarm: verify",
        age_s=900,
        zone="smoke-2f",
        source="/harbour/box-1/smoke-2f",
        policy="smoke",
        place="Harbour Road 12, 2nd floor",
        label="",
        plate=None,
    )
    pictures = (
        city.picture(PictureRole.ARRIVAL, image, arrived),
        city.picture(PictureRole.OVERSTAY, cv2.convertScaleAbs(image, alpha=0.94), overstayed),
        city.picture(PictureRole.CLOSE_UP, image[405:545, 125:405], overstayed),
    )
    case_id = city.says(
        SignalKind.OBSERVED,
        "lane",
        "stood 60 s, allowed 60 s",
        age_s=74,
        zone="fire-lane-1",
        place="Harbour Road 12, north gate",
        plate=plate("浙B12345"),
        pictures=pictures,
        began_at=arrived,
    )
    city.says(SignalKind.CONTINUES, "lane", "still there after 90 s", age_s=44)
    city.says(SignalKind.CONTINUES, "lane", "still there after 120 s", age_s=14)
    city.send_due(
        "【Clearway】您的车辆浙B12345停放在消防通道(Harbour Road 12)，请立即驶离。15分钟内驶离不予处罚。"
    )
    city.reports(box_status(now() - timedelta(seconds=4)))
    city.ledger.note_condition(
        Condition("/harbour/box-1/yard", "blind", now() - timedelta(minutes=6), now(), "no frames for 41 s")
    )
    city.ledger.note_dead_letters(
        [
            DeadLetter(
                "dl-1",
                now() - timedelta(minutes=3),
                "mqtt clearway/v1/harbour/box-9/observations",
                "$.data.zone",
                "expected `str`, got `int`",
                612,
                b"{}",
            )
        ]
    )
    city.shows("north-gate", image, look(now()))
    dark = cv2.convertScaleAbs(street(STREET[2:]), alpha=0.6)
    city.shows("yard", dark, Trail(camera="yard", at=now() - timedelta(minutes=6), zones=ZONES[1:]))
    return case_id


# --- the console as a process ----------------------------------------------------------------------


def phone_server(messages: list[dict]) -> ThreadingHTTPServer:
    """A provider that lists what it was given."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"messages": messages}).encode()
            self.send_response(200 if self.path == "/phone" else 404)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    return server


@dataclass
class Running:
    """A console process and the city it shows."""

    city: City
    case_id: str
    url: str
    process: subprocess.Popen[str]
    messages: list[dict]


def start(root: Path, **settings) -> tuple[subprocess.Popen[str], str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
    command = [sys.executable, "-c", RUN, str(root), json.dumps({"port": 0} | settings)]
    with (root / "console.log").open("w") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment)
    assert process.stdout is not None
    url = process.stdout.readline().strip()
    if not url.startswith("http://127.0.0.1:"):
        process.kill()
        process.communicate()
        pytest.fail((root / "console.log").read_text() or f"the console said {url!r} first")
    return process, url


def stop(process: subprocess.Popen[str]) -> float:
    began = time.monotonic()
    process.terminate()
    process.communicate(timeout=20)
    return time.monotonic() - began


MESSAGE = {
    "sid": "SM1",
    "to_mask": "+86 138****0001",
    "body": "【Clearway】您的车辆浙B12345停放在消防通道，请立即驶离消防通道。",
    "status": "delivered",
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    root = tmp_path_factory.mktemp("city")
    city = City(root)
    case_id = populate(city)
    messages = [MESSAGE | {"at": now().isoformat()}]
    phone = phone_server(messages)
    process, url = start(
        root,
        phone_url=f"http://127.0.0.1:{phone.server_port}",
        timezone="Asia/Shanghai",
        title="Harbour district",
    )
    yield Running(city, case_id, url, process, messages)
    stop(process)
    phone.shutdown()
    phone.server_close()
    city.database.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield found
        found.close()


@pytest.fixture
def page(browser: Browser, running: Running) -> Iterator[Page]:
    found = browser.new_page(viewport={"width": 1440, "height": 900})
    found.goto(running.url)
    yield found
    found.close()


def card(page: Page, text: str):
    return page.locator(".cw-card", has_text=text)


def camera(page: Page, name: str):
    return page.locator(f".cw-camera[data-source='/harbour/box-1/{name}']")


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_the_page_fits_its_screen(browser, running, width, height):
    found = browser.new_page(viewport={"width": width, "height": height})
    found.goto(running.url)
    running.city.shows("north-gate", street(STREET), look(now()))
    expect(card(found, "CW-000004")).to_be_visible()
    assert found.evaluate("document.documentElement.scrollWidth") <= width
    if folder := os.environ.get("CLEARWAY_PICTURES"):  # so that the README's picture can be taken again
        expect(found.locator(".bubble")).to_be_visible()
        found.screenshot(path=Path(folder) / f"console-{width}.png")
    found.close()


def test_a_case_is_shown_with_its_number_its_matter_and_a_plate_marked_as_assumed(page):
    found = card(page, "CW-000004")
    expect(found).to_contain_text("Fire lane blocked")
    expect(found).to_contain_text("Harbour Road 12, north gate")
    expect(found.locator(".plate")).to_have_text("浙B12345")
    expect(found.locator(".tag")).to_have_text("assumed")


def test_a_plate_that_a_camera_read_is_not_marked(page):
    expect(card(page, "CW-000001").locator(".plate")).to_have_text("浙B77X10")
    expect(card(page, "CW-000001").locator(".tag")).to_have_count(0)


def test_open_cases_stand_before_closed_ones(page):
    expect(page.locator(".cw-card .number").first).to_have_text("CW-000004")
    expect(page.locator(".cw-cards.cases .cw-card").last).to_contain_text("Closed")


def test_a_notice_is_shown_with_its_mask_and_its_latency(page):
    page.get_by_role("tab", name="Notices").click()
    found = page.locator(".cw-cards.notices .cw-card").first
    expect(found).to_contain_text("+86 138****0001")
    expect(found).to_contain_text("Accepted")
    expect(found).to_contain_text("0.42 s")


def test_the_phone_shows_what_the_owner_would_read(page):
    expect(page.locator(".bubble")).to_contain_text("请立即驶离消防通道")


def test_the_live_picture_carries_zones_and_objects_in_the_picture_s_own_pixels(page):
    found = camera(page, "north-gate")
    expect(found.locator("polygon.cw-zone[data-kind=fire_lane]")).to_have_attribute(
        "points", "108.8,419.8 345.6,419.8 422.4,561.6 15.4,561.6"
    )
    expect(found.locator("rect.cw-box[data-phase=overstay]")).to_have_attribute("x", "144.6")
    expect(found.locator("text.cw-of-overstay")).to_contain_text("car · 浙B12345 (assumed) · 2 min 14 s")
    expect(found.locator("svg").first).to_have_attribute("viewBox", "0 0 1280 720")
    assert found.locator("img").evaluate("image => image.naturalWidth") == 1280


def test_a_picture_that_is_no_news_any_more_says_since_when(page):
    expect(camera(page, "yard")).to_contain_text("no picture since")
    expect(camera(page, "yard")).to_have_class("cw-camera stale")


def test_the_picture_is_swapped_in_place_when_a_new_one_arrives(page, running):
    image = camera(page, "north-gate").locator("img")
    before = image.get_attribute("src")
    image.evaluate("image => { image.dataset.kept = 'yes' }")
    running.city.shows("north-gate", street(STREET[:2]), look(now(), overstayed_s=200))
    expect(camera(page, "north-gate").locator("text.cw-of-overstay")).to_contain_text("3 min 20 s")
    expect(image).not_to_have_attribute("src", before)
    expect(image).to_have_attribute("data-kept", "yes")


def test_what_the_devices_say_is_summed_up_in_the_header(page):
    for text in (
        "1 camera seeing",
        "1 camera blind",
        "1 sensor ok",
        "1 sensor silent",
        "5 waiting in the spool",
        "1 dead letter",
    ):
        expect(page.locator(".pill", has_text=text)).to_be_visible()


def test_dead_letters_say_where_they_came_from_and_what_is_wrong_with_them(page):
    page.get_by_role("tab", name="Dead letters").click()
    found = page.locator(".cw-cards.dead_letters .cw-card")
    expect(found).to_contain_text("clearway/v1/harbour/box-9/observations")
    expect(found).to_contain_text("expected `str`, got `int`")
    expect(found).to_contain_text("612 B")


def test_clicking_a_case_opens_its_evidence_its_timeline_and_its_ladder(page):
    card(page, "CW-000004").click()
    file = page.locator(".cw-file")
    expect(file.locator("figure")).to_have_count(3)
    expect(file.locator("figcaption").first).to_contain_text("Arrival")
    expect(file.locator("figcaption").first).to_contain_text("+08:00")
    expect(file.locator(".timeline")).to_contain_text("stood 60 s, allowed 60 s")
    expect(file.locator(".timeline")).to_contain_text("Still standing")
    expect(file.locator(".ladder .done", has_text="First notice")).to_be_visible()
    expect(file.locator(".ladder .todo", has_text="Reminder")).to_be_visible()
    for picture in file.locator("figure img").all():
        picture.scroll_into_view_if_needed()
        expect(picture).to_have_js_property("complete", value=True)
        assert picture.evaluate("image => image.naturalWidth") > 0
    page.keyboard.press("Escape")
    expect(file).to_be_hidden()


def test_a_case_opens_with_the_keyboard_and_has_a_page_of_its_own(page, running):
    card(page, "CW-000004").press("Enter")
    page.get_by_text("Open as a page").click()
    expect(page).to_have_url(f"{running.url}/cases/{running.case_id}")
    expect(page.locator("h2")).to_have_text("Fire lane blocked")


def test_times_are_local_with_their_offset_and_utc_on_hover(page):
    opened = card(page, "CW-000004").locator(".when time").get_attribute("title")
    assert "+08:00" in opened
    assert opened.endswith("UTC")


def test_a_case_that_opens_while_the_page_is_open_appears_within_three_seconds(page, running):
    expect(card(page, "CW-000004")).to_be_visible()
    running.city.says(SignalKind.OBSERVED, f"new-{time.monotonic()}", place="Canal Street 3")
    expect(card(page, "Canal Street 3").first).to_be_visible(timeout=3000)


def test_hostile_text_is_shown_as_text(page, running):
    case_id = running.city.says(
        SignalKind.OBSERVED,
        "hostile",
        HOSTILE,
        place=HOSTILE,
        zone=HOSTILE[:60],
        label="</script><b>x",
        plate=plate("<b>1</b>"),
    )
    trail = look(now(), label="<script>1</script>")
    running.city.shows("hostile", street(()), trail)
    expect(card(page, HOSTILE)).to_be_visible()
    expect(camera(page, "hostile").locator("text.cw-of-overstay")).to_contain_text("<script>1</script>")
    card(page, HOSTILE).click()
    expect(page.locator(".file .place")).to_have_text(HOSTILE)
    page.goto(f"{running.url}/cases/{case_id}")
    expect(page.locator(".file .place")).to_have_text(HOSTILE)
    page.goto(running.url)
    expect(card(page, HOSTILE)).to_be_visible()
    assert page.title() == "Clearway · Harbour district"


def test_nothing_is_fetched_from_outside_and_nothing_is_refused(browser, running):
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    found = context.new_page()
    asked, complaints = [], []
    found.on("request", lambda request: asked.append(request.url))
    found.on("requestfailed", lambda request: complaints.append(request.url))
    found.on("console", lambda message: complaints.append(message.text))
    found.on("pageerror", lambda error: complaints.append(str(error)))
    found.goto(running.url)
    expect(card(found, "CW-000004")).to_be_visible()
    card(found, "CW-000004").click()
    expect(found.locator(".cw-file figure img").first).to_be_visible()
    context.close()
    assert asked
    assert [url for url in asked if not url.startswith((running.url, "data:"))] == []
    assert complaints == []


# --- when things are not as they should be ---------------------------------------------------------


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A console over a folder without a ledger."""
    process, url = start(tmp_path)
    yield tmp_path, url
    stop(process)


def test_without_a_ledger_the_page_says_so_and_fills_once_there_is_one(browser, bare):
    root, url = bare
    found = browser.new_page()
    found.goto(url)
    expect(found.locator(".banner")).to_contain_text("The ledger cannot be read.")
    assert httpx.get(f"{url}/healthz").status_code == 503
    assert httpx.get(f"{url}/api/cases").status_code == 503
    city = City(root)
    city.says(SignalKind.OBSERVED, "first")
    expect(card(found, "CW-000001")).to_be_visible(timeout=10_000)
    expect(found.locator(".banner")).to_have_count(0)
    assert httpx.get(f"{url}/healthz").json() == {"ok": True, "problem": ""}
    city.database.close()
    found.close()


def test_a_ledger_that_is_damaged_later_leaves_what_was_known(browser, tmp_path):
    city = City(tmp_path)
    city.says(SignalKind.OBSERVED, "first")
    city.database.close()
    process, url = start(tmp_path)
    found = browser.new_page()
    found.goto(url)
    expect(card(found, "CW-000001")).to_be_visible()
    for name in ("ledger.db-wal", "ledger.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    (tmp_path / "ledger.db").write_bytes(b"no database at all" * 500)
    expect(found.locator(".banner")).to_contain_text("The ledger cannot be read.", timeout=10_000)
    expect(card(found, "CW-000001")).to_be_visible()
    found.close()
    stop(process)


def test_a_phone_that_does_not_answer_is_said_and_disturbs_nothing(browser, tmp_path):
    City(tmp_path).database.close()
    process, url = start(tmp_path, phone_url="http://127.0.0.1:9")
    found = browser.new_page()
    found.goto(url)
    expect(found.locator(".cw-phone")).to_contain_text("The local provider does not answer.")
    expect(found.locator(".banner")).to_have_count(0)
    found.close()
    stop(process)


def test_it_stops_within_two_seconds_with_a_page_open(browser, tmp_path):
    City(tmp_path).database.close()
    process, url = start(tmp_path)
    found = browser.new_page()
    found.goto(url)
    expect(found.locator(".cw-head")).to_contain_text("Clearway")
    assert stop(process) < 2
    assert process.returncode == 0
    assert "Traceback" not in (tmp_path / "console.log").read_text()
    found.close()
