"""What an owner reads: templates by language, matter and step.

```
templates/{language}/{matter}/{step}.j2      the most fitting one wins:
    zh-CN/fire-lane-blocked/reminder.j2      this matter, this step
    zh-CN/default/reminder.j2                any matter, this step
    zh-CN/fire-lane-blocked/notice.j2        a step without a text of its own (thanks.j2 when it left)
    zh-CN/default/notice.j2                  the same, for any matter
    en/…                                     the same again, for a language nobody has written
```

The words in use are `WORDS`. `link` and `hotline` are empty where none is set, so ask first:
`{% if link %}Objections: {{ link }}{% endif %}`.

Each is looked for in a city's own folder, then in the scene pack of the matter (`cases.scenes`), then here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    DictLoader,
    Environment,
    FileSystemLoader,
    PackageLoader,
    StrictUndefined,
    TemplateError,
)

from cases.life import State
from cases.notices.records import CaseView
from cases.policy import Does, Policy, Step
from cases.scenes import builtin_scenes, message_texts
from cases.taking import Purpose, purpose_of
from models.errors import ConfigurationError, Fault
from models.records import Plate, PlateSource
from notifier import segments
from notifier.segments import Size
from notifier.settings import NotifierSettings

FALLBACK_LANGUAGE = "en"
FALLBACK_STEP = {Purpose.LEAVE: "notice", Purpose.THANKS: "thanks", Purpose.TOWING: "tow-info"}
WORDS = ("place", "plate", "time", "number", "zone", "link", "hotline")
PLACE_MOST = 40
"""Characters of a place that a message repeats; a whole address would cost another SMS."""
PLACES_TRIED = (PLACE_MOST, 30, 20, 12)
"""How far a place is cut where a message would else take more SMS than allowed."""

EXAMPLE_PLACE = "宁波市江北区清河路88号北门"
EXAMPLE_PLATE = Plate(text="浙B12345", score=1.0, source=PlateSource.ASSUMED)


@dataclass(frozen=True, slots=True)
class Message:
    """A text to send, and how much of the telephone's room it takes."""

    body: str
    language: str
    template: str
    size: Size

    @property
    def segments(self) -> int:
        """SMS that carry it."""
        return self.size.segments


class Messages:
    """Writes messages.

    Args:
        timezone: in which times are told.
        templates: a folder of a city's own, asked before the shipped ones.
        texts: of the scene packs, by template name; those that ship without.
        segments_most: longest message, in SMS: a place is cut, and a link left out, to keep to it.
        hotline: where owners may call; may be empty.
    """

    def __init__(
        self,
        timezone: str,
        templates: Path | None = None,
        texts: Mapping[str, str] | None = None,
        *,
        segments_most: int = 3,
        hotline: str = "",
    ) -> None:
        self._most = segments_most
        self._hotline = hotline
        texts = message_texts(builtin_scenes().values()) if texts is None else texts
        shipped: list[BaseLoader] = [DictLoader(texts), PackageLoader("notifier")]
        loader = ChoiceLoader(shipped if templates is None else [FileSystemLoader(templates), *shipped])
        # No escaping: this is plain text for a telephone, where `&amp;` would be read as such.
        self._templates = Environment(
            loader=loader,
            undefined=StrictUndefined,
            autoescape=False,  # noqa: S701 - plain text, never HTML
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._written = {name.partition("/")[0] for name in self._templates.list_templates(["j2"])}
        self._timezone = ZoneInfo(timezone)

    @property
    def languages(self) -> tuple[str, ...]:
        """Those that at least one message is written in."""
        return tuple(sorted(self._written))

    def render(self, case: CaseView, step: Step, language: str, *, link: str = "") -> Message:
        """The message of one step to somebody who reads `language`.

        Args:
            case: what it is about.
            step: of its ladder.
            language: tag such as `zh-CN`.
            link: to the case's public page; empty for none.

        Raises:
            ConfigurationError: a template is missing or cannot be rendered.
        """
        tries = [(most, link) for most in PLACES_TRIED] + ([(PLACES_TRIED[-1], "")] if link else [])
        message = None
        for place_most, address in tries:
            message = self.rendered(case, step, language, link=address, place_most=place_most)
            if message.segments <= self._most:
                return message
        assert message is not None  # noqa: S101 - there is always a first try
        return message

    def rendered(
        self, case: CaseView, step: Step, language: str, *, link: str = "", place_most: int = PLACE_MOST
    ) -> Message:
        """The same, however long it becomes."""
        names = _names(case.matter, step, _tags(language, self._written))
        try:
            template = self._templates.select_template(names)
            name = str(template.name)
            tag = name.partition("/")[0]
            words = self._words(case, tag, place_most) | {"link": link, "hotline": self._hotline}
            body = " ".join(template.render(words).split())
        except TemplateError as exc:
            problem = f"cannot be rendered: {exc.message or type(exc).__name__}"
            remedy = f"words in use: {', '.join(WORDS)}"
            raise ConfigurationError.of(names[0], problem, remedy) from exc
        return Message(body=body, language=tag, template=name, size=segments.size(body))

    def check(
        self, policies: Iterable[Policy], languages: Iterable[str], segments_most: int, *, link: str = ""
    ) -> tuple[Fault, ...]:
        """Render every message that these policies can lead to, for a typical case.

        Args:
            policies: with their ladders.
            languages: tags.
            segments_most: longest message, in SMS.
            link: of a typical length; empty where no public page is served.

        Returns:
            Templates that fail, and messages that take more room than allowed.
        """
        languages = tuple(languages)
        return tuple(
            fault
            for policy in policies
            for step in policy.step
            if step.does is Does.NOTIFY_OWNER
            for language in languages
            for fault in self._check_one(policy.matter, step, language, segments_most, link)
        )

    def _check_one(self, matter: str, step: Step, language: str, most: int, link: str) -> tuple[Fault, ...]:
        try:
            message = self.rendered(example_case(matter), step, language, link=link)
        except ConfigurationError as exc:
            return exc.faults
        if message.segments <= most:
            return ()
        name = f"{language}/{matter}/{step.id}"
        problem = (
            f"takes {message.segments} SMS for a place of {len(EXAMPLE_PLACE)} characters, allowed {most}"
        )
        return (Fault(name, 0, "", problem, "shorten it or raise notifier.segments_most"),)

    def _words(self, case: CaseView, language: str, place_most: int) -> dict[str, str]:
        return {
            "place": shortened(case.place, place_most) or case.zone,
            "plate": "" if case.plate is None else case.plate.text,
            "time": local_time(case.opened_at.astimezone(self._timezone), language),
            "number": case_number(case.number),
            "zone": case.zone,
        }


def case_number(number: int) -> str:
    """How people call a case: `CW-000042`."""
    return f"CW-{number:06d}"


def shortened(place: str, most: int = PLACE_MOST) -> str:
    """A place on one line and no longer than a message can bear."""
    line = " ".join(place.split())
    return line if len(line) <= most else line[: most - 1] + "…"


def local_time(at: datetime, language: str) -> str:
    """A time as people write it, with its offset: whoever reads it may be elsewhere."""
    offset = at.utcoffset() or timedelta()
    minutes = int(offset.total_seconds() // 60)
    shift = f"UTC{'-' if minutes < 0 else '+'}{abs(minutes) // 60}"
    shift += f":{abs(minutes) % 60:02d}" if minutes % 60 else ""
    if language.lower().startswith("zh"):
        return f"{at.month}月{at.day}日{at:%H:%M}({shift})"
    return f"{at.day} {_MONTHS[at.month - 1]} {at:%H:%M} ({shift})"


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
"""Not `%b`: that would follow the language of the machine."""


def example_case(matter: str) -> CaseView:
    """A typical case, for checks and previews."""
    at = datetime(2026, 11, 21, 12, 1, tzinfo=UTC)
    return CaseView(
        id="00000000-0000-0000-0000-000000000000",
        number=42,
        state=State.DISCOVERED,
        resolution=None,
        matter=matter,
        place=EXAMPLE_PLACE,
        source="/harbour/box-1/north-gate",
        zone="fire-lane-1",
        label="car",
        plate=EXAMPLE_PLATE,
        opened_at=at,
        recorded_at=at,
        last_seen_at=at,
        unseen_since=None,
    )


def _names(matter: str, step: Step, tags: Iterable[str]) -> list[str]:
    """Where a message may stand, the most fitting first."""
    usual = FALLBACK_STEP[purpose_of(step)]
    places = ((matter, step.id), ("default", step.id), (matter, usual), ("default", usual))
    return [f"{tag}/{topic}/{name}.j2" for tag in tags for topic, name in places]


def _tags(language: str, written: Iterable[str]) -> list[str]:
    """The languages to try: the one asked for, its relatives (zh-TW reads zh-CN), English."""
    wanted = language.lower()
    family = wanted.partition("-")[0]
    written = sorted(written)
    same = [tag for tag in written if tag.lower() == wanted]
    related = [tag for tag in written if tag.lower().partition("-")[0] == family]
    return list(dict.fromkeys((*same, *related, FALLBACK_LANGUAGE)))


def messages_of(settings: NotifierSettings, texts: Mapping[str, str] | None = None) -> Messages:
    """The messages as settings want them; `texts` of the scene packs, those that ship without."""
    return Messages(
        settings.timezone,
        settings.templates,
        texts,
        segments_most=settings.segments_most,
        hotline=settings.hotline,
    )
