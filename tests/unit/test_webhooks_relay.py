"""Webhooks end to end: a real ledger, a real receiver on the loopback, the relay between them."""

import time
from datetime import UTC, datetime

import factories
import pytest
from connect_parts import (
    HURRIED,
    SECRET,
    Says,
    delivery_rows,
    eventually,
    happen,
    new_ledger,
    receiving,
    relaying,
    settings,
    states,
    subscription,
    webhook,
)

from cases.ledger import Ledger
from cases.life import SignalKind
from cases.policy import builtin_policies
from cases.webhooks.book import DeliveryBook
from cases.webhooks.overview import DeliveryReading
from cases.webhooks.signature import HEADER, verify


@pytest.fixture
def database(tmp_path):
    with new_ledger(tmp_path / "ledger.db") as database:
        yield database


def done(database, count):
    return lambda: states(database).count("delivered") == count


async def test_every_change_of_a_case_arrives_as_a_signed_cloud_event(database):
    happen(database, ("case-1", 1), ("case-1", 2))
    with receiving() as receiver:
        async with relaying(database, settings(webhook(receiver.url))):
            await eventually(done(database, 2))
    first, second = receiver.requests
    assert first.headers["content-type"] == "application/cloudevents+json; charset=utf-8"
    assert verify([SECRET], first.headers[HEADER.lower()], first.body, time.time())
    event = first.event
    assert (event["specversion"], event["type"]) == ("1.0", "clearway.case.grew.v1")
    assert (event["source"], event["subject"]) == ("/clearway/cases", "case-1")
    assert event["data"]["number"] == 1
    assert event["sequence"] < second.event["sequence"]
    assert event["id"] != second.event["id"]


async def test_what_the_ledger_writes_arrives_without_the_plate(database):
    ledger = Ledger(database, builtin_policies())
    seen = factories.arrival(
        SignalKind.OBSERVED, plate=factories.plate("浙B12345"), recorded_at=factories.at(0)
    )
    (applied,) = ledger.apply([seen], factories.at(1))
    with receiving() as receiver:
        chosen = settings(webhook(receiver.url, events=["opened"], matters=["fire-lane-blocked"]))
        async with relaying(database, chosen):
            await eventually(lambda: len(receiver.requests) == 1)
    (event,) = receiver.events()
    assert (event["type"], event["subject"]) == ("clearway.case.opened.v1", applied.case_id)
    assert (event["data"]["state"], event["data"]["zone"]) == ("discovered", "fire-lane-1")
    assert "12345" not in receiver.requests[0].body.decode()


async def test_events_of_one_case_wait_for_each_other_and_those_of_others_do_not(database):
    happen(database, *((f"case-{number % 4}", number) for number in range(20)))
    with receiving(lambda _: Says(wait_s=0.02)) as receiver:
        async with relaying(database, settings(webhook(receiver.url))):
            await eventually(done(database, 20))
    for case in range(4):
        assert [row for row in receiver.rows() if row % 4 == case] == list(range(case, 20, 4))
    assert receiver.most_at_once == 4


async def test_no_more_requests_are_under_way_than_the_settings_allow(database):
    happen(database, *((f"case-{number}", number) for number in range(30)))
    with receiving(lambda _: Says(wait_s=0.01)) as receiver:
        async with relaying(database, settings(webhook(receiver.url, at_once=3))):
            await eventually(done(database, 30))
    assert receiver.most_at_once <= 3


@pytest.mark.parametrize("status", [500, 502, 503, 429, 408])
async def test_what_a_receiver_may_take_later_comes_again_under_the_same_id_and_in_order(database, status):
    happen(database, ("case-1", 1), ("case-1", 2))
    failing = iter([Says(status), Says(status)])
    with receiving(lambda _: next(failing, Says())) as receiver:
        async with relaying(database, settings(webhook(receiver.url))):
            await eventually(done(database, 2))
    assert receiver.rows() == [1, 1, 1, 2]
    assert len({event["id"] for event in receiver.events()}) == 2
    assert [request.headers["clearway-attempt"] for request in receiver.requests] == ["1", "2", "3", "1"]


@pytest.mark.parametrize("status", [400, 401, 404, 422])
async def test_what_a_receiver_refuses_is_dead_at_once_and_the_next_event_comes(database, status):
    happen(database, ("case-1", 1), ("case-1", 2))
    refusal = Says(status, body="字段缺失\x1b[2J".encode())
    with receiving(lambda request: refusal if request.event["data"]["number"] == 1 else Says()) as receiver:
        async with relaying(database, settings(webhook(receiver.url))):
            await eventually(lambda: states(database) == ["dead", "delivered"])
    assert receiver.rows() == [1, 2]
    (dead,) = DeliveryReading(database).dead()
    assert (dead["status"], dead["why"]) == (status, f"{status}: 字段缺失 [2J")
    assert dead["event_id"] == receiver.events()[0]["id"]


async def test_dead_events_can_be_played_again(database):
    happen(database, ("case-1", 1), ("case-2", 2))
    broken = True
    with receiving(lambda _: Says(400) if broken else Says()) as receiver:
        async with relaying(database, settings(webhook(receiver.url))):
            await eventually(lambda: states(database) == ["dead", "dead"])
            broken = False
            assert DeliveryBook(database).replay("dispatch", None, datetime.now(UTC)) == 2
            await eventually(done(database, 2))
    assert sorted(receiver.rows()) == [1, 1, 2, 2]
    assert len({event["id"] for event in receiver.events()}) == 2


async def test_redirects_are_refused_and_their_target_never_sees_a_request(database):
    happen(database, ("case-1", 1))
    with receiving() as target, receiving(lambda _: Says(307, {"Location": target.url})) as receiver:
        async with relaying(database, settings(webhook(receiver.url))):
            await eventually(lambda: states(database) == ["dead"])
    assert target.requests == []
    assert "redirects are refused" in delivery_rows(database)[0]["why"]


async def test_a_receiver_that_hangs_holds_up_its_case_only(database):
    happen(database, ("slow", 1), ("slow", 2), ("quick", 3))
    # Patience of half a second: on a busy machine a good answer may take longer than a tenth.
    hanging = iter([Says(wait_s=1.5)])
    with receiving(
        lambda request: next(hanging, Says()) if request.event["subject"] == "slow" else Says()
    ) as receiver:
        async with relaying(database, settings(webhook(receiver.url), timeout_s=0.5)):
            await eventually(done(database, 3))
    slow = [event["data"]["number"] for event in receiver.events() if event["subject"] == "slow"]
    assert slow == [1, 1, 2]


async def test_a_receiver_that_asks_for_time_is_given_it(database):
    happen(database, ("case-1", 1), ("case-2", 2))
    busy = iter([Says(429, {"Retry-After": "1"})])
    with receiving(lambda _: next(busy, Says())) as receiver:
        async with relaying(database, settings(webhook(receiver.url, at_once=1))):
            await eventually(done(database, 2))
    first, *later = receiver.requests
    assert all(request.at - first.at >= 0.9 for request in later)


async def test_a_receiver_that_keeps_failing_is_paused_and_nothing_that_waits_is_lost(database):
    happen(database, *((f"case-{number}", number) for number in range(40)))
    broken = True
    with receiving(lambda _: Says(500) if broken else Says()) as receiver:
        async with relaying(database, settings(webhook(receiver.url))) as relay:
            await eventually(lambda: relay.status().get("dispatch", {}).get("state") == "paused")
            assert subscription(database)["paused_at"] is not None
            assert "500" in relay.status()["dispatch"]["trouble"]
            seen = len(receiver.requests)
            await eventually(lambda: len(receiver.requests) > seen, otherwise="it is not asked again")
            broken = False
            await eventually(done(database, 40))
            assert relay.status()["dispatch"]["state"] == "sending"
    assert set(receiver.rows()) == set(range(40))
    assert subscription(database)["paused_at"] is None


async def test_a_receiver_that_refuses_everything_is_paused_before_it_has_refused_much(database):
    happen(database, *((f"case-{number}", number) for number in range(100)))
    with receiving(lambda _: Says(401)) as receiver:
        async with relaying(database, settings(webhook(receiver.url, at_once=2))) as relay:
            await eventually(lambda: relay.status().get("dispatch", {}).get("state") == "paused")
    assert states(database).count("dead") <= HURRIED.pause_after + 2
    assert states(database).count("waiting") >= 93


async def test_a_pause_outlives_a_restart(database):
    happen(database, ("case-1", 1))
    with receiving(lambda _: Says(410)) as receiver:
        async with relaying(database, settings(webhook(receiver.url))) as relay:
            await eventually(lambda: relay.status().get("dispatch", {}).get("state") == "paused")
        async with relaying(database, settings(webhook(receiver.url))) as relay:
            await eventually(lambda: relay.status().get("dispatch", {}).get("state") == "paused")


async def test_a_new_subscription_begins_with_the_next_event_unless_it_asks_for_all(database):
    happen(database, ("case-1", 1))
    with receiving() as late, receiving() as all_of_it:
        chosen = settings(
            webhook(late.url, name="late", start="now"), webhook(all_of_it.url, name="all", start="beginning")
        )
        async with relaying(database, chosen):
            await eventually(lambda: len(all_of_it.requests) == 1)
            await eventually(lambda: subscription(database, "late")["position"] == 1)
            happen(database, ("case-1", 2))
            await eventually(lambda: len(all_of_it.requests) == 2 and len(late.requests) == 1)
    assert (late.rows(), all_of_it.rows()) == ([2], [1, 2])


async def test_a_subscriber_gets_what_it_asked_for(database):
    happen(database, ("case-1", 1), kind="opened", unit="fire-brigade", area="g1", area_path="/city/north/g1")
    happen(database, ("case-2", 2), kind="closed", unit="fire-brigade", area="g2", area_path="/city/south/g2")
    happen(database, ("case-3", 3), kind="opened", unit="traffic", area="g1", area_path="/city/north/g1")
    happen(database, ("case-4", 4), kind="opened", unit="fire-brigade", area="g9", area_path="/city/northern")
    wishes = {
        "opened": ({"events": ["opened"]}, [1, 3, 4]),
        "brigade": ({"units": ["fire-brigade"]}, [1, 2, 4]),
        "north": ({"areas": ["/city/north"]}, [1, 3]),
        "grid": ({"areas": ["g2", "g9"]}, [2, 4]),
        "smoke": ({"matters": ["smoke"]}, []),
        "both": ({"events": ["opened"], "units": ["fire-brigade"], "areas": ["north"]}, [1]),
    }
    with receiving() as receiver:
        hooks = [webhook(f"{receiver.url}/{name}", name=name, **wish) for name, (wish, _) in wishes.items()]
        async with relaying(database, settings(*hooks)):
            await eventually(done(database, sum(len(rows) for _, rows in wishes.values())))
    for name, (_, rows) in wishes.items():
        mine = [request for request in receiver.requests if request.path.endswith(f"/{name}")]
        got = [request.event["data"]["number"] for request in mine]
        assert sorted(got) == rows, name


async def test_permission_is_asked_for_first_where_the_settings_say_so(database):
    happen(database, ("case-1", 1))
    allowed = {"WebHook-Allowed-Origin": "clearway.example", "WebHook-Allowed-Rate": "60000"}
    with receiving(lambda request: Says(200, allowed) if request.method == "OPTIONS" else Says()) as receiver:
        chosen = settings(webhook(receiver.url, handshake=True), origin="clearway.example")
        async with relaying(database, chosen):
            await eventually(done(database, 1))
    assert [request.method for request in receiver.requests] == ["OPTIONS", "POST"]
    assert receiver.requests[0].headers["webhook-request-origin"] == "clearway.example"


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(Says(200, {"WebHook-Allowed-Origin": "somebody.else"}), id="for somebody else"),
        pytest.param(Says(200), id="without saying for whom"),
        pytest.param(Says(405), id="not at all"),
    ],
)
async def test_nothing_is_sent_without_the_permission_that_was_asked_for(database, answer):
    happen(database, ("case-1", 1))
    with receiving(lambda _: answer) as receiver:
        chosen = settings(webhook(receiver.url, handshake=True), origin="clearway.example")
        async with relaying(database, chosen) as relay:
            await eventually(lambda: len(receiver.requests) >= 2)
            assert relay.status()["dispatch"]["state"] == "paused"
    assert {request.method for request in receiver.requests} == {"OPTIONS"}
    assert states(database) == ["waiting"]


async def test_a_receiver_may_say_how_many_it_takes_a_minute(database):
    happen(database, *((f"case-{number}", number) for number in range(5)))
    allowed = {"WebHook-Allowed-Origin": "*", "WebHook-Allowed-Rate": "300"}
    with receiving(lambda request: Says(200, allowed) if request.method == "OPTIONS" else Says()) as receiver:
        chosen = settings(webhook(receiver.url, handshake=True), origin="clearway.example")
        async with relaying(database, chosen):
            await eventually(done(database, 5))
    posts = [request.at for request in receiver.requests if request.method == "POST"]
    assert posts[-1] - posts[0] >= 0.4, "0.8 s are asked for; a busy machine may see the first one late"


async def test_a_relay_told_to_stop_ends_within_seconds_though_a_receiver_hangs(database):
    happen(database, ("case-1", 1))
    with receiving(lambda _: Says(wait_s=4.0)) as receiver:
        began = time.monotonic()
        async with relaying(database, settings(webhook(receiver.url), timeout_s=30)):
            await eventually(lambda: bool(receiver.requests))
        assert time.monotonic() - began < 4.0
        assert states(database) == ["waiting"]


async def test_delivered_events_are_forgotten_after_their_time(database):
    happen(database, ("case-1", 1))
    with receiving() as receiver:
        async with relaying(database, settings(webhook(receiver.url))):
            await eventually(done(database, 1))
    book = DeliveryBook(database)
    settled_at = delivery_rows(database)[0]["settled_at"]
    assert book.prune(settled_at) == 0
    assert book.prune(settled_at.replace(year=settled_at.year + 1)) == 1
    assert subscription(database)["position"] == 1


async def test_a_ledger_that_cannot_be_asked_for_a_while_costs_nothing(database):
    happen(database, ("case-1", 1))
    with receiving() as receiver:
        async with relaying(database, settings(webhook(receiver.url))) as relay:
            await eventually(done(database, 1))
            with database.write() as connection:
                connection.exec_driver_sql("ALTER TABLE deliveries RENAME TO moved")
            happen(database, ("case-1", 2))
            await eventually(lambda: relay.status()["dispatch"]["state"] == "backing off")
            with database.write() as connection:
                connection.exec_driver_sql("ALTER TABLE moved RENAME TO deliveries")
            await eventually(done(database, 2))
    assert receiver.rows() == [1, 2]


async def test_what_the_ledger_purged_meanwhile_is_dead_and_holds_up_nothing(database):
    happen(database, ("case-1", 1), ("case-1", 2))
    with receiving(lambda _: Says(500)) as receiver:
        async with relaying(database, settings(webhook(receiver.url))):
            await eventually(lambda: bool(receiver.requests))
    with database.write() as connection:
        connection.exec_driver_sql("DELETE FROM outbox WHERE id = 1")
    with receiving() as receiver:
        async with relaying(database, settings(webhook(receiver.url))):
            await eventually(lambda: states(database) == ["dead", "delivered"])
    assert receiver.rows() == [2]
