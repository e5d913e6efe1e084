"""The servers a Faust app can run on, for tests: the embedded log, and librdkafka's Kafka over TCP."""

import itertools
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import confluent_kafka
import faust

from ingest.transport import app_options

_names = itertools.count()


@dataclass(frozen=True)
class Server:
    """Where the log is, and what an app needs to be told because of it."""

    url: str
    options: dict[str, object] = field(default_factory=dict)

    def app(self, name: str = "clearway-test", **options: object) -> faust.App:
        """An app as the product builds it. The same name continues where the last one was."""
        settings: dict[str, object] = {
            "broker": self.url,
            "topic_partitions": 4,
            "broker_commit_interval": 0.2,
            "stream_wait_empty": False,
            "store": "memory://",
            "datadir": str(Path(tempfile.gettempdir()) / "clearway-tests-faust"),
            "web_enabled": False,
        }
        return faust.App(name, **{**settings, **app_options(self.url), **self.options, **options})


@contextmanager
def embedded(folder: Path) -> Iterator[Server]:
    yield Server(f"sqlitelog://{folder}/log.db")


@contextmanager
def kafka() -> Iterator[Server]:
    """A broker that speaks the Kafka protocol on a real socket, for as long as its client lives."""
    holder = confluent_kafka.Producer(
        {"test.mock.num.brokers": 1, "bootstrap.servers": "made-up:9092", "log_level": 0}
    )
    (broker,) = holder.list_topics(timeout=10).brokers.values()
    options: dict[str, object] = {
        # it makes topics by itself and knows no request to do so
        "topic_allow_declare": False,
        "topic_disable_leader": True,
        # after a stop, the next app waits this long for the group's last member
        "broker_session_timeout": 6.0,
        "broker_heartbeat_interval": 1.0,
        "broker_request_timeout": 20.0,
    }
    yield Server(f"kafka://{broker.host}:{broker.port}", options)
    del holder


def fresh_name() -> str:
    """An app's name that no other test uses."""
    return f"clearway-test-{next(_names)}"
