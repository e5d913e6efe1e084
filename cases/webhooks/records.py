"""Deliveries as the relay sees them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cases.case_event import CaseEvent
from cases.webhooks.rules import Fate


class Kind(StrEnum):
    """How a subscriber is reached."""

    WEBHOOK = "webhook"
    TOPIC = "topic"


class DeliveryState(StrEnum):
    """How far one event has come on its way to one subscriber."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """An event that is due."""

    event: CaseEvent
    attempts: int
    first_try_at: datetime | None
    enqueued_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What became of one try."""

    delivery: Delivery
    fate: Fate
    status: int | None
    started_at: datetime
