"""The public page's real things, from settings: links, the page, and what providers call back about."""

from datetime import UTC, datetime

from cases.answers.book import AnswerBook
from cases.answers.doubts import DoubtReading
from cases.answers.reading import PublicReading
from cases.database import Database
from cases.evidence.blobs import FileBlobStore
from cases.notices.book import NoticeBook
from cases.notices.optouts import OptOuts
from cases.scenes import Pack
from clearway.roles import AsyncRole, Role
from clearway.settings import Settings
from clearway.voice_wiring import link_key, links, token_key
from models.errors import ConfigurationError
from notifier.ledger_desk import LedgerDesk
from notifier.public.limits import Limiter, Rate
from notifier.public.pages import Names, Pages
from notifier.public.parts import Parts
from notifier.public.provider_calls import ProviderCalls
from notifier.public.server import PublicServer
from notifier.public.signature import TwilioSignature
from notifier.public.thumbs import Thumbs


def public_role(settings: Settings, ledger: Database, scenes: dict[str, Pack]) -> Role:
    """The page behind the links, and the provider's callbacks.

    Args:
        settings: of the whole system.
        ledger: its database, at this program's version.
        scenes: name the matters.

    Raises:
        ConfigurationError: no public address is set.
    """
    made = links(settings)
    if made is None:
        problem = "nobody could reach the page"
        raise ConfigurationError.of("public", problem, "set public.public_url", key="public.public_url")
    own, voice = settings.public, settings.notifier
    clients = Limiter(Rate(own.client_per_minute))
    notices = NoticeBook(ledger)
    secret = settings.sms.token.get_secret_value()
    signature = TwilioSignature(secret, own.public_url) if secret else None
    called = {name: Names(en=one.scene.name.en, zh=one.scene.name.zh) for name, one in scenes.items()}
    # Several scenes may be one matter: its own name comes first, the matter's is for ladders of other names.
    names = {one.scene.matter: called[name] for name, one in scenes.items()} | called
    rule = settings.cases.doubts
    parts = Parts(
        links=made,
        reading=PublicReading(ledger),
        book=AnswerBook(ledger, rule),
        thumbs=Thumbs(FileBlobStore(settings.data_dir / "evidence")),
        pages=Pages(voice.timezone, own.contact, names),
        calls=ProviderCalls(
            signature,
            book=notices,
            ledger=LedgerDesk(notices.together),
            opt_outs=OptOuts(ledger),
            token_key=token_key(settings),
            clients=clients,
            clock=_utc_now,
        ),
        clients=clients,
        settings=own,
        secret=link_key(settings),
        clock=_utc_now,
        fallback=voice.language,
    )
    server = PublicServer(parts, DoubtReading(ledger, rule), _utc_now)
    return AsyncRole(server.run, server.status)


def _utc_now() -> datetime:
    return datetime.now(UTC)
