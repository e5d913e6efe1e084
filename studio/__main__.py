"""`python -m studio`: render scenes, look at stills, make contact sheets."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import cv2
import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from models.errors import EXIT_CONFIGURATION, ConfigurationError
from studio.camera.clip import write_clip
from studio.filming.cache import Cache, default_folder
from studio.filming.planfile import plan_text
from studio.filming.production import Production
from studio.filming.reference import photograph, write_picture
from studio.filming.sheet import moment_of, write_sheet
from studio.filming.truth import clip_of, frame_of
from studio.matter.finishes import Picture
from studio.plates.crops import samples, write_set
from studio.plates.sequences import LOOKS, write_sequences
from studio.scenes.scene import Scene, parse_scene
from studio.storyboards.clipset import default_folder as clips_folder
from studio.storyboards.clipset import give_references, is_made, lacking, make, scenes
from studio.streets.street import all_bundled, bundled, parse_street
from studio.training.mixing import mix
from studio.training.pictures import CONDITIONS
from studio.training.trainset import PICTURE_WH, write_card, write_pictures

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__)

SceneFile = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="a scene file, TOML")]
CacheFolder = Annotated[Path | None, typer.Option("--cache", help="where pictures are kept")]
Threads = Annotated[int, typer.Option(min=1, help="of the renderer")]


@app.command()
def render(
    scene: SceneFile,
    out: Annotated[Path, typer.Option(help="folder for clip, plan and truth")],
    cache: CacheFolder = None,
    threads: Threads = 2,
    crf: Annotated[int, typer.Option(min=0, max=51, help="quality: 18 fine, 30 like a cheap camera")] = 27,
) -> None:
    """Render a scene: NAME.mp4, NAME.toml (the plan) and NAME.truth.jsonl."""
    production = _opened(scene, cache, threads)
    frames = range(production.scene.frames)
    _render_missing(production, frames)
    out.mkdir(parents=True, exist_ok=True)
    name, size = production.scene.name, (production.scene.width, production.scene.height)
    clip = clip_of(production.scene, production.street, production.lens)
    lines = [msgspec.json.encode(clip)]
    with _progress() as bar:
        task = bar.add_task("composing", total=production.scene.frames)

        def pictures() -> Iterator[Picture | None]:
            for number, (picture, presences) in enumerate(production.pictures(frames)):
                lines.append(msgspec.json.encode(frame_of(production.scene, number, presences)))
                bar.advance(task)
                yield picture

        write_clip(out / f"{name}.mp4", pictures(), fps=production.scene.fps, size=size, crf=crf)
    (out / f"{name}.truth.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    (out / f"{name}.toml").write_text(plan_text(production.scene, production.street, clip), encoding="utf-8")


@app.command()
def still(
    scene: SceneFile,
    out: Annotated[Path, typer.Option(help="picture to write, .png or .jpg")],
    at: Annotated[float, typer.Option(help="second of the clip")] = 0.0,
    cache: CacheFolder = None,
    threads: Threads = 2,
) -> None:
    """Render one frame, with no more sprites than it needs."""
    production = _opened(scene, cache, threads)
    frames = [round(at * production.scene.fps)]
    _render_missing(production, frames)
    picture, _ = next(production.pictures(frames))
    if picture is None:
        raise ConfigurationError.of(
            str(scene), f"the stream drops out at {at:g} s", "give another second", key="--at"
        )
    _save(out, picture)


@app.command()
def reference(
    scene: SceneFile,
    out: Annotated[Path, typer.Option(help="picture to write, .jpg")],
    cache: CacheFolder = None,
    threads: Threads = 2,
) -> None:
    """Photograph the empty street of a scene: the picture that its plan may name as `reference`."""
    write_picture(out, photograph(_opened(scene, cache, threads)))


@app.command()
def sheet(
    scene: SceneFile,
    out: Annotated[Path, typer.Option(help="picture to write, .png")],
    at: Annotated[list[float], typer.Option(help="second of the clip; give it several times")],
    cache: CacheFolder = None,
    threads: Threads = 2,
) -> None:
    """Lay a few moments of a scene side by side."""
    production = _opened(scene, cache, threads)
    frames = [round(second * production.scene.fps) for second in at]
    _render_missing(production, frames)
    shown = [picture for picture, _ in production.pictures(frames)]
    write_sheet(out, [picture for picture in shown if picture is not None])


@app.command()
def plates(
    out: Annotated[Path, typer.Option(help="folder for crops and labels.jsonl")],
    count: Annotated[int, typer.Option(min=1, help="how many crops the folder shall have")] = 10_000,
    seed: Annotated[int, typer.Option(help="another seed, other plates")] = 1,
    contact_sheet: Annotated[Path | None, typer.Option("--sheet", help="picture to write, .png")] = None,
    split: Annotated[str, typer.Option(help="of sequences: `develop` or `hold-out` texts")] = "hold-out",
    *,
    looks: Annotated[int, typer.Option(min=1, max=60, help="of sequences: moments of each plate")] = LOOKS,
    sequences: Annotated[bool, typer.Option("--sequences", help="several looks at each plate")] = False,
) -> None:
    """Make plate crops with their texts, all kinds, sizes and weathers; goes on where it was stopped."""
    cv2.setNumThreads(1)  # crops are too small to share
    if sequences and contact_sheet is not None:
        remedy = "leave one of them out"
        raise ConfigurationError.of("studio plates", "a sheet shows single crops", remedy, key="--sheet")
    if split not in {"develop", "hold-out"}:
        remedy = "give `develop` or `hold-out`"
        raise ConfigurationError.of("studio plates", f"no split {split!r}", remedy, key="--split")
    made = write_sequences(out, count, seed, split, looks) if sequences else write_set(out, count, seed)
    with _progress() as bar:
        task = bar.add_task("plates", total=count)
        for done in made:
            bar.update(task, completed=done)
    if contact_sheet is not None:
        write_sheet(contact_sheet, samples(out, 2), columns=6, width_px=160)


@app.command()
def clips(
    out: Annotated[Path | None, typer.Option(help="folder of the set; else in the user's cache")] = None,
    only: Annotated[str, typer.Option(help="only clips whose name holds this word")] = "",
    split: Annotated[str | None, typer.Option(help="only `develop` or `hold-out`")] = None,
    jobs: Annotated[int, typer.Option(min=1, help="clips made at a time, one thread each")] = 2,
    crf: Annotated[int, typer.Option(min=0, max=51, help="quality, as of render")] = 28,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only say what it would cost")] = False,
    contact_sheet: Annotated[
        Path | None,
        typer.Option("--sheet", help="make nothing, lay a moment of each into this .png"),
    ] = None,
    cache: CacheFolder = None,
) -> None:
    """Make the event benchmark's clips; what is there already is left alone."""
    folder, pictures = out or clips_folder(), cache or default_folder()
    with _progress() as bar:
        planned = list(bar.track(scenes(split, only), total=None, description="planning"))
    todo = [scene for scene in planned if not is_made(scene, folder)]
    if contact_sheet is not None:
        _lay_out(contact_sheet, [scene for scene in planned if scene not in todo], folder)
        return
    if dry_run:
        counts = lacking(todo, Cache(pictures))
        for (street, view, light), sprites in sorted(counts.items()):
            told = sum((scene.street, scene.view, scene.light) == (street, view, light) for scene in todo)
            typer.echo(f"{street:10} {view:6} {light:10} {told:3} clips {sprites:6} sprites to render")
        typer.echo(f"{len(todo)} clips, {sum(counts.values())} sprites, into {folder}")
        return
    options = ("--cache", str(pictures), "--threads", "1", "--crf", str(crf))
    with _progress() as bar:
        task = bar.add_task("making clips", total=len(todo))

        def done(name: str) -> None:
            bar.update(task, advance=1, description=name)

        make(todo, folder, jobs=jobs, done=done, options=options)
    give_references(planned, folder, Cache(pictures))


@app.command()
def pictures(
    out: Annotated[Path, typer.Option(help="folder for images, labels, data.yaml and the card")],
    count: Annotated[int, typer.Option(min=0, help="pictures of the develop streets")] = 2400,
    hold_out: Annotated[int, typer.Option(min=0, help="pictures of the hold-out streets")] = 144,
    seed: Annotated[int, typer.Option(help="another seed, other pictures")] = 1,
    condition: Annotated[list[str] | None, typer.Option(help="only these, as night/rain; repeatable")] = None,
    *,
    threads: Threads = 2,
) -> None:
    """Render training pictures with boxes in YOLO's format; goes on where it was stopped."""
    streets = {name: parse_street(*bundled(name)) for name in all_bundled()}
    conditions = tuple(condition or CONDITIONS)
    with _progress() as bar:
        for split, wanted in (("develop", count), ("hold-out", hold_out)):
            task = bar.add_task(split, total=wanted)
            for done in write_pictures(
                out,
                split,
                wanted,
                seed=seed,
                streets=streets,
                conditions=conditions,
                size=PICTURE_WH,
                threads=threads,
            ):
                bar.update(task, completed=done)
    write_card(out, seed=seed, size=PICTURE_WH, conditions=conditions)


@app.command()
def mixed(
    scene: Annotated[
        list[Path], typer.Argument(exists=True, dir_okay=False, help="scene files of one camera and light")
    ],
    out: Annotated[Path, typer.Option(help="folder for images, labels, data.yaml and the card")],
    count: Annotated[int, typer.Option(min=1, help="pictures")] = 400,
    seed: Annotated[int, typer.Option(help="another seed, other pictures")] = 1,
    cache: CacheFolder = None,
    *,
    rebuild_every: Annotated[
        int, typer.Option(min=0, help="pictures before the street is built otherwise; 0 leaves it as it is")
    ] = 0,
    threads: Threads = 2,
) -> None:
    """Make training pictures from scenes' sprites, mixed anew; renders what the scenes lack."""
    productions = [_opened(file, cache, threads) for file in scene]
    for production in productions:
        _render_missing(production, range(production.scene.frames))
    with _progress() as bar:
        task = bar.add_task("mixing", total=count)
        for done in mix(productions, out, count, seed=seed, a_street=rebuild_every):
            bar.update(task, completed=done)
    first = productions[0].scene
    light = f"{first.light} of {', '.join(production.scene.name for production in productions)}"
    write_card(out, seed=seed, size=(first.width, first.height), conditions=(light,))


def _lay_out(out: Path, made: Sequence[Scene], folder: Path) -> None:
    """A moment of one clip for each street, camera and condition."""
    one_each = {(scene.street, scene.view, scene.light, scene.weather, scene.fault): scene for scene in made}
    if not one_each:
        raise ConfigurationError.of(str(folder), "holds no such clip", "make some first", key="--sheet")
    middles = [(folder / f"{scene.name}.mp4", 0.4 * scene.frames / scene.fps) for scene in one_each.values()]
    write_sheet(out, [moment_of(clip, at_s) for clip, at_s in middles], columns=4, width_px=240)


def _opened(file: Path, cache: Path | None, threads: int) -> Production:
    scene = parse_scene(file.read_text(encoding="utf-8"), str(file))
    street = parse_street(*bundled(scene.street))
    return Production(scene, street, Cache(cache or default_folder()), threads)


def _render_missing(production: Production, frames: Sequence[int]) -> None:
    with _progress() as bar:
        task = bar.add_task("rendering", total=len(production.missing(frames)))
        for done in production.render(frames):
            bar.update(task, advance=done != "background", description=f"rendering {done}")


def _progress() -> Progress:
    """On the error stream: the renderer is kept off the other one."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True))


def _save(file: Path, picture: Picture) -> None:
    if not cv2.imwrite(str(file), picture[..., ::-1]):
        raise ConfigurationError.of(str(file), "cannot be written", "give --out a .png or .jpg", key="--out")


def main() -> None:
    """Run the command line; faults in files end with exit 78 and one line each."""
    try:
        app()
    except ConfigurationError as exc:
        sys.stderr.write(f"{exc}\n")
        sys.exit(EXIT_CONFIGURATION)


if __name__ == "__main__":
    main()
