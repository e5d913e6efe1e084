"""MQTT topics as values: built and parsed here, nowhere else.

```
clearway/v1/{site}/{device}/observations        QoS 1            device -> centre
clearway/v1/{site}/{device}/evidence/{sha256}   QoS 1            device -> centre
clearway/v1/{site}/{device}/receipts            QoS 1            centre -> device
clearway/v1/{site}/{device}/plans/{camera}      QoS 1, retained  centre -> device
clearway/v1/{site}/{device}/status              QoS 1, retained  device -> centre, last will
clearway/v1/{site}/{device}/trails              QoS 0            device -> centre
clearway/v1/{site}/{device}/previews/{camera}   QoS 0            device -> centre, a JPEG for the live view
```
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from models.errors import BadRecord
from models.units import NAME_PATTERN

PREFIX = "clearway/v1"


class Channel(StrEnum):
    """The last words of a topic: what is said there."""

    OBSERVATIONS = "observations"
    EVIDENCE = "evidence"
    RECEIPTS = "receipts"
    PLANS = "plans"
    STATUS = "status"
    TRAILS = "trails"
    PREVIEWS = "previews"


FROM_DEVICES = (
    Channel.OBSERVATIONS,
    Channel.EVIDENCE,
    Channel.STATUS,
    Channel.TRAILS,
    Channel.PREVIEWS,
)
NAME = re.compile(NAME_PATTERN)
WITH_ITEM = frozenset({Channel.EVIDENCE, Channel.PLANS, Channel.PREVIEWS})
"""Channels whose topic ends in one more word: a picture's hash or a camera's name."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic of one device.

    Attributes:
        item: SHA-256 of a picture or name of a camera, on the channels that have one; else empty.
    """

    site: str
    device: str
    channel: Channel
    item: str = ""

    def __str__(self) -> str:
        tail = f"/{self.item}" if self.item else ""
        return f"{PREFIX}/{self.site}/{self.device}/{self.channel}{tail}"

    @classmethod
    def parse(cls, topic: str) -> "Topic":
        """Read a topic string.

        Raises:
            BadRecord: it is not one of ours.
        """
        words = topic.split("/")
        if "/".join(words[:2]) != PREFIX or len(words) < 5:  # noqa: PLR2004 - prefix 2, site, device, channel
            raise BadRecord("topic", f"{topic!r} is not below {PREFIX}/{{site}}/{{device}}/")
        site, device, name, *items = words[2:]
        if name not in Channel.__members__.values():
            raise BadRecord("topic", f"{topic!r}: no channel {name!r}")
        channel = Channel(name)
        if len(items) != (1 if channel in WITH_ITEM else 0):
            raise BadRecord("topic", f"{topic!r} does not have the shape of a topic of {channel}")
        for word in (site, device, *items):
            if not NAME.fullmatch(word):
                raise BadRecord("topic", f"{topic!r}: {word!r} is not a name")
        return cls(site=site, device=device, channel=channel, item=items[0] if items else "")


def subscription(channel: Channel, site: str = "+", device: str = "+") -> str:
    """The filter that matches one channel of one or all devices."""
    tail = "/+" if channel in WITH_ITEM else ""
    return f"{PREFIX}/{site}/{device}/{channel}{tail}"
