"""What a user may set about registries of owners. Secrets come from the environment, never from a file."""

import re
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, StringConstraints, model_validator

from models.toml import FrozenModel
from notifier.contact_role import ContactRole

RegistryName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,30}$")]
SecretName = Annotated[str, StringConstraints(pattern=r"^CLEARWAY_[A-Z0-9_]{1,80}$")]
Word = Annotated[str, StringConstraints(min_length=1, max_length=200)]

OWN_FILE = "owners"
"""What the registry of `notifier.owners` is called."""
PLACEHOLDER = re.compile(r"\{(plate|case|purpose)\}")
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def _usable_url(text: str) -> str:
    """A URL with nothing secret in it, and nothing but the known placeholders."""
    try:
        url = urlsplit(PLACEHOLDER.sub("x", text))
        url.port  # noqa: B018 - reading it is what checks it
    except ValueError as exc:
        raise ValueError(f"is no URL: {exc}") from exc
    if url.scheme not in {"https", "http"} or not url.hostname:
        raise ValueError("is no https:// URL; write https://host/path/{plate}")
    if url.username or url.password:
        raise ValueError("holds a user; write user and secret (the name of an environment variable)")
    if re.search(r"[{}]", PLACEHOLDER.sub("", text)):
        raise ValueError("has an unknown placeholder; known are {plate}, {case} and {purpose}")
    if PLACEHOLDER.search(text.split("://", 1)[1].partition("/")[0]):
        raise ValueError("has a placeholder in its host; a plate must not choose whom we ask")
    return text


class BreakerSettings(FrozenModel):
    """When a registry that fails is left alone for a while.

    Attributes:
        failures: in a row. Five: a single dropped connection is nothing, five are.
        open_s: for so long it is not asked; then one look-up finds out.
    """

    failures: int = Field(default=5, ge=1, le=1000)
    open_s: float = Field(default=30.0, gt=0, le=3600)


class CacheSettings(FrozenModel):
    """How long an answer is remembered, in memory only: numbers are written to no disk.

    Attributes:
        age_s: an answer with contacts. An hour: reminder and warning mostly need no second look-up, and who
            opts out at the registry is heard within it. 0 remembers nothing.
        nobody_s: an answer that nobody is known: shorter, for people add who is missing.
        most: plates.
    """

    age_s: float = Field(default=3600.0, ge=0, le=86_400)
    nobody_s: float = Field(default=300.0, ge=0, le=86_400)
    most: int = Field(default=10_000, ge=1, le=1_000_000)


class LimitSettings(FrozenModel):
    """How often a registry may be asked; remembered answers do not count.

    Attributes:
        per_minute: altogether.
        per_case_minute: for one case. A ladder asks once a step and once an attempt; more is a fault, or
            somebody's curiosity.
    """

    per_minute: int = Field(default=1200, ge=1, le=1_000_000)
    per_case_minute: int = Field(default=60, ge=1, le=10_000)


class Columns(FrozenModel):
    """Where in a row of an answer things stand: columns of SQL, or dotted paths in JSON.

    Attributes:
        phone: the number; the only one that must be there.
        language: a tag such as `zh-CN`.
        role: `owner`, `driver` or `fleet`, or what `roles` translates.
        opted_out: who wants no messages; anything but nothing, 0, false and no means so, as a day does.
        roles: the registry's own words for roles; a word that nobody knows means `owner`.
    """

    phone: Word = "phone"
    language: Word = "language"
    role: Word = "role"
    opted_out: Word = "opted_out"
    roles: dict[str, ContactRole] = Field(default_factory=dict)


class SourceSettings(FrozenModel):
    """What every registry has.

    Attributes:
        name: for `ask`, the audit and metrics.
        needed: while it cannot be asked, nobody is told and the step waits; false: the others are enough to
            find somebody. That somebody is nobody's, only all of them together can say.
    """

    name: RegistryName
    needed: bool = True


class FileSource(SourceSettings):
    """Owners in a CSV file.

    Attributes:
        path: columns plate, phone, and if wanted language, role, opted_out; name is ignored.
        limits: how often it may be asked.
    """

    path: Path
    limits: LimitSettings = LimitSettings()


class SqlSource(SourceSettings):
    """Owners in a database, read and never written.

    Attributes:
        url: `sqlite:////abs/path/owners.db` or `postgresql+psycopg://user@host/name`.
        password: name of the environment variable with the database's password.
        query: one SELECT with `:plate` (as in 浙B12345); `:case` and `:purpose` if wanted.
        columns: of its result.
        timeout_s: for connecting, and for the answer.
        connections: at the same time.
    """

    url: str = Field(min_length=1, max_length=1000)
    password: SecretName | None = None
    query: str = Field(min_length=1, max_length=10_000)
    columns: Columns = Columns()
    timeout_s: float = Field(default=2.0, gt=0, le=60)
    connections: int = Field(default=4, ge=1, le=64)
    cache: CacheSettings = CacheSettings()
    limits: LimitSettings = LimitSettings()
    breaker: BreakerSettings = BreakerSettings()

    @model_validator(mode="after")
    def _asks_by_plate(self) -> Self:
        if not re.search(r"(?<![:\w]):plate\b", self.query):
            raise ValueError("query: does not ask for a plate; write … WHERE plate = :plate")
        if re.search(r"://[^/@]*:[^/@]+@", self.url):
            raise ValueError("url: holds a password; name the environment variable that has it in password")
        return self


class HttpSource(SourceSettings):
    """Owners from an HTTP service that answers in JSON.

    Attributes:
        url: with `{plate}`, and `{case}` and `{purpose}` if wanted, in the path or after the `?`.
        method: `GET`, or `POST` with `body`.
        body: a flat JSON object; its texts may have the same placeholders.
        headers: sent along; nothing secret.
        user: for basic authentication, with `secret`; without it the secret is a bearer token.
        secret: name of the environment variable with the token or password.
        client_cert: certificate in PEM form that we show, with its key or `client_key` beside it.
        client_key: its key.
        key_password: name of the environment variable with the key's password.
        ca_file: certificates that sign the registry's own, in place of the system's.
        plain_http: the URL may be without TLS; the loopback always may.
        contacts: dotted path to the list of contacts in the answer, as in `data.owners`; empty when the
            answer is the list, or the one contact, itself.
        columns: paths within each of them.
        nobody_status: statuses that mean "no such plate". 404 is none of them by itself, for a wrong URL
            answers so as well.
        timeout_s: for one request, from connecting to the last byte.
        retries: more tries after a connection lost or a 5xx.
    """

    url: Annotated[str, StringConstraints(max_length=2000), AfterValidator(_usable_url)]
    method: Literal["GET", "POST"] = "GET"
    body: dict[str, str] = Field(default_factory=dict)
    headers: dict[str, str] = Field(default_factory=dict)
    user: Word | None = None
    secret: SecretName | None = None
    client_cert: Path | None = None
    client_key: Path | None = None
    key_password: SecretName | None = None
    ca_file: Path | None = None
    plain_http: bool = False
    contacts: str = Field(default="", max_length=200)
    columns: Columns = Columns()
    nobody_status: tuple[Annotated[int, Field(ge=200, le=499)], ...] = ()
    timeout_s: float = Field(default=3.0, gt=0, le=60)
    retries: int = Field(default=1, ge=0, le=5)
    cache: CacheSettings = CacheSettings()
    limits: LimitSettings = LimitSettings()
    breaker: BreakerSettings = BreakerSettings()

    @model_validator(mode="after")
    def _fits(self) -> Self:
        url = urlsplit(PLACEHOLDER.sub("x", self.url))
        if url.scheme == "http" and url.hostname not in LOOPBACK and not self.plain_http:
            raise ValueError("url: has no TLS; use https://, or say plain_http = true")
        if "{plate}" not in " ".join((self.url, *self.body.values())):
            raise ValueError("url: does not ask for a plate; write {plate} into url or body")
        if self.body and self.method != "POST":
            raise ValueError('body: is never sent with GET; write method = "POST"')
        if self.user is not None and self.secret is None:
            raise ValueError("user: has no password; name its environment variable in secret")
        if self.client_key is not None and self.client_cert is None:
            raise ValueError("client_key: belongs to no certificate; name it in client_cert")
        if any(name.lower() in {"authorization", "cookie", "host"} for name in self.headers):
            raise ValueError("headers: hold what is secret or ours to say; use user and secret")
        return self


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
