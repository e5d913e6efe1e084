"""What is shown of the ledger: the answers of the HTTP API, and what the page's templates read.

These name every field that leaves the machine. Addresses of cameras (which may hold passwords), tokens of
recipients and the bytes of dead letters are not among them, and phone numbers never reach the ledger.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Self

import msgspec
from pydantic import BaseModel, ConfigDict

from cases.lights import Light, light
from cases.rows import pinned_policy
from cases.states import State
from models.records import Plate


class View(BaseModel):
    """Base of everything shown. Built from a row by the names of its fields."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """The view of one row."""
        return cls.model_validate(row)


class PlateView(View):
    """A plate and where it comes from."""

    text: str
    score: float
    source: str


class PictureView(View):
    """One picture of the evidence."""

    role: str
    sha256: str
    captured_at: datetime

    @property
    def url(self) -> str:
        """Where to fetch it."""
        return f"/evidence/{self.sha256}.jpg"


class SourceView(View):
    """A report of people that belongs to a case, without a word of theirs."""

    report: str
    channel: str
    at: datetime
    score: float | None = None
    metres: float | None = None


class DeadlineView(View):
    """Something that has to be done by a time.

    Attributes:
        late: whether that time has passed.
        outcome: `kept` or `missed`, once that is known.
    """

    name: str
    unit: str
    due_at: datetime
    done_at: datetime | None
    outcome: str | None
    late: bool

    @classmethod
    def at(cls, row: Mapping[str, Any], now: datetime) -> Self:
        """The view of a row of `deadlines` at a time."""
        late = row["outcome"] == "missed" or (row["done_at"] is None and row["due_at"] < now)
        return cls.of({**row, "late": late})


class CaseLine(View):
    """A case as lists show it.

    Attributes:
        undecided: steps of its ladder that wait for a person's decision.
        disowned: `waiting` where an owner says that it is not theirs and nobody has looked; `true` where
            somebody found so; empty for all others.
    """

    id: str
    number: int
    name: str
    state: str
    light: Light
    matter: str
    unit: str
    task: str
    source: str
    zone: str
    place: str
    label: str
    plate: PlateView | None
    pictures: tuple[PictureView, ...]
    began_at: datetime
    opened_at: datetime
    recorded_at: datetime
    last_seen_at: datetime
    closed_at: datetime | None
    resolution: str | None
    previous_id: str | None
    assisting: tuple[str, ...] = ()
    area: str = ""
    area_path: str = ""
    escalated: int = 0
    position_lat: float | None = None
    position_lon: float | None = None
    assessed_at: datetime | None = None
    accepted_at: datetime | None = None
    started_at: datetime | None = None
    archived_at: datetime | None = None
    dismissed_as: str | None = None
    merged_into: str | None = None
    incidents: int = 1
    sources: tuple[SourceView, ...] = ()
    deadlines: tuple[DeadlineView, ...] = ()
    undecided: tuple[str, ...] = ()
    disowned: str = ""

    @classmethod
    def at(cls, row: Mapping[str, Any], now: datetime, deadlines: Iterable[Mapping[str, Any]] = ()) -> Self:
        """The view of a row of `cases` at a time, which its light depends on."""
        closed = not State(row["state"]).is_open
        # Lists leave the policy out: it is large. Then the built-in lights are shown.
        policy = pinned_policy(row) if row.get("policy") else None  # type: ignore[arg-type]
        rule = () if policy is None else (policy.lights, policy.calendar)
        lamp = light(row["recorded_at"], now, *rule, closed=closed)
        due = tuple(DeadlineView.at(one, now) for one in deadlines)
        asked = row.get("decisions", {})
        waiting = tuple(step for step, said in asked.items() if said["granted"] is None)
        return cls.of(
            {
                **row,
                "name": case_name(row["number"]),
                "light": lamp,
                "deadlines": due,
                "undecided": waiting,
            }
        )

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do something."""
        return State(self.state).is_open

    @property
    def next_deadline(self) -> "DeadlineView | None":
        """What has to be done next, or should have been."""
        return next((due for due in self.deadlines if due.done_at is None), None)

    @property
    def plate_record(self) -> Plate | None:
        """The plate in the language of `models`."""
        return None if self.plate is None else msgspec.convert(self.plate.model_dump(), Plate)


class NoticeLine(View):
    """One message to one owner, who is a mask here.

    Attributes:
        sender: who carried it: `twilio`, `http` or `file`; empty before.
        delivery: what the provider reports of it since: `queued`, `sent`, `delivered`, `undelivered`,
            `failed`; empty for nothing yet.
        delivery_code: the provider's code for what went wrong.
    """

    id: str
    case_id: str
    case_number: int
    zone: str
    step: str
    mask: str
    language: str
    body: str
    state: str
    why: str
    attempts: int
    in_doubt: bool
    intended_at: datetime
    accepted_at: datetime | None
    latency_s: float | None
    sender: str
    delivery: str
    delivery_code: str


class AnswerLine(View):
    """What an owner answered on the public page.

    Attributes:
        kind: `moved`, `not_mine` or `objection`.
        text: of an objection.
        review: what a person found on "not mine": `theirs`, `not_theirs`, or nothing yet.
    """

    kind: str
    at: datetime
    text: str
    review: str


class AuditLine(View):
    """Who changed what, and why."""

    at: datetime
    actor: str
    what: str
    why: str
    cause: str | None


class ObservationLine(View):
    """One thing an edge box said of the case."""

    id: str
    at: datetime
    applied_at: datetime
    type: str
    why: str

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """The view of a row of `observations`; the reason stands inside its body."""
        return cls.model_validate({**row, "why": _why(row["body"])})


class StepLine(View):
    """One step of the ladder."""

    step: str
    due_at: datetime
    done_at: datetime | None
    outcome: str | None


class CaseFile(View):
    """Everything about one case.

    Attributes:
        packets: how many sealed packets prove it.
    """

    case: CaseLine
    packets: int = 0
    notices: tuple[NoticeLine, ...]
    answers: tuple[AnswerLine, ...] = ()
    audit: tuple[AuditLine, ...]
    steps: tuple[StepLine, ...]
    observations: tuple[ObservationLine, ...]

    @classmethod
    def at(cls, row: Mapping[str, Any], now: datetime, deadlines: Iterable[Mapping[str, Any]] = ()) -> Self:
        """The view of `Reading.case` at a time."""
        return cls(
            case=CaseLine.at(row, now, deadlines),
            packets=row.get("packets", 0),
            notices=tuple(map(NoticeLine.of, row["notices"])),
            answers=tuple(map(AnswerLine.of, row.get("answers", ()))),
            audit=tuple(map(AuditLine.of, row["audit"])),
            steps=tuple(map(StepLine.of, row["steps"])),
            observations=tuple(map(ObservationLine.of, row["observations"])),
        )


class DeadLetterLine(View):
    """Bytes that could not be used."""

    id: str
    at: datetime
    origin: str
    field: str
    problem: str
    size: int


def case_name(number: int) -> str:
    """How a case is called on every screen."""
    return f"CW-{number:06d}"


class _Reason(msgspec.Struct):
    why: str = ""


class _Body(msgspec.Struct):
    data: _Reason = msgspec.field(default_factory=_Reason)


_body = msgspec.json.Decoder(_Body)


def _why(body: str) -> str:
    try:
        return _body.decode(body).data.why
    except msgspec.MsgspecError:
        return ""
