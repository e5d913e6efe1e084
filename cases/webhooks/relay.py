"""All webhooks of an installation: one courier each, and what they share."""

import asyncio
import random
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog

from cases.database import Database
from cases.webhooks import metrics
from cases.webhooks.book import DeliveryBook
from cases.webhooks.courier import Courier, Office, utc_now
from cases.webhooks.ledger_thread import LedgerThread, Tide
from cases.webhooks.overview import DeliveryReading
from cases.webhooks.post import Poster
from cases.webhooks.rules import Patience
from cases.webhooks.settings import DeliverySettings
from models.errors import TransportDown

COUNT_EVERY_S = 2.0
PRUNE_EVERY_S = 60.0

_log = structlog.get_logger("clearway.connect")


class Relay:
    """Delivers to every webhook, until told to stop.

    Args:
        database: the ledger.
        settings: of webhooks.
        source: of our events.
        environment: holds the secrets.
        patience: of retries and pauses; the default is what the documentation promises.
        clock: aware wall-clock time.
        chance: random numbers in 0..1.

    Raises:
        ConfigurationError: a secret is missing or too short, or certificates cannot be read.
    """

    def __init__(
        self,
        database: Database,
        settings: DeliverySettings,
        source: str,
        environment: Mapping[str, str],
        *,
        patience: Patience | None = None,
        clock: Callable[[], datetime] = utc_now,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._book = DeliveryBook(database)
        self._reading = DeliveryReading(database)
        self._ledger = LedgerThread()
        self._secrets = {item.name: item.found_secrets(environment) for item in settings.webhook}
        self._patience = patience or Patience(retry_for_s=settings.retry_for_s)
        self._database = database
        self._source = source
        self._chance = chance
        self._couriers: list[Courier] = []
        self._counts: dict[str, dict[str, Any]] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until `stop` is set. Ends within a few seconds, with nothing lost."""
        settings = self._settings
        poster = Poster(
            settings.allow_networks,
            settings.timeout_s,
            settings.ca_file,
            at_once=sum(item.at_once for item in settings.webhook) + len(settings.webhook),
        )
        office = Office(
            book=self._book,
            poster=poster,
            ledger=self._ledger,
            tide=Tide(self._database, settings.poll_interval_s / 2),
            patience=self._patience,
            source=self._source,
            origin=settings.origin,
            poll_interval_s=settings.poll_interval_s,
            clock=self._clock,
            chance=self._chance,
        )
        self._couriers = [Courier(item, self._secrets[item.name], office) for item in settings.webhook]
        try:
            async with asyncio.TaskGroup() as group:
                for courier in self._couriers:
                    group.create_task(courier.run(stop), name=f"webhook {courier.name}")
                group.create_task(self._keep_house(stop), name="webhooks' house-keeping")
        finally:
            await poster.close()
            self._couriers = []

    def close(self) -> None:
        """End the thread for the ledger."""
        self._ledger.close()

    def status(self) -> dict[str, Any]:
        """How every subscriber is doing, ready for JSON."""
        return {
            courier.name: courier.status() | self._counts.get(courier.name, {}) for courier in self._couriers
        }

    async def _keep_house(self, stop: asyncio.Event) -> None:
        """Count what waits, and forget what was delivered long ago."""
        stopping = asyncio.create_task(stop.wait())
        pruned_at = self._clock() - timedelta(seconds=PRUNE_EVERY_S)
        try:
            while not stop.is_set():
                try:
                    await self._count()
                    if self._clock() - pruned_at >= timedelta(seconds=PRUNE_EVERY_S):
                        pruned_at = self._clock()
                        before = pruned_at - timedelta(days=self._settings.keep_delivered_days)
                        while await self._ledger(self._book.prune, before) and not stop.is_set():
                            pass
                except TransportDown as exc:
                    _log.warning("webhooks_not_counted", why=str(exc))
                await asyncio.wait({stopping}, timeout=COUNT_EVERY_S)
        finally:
            stopping.cancel()

    async def _count(self) -> None:
        for row in await self._ledger(self._reading.subscriptions):
            name = row["name"]
            self._counts[name] = {"waiting": row["waiting"] + row["behind"], "dead": row["dead"]}
            metrics.WAITING.labels(name).set(row["waiting"] + row["behind"])
            metrics.DEAD.labels(name).set(row["dead"])
