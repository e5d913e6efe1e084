"""The page behind the link in a message, asked as a telephone and as a stranger would ask it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count

import cv2
import numpy as np
import pytest
from cases_parts import new_ledger, rows
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from parts_public import (
    LINKS,
    NAMES,
    PLACE,
    Shop,
    leave,
    ledger_of,
    now,
    path_of,
    picture_of,
    stands,
    street,
    told,
)

from cases.answers.tables import case_answers
from cases.commands import Dismiss, Merge, Review
from cases.life import DismissReason
from cases.retention import DataClass
from cases.retention.cases import delete_case
from cases.retention.columns import PLACES, take
from cases.tables import audit, cases, outbox
from cases.trail import guard
from models.errors import TransportDown
from models.records import PictureRole
from notifier.public.gate import MOST_BODY
from notifier.public.pages import Names, Pages
from notifier.public.view import masked

NUMBERS = count()
TAILS = ("moved", "not-mine", "objection")


@pytest.fixture
def database(tmp_path):
    with new_ledger(tmp_path) as found:
        yield found


@pytest.fixture
def shop(database):
    return Shop(database)


def do(database, case, order):
    ledger_of(database).command(case, order, actor="ann", at=now())


def everything(database):
    return [rows(database, table) for table in (cases, case_answers, audit, outbox)]


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        pytest.param("en", ["Please move your vehicle", "Fire lane blocked"], id="English"),
        pytest.param("zh-CN", ["请尽快驶离", "我已驶离", "消防通道被占用"], id="Chinese"),
        pytest.param("zh-TW", ["请尽快驶离"], id="a relative of Chinese"),
        pytest.param("fr", ["Please move your vehicle"], id="nobody wrote French"),
    ],
)
def test_the_page_speaks_the_language_of_its_message(database, shop, language, sentences):
    _, notice = told(database, language=language)
    found = shop.get(path_of(notice))
    assert found.status_code == 200
    for sentence in (*sentences, PLACE, "CW-000001"):
        assert sentence in found.text


def test_another_language_can_be_asked_for_and_is_kept(database, shop):
    _, notice = told(database)
    found = shop.get(path_of(notice) + "?lang=zh-CN")
    assert '<html lang="zh-CN">' in found.text
    assert f'action="{path_of(notice)}/moved?lang=zh-CN"' in found.text
    back = shop.post(path_of(notice) + "/moved?lang=zh-CN")
    assert back.headers["location"] == path_of(notice) + "?lang=zh-CN"


def test_no_owner_and_no_whole_plate_stands_on_the_page(database, shop):
    _, notice = told(database, 12345)
    text = shop.get(path_of(notice)).text
    assert "浙B***45" in text
    for secret in ("浙B12345", "138****0001", "token-12345"):
        assert secret not in text


@pytest.mark.parametrize(
    ("plate", "shown"), [("浙B12345", "浙B***45"), ("浙BD12345", "浙B****45"), ("AB12", "A**2"), ("AB", "AB")]
)
def test_plates_are_masked(plate, shown):
    assert masked(plate) == shown


@pytest.mark.parametrize("tail", ["", "/picture.jpg", "/not-mine"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_changes_nothing_however_often_a_preview_looks(database, shop, method, tail):
    _, notice = told(database)
    before = everything(database)
    for _ in range(3):
        shop.ask(method, path_of(notice) + tail)
    assert everything(database) == before


@pytest.mark.parametrize("tail", ["/moved", "/objection"])
def test_what_answers_cannot_be_opened(database, shop, tail):
    _, notice = told(database)
    assert shop.get(path_of(notice) + tail).status_code == 405
    assert shop.ask("PUT", path_of(notice)).status_code == 405


def test_i_have_moved_it_is_taken_once_and_leads_back_to_the_page(database, shop):
    _, notice = told(database)
    for _ in range(2):
        found = shop.post(path_of(notice) + "/moved")
        assert (found.status_code, found.headers["location"]) == (303, path_of(notice))
    assert len(rows(database, case_answers)) == 1
    after = shop.get(path_of(notice)).text
    assert "Thank you. We are checking." in after
    assert "/moved" not in after
    assert rows(database, cases)[0]["state"] == "assessed"


def test_a_vehicle_that_is_seen_after_it_was_moved_stands_there(database, shop):
    _, notice = told(database)
    shop.post(path_of(notice) + "/moved")
    stands(database, 0, seconds=60)
    text = shop.get(path_of(notice)).text
    assert "Please move your vehicle" in text
    assert "The camera saw a vehicle there after that" in text


def test_not_mine_is_asked_twice_and_stops_the_messages(database, shop):
    _, notice = told(database)
    asked = shop.get(path_of(notice) + "/not-mine").text
    assert "Is this not your vehicle?" in asked
    assert rows(database, case_answers) == []
    assert shop.post(path_of(notice) + "/not-mine").status_code == 303
    assert rows(database, cases)[0]["disowned"] == "waiting"
    after = shop.get(path_of(notice)).text
    assert "A person is checking" in after
    assert "/not-mine" not in after
    assert shop.get(path_of(notice) + "/not-mine").status_code == 303


@pytest.mark.parametrize(
    ("theirs", "sentence"),
    [
        pytest.param(True, "A person compared picture and plate", id="theirs after all"),
        pytest.param(False, "You were right: it is not your vehicle", id="not theirs"),
    ],
)
def test_the_page_says_what_a_person_found(database, shop, theirs, sentence):
    case, notice = told(database)
    shop.post(path_of(notice) + "/not-mine")
    do(database, case, Review(theirs=theirs, why="looked"))
    assert sentence in shop.get(path_of(notice)).text


def test_an_objection_of_any_script_is_kept_and_not_shown_to_whoever_has_the_link(database, shop):
    _, notice = told(database)
    words = "车在修理厂 — ﷽ 🚗\nsecond line <b>"
    assert shop.post(path_of(notice) + "/objection", {"text": words}).status_code == 303
    assert [row["text"] for row in rows(database, case_answers)] == [words]
    text = shop.get(path_of(notice)).text
    assert "We have your objection" in text
    assert "修理厂" not in text


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param("", "Nothing was written", id="empty"),
        pytest.param(" \n\t\x00 ", "Nothing was written", id="nothing but space"),
        pytest.param("长" * 1001, "This has 1001 characters", id="too long"),
    ],
)
def test_an_objection_that_cannot_be_taken_says_why_and_keeps_the_words(database, shop, text, sentence):
    _, notice = told(database)
    found = shop.post(path_of(notice) + "/objection", {"text": text})
    assert found.status_code == 422
    assert sentence in found.text
    assert text.strip(" \n\t\x00") in found.text
    assert rows(database, case_answers) == []


def test_what_is_written_is_never_html(database, shop):
    _, notice = told(database, place="<script>alert(1)</script>")
    found = shop.post(path_of(notice) + "/objection", {"text": "<script>" * 200})
    assert "<script" not in found.text


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary(max_size=300),
    st.sampled_from(["application/x-www-form-urlencoded", "text/plain", "", "a/b; x"]),
)
def test_any_body_has_an_answer(database, body, kind):
    shop = Shop(database)
    _, notice = told(database, next(NUMBERS))
    found = shop.ask("POST", path_of(notice) + "/objection", content=body, headers={"content-type": kind})
    assert found.status_code in {303, 400, 409, 415, 422}


def test_five_objections_are_enough(database, shop):
    _, notice = told(database)
    for index in range(5):
        assert shop.post(path_of(notice) + "/objection", {"text": f"no {index}"}).status_code == 303
    assert "/objection" not in shop.get(path_of(notice)).text
    assert shop.post(path_of(notice) + "/objection", {"text": "six"}).status_code == 409


def closed(database, _case):
    leave(database, 0)


def withdrawn(database, case):
    do(database, case, Dismiss(reason=DismissReason.OTHER, why="a mistake"))


def archived(database, _case):
    leave(database, 0)
    while ledger_of(database).run_due(now() + timedelta(days=3)):
        pass


@pytest.mark.parametrize(
    ("become", "sentence", "can"),
    [
        pytest.param(closed, "Thank you. The place is clear.", {"not-mine", "objection"}, id="it left"),
        pytest.param(withdrawn, "This case was withdrawn", {"not-mine", "objection"}, id="dismissed"),
        pytest.param(archived, "This case is in the archive", set(), id="archived"),
    ],
)
def test_what_the_page_says_when_the_case_is_over(database, shop, become, sentence, can):
    case, notice = told(database)
    become(database, case)
    text = shop.get(path_of(notice)).text
    assert sentence in text
    assert {
        tail for tail in ("moved", "not-mine", "objection") if f'{path_of(notice)}/{tail}"' in text
    } == can
    assert shop.post(path_of(notice) + "/moved").status_code == 409


def test_a_case_that_was_merged_shows_the_one_that_goes_on(database, shop):
    elder, _ = told(database, 1)
    younger, notice = told(database, 0)
    do(database, younger, Merge(into=elder, why="the same"))
    assert "CW-000001" in shop.get(path_of(notice)).text
    shop.post(path_of(notice) + "/moved")
    assert [row["case_id"] for row in rows(database, case_answers)] == [elder]
    assert "Thank you. We are checking." in shop.get(path_of(notice)).text


def test_a_case_that_was_deleted_is_not_kept_any_more(database, shop):
    case, notice = told(database)
    shop.post(path_of(notice) + "/moved")
    with database.write() as connection, guard.gate(connection, "test"):
        delete_case(connection, case)
    assert rows(database, case_answers) == []
    for found in (shop.get(path_of(notice)), shop.post(path_of(notice) + "/not-mine")):
        assert found.status_code == 410
        assert "not kept any more" in found.text


def test_a_notice_that_was_purged_opens_nothing(database, shop):
    case, notice = told(database)
    with database.write() as connection:
        for place in PLACES[DataClass.NOTICES]:
            take(connection, place, case, frozenset())
    assert shop.get(path_of(notice)).status_code == 410


def test_an_expired_link_says_so_and_shows_nothing(database, shop):
    _, notice = told(database)
    found = shop.get(path_of(notice, now() - timedelta(days=16)))
    assert found.status_code == 410
    assert "This link has expired" in found.text
    assert PLACE not in found.text


@pytest.mark.parametrize("path", ["/c/x", "/c/" + "A" * 37, "/c/" + "z" * 37, "/c/%00", "/", "/c/", "/admin"])
def test_a_forged_link_is_answered_like_one_that_does_not_exist(shop, path):
    for method in ("GET", "POST"):
        found = shop.ask(method, path)
        assert found.status_code in {404, 405}
        assert "<main>" in found.text


def test_a_page_without_a_case_speaks_the_language_of_the_browser(shop):
    assert "链接无效" in shop.get("/c/x", headers={"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"}).text
    assert "This link does not work" in shop.get("/c/x", headers={"Accept-Language": "de, en;q=0.5"}).text


def test_every_answer_has_its_headers(database, shop):
    _, notice = told(database)
    for path in (
        path_of(notice),
        path_of(notice) + "/not-mine",
        path_of(notice) + "/picture.jpg",
        "/c/x",
        "/x",
    ):
        headers = shop.get(path).headers
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "no-referrer"
        assert "noindex" in headers["x-robots-tag"]
        assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
        assert headers["x-frame-options"] == "DENY"
    assert "Disallow: /" in shop.get("/robots.txt").text


def test_the_page_loads_its_own_style_and_nothing_else(database, shop):
    _, notice = told(database)
    text = shop.get(path_of(notice)).text
    assert "http" not in text
    assert "<script" not in text
    style = text.partition('stylesheet" href="')[2].partition('"')[0]
    found = shop.get(style)
    assert found.headers["content-type"].startswith("text/css")
    assert "immutable" in found.headers["cache-control"]


def with_picture(database, **picture):
    jpeg = street()
    shown = picture_of(jpeg, **picture)
    shop = Shop(database)
    shop.blobs.put(shown.sha256, jpeg)
    return shop, told(database, pictures=(shown,))[1]


def test_the_picture_is_small_and_what_is_private_in_it_cannot_be_read(database):
    shop, notice = with_picture(database, private_xyxy=((0.25, 0.25, 0.5, 0.5),))
    found = shop.get(path_of(notice) + "/picture.jpg")
    assert found.headers["content-type"] == "image/jpeg"
    pixels = cv2.imdecode(np.frombuffer(found.content, np.uint8), cv2.IMREAD_COLOR)
    assert pixels.shape == (405, 720, 3)
    assert len(found.content) < 120_000
    private, public = pixels[110:190, 190:350], pixels[220:300, 400:560]
    edges = [cv2.Laplacian(part, cv2.CV_64F).std() for part in (private, public)]
    assert edges[0] < edges[1] / 10


@pytest.mark.parametrize("role", [PictureRole.ARRIVAL, PictureRole.PLATE, PictureRole.CLOSE_UP])
def test_only_the_picture_of_the_overstay_is_shown(database, role):
    shop, notice = with_picture(database, role=role)
    assert shop.get(path_of(notice) + "/picture.jpg").status_code == 404
    assert "There is no picture" in shop.get(path_of(notice)).text


def test_a_picture_that_has_not_come_is_no_picture(database, shop):
    _, notice = told(database, pictures=(picture_of(street()),))
    assert shop.get(path_of(notice) + "/picture.jpg").status_code == 404


def test_one_link_cannot_be_asked_for_too_often(database):
    shop = Shop(database, page_per_minute=6)
    _, notice = told(database)
    codes = [shop.get(path_of(notice)).status_code for _ in range(8)]
    assert codes == [200] * 6 + [429] * 2
    assert int(shop.get(path_of(notice)).headers["retry-after"]) >= 1


def test_answers_of_one_link_are_fewer_still(database):
    shop = Shop(database, page_per_minute=9)
    _, notice = told(database)
    codes = [shop.post(path_of(notice) + "/moved").status_code for _ in range(4)]
    assert codes == [303, 303, 303, 429]


def test_whoever_tries_links_is_soon_turned_away_and_nobody_else(database):
    shop = Shop(database, client_per_minute=30)
    _, notice = told(database)
    codes = [shop.get("/c/" + "A" * 37, client="198.51.100.1").status_code for _ in range(4)]
    assert codes == [404, 404, 404, 429]
    assert shop.get(path_of(notice), client="198.51.100.1").status_code == 429
    assert shop.get(path_of(notice), client="198.51.100.2").status_code == 200


def test_behind_a_proxy_the_last_address_counts_and_else_none_that_is_claimed(database):
    behind, alone = (
        Shop(database, client_per_minute=10, behind_proxy=True),
        Shop(database, client_per_minute=10),
    )
    for index in range(10):
        header = {"X-Forwarded-For": f"203.0.113.{index}, 198.51.100.9"}
        for shop in (behind, alone):
            shop.get("/robots.txt", headers=header)
    other = {"X-Forwarded-For": "198.51.100.9, 203.0.113.99"}
    assert behind.get("/robots.txt", headers=other).status_code == 200
    assert alone.get("/robots.txt", headers=other).status_code == 429


def test_households_of_ipv6_are_one_client(database):
    shop = Shop(database, client_per_minute=10)
    for index in range(10):
        shop.get("/robots.txt", client=f"2001:db8:1:2::{index}")
    assert shop.get("/robots.txt", client="2001:db8:1:2:ffff::1").status_code == 429
    assert shop.get("/robots.txt", client="2001:db8:1:3::1").status_code == 200


def test_more_than_an_objection_is_not_read(database, shop):
    _, notice = told(database)
    found = shop.ask("POST", path_of(notice) + "/objection", content=b"x" * (MOST_BODY + 1))
    assert found.status_code == 413
    assert "cannot be read" in found.text


def test_a_thousand_characters_of_any_script_fit(database, shop):
    _, notice = told(database)
    assert shop.post(path_of(notice) + "/objection", {"text": "🚗" * 1000}).status_code == 303


class Broken:
    def __init__(self, exc):
        self._exc = exc

    def case(self, _notice):
        raise self._exc


@pytest.mark.parametrize(
    ("exc", "status"),
    [
        pytest.param(TransportDown("the ledger at x refused"), 503, id="the ledger is down"),
        pytest.param(RuntimeError("secret words"), 500, id="a fault of ours"),
    ],
)
def test_when_something_is_down_the_page_says_so_and_nothing_of_it(database, exc, status):
    shop = Shop(database)
    object.__setattr__(shop.parts, "reading", Broken(exc))
    found = shop.get(
        LINKS.make("0b0e3f6c-8f6f-5a6e-9a41-c1ea4a7c1ea4", now()).removeprefix("http://127.0.0.1:8090")
    )
    assert found.status_code == status
    assert "Not reachable at the moment" in found.text
    assert "refused" not in found.text
    assert "secret" not in found.text


def test_what_is_kept_of_a_visitor_is_no_address_and_no_link(database, shop):
    _, notice = told(database)
    path = path_of(notice)
    shop.post(path + "/moved", client="192.0.2.99")
    kept = str(rows(database, case_answers))
    assert "192.0.2.99" not in kept
    assert path.removeprefix("/c/") not in kept


def test_what_is_blocked_is_named_by_its_scene(database):
    named = {"fire-gate-pavement": Names(en="Fire gate blocked", zh="消防大门被占用")} | NAMES
    shop = Shop(database)
    object.__setattr__(shop.parts, "pages", Pages("Asia/Shanghai", "", named))
    _, notice = told(database, policy="fire-gate-pavement")
    text = shop.get(path_of(notice)).text
    assert "Fire gate blocked" in text
    assert "Fire lane blocked" not in text


def test_eight_thumbs_at_once_say_one_thing(database, shop):
    _, notice = told(database)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: shop.post(path_of(notice) + "/not-mine").status_code, range(8)))
    assert set(found) == {303}
    assert len(rows(database, case_answers)) == 1
    assert [row["what"] for row in rows(database, audit)].count("disowned") == 1
