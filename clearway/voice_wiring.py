"""The notifier's real things, from settings: whom to write to, who carries it, and the role itself."""

import asyncio
import os
from collections.abc import Callable, Mapping

import structlog

from cases.database import Database
from cases.notices.book import NoticeBook
from cases.reading import Reading
from clearway.own_key import local_key
from clearway.roles import AsyncRole, Role
from clearway.settings import Settings
from detectors.plate_country import country_of
from detectors.plate_grammar import BUNDLED, open_grammar
from edge.settings import NO_PLATES
from notifier.courier import no_link
from notifier.dispatcher import Dispatcher
from notifier.links import Links
from notifier.registries.opening import Opened, open_registries
from notifier.senders.file_sender import FileSender
from notifier.senders.gateway import GatewaySender
from notifier.senders.provider import TwilioSender
from notifier.senders.seam import Sender

log = structlog.get_logger("clearway")


def notifier_role(settings: Settings, ledger: Database, texts: Mapping[str, str]) -> Role:
    """Owner look-up and sending.

    Args:
        settings: of the whole system.
        ledger: its database, at this program's version.
        texts: the scenes' message templates.
    """
    owners, made = registry(settings), links(settings)
    dispatcher = Dispatcher(
        NoticeBook(ledger),
        owners.registry,
        sender(settings),
        settings.notifier,
        count_waiting=Reading(ledger).due_before,
        texts=texts,
        link=no_link if made is None else made.make,
    )

    async def run(stop: asyncio.Event) -> None:
        try:
            await dispatcher.run(stop)
        finally:
            owners.close()

    return AsyncRole(run, lambda: dispatcher.status() | {"registries": owners.registry.status()})


def registry(settings: Settings) -> Opened:
    """Whom to write to.

    Raises:
        ConfigurationError: a registry cannot be used as it is set, or a file of owners has faults.
    """
    opened = open_registries(settings.notifier, token_key(settings), os.environ, country(settings))
    try:
        doubts = opened.check()
    except BaseException:
        opened.close()
        raise
    for doubt in doubts:
        log.warning("owner registry", doubt=str(doubt))
    return opened


def country(settings: Settings) -> Callable[[str], str]:
    """Tells which other country a plate is of; empty for this one's, and where no grammar says.

    Raises:
        ConfigurationError: a grammar has faults.
    """
    name = settings.notifier.registry.grammar or settings.edge.plates
    if name == NO_PLATES:
        return lambda _: ""
    own = settings.edge.grammars
    home = open_grammar(name, own)
    others = [open_grammar(file.stem) for file in sorted(BUNDLED.glob("*.toml"))]
    return lambda plate: country_of(plate, home, others)


def sender(settings: Settings) -> Sender:
    """Who carries messages.

    Raises:
        ConfigurationError: it cannot be used as it is set.
    """
    own = settings.sms
    match own.provider:
        case "http":
            return GatewaySender(own)
        case "file":
            return FileSender(settings.data_dir / own.file, echo=own.echo)
        case _:
            return TwilioSender(own, settings.public.public_url)


def can_send(settings: Settings) -> bool:
    """Whether there is anybody to carry messages: an account at Twilio, or what needs none."""
    own = settings.sms
    return own.provider != "twilio" or bool(own.account_sid and own.token.get_secret_value())


def links(settings: Settings) -> Links | None:
    """The links in messages; None where nobody could open them."""
    own = settings.public
    if not own.wanted:
        return None
    before = () if own.link_key_before is None else (own.link_key_before.get_secret_value().encode(),)
    return Links(link_key(settings), own.public_url, own.link_days, before)


def link_key(settings: Settings) -> bytes:
    """What seals links: the configured key, else this machine's own."""
    key = settings.public.link_key
    return local_key(settings.data_dir / "link.key") if key is None else key.get_secret_value().encode()


def token_key(settings: Settings) -> bytes:
    """What keys the tokens that stand for numbers: the configured one, else this machine's own."""
    key = settings.notifier.token_key
    if key is not None:
        return key.get_secret_value().encode()
    return local_key(settings.data_dir / "token.key")
