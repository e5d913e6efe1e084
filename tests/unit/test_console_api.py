"""The HTTP API and who may use it, without the page."""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import httpx
import msgspec
import numpy as np
import pytest
from factories import SOURCE, signal
from fastapi import FastAPI
from sqlalchemy import insert

from benchmarks.tampering import sealed
from cases.arrivals import Arrival, DeadLetter
from cases.database import Database
from cases.evidence.blobs import FileBlobStore
from cases.ledger import Ledger
from cases.life import SignalKind
from cases.live import LiveBoard
from cases.notices.book import NoticeBook
from cases.notices.records import Intent
from cases.policy import builtin_policies
from cases.tables import origins
from console.api import api, say_what_is_wrong
from console.desk import Desk
from console.door import Door
from console.guard import Guard
from console.picture_routes import pictures
from console.settings import ConsoleSettings
from console.visits import AtHand
from models.packet import unpack
from models.records import CameraHealth, CameraState, DeviceStatus, Picture, PictureRole

JPEG = b"\xff\xd8 made up"
SHA256 = hashlib.sha256(JPEG).hexdigest()
NOW = datetime.now(UTC)


@pytest.fixture
def database(tmp_path: Path):
    found = Database(f"sqlite:///{tmp_path}/ledger.db")
    yield found
    found.close()


@pytest.fixture
def desk(tmp_path: Path, database: Database) -> Desk:
    return Desk(database, LiveBoard(tmp_path / "live"), FileBlobStore(tmp_path / "blobs"), ConsoleSettings())


@pytest.fixture
async def client(desk: Desk):
    app = FastAPI()
    app.include_router(api(desk))
    app.include_router(pictures(desk))
    say_what_is_wrong(app)
    transport = httpx.ASGITransport(Guard(Door(app, AtHand()), ["desk.city.example"]))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as found:
        yield found


@pytest.fixture
def case_id(database: Database, desk: Desk) -> str:
    """One case with a picture and a notice; a device whose camera's address holds a password."""
    database.migrate()
    ledger, book = Ledger(database, builtin_policies()), NoticeBook(database)
    picture = Picture(role=PictureRole.ARRIVAL, sha256=SHA256, captured_at=NOW, bytes=len(JPEG))
    opened = signal(SignalKind.OBSERVED, at=NOW, recorded_at=NOW, pictures=(picture,))
    (applied,) = ledger.apply([Arrival(opened, b"{}")], NOW)
    assert applied.case_id is not None
    due = next(step for step in book.due(NOW) if step.step.id == "notice")
    intent = Intent(
        case_id=applied.case_id,
        step="notice",
        recipient="owner-7",
        mask="+86 138****0001",
        language="en",
        body="please leave",
    )
    (pending,) = book.intend(due, [intent], NOW, lease_until=NOW + timedelta(minutes=1)).now
    book.accepted(pending, "SM1", NOW + timedelta(seconds=0.4))
    camera = CameraHealth(
        camera="north-gate", state=CameraState.SEEING, source="rtsp://admin:secret@x/1", since=NOW
    )
    status = DeviceStatus(online=True, at=NOW, cameras=(camera,))
    ledger.note_device("harbour", "box-1", NOW, msgspec.to_builtins(status))
    ledger.note_dead_letters([DeadLetter("d1", NOW, "mqtt x", "$", "no JSON", 3, b"\x00\x01\x02")])
    desk.blobs.put(SHA256, JPEG)
    desk.live.show_picture(SOURCE, JPEG)
    return applied.case_id


async def test_a_case_that_nothing_sealed_proves_has_no_file(client, case_id):
    assert (await client.get(f"/cases/{case_id}/evidence.zip")).status_code == 404
    assert (await client.get("/cases/nobody/evidence.zip")).status_code == 404
    assert (await client.get(f"/api/cases/{case_id}")).json()["packets"] == 0


async def test_a_cases_sealed_evidence_is_one_file_to_download(client, case_id, database, desk, tmp_path):
    given = sealed(tmp_path, stays=1)
    ledger, (packet, *more) = Ledger(database, builtin_policies()), unpack(given.files["stay-0000.zip"])
    with database.write() as connection:
        connection.execute(insert(origins).values(id=packet.manifest.stay_id, case_id=case_id))
    for found in (packet, *more):
        ledger.note_packet(found, NOW)
        for sha256, jpeg in found.pictures.items():
            desk.blobs.put(sha256, jpeg)
    answer = await client.get(f"/cases/{case_id}/evidence.zip")
    assert answer.content == given.files["stay-0000.zip"]
    assert answer.headers["content-type"] == "application/zip"
    assert "attachment" in answer.headers["content-disposition"]
    assert answer.headers["x-pictures-missing"] == "0"
    assert (await client.get(f"/api/cases/{case_id}")).json()["packets"] == 2


def street_with_a_face(ledger):
    """A case with a real picture in which a box is private; its id, the picture's hash and bytes."""
    pixels = np.random.default_rng(1).integers(0, 255, (60, 80, 3), dtype=np.uint8)
    jpeg = cv2.imencode(".jpg", pixels)[1].tobytes()
    sha256 = hashlib.sha256(jpeg).hexdigest()
    shot = Picture(
        role=PictureRole.OVERSTAY,
        sha256=sha256,
        captured_at=NOW,
        bytes=len(jpeg),
        private_xyxy=((0.0, 0.0, 0.5, 0.5),),
    )
    opened = signal(SignalKind.OBSERVED, pictures=(shot,), origin_id="s2", dedup_key="k2")
    (applied,) = ledger.apply([Arrival(opened, b"{}")], NOW)
    return applied.case_id, sha256, jpeg


@pytest.mark.usefixtures("case_id")
async def test_outside_its_case_a_picture_shows_no_face_unless_the_city_wants_it(client, database, desk):
    other, sha256, jpeg = street_with_a_face(Ledger(database, builtin_policies()))
    desk.blobs.put(sha256, jpeg)
    shown = await client.get(f"/cases/{other}/shown/{sha256}.jpg")
    assert shown.status_code == 200
    assert shown.headers["content-type"] == "image/jpeg"
    assert shown.content != jpeg
    assert (await client.get(f"/evidence/{sha256}.jpg")).content == jpeg
    desk.settings = desk.settings.model_copy(update={"blur_outside_case": False})
    assert (await client.get(f"/cases/{other}/shown/{sha256}.jpg")).content == jpeg


async def test_outside_its_case_a_picture_is_shown_by_its_case_only(client, case_id):
    for path in (f"{case_id}/shown/{'0' * 64}", f"{case_id}/shown/nonsense", f"nobody/shown/{SHA256}"):
        assert (await client.get(f"/cases/{path}.jpg")).status_code == 404


@pytest.mark.usefixtures("case_id")
async def test_the_summary_counts_the_ledger_and_the_kerb(client):
    found = (await client.get("/api/summary")).json()
    assert found["ledger"]["cases_open"] == 1
    assert found["ledger"]["notices"] == {"accepted": 1}
    assert found["kerb"]["cameras_seeing"] == 1


async def test_a_case_is_listed_and_told_in_full(client, case_id):
    (listed,) = (await client.get("/api/cases")).json()
    assert (listed["name"], listed["light"], listed["plate"]["source"]) == ("CW-000001", "green", "assumed")
    told = (await client.get(f"/api/cases/{case_id}")).json()
    assert told["case"] == listed
    assert {"notice", "reminder"} <= {step["step"] for step in told["steps"]}
    assert told["notices"][0]["latency_s"] == pytest.approx(0.4)


@pytest.mark.usefixtures("case_id")
async def test_cases_are_filtered_by_state_and_limited(client):
    assert (await client.get("/api/cases", params={"state": "closed"})).json() == []
    assert (await client.get("/api/cases", params={"limit": 0})).status_code == 422
    assert (await client.get("/api/cases", params={"state": "nonsense"})).status_code == 422


async def test_neither_addresses_of_cameras_nor_tokens_nor_bytes_leave_the_machine(client, case_id):
    paths = ("summary", "cases", f"cases/{case_id}", "notices", "devices", "deadletters")
    answers = [await client.get(f"/api/{path}") for path in paths]
    assert [answer.status_code for answer in answers] == [200] * len(paths)
    everything = "".join(answer.text for answer in answers)
    assert "+86 138****0001" in everything
    for kept in ("secret", "owner-7", "payload"):
        assert kept not in everything


@pytest.mark.usefixtures("case_id")
async def test_an_unknown_case_is_not_found(client):
    assert (await client.get("/api/cases/nobody")).status_code == 404


@pytest.mark.usefixtures("case_id")
async def test_evidence_is_kept_for_ever_because_its_address_is_its_content(client):
    found = await client.get(f"/evidence/{SHA256}.jpg")
    assert (found.status_code, found.content, found.headers["content-type"]) == (200, JPEG, "image/jpeg")
    assert "immutable" in found.headers["cache-control"]


@pytest.mark.usefixtures("case_id")
@pytest.mark.parametrize(
    "name", ["0" * 64, SHA256.upper(), "garbage", "..%2f..%2fledger.db", f"{SHA256}%0a", "%00"]
)
async def test_a_hash_that_is_none_or_names_nothing_is_not_found(client, name):
    assert (await client.get(f"/evidence/{name}.jpg")).status_code == 404


@pytest.mark.usefixtures("case_id")
async def test_a_live_picture_is_never_kept(client):
    found = await client.get(f"/live{SOURCE}.jpg")
    assert (found.content, found.headers["cache-control"]) == (JPEG, "no-store")


@pytest.mark.usefixtures("case_id")
@pytest.mark.parametrize(
    "path", ["harbour/box-1/nobody", "harbour/..%2f..%2fblobs/x", "a/b/.hidden", "a/b/c%0a"]
)
async def test_names_of_cameras_are_checked(client, path):
    assert (await client.get(f"/live/{path}.jpg")).status_code == 404


@pytest.mark.usefixtures("case_id")
async def test_a_ledger_that_can_be_read_is_healthy(client):
    assert (await client.get("/healthz")).json() == {"ok": True, "problem": ""}


async def test_a_ledger_that_is_not_migrated_is_said(client):
    found = await client.get("/healthz")
    assert found.status_code == 503
    assert "clearway migrate" in found.json()["problem"]
    assert (await client.get("/api/cases")).status_code == 503


@pytest.mark.usefixtures("case_id")
@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("127.0.0.1:8080", 200),
        ("[::1]:8080", 200),
        ("DESK.city.example", 200),
        ("evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("", 421),
        ("[", 421),
    ],
)
async def test_only_requests_that_name_this_desk_are_answered(client, host, status):
    assert (await client.get("/healthz", headers={"Host": host})).status_code == status


async def test_a_web_page_elsewhere_may_not_open_a_socket(client):
    path = "/_nicegui_ws/socket.io/"
    assert (await client.get(path, headers={"Origin": "http://evil.example"})).status_code == 421
    assert (await client.get(path, headers={"Origin": "http://localhost:8080"})).status_code == 404


@pytest.mark.usefixtures("case_id")
async def test_answers_forbid_the_browser_to_load_from_elsewhere(client):
    policy = (await client.get("/healthz")).headers["content-security-policy"]
    assert policy.startswith("default-src 'self'")
    assert "frame-ancestors 'none'" in policy
