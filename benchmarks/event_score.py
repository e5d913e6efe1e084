"""Reported stays held against true ones: by zone and by time, and what each report would have led to.

Pure: spans in, counts out. Seconds are from the start of the clip; a span is `(from, until)`.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields

import msgspec

from benchmarks.figures import quantile

Span = tuple[float, float]

LINKED = 0.5
"""Share of the shorter of two spans that must be common to both for them to speak of the same stay."""

BRIEF_S = 8.0
"""Nobody is asked to report a halt shorter than this, at a look a second and two seconds to settle."""

MARGIN_S = 2.0
"""Two looks: a stay that misses its dwell by less, either way, is not judged by its overstay."""

CLEARED_S = 5.0
"""A stay said to have left so much before it did was cleared falsely."""


class AnnotatedZone(msgspec.Struct, frozen=True, kw_only=True):
    """A zone; `dwell_s` is how long one may stand in it."""

    id: str
    kind: str
    dwell_s: float


class AnnotatedStay(msgspec.Struct, frozen=True, kw_only=True):
    """Something that truly stood in a zone that forbids it; without an end it stays to the clip's end."""

    zone: str
    began_s: float
    ended_s: float | None = None
    actor: str = ""
    label: str = ""


class AnnotatedBlind(msgspec.Struct, frozen=True, kw_only=True):
    """A span in which nobody can tell from the pictures what stands."""

    from_s: float
    until_s: float


class AnnotatedStory(msgspec.Struct, frozen=True, kw_only=True):
    """What the clip was made to try.

    Attributes:
        board, condition, split: what tables are made by.
        traffic: actors whose halts may be reported or not.
        excused: actors who stand there by right.
    """

    board: str = "annotated"
    condition: str = "real"
    split: str = "hold-out"
    trap: str = ""
    traffic: tuple[str, ...] = ()
    excused: tuple[str, ...] = ()


class Annotated(msgspec.Struct, frozen=True, kw_only=True):
    """The truth of a clip: the first line of `NAME.truth.jsonl`. What is not named here is ignored.

    Attributes:
        scene: the clip's name.
        blind: spans in which nobody can tell, in any order.
    """

    scene: str
    duration_s: float
    zones: tuple[AnnotatedZone, ...]
    stays: tuple[AnnotatedStay, ...]
    street: str = ""
    blind: tuple[AnnotatedBlind, ...] = ()
    story: AnnotatedStory | None = None

    @property
    def told(self) -> AnnotatedStory:
        """The story, or that there is none."""
        return self.story or AnnotatedStory()

    @property
    def blind_spans(self) -> tuple[Span, ...]:
        """The blind spans in order, none touching the next."""
        spans: list[Span] = []
        for since, until in sorted((span.from_s, span.until_s) for span in self.blind):
            if spans and since <= spans[-1][1]:
                since, until = spans[-1][0], max(spans.pop()[1], until)  # noqa: PLW2901 - the two are one
            spans.append((since, until))
        return tuple(spans)


class Reported(msgspec.Struct, frozen=True, kw_only=True):
    """A stay as `clearway replay --json` prints it."""

    zone: str
    began_s: float
    overstayed_s: float | None = None
    ended_s: float | None = None
    ended_by: str | None = None


@dataclass(slots=True)
class Tally:
    """What became of true stays and of reported ones; tallies add up.

    Attributes:
        true: stays that had to be found: each is found, missed, or merged with one before or after it.
        doubled: reports of a stay beyond its first.
        false_alarms: reports of a stay that never was.
        ignored: reports of what nobody is asked about: traffic that halts, a moment's stop.
        due: stays that truly overstayed; `notices` how many of them were reported to.
        wrong_notices: overstays reported of a stay that had none.
        repeated_notices: overstays of one stay beyond the first.
        excused_notices: overstays reported of who stands there by right.
        false_clears: stays said to have left while they stood.
        invented: events dated into a span in which nobody could see.
        begin_errors_s, end_errors_s, notice_errors_s: reported minus true.
        seconds: of the clips.
        looks, network_runs: taken, and how often a network was asked in them.
    """

    clips: int = 0
    seconds: float = 0.0
    looks: int = 0
    network_runs: int = 0
    true: int = 0
    found: int = 0
    missed: int = 0
    merged: int = 0
    doubled: int = 0
    false_alarms: int = 0
    ignored: int = 0
    due: int = 0
    notices: int = 0
    wrong_notices: int = 0
    repeated_notices: int = 0
    excused_notices: int = 0
    false_clears: int = 0
    invented: int = 0
    begin_errors_s: list[float] = field(default_factory=list)
    end_errors_s: list[float] = field(default_factory=list)
    notice_errors_s: list[float] = field(default_factory=list)

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(Tally)))

    @property
    def recall(self) -> float | None:
        """Share of the true stays that were found."""
        return self.found / self.true if self.true else None

    @property
    def precision(self) -> float | None:
        """Share of the judged reports that each are the one of a true stay."""
        judged = self.found + self.doubled + self.false_alarms
        return self.found / judged if judged else None

    @property
    def asked(self) -> float | None:
        """Runs of the network a look."""
        return self.network_runs / self.looks if self.looks else None

    @property
    def false_alarms_a_day(self) -> float | None:
        """False alarms per camera-day."""
        return self.false_alarms / self.seconds * 86_400 if self.seconds else None


def total(tallies: Iterable[Tally]) -> Tally:
    """All of them as one."""
    return sum(tallies, Tally())


def error(values_s: Sequence[float], share: float) -> float | None:
    """A quantile of the sizes of errors."""
    return quantile([abs(value) for value in values_s], share) if values_s else None


def score(truth: Annotated, reports: Sequence[Reported], zones: Iterable[str] | None = None) -> Tally:
    """Judge what was reported of one clip.

    Args:
        truth: what truly happened.
        reports: the stays reported, in any order.
        zones: which zones were watched; all of them by default.
    """
    watched = {zone.id for zone in truth.zones} if zones is None else set(zones)
    tally = Tally(clips=1, seconds=truth.duration_s)
    ordered = sorted(reports, key=_order)
    for zone in truth.zones:
        if zone.id in watched:
            _score_zone(truth, zone, [report for report in ordered if report.zone == zone.id], tally)
    return tally


def _order(report: Reported) -> tuple[float, float, float, str]:
    """All that a report says: whichever of two came first, the one that led to a notice is judged first."""
    over, ended = (math.inf if at is None else at for at in (report.overstayed_s, report.ended_s))
    return report.began_s, ended, over, report.ended_by or ""


def links(true: Sequence[Span], reported: Sequence[Span]) -> list[tuple[int, int]]:
    """Which report is whose: pairs of indices, each used once, the best overlaps first."""
    overlaps = [
        (-common(one, other) / _union(one, other), one, other, i, j)
        for i, one in enumerate(true)
        for j, other in enumerate(reported)
        if linked(one, other)
    ]
    pairs: list[tuple[int, int]] = []
    for *_, i, j in sorted(overlaps):
        if all(i != taken and j != used for taken, used in pairs):
            pairs.append((i, j))
    return pairs


def linked(one: Span, other: Span) -> bool:
    """Whether two spans may speak of the same stay."""
    shorter = min(one[1] - one[0], other[1] - other[0])
    return common(one, other) >= LINKED * shorter and common(one, other) > 0


def common(one: Span, other: Span) -> float:
    """Seconds that two spans share."""
    return max(0.0, min(one[1], other[1]) - max(one[0], other[0]))


def seen_s(span: Span, blind: Iterable[Span]) -> float:
    """Seconds of a span in which the camera could tell; the blind spans do not overlap each other."""
    return span[1] - span[0] - sum(common(span, dark) for dark in blind)


def due_at(began_s: float, dwell_s: float, blind: Iterable[Span]) -> float:
    """When a stay becomes an overstay: blind time does not count."""
    at = began_s + dwell_s
    for since, until in sorted(blind):
        if since < at and until > began_s:
            at += until - max(since, began_s)
    return at


def _score_zone(truth: Annotated, zone: AnnotatedZone, reports: list[Reported], tally: Tally) -> None:
    stays = [stay for stay in truth.stays if stay.zone == zone.id]
    asked = [stay for stay in stays if _is_asked(stay, truth)]
    others = [stay for stay in stays if not _is_asked(stay, truth)]
    true = [_span(stay, truth) for stay in asked]
    said = [_reported_span(report, truth) for report in reports]
    pairs = links(true, said)
    owner = {j: i for i, j in pairs}
    _count_true(true, said, pairs, tally)
    groups: dict[int, list[Reported]] = {i: [reports[j]] for i, j in pairs}
    for j, report in enumerate(reports):
        if j in owner:
            continue
        if (whose := _doubles(said[j], true, owner)) is not None:
            tally.doubled += 1
            groups[whose].append(report)
        else:
            _count_stray(report, said[j], others, truth, tally)
    for i, stay in enumerate(asked):
        _count_notices(stay, zone, groups.get(i, []), truth, tally)
    for i, j in pairs:
        _count_errors(asked[i], reports[j], truth, tally)
    tally.invented += sum(_invented(report, truth) for report in reports)


def _count_true(true: list[Span], said: list[Span], pairs: list[tuple[int, int]], tally: Tally) -> None:
    """Found; or merged: inside the report of another stay that was over before, or began after; or missed."""
    found = dict(pairs)
    tally.true += len(true)
    tally.found += len(found)
    for i, span in enumerate(true):
        if i in found:
            continue
        swallowed = any(linked(span, said[j]) and not common(span, true[k]) for k, j in pairs)
        tally.merged += swallowed
        tally.missed += not swallowed


def _doubles(span: Span, true: list[Span], owner: dict[int, int]) -> int | None:
    """The found stay that this further report repeats."""
    again = [(common(span, true[i]), -i) for i in owner.values() if linked(span, true[i])]
    return -max(again)[1] if again else None


def _count_stray(
    report: Reported, span: Span, others: list[AnnotatedStay], truth: Annotated, tally: Tally
) -> None:
    """A report of no stay that had to be found: of traffic or a brief halt, or of nothing."""
    beside = [stay for stay in others if linked(span, _span(stay, truth))]
    tally.ignored += bool(beside)
    tally.false_alarms += not beside
    if report.overstayed_s is not None:
        excused = any(stay.actor in truth.told.excused for stay in beside)
        tally.excused_notices += excused
        tally.wrong_notices += not excused


def _count_notices(
    stay: AnnotatedStay, zone: AnnotatedZone, reports: list[Reported], truth: Annotated, tally: Tally
) -> None:
    notices = sorted(report.overstayed_s for report in reports if report.overstayed_s is not None)
    if stay.actor in truth.told.excused:
        tally.excused_notices += len(notices)
        return
    spare = seen_s(_span(stay, truth), truth.blind_spans) - zone.dwell_s
    if abs(spare) <= MARGIN_S:
        return
    if spare < 0:
        tally.wrong_notices += len(notices)
        return
    tally.due += 1
    if notices:
        tally.notices += 1
        tally.repeated_notices += len(notices) - 1
        tally.notice_errors_s.append(notices[0] - due_at(stay.began_s, zone.dwell_s, truth.blind_spans))


def _count_errors(stay: AnnotatedStay, report: Reported, truth: Annotated, tally: Tally) -> None:
    """When it began and ended; an end that fell into darkness nobody can date."""
    tally.begin_errors_s.append(report.began_s - stay.began_s)
    ended = _span(stay, truth)[1]
    if report.ended_s is not None and report.ended_by == "left" and report.ended_s < ended - CLEARED_S:
        tally.false_clears += 1
    if stay.ended_s is None or report.ended_s is None:
        return
    if not any(since <= stay.ended_s <= until for since, until in truth.blind_spans):
        tally.end_errors_s.append(report.ended_s - stay.ended_s)


def _invented(report: Reported, truth: Annotated) -> int:
    """Events dated inside a blind span; a look's length from its borders is not counted as inside."""
    events = (report.began_s, report.overstayed_s, report.ended_s)
    dated = [event for event in events if event is not None]
    return sum(any(since + 1 < event < until - 1 for since, until in truth.blind_spans) for event in dated)


def _is_asked(stay: AnnotatedStay, truth: Annotated) -> bool:
    span = _span(stay, truth)
    return stay.actor not in truth.told.traffic and seen_s(span, truth.blind_spans) >= BRIEF_S


def _span(stay: AnnotatedStay, truth: Annotated) -> Span:
    return stay.began_s, truth.duration_s if stay.ended_s is None else min(stay.ended_s, truth.duration_s)


def _reported_span(report: Reported, truth: Annotated) -> Span:
    until = truth.duration_s if report.ended_s is None else report.ended_s
    return report.began_s, max(until, report.began_s + 0.001)


def _union(one: Span, other: Span) -> float:
    return max(one[1], other[1]) - min(one[0], other[0])
