"""What the centre's stream is told."""

from typing import Annotated

from pydantic import Field, StringConstraints

from models.toml import FrozenModel
from models.units import NAME_PATTERN

SiteName = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]


class IngestSettings(FrozenModel):
    """The bridge, the log and the stream.

    Attributes:
        log: `sqlitelog:////abs/path/log.db` on one machine, `kafka://host:9092` in a city; empty for a
            log in the data folder.
        partitions: of the observations topic. Workers share them; order is kept within a camera's zone.
        share: name of a shared subscription when several workers read one broker (Mosquitto, EMQX).
        future_s: how far ahead of our clock a device's may be. Later events are dead letters: a dwell
            that has not happened yet proves nothing.
        max_message_kb: larger messages are dead letters, kept only in part.
    """

    log: str = ""
    partitions: int = Field(default=8, ge=1, le=1024)
    share: SiteName | None = None
    future_s: float = Field(default=300.0, ge=0, le=86_400)
    max_message_kb: int = Field(default=8192, ge=64, le=262_144)
