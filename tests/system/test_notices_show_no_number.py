"""Numbers live in the owner registry and in the provider's requests, and nowhere else."""

import json
import logging

import structlog
from notifier_parts import (
    dispatching,
    eventually,
    new_ledger,
    number,
    overstay_many,
    plate,
    running_phone,
    settings,
    twilio_sender,
)
from prometheus_client import generate_latest

from cases.reading import Reading
from notifier.phone.faults import PhoneFaults
from notifier.registries.csv_file import CsvOwnerRegistry
from notifier.registries.sheet import Manner

COUNT = 40


async def test_no_number_is_in_the_ledger_the_logs_the_metrics_or_the_status(tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    owner_file = tmp_path / "owners.csv"
    lines = [f"{plate(index)},{number(index)}" for index in range(COUNT)]
    owner_file.write_text("\n".join(["plate,phone", *lines]), encoding="utf-8")
    registry = CsvOwnerRegistry(owner_file, Manner(language="zh-CN", region="CN", key=b"k"))
    faults = PhoneFaults(error_after_accept=0.2, drop=0.2, too_many=0.2)
    folder = tmp_path / "ledger"
    with (
        new_ledger(folder / "ledger.db") as database,
        running_phone(tmp_path / "phone.db", faults) as phone,
        structlog.testing.capture_logs() as logs,
    ):
        overstay_many(database, range(COUNT))
        reading, sms = Reading(database), phone.sms()
        with twilio_sender(sms) as sender:
            async with dispatching(database, registry, sender, settings()) as dispatcher:
                await eventually(
                    lambda: reading.totals().notices.get("accepted") == COUNT, 60, "not all were accepted"
                )
                status = json.dumps(dispatcher.status())
        stored = b"".join(path.read_bytes() for path in folder.iterdir())
        sent = {recipient for recipient, _ in phone.texts()}
    assert sent == {number(index) for index in range(COUNT)}
    said = caplog.text + repr(logs) + generate_latest().decode() + status
    for index in range(COUNT):
        national = number(index).removeprefix("+86")
        assert national.encode() not in stored
        assert national not in said
    assert b"+86 138****" in stored
    assert any(line["event"] == "notice" and line["outcome"] == "sent" for line in logs)


async def test_the_screen_of_the_phone_shows_masks_only(tmp_path):
    import httpx  # noqa: PLC0415 - only here

    with running_phone(tmp_path / "phone.db") as phone:
        phone.store.add(number(1), "+15005550006", "", "【Clearway】您好")
        async with httpx.AsyncClient(base_url=phone.base_url) as client:
            shown = await client.get("/phone")
            page = await client.get("/")
    (message,) = shown.json()["messages"]
    assert message["to"] == "+86 138****0001"
    assert message["body"] == "【Clearway】您好"
    assert number(1) not in shown.text
    assert page.headers["content-type"].startswith("text/html")
