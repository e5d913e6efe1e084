"""The event benchmark's set: `clips.toml` made into scenes, and scenes into clips, so many at a time.

Each clip's scene is written beside it, so that any of them can be looked at and rendered alone. A clip whose
files are there and whose scene has not changed since is left alone.
"""

import os
import subprocess
import sys
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from importlib import resources
from itertools import cycle, islice
from pathlib import Path
from queue import Queue
from typing import Any

import tomli_w
from pydantic import Field

from models.errors import ConfigurationError
from models.toml import FrozenModel, nearest, parse
from studio.camera.faults import CameraFault
from studio.filming.cache import Cache
from studio.scenes.light import LIGHTS
from studio.scenes.scene import Id, Scene
from studio.storyboards import BOARDS, shoot
from studio.storyboards.board import Stage
from studio.streets.street import Street, bundled, parse_street

SOURCE = "studio/storyboards/clips.toml"


class Condition(FrozenModel):
    """Light, weather and what is wrong with the camera."""

    light: str
    weather: str = "dry"
    fault: tuple[CameraFault, ...] = ()


class Take(FrozenModel):
    """Some stories told in one street, from one camera, in one condition."""

    street: Id
    view: Id
    condition: Id
    boards: tuple[str, ...] = Field(min_length=1)


class ClipList(FrozenModel):
    """The whole list."""

    condition: dict[str, Condition]
    take: tuple[Take, ...]


def default_folder() -> Path:
    """Where the set is put unless told otherwise: the user's cache."""
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "clearway" / "clips"


def listed() -> ClipList:
    """The list that lies in the studio."""
    text = (resources.files("studio.storyboards") / "clips.toml").read_text(encoding="utf-8")
    return parse(text, SOURCE, ClipList)


def scenes(
    split: str | None = None, only: str = "", street_of: Callable[[str], Street] | None = None
) -> Iterator[Scene]:
    """The scenes of the list.

    Args:
        split: only those of `develop` or `hold-out`.
        only: a word that the name must hold.
        street_of: gives a street by its name; the bundled ones by default.

    Raises:
        ConfigurationError: the list names what there is not, or a street lacks what a story needs.
    """
    clips = listed()
    for take in clips.take:
        street = (street_of or bundled_street)(take.street)
        if split not in {None, street.split}:
            continue
        for board in take.boards:
            if only in f"{take.street}-{take.view}-{take.condition}-{board}":
                yield shoot(_known(board, BOARDS, "boards"), _stage(take, board, street, clips.condition))


@lru_cache
def bundled_street(name: str) -> Street:
    """A street that lies in the studio."""
    return parse_street(*bundled(name))


def scene_text(scene: Scene) -> str:
    """A scene as its file."""
    return tomli_w.dumps(scene.model_dump(mode="json", exclude_defaults=True))


def is_made(scene: Scene, folder: Path) -> bool:
    """Whether a clip is there, made from this very scene."""
    written = folder / f"{scene.name}.scene"
    files = [folder / f"{scene.name}{ending}" for ending in (".mp4", ".truth.jsonl", ".toml")]
    return (
        all(file.exists() for file in files)
        and written.exists()
        and written.read_text(encoding="utf-8") == scene_text(scene)
    )


def make(
    todo: Iterable[Scene],
    folder: Path,
    *,
    jobs: int,
    done: Callable[[str], None],
    options: tuple[str, ...] = (),
) -> None:
    """Render clips, each in a process of its own.

    Clips of one street, camera and light are made one after the other: they share their pictures. Each job
    keeps to a core of its own: the renderer's threads, told of several cores, spend half of them waiting.

    Args:
        todo: what to make.
        folder: where to.
        jobs: how many at a time.
        done: told each clip's name when it is there.
        options: further ones of `python -m studio render`.

    Raises:
        RuntimeError: a clip could not be made; the rest of its street, camera and light was left alone.
    """
    folder.mkdir(parents=True, exist_ok=True)
    together: dict[tuple[str, str, str], list[Scene]] = defaultdict(list)
    for scene in todo:
        together[scene.street, scene.view, scene.light].append(scene)

    def make_all(group: list[Scene]) -> None:
        for scene in group:
            _make(scene, folder, options)
            done(scene.name)

    cores: Queue[int] = Queue()
    for core in islice(cycle(sorted(os.sched_getaffinity(0))), jobs):
        cores.put(core)

    def keep_to_a_core() -> None:
        os.sched_setaffinity(0, {cores.get()})  # of this thread, and of the processes it starts

    with ThreadPoolExecutor(jobs, initializer=keep_to_a_core) as pool:
        for ended in [pool.submit(make_all, group) for group in together.values()]:
            ended.result()


def give_references(made: Iterable[Scene], folder: Path, cache: Cache) -> None:
    """Give the plans of clips that are there the picture that their zones were drawn on.

    One for each street and camera, taken by day: of another hour than most clips, as it is in a city.

    Args:
        made: whose clips are there.
        folder: where they are.
        cache: of the renderer; an empty street that is not there yet is rendered.
    """
    from studio.filming import reference  # noqa: PLC0415 - it needs fonts; a list of scenes does not
    from studio.filming.production import Production  # noqa: PLC0415 - as well

    by_day: dict[tuple[str, str], Scene] = {}
    for scene in scenes():
        if not LIGHTS[scene.light].headlamps and scene.weather == "dry":
            by_day.setdefault((scene.street, scene.view), scene)
    for scene in made:
        drawn_on = by_day.get((scene.street, scene.view))
        if drawn_on is None:
            continue
        picture = folder / f"{scene.street}-{scene.view}.jpg"
        if not picture.exists():
            production = Production(drawn_on, bundled_street(scene.street), cache, threads=1)
            reference.write_picture(picture, reference.photograph(production))
        reference.refer(folder / f"{scene.name}.toml", picture.name)


def lacking(todo: Iterable[Scene], cache: Cache) -> dict[tuple[str, str, str], int]:
    """How many sprites the cache has not yet, by street, view and light; shared ones counted once."""
    from studio.filming.production import Production  # noqa: PLC0415 - it needs fonts; a list of scenes does not

    counts: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for scene in todo:
        production = Production(scene, bundled_street(scene.street), cache)
        missing = production.missing(range(scene.frames))
        counts[scene.street, scene.view, scene.light].update(production.digest(key) for key in missing)
    return {place: len(digests) for place, digests in counts.items()}


def _make(scene: Scene, folder: Path, options: tuple[str, ...]) -> None:
    text, partial = scene_text(scene), folder / f"{scene.name}.scene.part"
    partial.write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "studio", "render", str(partial), "--out", str(folder), *options]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise RuntimeError(f"{scene.name} could not be made: {ended.stderr[-2000:]}")
    partial.replace(folder / f"{scene.name}.scene")


def _stage(take: Take, board: str, street: Street, conditions: Mapping[str, Condition]) -> Stage:
    condition = conditions[_known(take.condition, conditions, "condition")]
    return Stage(
        name=take.street,
        street=street,
        view=_known(take.view, street.view, "view"),
        light=condition.light,
        weather=condition.weather,
        condition=take.condition,
        faults=tuple(fault.model_dump() for fault in condition.fault),
        cast_seed=zlib.crc32(f"{take.street} {take.view} {condition.light}".encode()),
        seed=zlib.crc32(f"{take.street} {board}".encode()) % 10_000,
    )


def _known(word: str, known: Mapping[str, Any], key: str) -> str:
    if word not in known:
        hint = nearest(word, list(known)) or f"known: {', '.join(known)}"
        raise ConfigurationError.of(SOURCE, f"no {key} is called {word!r}", hint, key=key)
    return word
