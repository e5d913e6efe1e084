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
from studio.cache import Cache, default_folder
from studio.clip import write_clip
from studio.finishes import Picture
from studio.planfile import plan_text
from studio.production import Production
from studio.scene import parse_scene
from studio.sheet import write_sheet
from studio.street import bundled, parse_street
from studio.truth import clip_of, frame_of

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

        def pictures() -> Iterator[Picture]:
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
    _save(out, picture)


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
    write_sheet(out, [picture for picture, _ in production.pictures(frames)])


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
