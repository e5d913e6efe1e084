"""The notifier's real things, from settings: whom to write to, who carries it, and the role itself."""

from collections.abc import Mapping

import structlog

from cases.database import Database
from cases.notices import NoticeBook
from cases.reading import Reading
from clearway.roles import AsyncRole, Role
from clearway.settings import Settings
from notifier.dispatcher import Dispatcher
from notifier.owner_file import CsvOwnerRegistry, local_key
from notifier.owners import MemoryOwnerRegistry, OwnerRegistry
from notifier.provider import TwilioSender
from notifier.senders import Sender

log = structlog.get_logger("clearway")


def notifier_role(settings: Settings, ledger: Database, texts: Mapping[str, str]) -> Role:
    """Owner look-up and sending.

    Args:
        settings: of the whole system.
        ledger: its database, at this program's version.
        texts: the scenes' message templates.
    """
    dispatcher = Dispatcher(
        NoticeBook(ledger),
        registry(settings),
        sender(settings),
        settings.notifier,
        count_waiting=Reading(ledger).due_before,
        texts=texts,
    )
    return AsyncRole(dispatcher.run, dispatcher.status)


def registry(settings: Settings) -> OwnerRegistry:
    """Whom to write to.

    Raises:
        ConfigurationError: the owners cannot be read.
    """
    own = settings.notifier
    key = token_key(settings)
    if own.owners is None:
        return MemoryOwnerRegistry({}, key=key)
    file = CsvOwnerRegistry(own.owners, language=own.language, region=own.region, key=key)
    for doubt in file.check():
        log.warning("owner file", doubt=str(doubt))
    return file


def sender(settings: Settings) -> Sender:
    """Who carries messages."""
    return TwilioSender(settings.sms)


def token_key(settings: Settings) -> bytes:
    """What keys the tokens that stand for numbers: the configured one, else this machine's own."""
    key = settings.notifier.token_key
    if key is not None:
        return key.get_secret_value().encode()
    return local_key(settings.data_dir / "token.key")
