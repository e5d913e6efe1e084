"""Templates: views in, HTML out. Everything is escaped unless a function here made it."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from console import moments
from console.settings import ConsoleSettings
from console.views import case_name
from console.wording import WORDINGS, Wording

KIB = 1024


class Renderer:
    """Fills the templates with the words, the time zone and the moment of one console."""

    def __init__(self, settings: ConsoleSettings) -> None:
        self.words: Wording = WORDINGS[settings.language]
        self._zone = ZoneInfo(settings.timezone)
        self._environment = Environment(
            loader=PackageLoader("console"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals.update(words=self.words, name=self.words.name, title=settings.title)
        self._environment.filters.update(span=moments.span, size=size, case_name=case_name)

    def html(self, template: str, now: datetime | None = None, **values: Any) -> Markup:  # noqa: ANN401
        """Fill one template.

        Args:
            template: its name without the ending.
            now: the moment that times are told from.
            values: what it reads; one that it misses is an error, never an empty place.
        """
        moment = now or datetime.now(UTC)
        words = (self.words.just_now, self.words.ago)
        return Markup(  # noqa: S704 - made by templates that escape
            self._environment.get_template(f"{template}.html.j2").render(
                **values,
                now=moment,
                at=lambda when: moments.tag(when, self._zone, moment),
                ago=lambda when: moments.ago(when, self._zone, moment, words),
            )
        )


def size(count: int) -> str:
    """Bytes for people."""
    if count < KIB:
        return f"{count} B"
    if count < KIB * KIB:
        return f"{count / KIB:.1f} KiB"
    return f"{count / KIB / KIB:.1f} MiB"
