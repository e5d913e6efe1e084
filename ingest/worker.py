"""One ingest worker: the bridge and the stream in one process, started and stopped together."""

import asyncio
from pathlib import Path
from typing import Any

import structlog

from cases.evidence.blobs import FileBlobStore
from cases.ledger import Ledger
from cases.live import LiveBoard
from ingest import app
from ingest.bridge import Bridge, Sinks
from ingest.settings import IngestSettings
from models.connection import MqttSettings

log = structlog.get_logger("clearway.ingest")


def default_log_url(data_dir: Path) -> str:
    """The embedded log in the data folder."""
    return f"sqlitelog://{(data_dir / 'log.db').resolve()}"


class Worker:
    """The centre's stream.

    Args:
        settings: bridge, log and stream.
        mqtt: the broker.
        data_dir: where the embedded log and the pictures stand.
        ledger: the truth.
        policies: names of the ladders there are.
        name: of this worker among several.
    """

    def __init__(
        self,
        settings: IngestSettings,
        mqtt: MqttSettings,
        data_dir: Path,
        ledger: Ledger,
        policies: frozenset[str],
        *,
        name: str = "1",
    ) -> None:
        self._log_url = settings.log or default_log_url(data_dir)
        self._stream = app.build(settings, self._log_url, ledger, policies, data_dir / "faust")
        self._bridge = Bridge(
            mqtt,
            f"clearway-ingest-{name}",
            Sinks(
                append=self._stream.append,
                set_aside=self._stream.set_aside,
                blobs=FileBlobStore(data_dir / "evidence"),
                live=LiveBoard(data_dir / "live"),
                note_device=ledger.note_device,
            ),
            share=settings.share,
            max_message_bytes=settings.max_message_kb * 1024,
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop."""
        await self._stream.start()
        log.info("ingest started", log=self._log_url)
        try:
            await self._bridge.run(stop)
        finally:
            await self._stream.stop()
            log.info("ingest stopped", applied=self._stream.applier.applied)

    def status(self) -> dict[str, Any]:
        """For `clearway status`."""
        bridge = self._bridge
        return {
            "broker": "connected" if bridge.connected else bridge.refusal or "not connected",
            "log": self._log_url,
            "messages": bridge.taken,
            "applied": self._stream.applier.applied,
            "trouble": bridge.trouble or self._stream.applier.trouble,
        }
