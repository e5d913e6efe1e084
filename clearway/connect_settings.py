"""What a user may set about connecting case systems: webhooks and a Kafka topic of case events."""

from pathlib import Path

from pydantic import Field

from cases.case_event import SOURCE
from cases.topic.settings import TopicSettings
from cases.webhooks.settings import DeliverySettings


class ConnectSettings(DeliverySettings):
    """Who hears of case events.

    Attributes:
        source: of our events, as CloudEvents has it: with several installations, one each.
        kafka: the topic; without brokers there is none.
    """

    source: str = Field(default=SOURCE, pattern=r"^[A-Za-z0-9/_.:~-]{1,200}$")
    kafka: TopicSettings = TopicSettings()

    def resolved(self, base: Path) -> "ConnectSettings":
        """The same with its files meant from a folder."""
        kafka = self.kafka.model_copy(update={"ca_file": _below(base, self.kafka.ca_file)})
        return self.model_copy(update={"ca_file": _below(base, self.ca_file), "kafka": kafka})

    @property
    def wanted(self) -> bool:
        """Whether there is anybody to tell."""
        return bool(self.webhook or self.kafka.brokers)


def _below(base: Path, path: Path | None) -> Path | None:
    return None if path is None else base / path
