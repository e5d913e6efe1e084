"""What the public page is made of."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from cases.answers.book import AnswerBook
from cases.answers.reading import PublicReading
from notifier.links import Links
from notifier.public.limits import Limiter
from notifier.public.pages import Pages
from notifier.public.provider_calls import ProviderCalls
from notifier.public.thumbs import Thumbs
from notifier.settings_public import PublicSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the page is made of.

    Attributes:
        secret: makes names of addresses that no address can be made of.
        fallback: language of a page of which nobody said one.
    """

    links: Links
    reading: PublicReading
    book: AnswerBook
    thumbs: Thumbs
    pages: Pages
    calls: ProviderCalls
    clients: Limiter
    settings: PublicSettings
    secret: bytes
    clock: Callable[[], datetime]
    fallback: str = ""
