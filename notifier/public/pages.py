"""From what is to be said to HTML: templates, words and times."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from importlib import resources
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined

from notifier.links import PATH
from notifier.messages import case_number, local_time
from notifier.public.view import View
from notifier.public.words import CHINESE, ENGLISH, WORDS

STYLE = resources.files("notifier.public").joinpath("style.css").read_bytes()
STYLE_PATH = f"/style-{blake2b(STYLE, digest_size=6).hexdigest()}.css"
"""Its name is its content, so that a telephone keeps it for good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What an incident is called, in both languages of the page."""

    en: str
    zh: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One look at a page of a case.

    Attributes:
        token: of the link.
        expires_at: when the link expires.
        language: of the page.
        asked: the language was asked for by hand, so that further pages keep it.
    """

    token: str
    expires_at: datetime
    language: str
    asked: bool = False


class Pages:
    """Writes pages.

    Args:
        timezone: in which times are told.
        contact: whom readers may turn to; may be empty.
        names: what scenes and matters are called, by their codes; what is in neither shows its code.
    """

    def __init__(self, timezone: str, contact: str, names: Mapping[str, Names]) -> None:
        self._timezone = ZoneInfo(timezone)
        self._contact = contact
        self._names = names
        self._templates = Environment(
            loader=PackageLoader("notifier.public"),
            undefined=StrictUndefined,
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def case(self, view: View, visit: Visit, *, told: str = "", fault: str = "", written: str = "") -> str:
        """The page of a case.

        Args:
            view: what there is to say.
            visit: who looks.
            told: a sentence above all others.
            fault: why an objection could not be taken.
            written: that objection, so that nobody has to type it twice.
        """
        return self._case("case", view, visit, told=told, fault=fault, written=written)

    def confirm(self, view: View, visit: Visit) -> str:
        """The question before "this is not my vehicle" is taken."""
        return self._case("confirm", view, visit)

    def message(self, name: str, language: str, *, seconds: float = 0.0) -> str:
        """A page without a case: why there is none.

        Args:
            name: of its words: `forged`, `expired`, `gone`, `busy`, `down`, `bad` or `nothing`.
            language: of the page.
            seconds: to wait, for `busy`.
        """
        words = WORDS[language]
        lead = words[f"{name}_lead"].format(n=max(1, round(seconds)))
        return self._render(
            "message",
            language,
            head=words[f"{name}_head"],
            lead=lead,
            tone="warn",
            other="",
            footer=bool(self._contact),
        )

    def _case(self, template: str, view: View, visit: Visit, **more: str) -> str:
        other = ENGLISH if visit.language == CHINESE else CHINESE
        here = f"{PATH}{visit.token}"
        deep = "/not-mine" if template == "confirm" else ""
        names = self._names.get(view.scene) or self._names.get(view.matter)
        matter = view.matter if names is None else names.zh if visit.language == CHINESE else names.en

        def moment(at: datetime) -> str:
            return local_time(at.astimezone(self._timezone), visit.language)

        def day(until: datetime) -> str:
            """The last day on which it opens, where people read it."""
            last = (until - timedelta(seconds=1)).astimezone(self._timezone)
            return (
                f"{last:%Y}年{last.month}月{last.day}日" if visit.language == CHINESE else f"{last:%Y-%m-%d}"
            )

        return self._render(
            template,
            visit.language,
            view=view,
            can={kind.value for kind in view.can},
            matter=matter,
            number=case_number(view.number),
            here=here,
            query=f"?lang={visit.language}" if visit.asked else "",
            other=f"{here}{deep}?lang={other}",
            other_language=other,
            moment=moment,
            day=day,
            expires_at=visit.expires_at,
            footer=True,
            **more,
        )

    def _render(self, template: str, language: str, **values: object) -> str:
        found = self._templates.get_template(f"{template}.html.j2")
        return found.render(
            words=WORDS[language], language=language, style=STYLE_PATH, contact=self._contact, **values
        )
