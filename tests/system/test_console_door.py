"""The console behind its door, as programs and hostile pages meet it: a real process, every route it has."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import get_args

import httpx
import pytest
from factories import plate
from parts_desk import GOOD, let_people_in, running_desk
from parts_office import let_in, make_office, seen
from parts_tls import certificate
from sqlalchemy import select
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from cases.clients import Scope
from cases.commands import Command
from cases.people.book import PeopleBook
from cases.people.roles import Role
from cases.tables import audit
from console.case_orders import CHOICES

OPEN = {"/sign-in"}
NUMBERS = count()
GET_PAGE = {"accept": "text/html"}
SECRET = "a password typed where the name belongs"


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    found = make_office(tmp_path_factory.mktemp("city"))
    let_people_in(found.desk._database)
    yield found
    found.desk._database.close()


@pytest.fixture(scope="module")
def root(office):
    return Path(office.desk._database.engine.url.database).parent


@pytest.fixture(scope="module")
def desk(root):
    with running_desk(root) as found:
        yield found


@pytest.fixture(scope="module")
def address(desk):
    return desk[0]


@pytest.fixture
def anybody(address):
    with httpx.Client(base_url=address, trust_env=False) as found:
        yield found


@pytest.fixture(scope="module")
def signed_in(address):
    """A client a role, each signed in once: hashing is slow on purpose."""
    found = {}
    for role in Role:
        found[role] = httpx.Client(base_url=address, trust_env=False)
        assert enter(found[role], role.value).headers["location"] == "/"
    yield found
    for client in found.values():
        client.close()


def case(office, name: str, **changes) -> str:
    """A case that has nothing to do with any other."""
    number = next(NUMBERS)
    own = {"origin_id": name, "dedup_key": name, "zone": name, "plate": None, "place": name}
    # A camera each: a burst of one camera's would be one alert.
    own |= {"position_latlon": (20 + number / 10, 121.5), "source": f"/harbour/box-1/camera-{number}"}
    return seen(office, datetime.now(UTC), **(own | changes))


def form_in(html: str) -> str:
    return re.search(r'name="form" value="([0-9a-f]{64})"', html)[1]


def enter(client, name, password=GOOD, *, wanted="/", **headers):
    """Sign in as the page does."""
    page = client.get("/sign-in", params={"next": wanted})
    data = {"form": form_in(page.text), "next": wanted, "name": name, "password": password}
    own = {"origin": str(client.base_url).rstrip("/")}
    return client.post("/sign-in", data=data, headers=own | headers)


def post(client, path, *, origin=None, **more):
    own = {"origin": origin or str(client.base_url).rstrip("/")}
    return client.post(path, headers=own, **more)


def test_no_page_picture_feed_or_socket_is_had_without_a_session(desk, anybody):
    address, routes = desk
    styles = {path for _, _, path in routes if re.fullmatch(r"/console-[0-9a-f]{12}\.css", path)}
    assert len(styles) == 1
    assert len(routes) > 80
    for kind, method, path in routes:
        if kind == "websocket":
            with pytest.raises(InvalidStatus, match="403"):
                connect(address.replace("http", "ws") + path, origin=address, proxy=None)
            continue
        answer = anybody.request(method, path, headers={"origin": address, "sec-fetch-site": "same-origin"})
        if path in OPEN | styles:
            assert answer.status_code in {200, 403}, path
            continue
        refused = {401, 405} | ({403} if path.startswith("/open311/") else set())
        assert answer.status_code in refused, (method, path, answer.status_code)
        assert len(answer.content) < 300
        page = anybody.request(method, path, headers=GET_PAGE)
        assert page.status_code in {303, 401, 403, 405}, (method, path, page.status_code)
        if page.status_code == 303:
            assert page.headers["location"].startswith("/sign-in?next=/")


def test_what_there_is_not_is_not_told_either(anybody):
    for path in ("/nothing", "/static/x", "/console-000000000000.css", "/sign-in/", "//sign-in"):
        assert anybody.get(path).status_code == 401


def test_a_made_up_cookie_is_none(anybody):
    for cookie in ("clearway=cw_x.0", "clearway=", "clearway=cw_x; clearway=cw_y"):
        assert anybody.get("/", headers={"cookie": cookie}).status_code == 401


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("word", [one.word for one in CHOICES])
def test_every_command_is_taken_only_from_roles_that_may_give_it(office, signed_in, role, word):
    case_id = case(office, f"{role}-{word}")
    bodies = {
        "done": {"resolution": "handled"},
        "dismiss": {"reason": "test"},
        "merge": {"into": case_id},
        "hand_over": {"unit": "roads"},
        "assist": {"unit": "roads"},
        "decide": {"step": "penalty", "granted": False},
        "review": {"theirs": True},
    }
    body = {"command": word, "why": "because"} | bodies.get(word, {})
    answer = post(signed_in[role], f"/api/v1/cases/{case_id}/commands", json=body)
    may = role in {Role.SUPERVISOR, Role.ADMIN} or (role is Role.OPERATOR and word != "decide")
    assert (answer.status_code != 403) is may, answer.text
    assert answer.status_code in {200, 403, 409}
    actors = {line["actor"] for line in office.desk.reading.case(case_id)["audit"]}
    assert (f"operator:{role.value}" in actors) is (answer.status_code == 200)


def test_every_command_was_among_them():
    assert {one.kind for one in CHOICES} == set(get_args(Command))


def test_a_penalty_is_not_an_operators_to_give(office, signed_in):
    case_id = case(office, "tow")
    path = f"/api/v1/cases/{case_id}/commands"
    for word in ("assess", "accept"):
        assert post(signed_in[Role.OPERATOR], path, json={"command": word}).status_code == 200
    towed = {"command": "done", "resolution": "towed", "why": "gone"}
    refused = post(signed_in[Role.OPERATOR], path, json=towed)
    assert refused.status_code == 403
    assert Scope.CASES_WRITE in refused.json()["detail"]
    assert post(signed_in[Role.SUPERVISOR], path, json=towed).status_code == 409


@pytest.mark.parametrize(
    ("path", "roles"),
    [
        ("/api/v1/deadletters", {Role.ADMIN}),
        ("/api/deadletters", {Role.ADMIN}),
        ("/api/v1/silences", set(Role)),
        ("/api/v1/cases", set(Role)),
        ("/api/cases", set(Role)),
        (f"/evidence/{'0' * 64}.jpg", set(Role) - {Role.VIEWER}),
        ("/live/a/b/c.jpg", set(Role) - {Role.VIEWER}),
        ("/cases/x/evidence.zip", set(Role) - {Role.VIEWER}),
    ],
)
def test_a_role_reads_what_is_for_it(signed_in, path, roles):
    for role in Role:
        assert (signed_in[role].get(path).status_code != 403) is (role in roles), role


def test_a_viewer_is_told_no_plate(office, signed_in):
    case(office, "plate", plate=plate("浙B12345"))
    assert "浙B12345" in signed_in[Role.OPERATOR].get("/api/cases").text
    for path in ("/api/cases", "/api/v1/cases", "/"):
        told = signed_in[Role.VIEWER].get(path).text
        assert "B12345" not in told, path


def test_silences_are_for_supervisors(signed_in):
    until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    body = {"until": until, "reason": "parade", "matter": "road-flooded"}
    for role, status in ((Role.VIEWER, 403), (Role.OPERATOR, 403), (Role.SUPERVISOR, 201)):
        assert post(signed_in[role], "/api/v1/silences", json=body).status_code == status


def test_a_token_is_good_beside_a_session_and_counts_alone(office, signed_in, anybody):
    token = let_in(office.clients, "reader", Scope.CASES_READ, at=datetime.now(UTC))
    bearer = {"authorization": f"Bearer {token}"}
    assert anybody.get("/api/v1/me", headers=bearer).json()["name"] == "reader"
    assert signed_in[Role.ADMIN].get("/api/v1/me", headers=bearer).json()["name"] == "reader"
    assert signed_in[Role.ADMIN].get("/api/v1/me").json()["name"] == "admin"
    assert anybody.get("/", headers=bearer).status_code == 401


def test_another_page_can_send_nothing_for_somebody(signed_in, address, office):
    case_id = case(office, "csrf")
    client = signed_in[Role.ADMIN]
    for origin in ("https://evil.example", address.rsplit(":", 1)[0], "null"):
        answer = post(client, f"/api/v1/cases/{case_id}/commands", origin=origin, json={"command": "assess"})
        assert answer.status_code == 403
        assert post(client, "/sign-out", origin=origin).status_code == 403
        assert post(client, "/password", origin=origin).status_code == 403
    said_nothing = client.post(f"/api/v1/cases/{case_id}/commands", json={"command": "assess"})
    assert said_nothing.status_code == 403
    assert office.desk.search.case(case_id)["state"] == "discovered"
    assert client.get("/signed-in").status_code == 204


def test_another_page_can_open_no_socket(signed_in, address):
    cookie = "; ".join(f"{name}={value}" for name, value in signed_in[Role.ADMIN].cookies.items())
    path = "/_nicegui_ws/socket.io/?EIO=4&transport=websocket"
    url = address.replace("http", "ws") + path
    headers = {"Cookie": cookie}
    with connect(url, origin=address, additional_headers=headers, proxy=None) as socket:
        assert socket.recv().startswith("0{")
    for origin in ("http://127.0.0.1:1", "https://evil.example", None):
        with pytest.raises(InvalidStatus, match="403"):
            connect(url, origin=origin, additional_headers=headers, proxy=None)
    polled = path.replace("websocket", "polling")
    assert signed_in[Role.ADMIN].get(polled).status_code == 403


def test_a_sign_in_needs_the_form_of_this_browser(anybody):
    data = {"name": "admin", "password": GOOD, "form": "0" * 64, "next": "/"}
    assert post(anybody, "/sign-in", data=data).status_code == 403
    anybody.get("/sign-in")
    assert post(anybody, "/sign-in", data=data).status_code == 403
    assert enter(anybody, "admin", origin="https://evil.example").status_code == 403
    assert anybody.get("/").status_code == 401


def test_signing_out_needs_the_form_and_ends_the_session_on_the_server(address):
    with httpx.Client(base_url=address, trust_env=False) as client:
        enter(client, "viewer")
        cookie = dict(client.cookies)
        assert post(client, "/sign-out", data={"form": "0" * 64}).headers["location"] == "/"
        assert client.get("/signed-in").status_code == 204
        left = post(client, "/sign-out", data={"form": form_in(client.get("/password").text)})
        assert left.headers["location"] == "/sign-in?out=1"
        assert "clearway" not in client.cookies
    with httpx.Client(base_url=address, trust_env=False, cookies=cookie) as thief:
        assert thief.get("/signed-in").status_code == 401


def test_a_session_from_before_is_never_the_one_after_signing_in(address):
    with httpx.Client(base_url=address, trust_env=False) as client:
        enter(client, "viewer")
        before = client.cookies["clearway"]
        page = client.get("/sign-in?next=/audit")
        assert page.headers["location"] == "/audit"
        client.cookies.set("clearway-form", "planted")
        client.cookies.clear()
        enter(client, "operator")
        assert client.cookies["clearway"] != before
        assert client.get("/api/v1/me").json()["name"] == "operator"


@pytest.mark.parametrize("wanted", ["//evil.example", "https://evil.example", "/\\evil.example", "/sign-out"])
def test_signing_in_leads_nowhere_else(anybody, wanted):
    assert enter(anybody, "viewer", wanted=wanted).headers["location"] == "/"


def test_wrong_unknown_and_sent_away_are_answered_alike(office, anybody):
    book = PeopleBook(office.desk._database)
    now = datetime.now(UTC)
    book.add("gone", Role.VIEWER, GOOD, now, actor="x")
    book.disable("gone", now, actor="x")
    wrong = [enter(anybody, "viewer", "wrong"), enter(anybody, SECRET), enter(anybody, "gone")]
    assert {one.status_code for one in wrong} == {403}
    assert len({re.sub(r"[0-9a-f]{64}", "", one.text) for one in wrong}) == 1
    assert all(one.elapsed.total_seconds() >= 0.5 for one in wrong)
    assert "clearway" not in anybody.cookies


def test_log_and_audit_hold_no_password_and_no_whole_address(office, root, anybody):
    enter(anybody, SECRET, SECRET)
    with office.desk._database.read() as connection:
        rows = connection.execute(select(audit).where(audit.c.chain == "subject:people")).mappings().all()
    told = str([dict(row) for row in rows]) + (root / "console.log").read_text()
    assert "127.0.0.*" in told
    for secret in (SECRET, GOOD, "127.0.0.1'"):
        assert secret not in told
    assert not re.search(r"cw_[\w-]{43}", told)
    assert {"signed_in", "sign_in_failed", "signed_out"} <= {row["what"] for row in rows}


def test_nothing_private_stays_in_a_browser_or_in_anothers_frame(signed_in):
    client = signed_in[Role.ADMIN]
    for path in ("/", "/api/cases", "/password", f"/evidence/{'0' * 64}.jpg", "/api/v1/cases"):
        headers = client.get(path).headers
        assert headers["cache-control"] == "no-store", path
        assert headers["x-frame-options"] == "DENY"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert "server" not in headers
    with httpx.Client(base_url=client.base_url, trust_env=False) as anybody:
        page = anybody.get("/sign-in")
    assert "script-src" not in page.headers["content-security-policy"]
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert "<script" not in page.text


def test_the_host_has_to_be_ours(anybody):
    assert anybody.get("/sign-in", headers={"host": "evil.example"}).status_code == 421
    assert anybody.get("/sign-in", headers={"host": "10.1.2.3:8080"}).status_code == 200


def test_by_https_the_cookie_is_for_https_only(tmp_path):
    cert, key = certificate(tmp_path)
    settings = {"host": "0.0.0.0", "tls_certificate": str(cert), "tls_key": str(key)}
    root = tmp_path / "city"
    root.mkdir()
    other = make_office(root)
    let_people_in(other.desk._database, Role.VIEWER)
    other.desk._database.close()
    with running_desk(root, **settings) as (address, _):
        assert address.startswith("https://0.0.0.0:")
        url = address.replace("0.0.0.0", "127.0.0.1")
        with httpx.Client(base_url=url, verify=False, trust_env=False) as client:  # noqa: S501 - our own
            answer = enter(client, "viewer")
            flags = answer.headers["set-cookie"].lower()
            assert flags.startswith("__host-clearway=")
            assert "; secure" in flags
            assert client.get("/signed-in").status_code == 204
            assert client.get("/sign-in").headers["strict-transport-security"] == "max-age=31536000"
        plain = httpx.Client(base_url=url.replace("https", "http"), trust_env=False)
        with plain, pytest.raises(httpx.RemoteProtocolError):
            plain.get("/sign-in")


def test_whoever_tries_too_often_at_once_is_told_to_wait(address):
    with httpx.Client(base_url=address, trust_env=False, timeout=60) as client:
        data = {"form": form_in(client.get("/sign-in").text), "name": "", "password": ""}
        with ThreadPoolExecutor(30) as pool:
            answers = list(pool.map(lambda _: post(client, "/sign-in", data=data), range(30)))
    assert {one.status_code for one in answers} == {403, 429}
    assert all(one.headers["retry-after"] for one in answers if one.status_code == 429)
