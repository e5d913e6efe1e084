"""What a user may set about a city's or a carrier's own SMS gateway: any that takes one request per message.

The request is a structure with words in it (`{number}`, `{text}`), not a text with holes: a value is bound to
its field and encoded by the library, so nothing in a message can end a field or begin another one.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, StringConstraints, model_validator

from models.toml import FrozenModel, nearest

WORDS = ("number", "digits", "national", "text", "reference", "sender", "user", "secret")
HEADER_WORDS = frozenset({"reference", "sender", "user", "secret"})
"""A header is one line of few letters; the others hold anything."""
WORD = re.compile(r"\{([^{}]*)\}")
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

Status = Annotated[int, Field(ge=100, le=599)]
Code = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Trail = Annotated[str, StringConstraints(pattern=r"^[^.\s]+(\.[^.\s]+)*$", max_length=200)]
"""Where something stands in an answer: keys and places of lists with dots between, as `data.items.0.id`."""


def _usable_url(text: str) -> str:
    parts = urlsplit(text)
    try:
        parts.port  # noqa: B018 - reading it checks it
    except ValueError as exc:
        raise ValueError("no URL that can be reached: its port") from exc
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        raise ValueError("no URL of the web; give https://host/path")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise ValueError("would send numbers in the clear; use https")
    if parts.username or parts.password or parts.fragment:
        raise ValueError("holds a user, a password or a fragment; put secrets in headers or fields")
    if WORD.search(f"{parts.scheme}{parts.netloc}"):
        raise ValueError("has a word in its host; words belong in fields, headers or the query")
    return text


Url = Annotated[str, AfterValidator(_usable_url)]


class RequestSettings(FrozenModel):
    """One request. Texts may hold the words of `notifier.senders.gateway_settings.WORDS` in braces.

    Attributes:
        url: its address; words of its query are encoded by the library as everything else.
        method: of HTTP.
        headers: on top of ours.
        encoding: how the fields travel: as a JSON body, a form body, or in the address.
        fields: names and values, to any depth with JSON. `{number}` is +8613…, `{digits}` the same
            without the plus, `{national}` without the country code, `{text}` the message, `{reference}`
            our name for the notice, `{sender}` is `sms.sender`, `{user}` and `{secret}` are the secrets.
    """

    url: Url
    method: Literal["POST", "PUT", "GET"] = "POST"
    headers: dict[str, str] = Field(default_factory=dict)
    encoding: Literal["json", "form", "query"] = "json"
    fields: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _words_are_known(self) -> Self:
        for text in (*self.texts, self.url):
            for word in WORD.findall(text):
                if word not in WORDS:
                    hint = nearest(word, list(WORDS)) or f"there are {', '.join(WORDS)}"
                    raise ValueError(f"unknown word {{{word}}}; {hint}")
        if said := {word for text in self.headers.values() for word in WORD.findall(text)} - HEADER_WORDS:
            raise ValueError(f"word {{{min(said)}}} cannot stand in a header; put it in fields")
        if self.encoding == "json" and self.method == "GET" and self.fields:
            raise ValueError("a GET request has no body; set encoding = 'query'")
        if self.encoding != "json" and any(isinstance(value, dict | list) for value in self.fields.values()):
            raise ValueError(f"fields of a {self.encoding} are flat; only JSON has tables in tables")
        return self

    @property
    def texts(self) -> tuple[str, ...]:
        """Every text of headers and fields."""
        return (*self.headers.values(), *_texts(self.fields))

    def mentions(self, word: str) -> bool:
        """Whether the request says a word."""
        return any(f"{{{word}}}" in text for text in (*self.texts, self.url))


class AnswerSettings(FrozenModel):
    """What the answer to a message means. Whatever is not listed leaves the outcome unknown.

    Attributes:
        code: where the gateway's own result code stands in its JSON; None when the HTTP status is all it
            says.
        id: where its name for the message stands; None when it gives none, and ours is used.
        accepted: codes of a message that was taken; without `code`, any status of 200 to 299 is.
        never: codes of a message or a number that will never be taken.
        opted_out: codes of somebody who wants no messages.
        later: codes of a message that was not taken and may be later.
        closed: codes of an account that is closed to us: credentials, funds, permission.
        never_status: the same by HTTP status, for answers without a listed code.
        later_status: the same.
        closed_status: the same.
    """

    code: Trail | None = None
    id: Trail | None = None
    accepted: frozenset[Code] = frozenset()
    never: frozenset[Code] = frozenset()
    opted_out: frozenset[Code] = frozenset()
    later: frozenset[Code] = frozenset()
    closed: frozenset[Code] = frozenset()
    never_status: frozenset[Status] = frozenset({400, 422})
    later_status: frozenset[Status] = frozenset({429})
    closed_status: frozenset[Status] = frozenset({401, 402, 403})

    @model_validator(mode="after")
    def _codes_mean_one_thing(self) -> Self:
        seen: set[str] = set()
        for name in ("accepted", "never", "opted_out", "later", "closed"):
            codes: frozenset[str] = getattr(self, name)
            if twice := sorted(codes & seen):
                raise ValueError(
                    f"code {twice[0]!r} is in {name} and in another list; a code means one thing"
                )
            seen |= codes
        if self.code is None and seen:
            raise ValueError("codes are listed and nothing says where they stand; set code")
        if self.code is not None and not self.accepted:
            raise ValueError("no code means that a message was taken; list it in accepted")
        return self


class AskSettings(RequestSettings):
    """How to ask whether a message was taken.

    A clear no must be said, never guessed: an answer that is neither a message nor one of these is no answer.

    Attributes:
        id: where the message's name stands when the gateway has it.
        code: where the result code stands; None without one.
        absent: codes that mean "there is no such message".
        absent_status: statuses that mean it.
        empty: where a list (or nothing) stands that is empty when there is none.
    """

    method: Literal["POST", "PUT", "GET"] = "GET"
    encoding: Literal["json", "form", "query"] = "query"
    id: Trail
    code: Trail | None = None
    absent: frozenset[Code] = frozenset()
    absent_status: frozenset[Status] = frozenset()
    empty: Trail | None = None

    @model_validator(mode="after")
    def _can_be_told(self) -> Self:
        if not self.mentions("reference"):
            raise ValueError("asks for no message; say {reference} in fields, headers or url")
        if self.absent and self.code is None:
            raise ValueError("absent lists codes and nothing says where they stand; set code")
        if not (self.absent or self.absent_status or self.empty):
            raise ValueError("nothing means 'no such message'; set absent_status, absent or empty")
        return self


class GatewaySettings(RequestSettings):
    """A gateway.

    Attributes:
        answer: what its answers mean.
        in_doubt: what happens when nobody knows whether it took a message: `ask` it, `repeat` (it drops a
            second message with the same reference by itself), or leave it to a `person`. It is never sent
            again blindly.
        ask: how to ask.
        user: `{user}` (`CLEARWAY_SMS__HTTP__USER`).
        secret: `{secret}` (`CLEARWAY_SMS__HTTP__SECRET`).
        ca_file: certificates to trust in place of the system's. Certificates are always verified.
        client_cert: our own certificate with its key, PEM.
    """

    answer: AnswerSettings = AnswerSettings()
    in_doubt: Literal["ask", "repeat", "person"] = "person"
    ask: AskSettings | None = None
    user: SecretStr = SecretStr("")
    secret: SecretStr = SecretStr("")
    ca_file: Path | None = None
    client_cert: Path | None = None

    @model_validator(mode="after")
    def _doubt_can_be_settled(self) -> Self:
        if not self.mentions("text"):
            raise ValueError("sends no message; say {text} in fields")
        if not any(self.mentions(word) for word in ("number", "digits", "national")):
            raise ValueError("names no recipient; say {number}, {digits} or {national} in fields")
        if self.in_doubt != "person" and not self.mentions("reference"):
            raise ValueError(f"in_doubt = '{self.in_doubt}' needs {{reference}} in fields or headers")
        if (self.in_doubt == "ask") != (self.ask is not None):
            raise ValueError(
                "in_doubt = 'ask' and a section [sms.http.ask] belong together; give both or none"
            )
        return self

    def resolved(self, base: Path) -> Self:
        """The same with paths as they are meant: from where the settings file stands."""
        return self.model_copy(
            update={
                name: base / path
                for name in ("ca_file", "client_cert")
                if (path := getattr(self, name)) is not None
            }
        )


def _texts(value: Any) -> Iterator[str]:  # noqa: ANN401 - any plain value of TOML
    match value:
        case str():
            yield value
        case dict():
            for one in value.values():
                yield from _texts(one)
        case list():
            for one in value:
                yield from _texts(one)
