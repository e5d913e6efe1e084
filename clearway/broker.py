"""The embedded broker: MQTT 3.1.1 on this machine's loopback, with credentials and topic rules.

For one machine and for trying things out. The only file that names the library.
"""

import asyncio
import hmac
from dataclasses import dataclass, field
from typing import Any

import msgspec
from amqtt.broker import Broker
from amqtt.contexts import Action, BaseContext
from amqtt.errors import AMQTTError
from amqtt.plugins.base import BaseAuthPlugin, BaseTopicPlugin
from amqtt.session import Session

from models.errors import ConfigurationError

USERS_VARIABLE = "CLEARWAY_BROKER_USERS"
"""JSON of `BrokerUser`s by name, made anew by the supervisor at every start."""


class BrokerUser(msgspec.Struct, frozen=True):
    """Who may connect, and what they may do.

    Attributes:
        password: plain, in memory only.
        publish: topic filters it may publish to.
        subscribe: topic filters it may listen to.
    """

    password: str
    publish: tuple[str, ...] = ()
    subscribe: tuple[str, ...] = ()


def read_users(text: str) -> dict[str, BrokerUser]:
    """Users from the environment variable.

    Raises:
        ConfigurationError: it is missing or malformed.
    """
    try:
        return msgspec.json.decode(text, type=dict[str, BrokerUser])
    except msgspec.DecodeError as exc:
        problem = f"{USERS_VARIABLE} is not a JSON object of users: {exc}"
        raise ConfigurationError.of("environment", problem, "start the broker through `clearway up`") from exc


def write_users(users: dict[str, BrokerUser]) -> str:
    """Users as the environment variable holds them."""
    return msgspec.json.encode(users).decode()


def matches(topic: str, allowed: str) -> bool:
    """Whether a topic, or a filter asked for, lies within an allowed filter.

    A wildcard asked for is only within the same or a wider wildcard.
    """
    asked, given = topic.split("/"), allowed.split("/")
    for index, word in enumerate(given):
        if word == "#":
            return True
        if index >= len(asked) or asked[index] == "#":
            return False
        if word not in ("+", asked[index]):
            return False
    return len(asked) == len(given)


class Credentials(BaseAuthPlugin):  # type: ignore[misc]  # the library ships no types
    """Lets in who knows the password."""

    def __init__(self, context: BaseContext) -> None:
        super().__init__(context)
        self._users: dict[str, BrokerUser] = self._get_config_option("users", {})

    async def authenticate(self, *, session: Session) -> bool:
        """See the library's plugin contract."""
        user = self._users.get(session.username or "")
        return user is not None and hmac.compare_digest(
            (session.password or "").encode(), user.password.encode()
        )

    @dataclass
    class Config:
        """Users by name."""

        users: dict[str, Any] = field(default_factory=dict)


class TopicRules(BaseTopicPlugin):  # type: ignore[misc]  # the library ships no types
    """Each user within its own topics: a device can speak for itself only."""

    def __init__(self, context: BaseContext) -> None:
        super().__init__(context)
        self._users: dict[str, BrokerUser] = self._get_config_option("users", {})

    async def topic_filtering(
        self, *, session: Session | None = None, topic: str | None = None, action: Action | None = None
    ) -> bool:
        """See the library's plugin contract."""
        user = self._users.get((session.username if session else None) or "")
        if user is None or not topic:
            return False
        if action is Action.PUBLISH:
            return any(matches(topic, allowed) for allowed in user.publish)
        if action is Action.SUBSCRIBE:
            return any(matches(topic, allowed) for allowed in user.subscribe)
        return True

    @dataclass
    class Config:
        """Users by name."""

        users: dict[str, Any] = field(default_factory=dict)


class EmbeddedBroker:
    """One broker on `127.0.0.1`."""

    def __init__(self, port: int, users: dict[str, BrokerUser]) -> None:
        self._port = port
        here = __name__
        self._config: dict[str, Any] = {
            "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}},
            "plugins": {
                f"{here}.Credentials": {"users": users},
                f"{here}.TopicRules": {"users": users},
            },
        }
        self.listening = False

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until told to stop.

        Raises:
            ConfigurationError: the port is taken.
        """
        broker = Broker(self._config)
        try:
            await broker.start()
        except (AMQTTError, OSError) as exc:
            problem = f"cannot listen on 127.0.0.1:{self._port}: {exc}"
            raise ConfigurationError.of("broker.port", problem, "set another port") from exc
        self.listening = True
        try:
            await stop.wait()
        finally:
            self.listening = False
            await broker.shutdown()

    def status(self) -> dict[str, Any]:
        """For `clearway status`."""
        return {"listening": f"127.0.0.1:{self._port}" if self.listening else ""}
