"""What an owner reads: templates by language, matter and step.

```
templates/{language}/{matter}/{step}.j2      the most fitting one wins:
    zh-CN/fire-lane-blocked/reminder.j2      this matter, this step
    zh-CN/default/reminder.j2                any matter, this step
    zh-CN/fire-lane-blocked/notice.j2        a step without a text of its own (thanks.j2 when it left)
    zh-CN/default/notice.j2                  the same, for any matter
    en/…                                     the same again, for a language nobody has written
```

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
from cases.notice_records import CaseView
from cases.policy import Does, Policy, Step, When
from cases.scenes import builtin_scenes, message_texts
from models.errors import ConfigurationError, Fault
from models.records import Plate, PlateSource
from notifier import segments

FALLBACK_LANGUAGE = "en"
FALLBACK_STEP = {When.STANDING: "notice", When.LEFT: "thanks"}
PLACE_MOST = 40
"""Characters of a place that a message repeats; a whole address would cost another SMS."""

EXAMPLE_PLACE = "宁波市江北区清河路88号北门"
EXAMPLE_PLATE = Plate(text="浙B12345", score=1.0, source=PlateSource.ASSUMED)


@dataclass(frozen=True, slots=True)
class Message:
    """A text to send, and how much of the telephone's room it takes."""

    body: str
    language: str
    segments: int


class Messages:
    """Writes messages.

    Args:
        timezone: in which times are told.
        templates: a folder of a city's own, asked before the shipped ones.
        texts: of the scene packs, by template name; those that ship without.
    """

    def __init__(
        self, timezone: str, templates: Path | None = None, texts: Mapping[str, str] | None = None
    ) -> None:
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

    def render(self, case: CaseView, step: Step, language: str) -> Message:
        """The message of one step to somebody who reads `language`.

        Raises:
            ConfigurationError: a template is missing or cannot be rendered.
        """
        names = _names(case.matter, step, _tags(language, self._written))
        try:
            template = self._templates.select_template(names)
            tag = str(template.name).partition("/")[0]
            body = " ".join(template.render(self._words(case, tag)).split())
        except TemplateError as exc:
            problem = f"cannot be rendered: {exc.message or type(exc).__name__}"
            remedy = "words in use: place, plate, time, number, zone"
            raise ConfigurationError.of(names[0], problem, remedy) from exc
        return Message(body=body, language=tag, segments=segments.size(body).segments)

    def check(
        self, policies: Iterable[Policy], languages: Iterable[str], segments_most: int
    ) -> tuple[Fault, ...]:
        """Render every message that these policies can lead to, for a typical case.

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
            for fault in self._check_one(policy.matter, step, language, segments_most)
        )

    def _check_one(self, matter: str, step: Step, language: str, most: int) -> tuple[Fault, ...]:
        try:
            message = self.render(example_case(matter), step, language)
        except ConfigurationError as exc:
            return exc.faults
        if message.segments <= most:
            return ()
        name = f"{language}/{matter}/{step.id}"
        problem = (
            f"takes {message.segments} SMS for a place of {len(EXAMPLE_PLACE)} characters, allowed {most}"
        )
        return (Fault(name, 0, "", problem, "shorten it or raise notifier.segments_most"),)

    def _words(self, case: CaseView, language: str) -> dict[str, str]:
        return {
            "place": shortened(case.place) or case.zone,
            "plate": "" if case.plate is None else case.plate.text,
            "time": local_time(case.opened_at.astimezone(self._timezone), language),
            "number": case_number(case.number),
            "zone": case.zone,
        }


def case_number(number: int) -> str:
    """How people call a case: `CW-000042`."""
    return f"CW-{number:06d}"


def shortened(place: str) -> str:
    """A place on one line and no longer than a message can bear."""
    line = " ".join(place.split())
    return line if len(line) <= PLACE_MOST else line[: PLACE_MOST - 1] + "…"


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
    usual = FALLBACK_STEP.get(step.when, FALLBACK_STEP[When.STANDING])
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
