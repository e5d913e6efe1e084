"""From settings to a message: owners from a city's HTTPS service, which goes away and comes back."""

import asyncio

from notifier_parts import (
    ACCOUNT,
    SENDER,
    TOKEN,
    eventually,
    new_ledger,
    number,
    overstay,
    plate,
    running_phone,
)
from parts_registry import TOKEN as CITY_TOKEN
from parts_registry import make_papers, running_city, say

from cases.reading import Reading
from clearway import wiring
from clearway.settings import load

WITHIN_S = 30
SETTINGS = """
data_dir = "data"
[sms]
sender = "{sender}"
base_url = "{phone}"
[notifier]
poll_interval_s = 0.02
[notifier.limits]
quiet_hours = ""
[notifier.registry]
ask = ["city", "permits"]
[[notifier.registry.file]]
name = "permits"
path = "permits.csv"
[[notifier.registry.http]]
name = "city"
url = "{city}/vehicles/{{plate}}?case={{case}}&purpose={{purpose}}"
secret = "CLEARWAY_OWNERS_CITY"
ca_file = "papers/ca.pem"
client_cert = "papers/client.pem"
contacts = "data.owners"
retries = 0
breaker = {{ failures = 1, open_s = 0.5 }}
"""


async def test_a_service_that_comes_back_is_asked_again_and_the_owner_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("CLEARWAY_SMS__ACCOUNT_SID", ACCOUNT)
    monkeypatch.setenv("CLEARWAY_SMS__TOKEN", TOKEN)
    monkeypatch.setenv("CLEARWAY_OWNERS_CITY", CITY_TOKEN)
    rows = {plate(1): [{"phone": number(1), "role": "fleet", "language": "en"}]}
    (tmp_path / "permits.csv").write_text(f"plate,phone\n{plate(2)},{number(2)}\n", encoding="utf-8")
    (tmp_path / "data").mkdir()
    with (
        new_ledger(tmp_path / "data" / "ledger.db") as database,
        running_phone(tmp_path / "phone.db") as phone,
        running_city(rows, make_papers(tmp_path / "papers")) as city,
    ):
        path = tmp_path / "site.toml"
        path.write_text(SETTINGS.format(sender=SENDER, phone=phone.base_url, city=city.url), encoding="utf-8")
        reading, role, stop = Reading(database), wiring.notifier_role(load(path)), asyncio.Event()
        city.answer = lambda handler, *_: say(handler, 503, b"")
        case_id = overstay(database, 1)

        def step() -> str:
            return reading.case(case_id)["steps"][0]["outcome"] or ""

        running = asyncio.create_task(role.run(stop))
        try:
            await eventually(lambda: "answers 503" in step(), WITHIN_S, "the case does not say why it waits")
            assert role.status()["registries"]["city"]["state"] == "left alone"
            assert phone.texts() == []
            city.answer = None
            await eventually(lambda: len(phone.texts()) == 1, WITHIN_S, "it was not asked again")
            overstay(database, 2)
            await eventually(lambda: len(phone.texts()) == 2, WITHIN_S, "the second registry was not asked")
            assert role.status()["registries"]["city"]["state"] == "well"
        finally:
            stop.set()
            await running
        ((first, _), (second, _)) = sorted(phone.texts(), key=lambda text: text[0])
        assert (first, second) == (number(1), number(2))
        (looked,) = [row["why"] for row in reading.case(case_id)["audit"] if row["what"] == "owner_looked_up"]
        assert looked == "to send a notice: step 'notice': city knows 1 contact(s): fleet"
        asked = city.asked[-1][1]
        assert asked.endswith(f"?case=CW-{2:06d}&purpose=notice%2C%20step%20notice")
        stored = b"".join(part.read_bytes() for part in (tmp_path / "data").iterdir() if part.is_file())
        assert number(1).removeprefix("+86").encode() not in stored
