"""A relay as its own process, to be killed: `connect_child.py LEDGER_URL RECEIVER_URL`."""

import asyncio
import sys

from connect_parts import ENVIRONMENT, HURRIED, LOOPBACK, webhook

from cases.database import Database
from cases.webhooks.alone import alone
from cases.webhooks.relay import Relay
from cases.webhooks.settings import DeliverySettings


async def work(ledger_url: str, receiver_url: str) -> None:
    database = Database(ledger_url)
    chosen = DeliverySettings.model_validate(
        {
            "allow_networks": [LOOPBACK],
            "poll_interval_s": 0.01,
            "timeout_s": 1.0,
            "webhook": [webhook(receiver_url)],
        }
    )
    with alone(database) as right:
        assert right is not None, "the one before is dead, and its lock with it"
        relay = Relay(database, chosen, "/clearway/cases", ENVIRONMENT, patience=HURRIED)
        await relay.run(asyncio.Event())


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], sys.argv[2]))
