"""The role that tells case systems: webhooks and the Kafka topic, one process a ledger."""

import asyncio
import os
from collections.abc import Mapping
from typing import Any

import structlog

from cases.database import Database
from cases.webhooks.alone import Alone, alone
from cases.webhooks.relay import Relay
from clearway.connect_settings import ConnectSettings
from models.backoff import Backoff
from models.errors import ConfigurationError, TransportDown

LOOK_AGAIN_S = 1.0
"""How soon another relay takes over when the one before it ends."""
LEDGER_DOWN = Backoff(first_s=0.5, limit_s=30.0)

log = structlog.get_logger("clearway.connect")


class Connector:
    """Runs the relays, while no other process does.

    Args:
        database: the ledger.
        settings: who is to be told.
        environment: holds the secrets.

    Raises:
        ConfigurationError: nobody is to be told, a secret is missing, or certificates cannot be read.
    """

    def __init__(
        self, database: Database, settings: ConnectSettings, environment: Mapping[str, str] = os.environ
    ) -> None:
        if not settings.wanted:
            remedy = "add a [[connect.webhook]] or connect.kafka.brokers (docs/connecting.md)"
            raise ConfigurationError.of(
                "settings", "nobody is to be told of case events", remedy, key="connect"
            )
        self._database = database
        # Also where there is a topic only: it keeps house for every subscription.
        self._relays: dict[str, Any] = {"webhooks": Relay(database, settings, settings.source, environment)}
        if settings.kafka.brokers:
            # Imported late: the client is not needed where there are webhooks only.
            from cases.topic.relay import TopicRelay  # noqa: PLC0415

            self._relays["topic"] = TopicRelay(
                database, settings.kafka, settings.source, poll_interval_s=settings.poll_interval_s
            )
        self._state = "starting"

    async def run(self, stop: asyncio.Event) -> None:
        """Tell until `stop` is set; where another process does, stand by until it ends."""
        stopping = asyncio.create_task(stop.wait())
        failures = 0
        try:
            while not stop.is_set():
                try:
                    with alone(self._database) as right:
                        failures = 0
                        if right is not None:
                            await self._relay(right, stopping)
                    wait_s = LOOK_AGAIN_S
                except TransportDown as exc:
                    failures += 1
                    wait_s = LEDGER_DOWN.wait_s(failures, 0.5)
                    self._state = f"backing off: {exc}"
                    log.warning("connect_backs_off", why=str(exc), in_s=wait_s)
                else:
                    if not stop.is_set():
                        self._stand_by()
                await asyncio.wait({stopping}, timeout=wait_s)
        finally:
            stopping.cancel()
            for relay in self._relays.values():
                relay.close()

    def status(self) -> dict[str, Any]:
        """How it is doing, ready for JSON."""
        return {"state": self._state} | {name: relay.status() for name, relay in self._relays.items()}

    async def _relay(self, right: Alone, stopping: "asyncio.Task[bool]") -> None:
        """Run all relays until told to stop, or until the right to do so is lost."""
        self._state = "relaying"
        halt = asyncio.Event()
        running = [asyncio.create_task(relay.run(halt)) for relay in self._relays.values()]
        try:
            while not stopping.done() and not any(task.done() for task in running):
                await asyncio.wait(
                    {stopping, *running}, timeout=LOOK_AGAIN_S, return_when=asyncio.FIRST_COMPLETED
                )
                if not await asyncio.to_thread(right.holds):
                    log.error("connect_lost_its_lock", remedy="it is taken again when the ledger answers")
                    break
        finally:
            halt.set()
            outcomes = await asyncio.gather(*running, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome

    def _stand_by(self) -> None:
        if self._state != "standing by":
            log.info("connect_stands_by", why="another process relays from this ledger")
        self._state = "standing by"
