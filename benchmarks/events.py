"""The event benchmark: every clip of a set replayed by the product's own code, its stays held against truth.

    python -m benchmarks events [--set FOLDER] [--network FILE] [--split SPLIT] [--only WORD]
                                [--no-reference] [--json]

A set is a folder of clips, each `NAME.mp4` with its plan `NAME.toml` and its truth `NAME.truth.jsonl`, of
which only the first line is read (docs/benchmarks.md says what stands there, so that a city can annotate its
own footage). Zones that forbid what the network does not know are left out, and said to be.
"""

import argparse
import json
import os
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import msgspec
from rich.box import SIMPLE
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.event_score import Annotated, Reported, Tally, error, score, total
from benchmarks.figures import Figure, show
from clearway.replay import replay
from detectors.network import Network
from detectors.opening import open_network, open_reference
from detectors.shipped import FOLDER, NAME
from models.errors import EXIT_CONFIGURATION, ConfigurationError
from models.plan import Plan, parse_plan

SHIPPED = FOLDER / NAME

GROUPS: dict[str, Callable[[Annotated], str]] = {
    "storyboard": lambda truth: truth.told.board,
    "condition": lambda truth: truth.told.condition,
    "street": lambda truth: truth.street or "-",
    "split": lambda truth: truth.told.split,
}


@dataclass(frozen=True, slots=True)
class Clip:
    """One clip of a set, with its files."""

    video: Path
    plan: Plan
    truth: Annotated


@dataclass(frozen=True, slots=True)
class Judged:
    """One clip's tally, and the zones that the network at hand could not watch."""

    truth: Annotated
    tally: Tally
    left_out: tuple[str, ...]


def default_set() -> Path:
    """Where `python -m studio clips` puts the set unless told otherwise."""
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "clearway" / "clips"


def clips_in(folder: Path, split: str | None = None, only: str = "") -> tuple[Clip, ...]:
    """The finished clips of a set, by name.

    Args:
        folder: the set.
        split: only those of `develop` or `hold-out`.
        only: a word that the name must hold.

    Raises:
        ConfigurationError: there are none, or a plan or truth cannot be read.
    """
    found = [
        clip
        for file in sorted(folder.glob("*.truth.jsonl"))
        if only in file.name and (clip := _clip(file)) is not None
        if split is None or clip.truth.told.split == split
    ]
    if not found:
        remedy = "make some: python -m studio clips"
        raise ConfigurationError.of(str(folder), "holds no such clip", remedy, key="--set")
    return tuple(found)


def judge(clip: Clip, network: Network, *, with_reference: bool = True) -> Judged:
    """Replay one clip and hold what is reported against its truth.

    Args:
        clip: the clip.
        network: finds the objects.
        with_reference: whether the plan's reference picture is used, where it names one.

    Raises:
        ConfigurationError: the picture cannot be read.
    """
    known = tuple(zone for zone in clip.plan.zones if zone.forbidden_labels & network.labels)
    left_out = tuple(zone.id for zone in clip.plan.zones if zone.forbidden_labels and zone not in known)
    if not known:
        return Judged(clip.truth, score(clip.truth, [], ()), left_out)
    reference = open_reference(clip.video, clip.plan) if with_reference else None
    plan = clip.plan.model_copy(update={"zone": known})
    outcome = replay(str(clip.video), plan, network, reference=reference)
    reports = [msgspec.convert(asdict(stay), Reported) for stay in outcome.stays]
    tally = score(clip.truth, reports, {zone.id for zone in known})
    return Judged(
        clip.truth, replace(tally, looks=outcome.looks, network_runs=outcome.network_runs), left_out
    )


def grouped(judged: Sequence[Judged], by: str) -> dict[str, Tally]:
    """The tallies of each storyboard, condition, street or split."""
    groups: dict[str, list[Tally]] = defaultdict(list)
    for one in judged:
        groups[GROUPS[by](one.truth)].append(one.tally)
    return {name: total(groups[name]) for name in sorted(groups)}


def figures(tally: Tally) -> Iterator[Figure]:
    """The figures of a whole set; the bars are those of the issue "The eye"."""
    note = f"{tally.clips} clips, {tally.seconds / 60:.0f} minutes, {tally.true} stays, {tally.due} overstays"
    if tally.recall is not None:
        yield Figure("stays, recall", tally.recall, "", 0.98, "least", note)
    if tally.precision is not None:
        yield Figure("stays, precision", tally.precision, "", 0.98, "least")
    yield Figure("stays reported twice", tally.doubled, "", 0)
    yield Figure("two stays reported as one", tally.merged, "", 0)
    yield Figure("stays cleared while they stood", tally.false_clears, "", 0)
    yield Figure("overstays without a notice", tally.due - tally.notices, "", 0)
    yield Figure("notices nobody should get", tally.wrong_notices, "", 0)
    yield Figure("notices repeated", tally.repeated_notices, "", 0)
    yield Figure(
        "notices to who stands there by right", tally.excused_notices, "", note="policies excuse, not eyes"
    )
    yield Figure("events dated into darkness", tally.invented, "", 0)
    if tally.asked is not None:
        yield Figure("looks that run the network, share", tally.asked, "", 0.15)
    if tally.false_alarms_a_day is not None:
        yield Figure("false alarms a camera-day", tally.false_alarms_a_day, "1/day")
    for name, errors, bar in (
        ("begin", tally.begin_errors_s, 2.0),
        ("end", tally.end_errors_s, 10.0),
        ("notice", tally.notice_errors_s, None),
    ):
        if errors:
            yield Figure(f"{name} error, median", error(errors, 0.5) or 0.0, "s", bar)
            yield Figure(f"{name} error, p95", error(errors, 0.95) or 0.0, "s")


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark; 0 when every bar was reached."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks events", description=__doc__)
    parser.add_argument("--set", type=Path, default=default_set(), help="folder of clips")
    parser.add_argument("--network", type=Path, default=SHIPPED, help="the network to judge with")
    parser.add_argument("--split", choices=("develop", "hold-out"), help="only these clips")
    parser.add_argument("--only", default="", help="only clips whose name holds this word")
    parser.add_argument(
        "--no-reference", action="store_true", help="leave out the reference pictures that plans name"
    )
    parser.add_argument("--json", action="store_true", help="one JSON line each")
    wanted = parser.parse_args(arguments)
    try:
        clips = clips_in(wanted.set, wanted.split, wanted.only)
        network = open_network(wanted.network)
    except ConfigurationError as exc:
        sys.stderr.write(f"{exc}\n")
        return EXIT_CONFIGURATION
    shown = Console(stderr=True)
    judged = []
    for clip in track(clips, "replaying", console=shown):
        try:
            judged.append(judge(clip, network, with_reference=not wanted.no_reference))
        except ConfigurationError as exc:
            sys.stderr.write(f"{exc}\n")
            return EXIT_CONFIGURATION
    if wanted.json:
        for one in judged:
            print(json.dumps({"clip": one.truth.scene, "left_out": one.left_out, **asdict(one.tally)}))
    else:
        _print_tables(judged)
    return 0 if show(figures(total(one.tally for one in judged)), as_json=wanted.json) else 1


def _clip(truth_file: Path) -> Clip | None:
    """A clip with all its files; None while its video is still being made."""
    name = truth_file.name.removesuffix(".truth.jsonl")
    video, plan = truth_file.with_name(f"{name}.mp4"), truth_file.with_name(f"{name}.toml")
    if not (video.exists() and plan.exists()):
        return None
    with truth_file.open("rb") as lines:
        first = lines.readline()
    try:
        truth = msgspec.json.decode(first, type=Annotated)
    except msgspec.DecodeError as exc:
        remedy = "see docs/benchmarks.md for its format"
        raise ConfigurationError.of(str(truth_file), f"is no truth: {exc}", remedy, key="line 1") from exc
    return Clip(video, parse_plan(plan.read_text(encoding="utf-8"), str(plan)), truth)


def _print_tables(judged: Sequence[Judged]) -> None:
    console = Console(width=150, highlight=False)
    for by in GROUPS:
        table = Table(box=SIMPLE, padding=(0, 1, 0, 0))
        table.add_column(by, no_wrap=True)
        for column in _COLUMNS:
            table.add_column(column, justify="right", no_wrap=True)
        for name, tally in grouped(judged, by).items():
            table.add_row(name, *(_cell(value(tally)) for value in _COLUMNS.values()))
        console.print(table)
    for one in judged:
        if one.left_out:
            console.print(
                f"{one.truth.scene}: not watched: {', '.join(one.left_out)}: the network knows none of it"
            )
        if fault := _faults(one.tally):
            console.print(f"{one.truth.scene}: {fault}")


_COLUMNS: dict[str, Callable[[Tally], float | None]] = {
    "clips": lambda tally: tally.clips,
    "true": lambda tally: tally.true,
    "found": lambda tally: tally.found,
    "missed": lambda tally: tally.missed,
    "merged": lambda tally: tally.merged,
    "doubled": lambda tally: tally.doubled,
    "false": lambda tally: tally.false_alarms,
    "due": lambda tally: tally.due,
    "notices": lambda tally: tally.notices,
    "wrong": lambda tally: tally.wrong_notices,
    "cleared": lambda tally: tally.false_clears,
    "invented": lambda tally: tally.invented,
    "asked": lambda tally: tally.asked,
    "begin s": lambda tally: error(tally.begin_errors_s, 0.5),
    "p95": lambda tally: error(tally.begin_errors_s, 0.95),
    "end s": lambda tally: error(tally.end_errors_s, 0.5),
    "p95 ": lambda tally: error(tally.end_errors_s, 0.95),
}


def _cell(value: float | None) -> str:
    if value is None:
        return "-"
    return str(value) if isinstance(value, int) else f"{value:.2f}"


def _faults(tally: Tally) -> str:
    """What went wrong in a clip, in words; empty when nothing did."""
    words = {
        "missed": tally.missed,
        "merged": tally.merged,
        "doubled": tally.doubled,
        "false": tally.false_alarms,
        "overstays without a notice": tally.due - tally.notices,
        "wrong notices": tally.wrong_notices,
        "repeated notices": tally.repeated_notices,
        "cleared too early": tally.false_clears,
        "dated into darkness": tally.invented,
    }
    return ", ".join(f"{count} {word}" for word, count in words.items() if count)
