"""From settings to the one registry that the notifier asks."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import structlog

from models.errors import ConfigurationError, Fault, RegistryDown
from notifier.owners import MemoryOwnerRegistry
from notifier.registries.chain import ChainedRegistry, Link
from notifier.registries.cipher import NumberCipher, open_cipher
from notifier.registries.csv_file import CsvOwnerRegistry
from notifier.registries.database import SqlOwnerRegistry
from notifier.registries.foreign import HomeRegistry
from notifier.registries.guarded import GuardedRegistry
from notifier.registries.mapping import Reader
from notifier.registries.service import HttpOwnerRegistry
from notifier.registries.sheet import Manner
from notifier.settings import NotifierSettings
from notifier.settings_owners import (
    OWN_FILE,
    BreakerSettings,
    Columns,
    FileSource,
    HttpSource,
    LimitSettings,
    SqlSource,
)

OF_FILES = BreakerSettings(failures=1000, open_s=1.0)
"""A file that is mended is read at once: nothing is gained by leaving it alone."""
Source = FileSource | SqlSource | HttpSource
Adapter = CsvOwnerRegistry | SqlOwnerRegistry | HttpOwnerRegistry

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The registries of a city.

    Attributes:
        registry: what the notifier asks.
        adapters: the registries themselves, in the order in which they are asked.
    """

    registry: HomeRegistry
    adapters: tuple[Adapter, ...]

    def read_files(self) -> tuple[Fault, ...]:
        """Read the files as at start-up; nothing else is asked.

        Returns:
            Doubts.

        Raises:
            ConfigurationError: with the faults of all files.
        """
        return _all_of(one.check for one in self.adapters if isinstance(one, CsvOwnerRegistry))

    def check(self) -> tuple[Fault, ...]:
        """Try each of them but HTTP services: they would have to be asked about somebody.

        Returns:
            Doubts, among them that one cannot be reached now: no reason to stop.

        Raises:
            ConfigurationError: with the faults of all of them.
        """
        return _all_of(one.check for one in self.adapters if not isinstance(one, HttpOwnerRegistry))

    def close(self) -> None:
        """Close all connections."""
        for adapter in self.adapters:
            if not isinstance(adapter, CsvOwnerRegistry):
                adapter.close()


def _all_of(checks: Iterable[Callable[[], tuple[Fault, ...]]]) -> tuple[Fault, ...]:
    faults: list[Fault] = []
    doubts: list[Fault] = []
    for check in checks:
        try:
            doubts.extend(check())
        except ConfigurationError as exc:
            faults.extend(exc.faults)
        except RegistryDown as exc:
            doubts.append(Fault(f"owner registry {exc.registry}", 0, "", str(exc), "steps wait for it"))
    if faults:
        raise ConfigurationError(tuple(faults))
    return tuple(doubts)


def open_registries(
    own: NotifierSettings,
    key: bytes,
    environment: Mapping[str, str],
    country_of: Callable[[str], str] = lambda _: "",
) -> Opened:
    """The registries that settings name.

    Args:
        own: of the notifier.
        key: of the tokens; the same over restarts, or notices under way lose their recipient.
        environment: holds the secrets.
        country_of: which other country a plate is of; empty for none.

    Raises:
        ConfigurationError: with every fault: certificates, secrets, keys, drivers.
    """
    faults: list[Fault] = []
    found: list[tuple[Source, Adapter]] = []
    make = _Making(own, key, environment)
    for source in _in_order(own):
        try:
            found.append((source, make.adapter(source)))
        except ConfigurationError as exc:
            faults.extend(exc.faults)
    if faults:
        for _, adapter in found:
            if not isinstance(adapter, CsvOwnerRegistry):
                adapter.close()
        raise ConfigurationError(tuple(faults))
    links = [Link(_guarded(source, adapter), source.needed) for source, adapter in found]
    if not links:
        links = [Link(MemoryOwnerRegistry({}, key=key, name="no registry"))]
    chain = ChainedRegistry(links, own.registry.take)
    at_home = HomeRegistry(chain, country_of if own.registry.whom.foreign == "department" else lambda _: "")
    return Opened(registry=at_home, adapters=tuple(adapter for _, adapter in found))


def cipher_of(own: NotifierSettings) -> NumberCipher | None:
    """What encrypts numbers in files; None without keys.

    Raises:
        ConfigurationError: the keys are none.
    """
    keys = own.registry.keys
    return None if keys is None else open_cipher(keys.get_secret_value())


def manner_of(own: NotifierSettings, key: bytes) -> Manner:
    """How files are read.

    Raises:
        ConfigurationError: the keys that decrypt them are none.
    """
    plain = own.registry.plain == "warn"
    return Manner(language=own.language, region=own.region, key=key, cipher=cipher_of(own), plain=plain)


def _in_order(own: NotifierSettings) -> list[Source]:
    known = {source.name: source for source in _all(own)}
    order = own.registry.ask or tuple(known)
    if missing := [name for name in order if name not in known]:
        problem = f"there is no registry {missing[0]!r}"
        raise ConfigurationError.of("settings", problem, "name its file", key=f"notifier.{OWN_FILE}")
    if OWN_FILE in known and OWN_FILE not in order:
        order = (*order, OWN_FILE)
    return [known[name] for name in order]


def _all(own: NotifierSettings) -> Iterator[Source]:
    if own.owners is not None:
        yield FileSource(name=OWN_FILE, path=own.owners)
    yield from own.registry.file
    yield from own.registry.sql
    yield from own.registry.http


class _Making:
    """Makes adapters."""

    def __init__(self, own: NotifierSettings, key: bytes, environment: Mapping[str, str]) -> None:
        self._own = own
        self._key = key
        self._environment = environment

    def adapter(self, source: Source) -> Adapter:
        match source:
            case FileSource():
                return CsvOwnerRegistry(source.path, manner_of(self._own, self._key), source.name)
            case SqlSource():
                password = self._secret(source.password, source.name)
                return SqlOwnerRegistry(source, password, self._reader(source.name, source.columns))
            case HttpSource():
                secret = self._secret(source.secret, source.name)
                key_password = self._secret(source.key_password, source.name)
                reader = self._reader(source.name, source.columns)
                return HttpOwnerRegistry(source, secret, key_password, reader)

    def _reader(self, name: str, columns: Columns) -> Reader:
        own = self._own
        return Reader(registry=name, columns=columns, language=own.language, region=own.region, key=self._key)

    def _secret(self, variable: str | None, name: str) -> str | None:
        if variable is None:
            return None
        value = self._environment.get(variable, "")
        if not value or not value.isprintable() or not value.isascii():
            problem = "is not set" if not value else "holds characters that cannot be sent"
            raise ConfigurationError.of(
                "environment", problem, f"set it for the owner registry {name!r}", key=variable
            )
        return value


def _guarded(source: Source, adapter: Adapter) -> GuardedRegistry:
    limits: LimitSettings = source.limits
    if isinstance(source, FileSource):
        return GuardedRegistry(adapter, limits=limits, breaker=OF_FILES)
    return GuardedRegistry(adapter, limits=limits, cache=source.cache, breaker=source.breaker)
