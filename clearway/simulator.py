"""A smoke sensor for the demo: it speaks as cheap sensors do, on a topic of its own, in JSON of its own."""

import asyncio
import math
from typing import Any

import msgspec
import structlog

from edge.link import Link
from models.connection import MqttSettings
from models.errors import TransportDown

TOPIC = "sensors/hallway-smoke"
BEAT_S = 1.0
ALARM_FROM_S, ALARM_TO_S = 4.0, 30.0
"""It alarms once and early, so that every demo shows an alarm's walk, and long enough for a box that starts
slowly."""
CLEAR_AIR, SMOKE = 0.02, 0.61

log = structlog.get_logger("clearway.simulator")


class SimulatedSmokeSensor:
    """Publishes readings until told to stop."""

    def __init__(self, mqtt: MqttSettings) -> None:
        self._link = Link(mqtt, "simulated-smoke-sensor", [])
        self._beats = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Beat once a second."""
        self._link.start()
        try:
            began = asyncio.get_running_loop().time()
            while not stop.is_set():
                self._beat(asyncio.get_running_loop().time() - began)
                try:
                    await asyncio.wait_for(stop.wait(), BEAT_S)
                except TimeoutError:
                    continue
        finally:
            self._link.stop()

    def status(self) -> dict[str, Any]:
        """For `clearway status`."""
        return {
            "broker": "connected" if self._link.connected.is_set() else "not connected",
            "beats": self._beats,
        }

    def _beat(self, second: float) -> None:
        try:
            self._link.publish(TOPIC, reading(second))
        except TransportDown as exc:
            log.info("sensor not heard", why=str(exc))
            return
        self._beats += 1


def reading(second: float) -> bytes:
    """What the sensor says so many seconds after it was switched on."""
    alarms = ALARM_FROM_S <= second < ALARM_TO_S
    smoke = (SMOKE if alarms else CLEAR_AIR) + 0.005 * math.sin(second)
    body = {"device": "hallway", "data": {"smoke": round(smoke, 4), "temperature_c": 21.5}}
    return msgspec.json.encode(body)
