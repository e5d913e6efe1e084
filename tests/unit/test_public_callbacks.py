"""What a provider calls back about: genuine, forged, repeated and senseless."""

import pytest
from cases_parts import new_ledger, rows
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from parts_public import SECRET, TOKEN_KEY, Shop, told
from twilio.request_validator import RequestValidator

from cases.tables import audit, notices, outbox
from models.errors import TransportDown
from notifier.numbers import parse_phone
from notifier.public.replies import Reply, reply_of
from notifier.senders.callbacks import INBOUND_PATH, STATUS_PATH

NUMBER = "+8613800000001"
TOKEN = parse_phone(NUMBER, "ZZ")[0].token(TOKEN_KEY)


@pytest.fixture
def database(tmp_path):
    with new_ledger(tmp_path) as found:
        yield found


@pytest.fixture
def shop(database):
    return Shop(database)


def status(sid, state, **more):
    return {"MessageSid": sid, "MessageStatus": state, "AccountSid": "AC1", "To": NUMBER} | more


def sid_of(database):
    return rows(database, notices)[0]["provider_id"]


def test_the_fate_of_a_message_reaches_its_notice_once(database, shop):
    told(database)
    before = len(rows(database, audit))
    for state in ("sent", "delivered", "delivered", "sent"):
        assert shop.callback(STATUS_PATH, status(sid_of(database), state)).status_code == 204
    assert rows(database, notices)[0]["delivery"] == "delivered"
    assert len(rows(database, audit)) == before + 2


def test_the_code_of_a_failure_is_kept(database, shop):
    told(database)
    shop.callback(STATUS_PATH, status(sid_of(database), "undelivered", ErrorCode="30005"))
    row = rows(database, notices)[0]
    assert (row["delivery"], row["delivery_code"]) == ("undelivered", "30005")


def test_a_message_of_nobodys_is_counted_and_not_kept(database, shop):
    told(database)
    before = [rows(database, table) for table in (notices, audit, outbox)]
    assert shop.callback(STATUS_PATH, status("SMunknown", "delivered")).status_code == 204
    assert [rows(database, table) for table in (notices, audit, outbox)] == before
    assert shop.calls.counted["status: unknown message"] == 1


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({}, id="nothing"),
        pytest.param(status("", "sent"), id="no message"),
        pytest.param(status("S" * 65, "sent"), id="a name that is too long"),
        pytest.param(status("SM1", "flying"), id="a state that nobody knows"),
    ],
)
def test_what_is_signed_and_senseless_is_refused(shop, fields):
    assert shop.callback(STATUS_PATH, fields).status_code == 400


def wrong(fields, address="http://127.0.0.1:8090" + STATUS_PATH, secret=SECRET):
    return RequestValidator(secret).compute_signature(address, fields)


@pytest.mark.parametrize(
    "signature",
    [
        pytest.param("", id="none"),
        pytest.param("garbage", id="garbage"),
        pytest.param("\u4f60", id="not ASCII"),
        pytest.param(wrong(status("SM1", "sent"), secret="another"), id="another secret"),
        pytest.param(wrong(status("SM1", "delivered")), id="of another report"),
        pytest.param(wrong(status("SM1", "sent"), "http://elsewhere" + STATUS_PATH), id="of another address"),
    ],
)
def test_a_wrong_signature_changes_nothing(database, shop, signature):
    told(database)
    before = rows(database, notices)
    headers = {"X-Twilio-Signature": signature.encode()}
    for path in (STATUS_PATH, INBOUND_PATH):
        assert shop.post(path, status("SM1", "sent"), headers=headers).status_code == 403
    assert rows(database, notices) == before


def test_whoever_signs_wrongly_is_soon_turned_away_and_the_provider_is_not(database):
    shop = Shop(database, client_per_minute=30)
    codes = [shop.post(STATUS_PATH, status("SM1", "sent")).status_code for _ in range(5)]
    assert codes == [403, 403, 403, 429, 429]
    genuine = [
        shop.callback(STATUS_PATH, status("SM1", "sent")).status_code
        for shop in [Shop(database, client_per_minute=10)]
        for _ in range(30)
    ]
    assert set(genuine) == {204}


def test_behind_a_proxy_the_public_address_is_what_was_signed(database):
    shop = Shop(database, public_url="https://way.example.org", behind_proxy=True)
    fields = status("SM1", "sent")
    assert shop.callback(STATUS_PATH, fields, base="https://way.example.org").status_code == 204
    assert shop.callback(STATUS_PATH, fields).status_code == 403


def test_the_name_of_the_notice_travels_in_the_signed_address(database, shop):
    _, notice = told(database)
    fields = status(sid_of(database), "sent")
    assert shop.callback(STATUS_PATH, fields, query=f"notice={notice}").status_code == 204
    signature = wrong(fields)
    found = shop.post(f"{STATUS_PATH}?notice=other", fields, headers={"X-Twilio-Signature": signature})
    assert found.status_code == 403


def test_without_a_secret_there_are_no_callbacks(database):
    shop = Shop(database)
    shop.calls._signature = None
    assert shop.callback(STATUS_PATH, status("SM1", "sent")).status_code == 404


def inbound(body, **more):
    return {"From": NUMBER, "To": "+15005550006", "Body": body, "MessageSid": "SMin"} | more


@pytest.mark.parametrize("body", ["STOP", " stop ", "Unsubscribe", "退订", "TD", "END."])
def test_stop_is_heard(shop, body):
    found = shop.callback(INBOUND_PATH, inbound(body))
    assert found.status_code == 200
    assert found.headers["content-type"].startswith("text/xml")
    assert found.text.endswith("<Response></Response>")
    assert shop.opt_outs.has(TOKEN)


@pytest.mark.parametrize("body", ["START", "unstop", "恢复"])
def test_start_is_heard(shop, body):
    shop.callback(INBOUND_PATH, inbound("STOP"))
    shop.callback(INBOUND_PATH, inbound(body))
    assert not shop.opt_outs.has(TOKEN)


@pytest.mark.parametrize("body", ["stop it please", "", "why?", "HELP"])
def test_a_conversation_is_no_stop(shop, body):
    assert shop.callback(INBOUND_PATH, inbound(body)).status_code == 200
    assert not shop.opt_outs.has(TOKEN)


@pytest.mark.parametrize(
    ("said", "means"), [("STOP", Reply.STOP), ("START", Reply.START), ("HELP", Reply.OTHER)]
)
def test_the_providers_own_judgement_wins(said, means):
    assert reply_of({"Body": "stop", "OptOutType": said}) is means


def test_of_an_answer_no_word_and_no_number_is_kept(database, shop):
    shop.callback(INBOUND_PATH, inbound("stop"))
    kept = str([rows(database, table) for table in (audit, outbox, notices)])
    assert "13800000001" not in kept
    assert shop.callback(INBOUND_PATH, inbound("stop", From="nobody")).status_code == 400


def test_when_the_ledger_is_down_the_provider_may_ask_again(shop):
    class Down:
        def delivered(self, *_args, **_kwargs):
            raise TransportDown("down")

    shop.calls._book = Down()
    assert shop.callback(STATUS_PATH, status("SM1", "sent")).status_code == 503


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200), st.sampled_from([STATUS_PATH, INBOUND_PATH]))
def test_any_garbage_is_turned_away(database, body, path):
    assert Shop(database).ask("POST", path, content=body).status_code == 403


def test_a_callback_is_never_opened(shop):
    assert shop.get(STATUS_PATH).status_code == 405
