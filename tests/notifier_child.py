"""A notifier as its own process, to be killed: `notifier_child.py LEDGER_URL BASE_URL OWNERS`."""

import asyncio
import sys

from notifier_parts import dispatching, owners, settings, sms_settings, twilio_sender

from cases.database import Database


async def work(ledger_url: str, base_url: str, count: int) -> None:
    database = Database(ledger_url)
    sms = sms_settings(base_url, timeout_s=0.5)
    with twilio_sender(sms) as sender:
        async with dispatching(database, owners(count), sender, settings()):
            await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], sys.argv[2], int(sys.argv[3])))
