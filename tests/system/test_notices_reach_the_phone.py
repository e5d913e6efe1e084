"""The whole voice: SQLite ledger, the real client, our own provider."""

from collections import Counter
from datetime import UTC, datetime

from notifier_parts import (
    dispatching,
    eventually,
    leave,
    new_ledger,
    number,
    overstay,
    overstay_many,
    owners,
    running_phone,
    settings,
    twilio_sender,
)

from cases.reading import Reading
from notifier.phone.faults import PhoneFaults


async def test_an_overstay_becomes_one_message_and_leaving_one_word_of_thanks(tmp_path):
    with new_ledger(tmp_path / "ledger.db") as database, running_phone(tmp_path / "phone.db") as phone:
        reading = Reading(database)
        with twilio_sender(phone.sms()) as sender:
            async with dispatching(database, owners(2), sender, settings()):
                overstay(database, 1, "thankful")
                await eventually(lambda: len(phone.texts()) == 1, 10, "no notice arrived")
                await eventually(lambda: reading.due_before(datetime.now(UTC)) == 0, 10, "not idle")
                leave(database, 1)
                await eventually(lambda: len(phone.texts()) == 2, 10, "no thanks arrived")
        (to_thanks, thanks), (to_notice, notice) = phone.texts()
    assert to_notice == to_thanks == number(1)
    assert notice.startswith("【Clearway】浙B00001车主您好")
    assert "宁波市江北区清河路88号北门" in notice
    assert "CW-000001" in notice
    assert "感谢" in thanks


async def test_two_hundred_notices_through_a_bad_provider_are_neither_lost_nor_doubled(tmp_path):
    count = 200
    faults = PhoneFaults(
        timeout_after_accept=0.05,
        error_after_accept=0.08,
        error=0.08,
        drop_after_accept=0.08,
        drop=0.08,
        too_many=0.05,
        slow=0.1,
        hang_s=1.5,
    )
    with (
        new_ledger(tmp_path / "ledger.db") as database,
        running_phone(tmp_path / "phone.db", faults) as phone,
    ):
        overstay_many(database, range(count))
        reading = Reading(database)
        sms = phone.sms(timeout_s=0.5)
        with twilio_sender(sms) as sender:
            async with dispatching(database, owners(count), sender, settings()):
                await eventually(
                    lambda: reading.totals().notices.get("accepted") == count, 60, "not all were accepted"
                )
        received = Counter(recipient for recipient, _ in phone.texts())
        ids = {message.sid for message in phone.store.recent(limit=1000)}
        recorded = {row["provider_id"] for row in reading.notices(limit=1000)}
    assert received == {number(index): 1 for index in range(count)}
    assert recorded == ids
