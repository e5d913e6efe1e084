"""What a user may set about registries of owners: which are asked, how, and who of those found is told."""

import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, StringConstraints, model_validator

from models.toml import FrozenModel
from notifier.contact_role import ContactRole
from notifier.settings_sources import FileSource, HttpSource, RegistryName, SqlSource

OWN_FILE = "owners"
"""What the registry of `notifier.owners` is called."""


class WhomSettings(FrozenModel):
    """Who of those found is written to.

    Attributes:
        tell: roles that get messages.
        most: of more contacts than that nobody is written to: which of them drives is not known.
        several_owners: `tell` each of several contacts with the role owner, or leave it to the `department`.
        foreign: of another country's plate, ask the registries (`look_up`) or leave it to the `department`.
    """

    tell: tuple[ContactRole, ...] = Field(default=tuple(ContactRole), min_length=1)
    most: int = Field(default=5, ge=1, le=100)
    several_owners: Literal["tell", "department"] = "tell"
    foreign: Literal["department", "look_up"] = "department"


class RegistrySettings(FrozenModel):
    """The registries, and how they are asked together.

    Attributes:
        file, sql, http: the registries.
        ask: their names, in the order in which they are asked; by default files (`owners` is the file of
            `notifier.owners`), then SQL, then HTTP.
        take: the `first` registry that knows somebody, or the contacts of `all`.
        plain: whether a file may hold numbers that are not encrypted: `warn` or `refuse`.
        keys: encrypt numbers in files (`CLEARWAY_NOTIFIER__REGISTRY__KEYS`): one key or several, with commas
            between; the first encrypts, all decrypt (docs/owners.md).
        grammar: the plates of this country; by default those that the box reads (`edge.plates`).
        whom: who of those found is written to.
    """

    file: tuple[FileSource, ...] = ()
    sql: tuple[SqlSource, ...] = ()
    http: tuple[HttpSource, ...] = ()
    ask: tuple[RegistryName, ...] = ()
    take: Literal["first", "all"] = "first"
    plain: Literal["warn", "refuse"] = "warn"
    keys: SecretStr | None = None
    grammar: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,39}$")] | None = None
    whom: WhomSettings = WhomSettings()

    @model_validator(mode="after")
    def _names_fit(self) -> Self:
        names = [source.name for source in (*self.file, *self.sql, *self.http)]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"two registries are called {min(twice)!r}; give each its own name")
        if OWN_FILE in names:
            raise ValueError(f"the name {OWN_FILE!r} belongs to the file of notifier.owners; choose another")
        if unknown := set(self.ask) - {*names, OWN_FILE}:
            raise ValueError(f"ask: there is no registry {min(unknown)!r}; known: {', '.join(names)}")
        if unasked := set(names) - set(self.ask) if self.ask else set():
            raise ValueError(f"ask: the registry {min(unasked)!r} is never asked; name it, or delete it")
        return self

    def resolved(self, base: Path) -> "RegistrySettings":
        """The same with its files meant from a folder."""

        def below(path: Path | None) -> Path | None:
            return None if path is None else base / path

        files = tuple(one.model_copy(update={"path": base / one.path}) for one in self.file)
        named = ("client_cert", "client_key", "ca_file")
        services = tuple(
            one.model_copy(update={name: below(getattr(one, name)) for name in named}) for one in self.http
        )
        databases = tuple(one.model_copy(update={"url": _sqlite_below(base, one.url)}) for one in self.sql)
        return self.model_copy(update={"file": files, "sql": databases, "http": services})


def _sqlite_below(base: Path, url: str) -> str:
    """`sqlite:///owners.db` is meant from a folder; four slashes begin a path of its own."""
    found = re.fullmatch(r"(sqlite:///)([^/].*)", url)
    return f"{found[1]}{base / found[2]}" if found else url
