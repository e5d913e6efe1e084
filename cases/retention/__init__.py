"""How long what is kept: pure rules. `cases.retention.purge` carries them out."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from models.toml import FrozenModel


class DataClass(StrEnum):
    """What is purged together, in the order in which it usually is."""

    LETTERS = "letters"
    PICTURES = "pictures"
    PLATES = "plates"
    CONTACTS = "contacts"
    NOTICES = "notices"
    CASES = "cases"


class RetentionSettings(FrozenModel):
    """For how many days what is kept after a case is over; 0 keeps it for good.

    Cases that are open or on legal hold keep everything.

    Attributes:
        pictures_days: evidence pictures. They show plates: never longer than the plates.
        plates_days: plates wherever they stand: case, observations, messages, sealed manifests, audit.
            A policy's rule for repeat offenders sees no further back than this.
        contacts_days: who reported what: names, contact masks, their words and links; what owners objected.
        notices_days: bodies, masks and tokens of the messages that were sent.
        cases_days: cases as such; their chain stays in the audit, with nothing in it but hashes.
        letters_days: bytes that could not be used (dead letters), counted from their arrival.
        purge_at: when the day's purge runs, UTC.
        unneeded_pictures: remove pictures that are that old and that no case needs (`pictures_days`).
    """

    pictures_days: int = Field(default=90, ge=0, le=36_500)
    plates_days: int = Field(default=180, ge=0, le=36_500)
    contacts_days: int = Field(default=180, ge=0, le=36_500)
    notices_days: int = Field(default=365, ge=0, le=36_500)
    cases_days: int = Field(default=1825, ge=0, le=36_500)
    letters_days: int = Field(default=30, ge=0, le=36_500)
    purge_at: time = time(2, 30)
    unneeded_pictures: bool = True

    @model_validator(mode="after")
    def _pictures_show_plates(self) -> Self:
        if self.plates_days and (self.pictures_days == 0 or self.pictures_days > self.plates_days):
            raise ValueError(
                f"pictures_days is {self.pictures_days or 'for good'} and plates_days {self.plates_days}: "
                "pictures show plates; keep them no longer"
            )
        if self.cases_days and self.cases_days < self.plates_days:
            raise ValueError("cases_days is less than plates_days: a plate goes with its case at the latest")
        return self

    def days(self, kind: DataClass) -> int:
        """For how many days a class is kept; 0 for good."""
        return int(getattr(self, f"{kind.value}_days"))


@dataclass(frozen=True, slots=True)
class Rule:
    """One class whose time can come.

    Attributes:
        before: what ended before this moment is purged.
        said: the rule in words, as the proof of purge names it.
    """

    kind: DataClass
    before: datetime
    said: str


def rules(settings: RetentionSettings, now: datetime) -> tuple[Rule, ...]:
    """The rules in force at a moment."""
    return tuple(
        Rule(kind, now - timedelta(days=days), f"{kind.value}_days = {days}")
        for kind in DataClass
        if (days := settings.days(kind))
    )


def purge_is_due(last: datetime | None, now: datetime, at: time) -> bool:
    """Whether today's purge has still to run.

    Args:
        last: when it last ran; None since this process started: what was missed while down runs at once.
        now: wall clock.
        at: the time of day, UTC.
    """
    today = datetime.combine(now.astimezone(UTC).date(), at, tzinfo=UTC)
    newest = today if now >= today else today - timedelta(days=1)
    return last is None or last < newest
