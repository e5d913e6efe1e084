"""What becomes of notices when a gateway's answer is lost, with each way of settling the doubt."""

from notifier_parts import dispatching, eventually, new_ledger, overstay, overstay_many, owners, settings
from parts_gateway import gateway_sender, gateway_sms, running_gateway

from cases.notices.optouts import OptOuts
from cases.reading import Reading
from notifier.owners import MemoryOwnerRegistry
from notifier.senders.file_sender import FileSender

WITHIN_S = 30


def states(reading):
    return {row["state"] for row in reading.notices()}


async def test_a_gateway_that_can_be_asked_has_the_message_once(tmp_path):
    with (
        new_ledger(tmp_path / "ledger.db") as database,
        running_gateway(drops_repeats=False) as gateway,
        gateway_sender(gateway_sms(gateway.url)) as sender,
    ):
        gateway.mood, reading = "error_after_accept", Reading(database)
        overstay_many(database, range(5))
        async with dispatching(database, owners(5), sender, settings()):
            await eventually(lambda: states(reading) == {"accepted"}, WITHIN_S, "not all were found")
        assert len(gateway.taken) == 5
        assert {row["provider_id"] for row in reading.notices()} == {one.id for one in gateway.taken}
        assert {row["sender"] for row in reading.notices()} == {"http"}


async def test_a_gateway_that_drops_repeats_is_told_again_and_has_the_message_once(tmp_path):
    with (
        new_ledger(tmp_path / "ledger.db") as database,
        running_gateway() as gateway,
        gateway_sender(gateway_sms(gateway.url, "repeat")) as sender,
    ):
        gateway.mood, reading = "drop_after_accept", Reading(database)
        overstay(database, 0)
        async with dispatching(database, owners(1), sender, settings()):
            await eventually(lambda: len(gateway.taken) == 1, WITHIN_S, "nothing was sent")
            gateway.mood = ""
            await eventually(lambda: states(reading) == {"accepted"}, WITHIN_S, "not told again")
        assert len(gateway.taken) == 1


async def test_a_doubt_that_nobody_can_settle_goes_to_a_person_and_nothing_is_sent_again(tmp_path):
    with (
        new_ledger(tmp_path / "ledger.db") as database,
        running_gateway(drops_repeats=False) as gateway,
        gateway_sender(gateway_sms(gateway.url, "person")) as sender,
    ):
        gateway.mood, reading = "error_after_accept", Reading(database)
        case = overstay(database, 0)
        async with dispatching(database, owners(1), sender, settings()) as dispatcher:
            await eventually(lambda: states(reading) == {"doubtful"}, WITHIN_S, "the doubt stays")
            # The ledger says it a moment before the dispatcher has counted it.
            await eventually(lambda: "doubtful" in dispatcher.status()["turns"], WITHIN_S, "it is counted")
            turns = dispatcher.status()["turns"]
        assert turns["doubtful"] == 1
        assert len(gateway.taken) == 1
        assert "notice_doubtful" in {entry["what"] for entry in reading.case(case)["audit"]}


async def test_whoever_opted_out_at_the_gateway_is_remembered(tmp_path):
    with (
        new_ledger(tmp_path / "ledger.db") as database,
        running_gateway() as gateway,
        gateway_sender(gateway_sms(gateway.url)) as sender,
    ):
        gateway.mood, reading = "E8", Reading(database)
        registry: MemoryOwnerRegistry = owners(1)
        case = overstay(database, 0)
        async with dispatching(database, registry, sender, settings()):
            await eventually(lambda: states(reading) == {"refused"}, WITHIN_S, "it was not refused")
            token = reading.notices(case_id=case)[0]["recipient"]
            await eventually(lambda: OptOuts(database).has(token), WITHIN_S, "it was not remembered")


async def test_a_file_takes_each_notice_once_over_restarts(tmp_path):
    path = tmp_path / "messages.jsonl"
    with new_ledger(tmp_path / "ledger.db") as database:
        reading = Reading(database)
        for first in (0, 5):
            overstay_many(database, range(first, first + 5))
            sender = FileSender(path)
            wanted = first + 5
            async with dispatching(database, owners(10), sender, settings()):
                await eventually(
                    lambda wanted=wanted: reading.totals().notices.get("accepted") == wanted,
                    WITHIN_S,
                    "not all were written",
                )
            sender.close()
    lines = path.read_text("utf-8").splitlines()
    assert len(lines) == 10
    assert "13800" not in path.read_text("utf-8").replace("138****", "")
