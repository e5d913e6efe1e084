"""From the message on the phone to the page and back: provider, voice and page as real processes."""

import re

import factories
import httpx
import pytest
from cases_parts import rows
from parts_public import PLACE, ledger_of, now

from benchmarks.site import Site, free_ports, until
from cases.answers.tables import case_answers, opt_outs
from cases.arrivals import Arrival
from cases.life import SignalKind
from cases.tables import audit, cases, notices, outbox

NUMBER = "+447700900001"
PLATE = "浙B00001"


@pytest.fixture
def site(tmp_path):
    port = free_ports(1)
    (tmp_path / "owners.csv").write_text(f"plate,phone,language\n{PLATE},{NUMBER},en\n", encoding="utf-8")
    found = Site(
        tmp_path,
        {
            "public": {"port": port, "public_url": f"http://127.0.0.1:{port}"},
            "notifier": {"owners": "owners.csv"},
        },
    )
    try:
        found.start("phone", "notifier", "public")
        yield found
    finally:
        for process in found.processes.values():
            process.terminate()
        codes = [process.wait(20) for process in found.processes.values()]
        found.close()
        assert codes == [0, 0, 0]


def overstay(database):
    at = now()
    fields = {"policy": "p", "at": at, "recorded_at": at, "place": PLACE, "plate": factories.plate(PLATE)}
    (applied,) = ledger_of(database).apply(
        [Arrival(factories.signal(SignalKind.OBSERVED, **fields), b"{}")], at
    )
    return applied.case_id


def test_the_link_on_the_phone_opens_and_what_is_answered_comes_back(site):
    database, phone = site.database, site.settings.sms.base_url
    case = overstay(database)
    with httpx.Client(trust_env=False, timeout=20) as http:

        def messages():
            return http.get(f"{phone}/phone").json()["messages"]

        (message,) = until(messages, within_s=60, what="a message on the phone")
        link = re.search(r"http://\S+", message["body"])[0].rstrip(".")
        page = http.get(link)
        assert page.status_code == 200
        assert PLACE in page.text
        until(
            lambda: rows(database, notices)[0]["delivery"] == "delivered",
            within_s=60,
            what="the report of the delivery",
        )
        assert http.post(f"{link}/not-mine").status_code == 303
        row = next(row for row in rows(database, cases) if row["id"] == case)
        assert row["disowned"] == "waiting"
        answer = {"sid": message["sid"], "text": "STOP"}
        assert http.post(f"{phone}/phone/answer", json=answer).is_success
        until(lambda: rows(database, opt_outs), within_s=60, what="the opt-out")
    assert rows(database, opt_outs)[0]["recipient"] == rows(database, notices)[0]["recipient"]
    kept = str([rows(database, table) for table in (audit, cases, case_answers, notices, opt_outs, outbox)])
    assert NUMBER.removeprefix("+44") not in kept
    status = site.status("public")
    assert status["answers"] == {"not_mine": 1}
    assert status["callbacks"]["inbound: stop"] == 1
    logs = "".join(file.read_text("utf-8") for file in (site.folder / "logs").glob("*.log*"))
    assert link.rpartition("/")[2] not in logs
    assert NUMBER.removeprefix("+44") not in logs
