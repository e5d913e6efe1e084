"""`clearway train`, `evaluate` and `export`: a city teaches the eye on its own streets."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.console import Console as Terminal
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

if TYPE_CHECKING:
    from detectors.training.evaluation import Evaluation
    from detectors.training.runcard import Epoch

EXIT_INTERRUPTED = 130
"""What shells give for Ctrl-C."""

DataFile = Annotated[Path, typer.Argument(metavar="DATA.yaml", help="Data card of labelled pictures.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print results for machines.")]


app = typer.Typer()


@app.command()
def train(
    data: DataFile,
    out: Annotated[Path, typer.Option(help="Folder of this run.", metavar="RUN")],
    epochs: Annotated[
        int | None, typer.Option(help="Times through all pictures: by default 100.", min=1, max=10_000)
    ] = None,
    size: Annotated[
        int | None, typer.Option(help="Side of the network's square, px: by default 416.", min=32, max=2048)
    ] = None,
    batch: Annotated[
        int | None, typer.Option(help="Pictures at a time: by default 16.", min=1, max=1024)
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Of all that is drawn by lot: by default 1.", min=0, max=2**31)
    ] = None,
    start: Annotated[
        Path | None,
        typer.Option(
            "--from",
            help="Start from this network instead of random numbers: .pt, or .onnx of `clearway export`.",
            metavar="WEIGHTS",
        ),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with this run, as it began, at its last finished epoch.")
    ] = False,
    threads: Annotated[int, typer.Option(help="Of PyTorch on the CPU.", min=1, max=256)] = 2,
) -> None:
    """Teach a network on labelled pictures: a small one from nothing, or a copy of one you have.

    Writes RUN/network.pt and the run card RUN/run.json. Needs the extra `ultralytics`.
    """
    from detectors.training.fitting import train as teach
    from detectors.training.order import USUAL, Order
    from detectors.training.runcard import read_run

    _check_size(size)
    before = read_run(out) if resume else None
    usual = before.taught if before else USUAL
    order = Order(
        data=data,
        out=out,
        epochs=usual.epochs if epochs is None else epochs,
        size_px=usual.size_px if size is None else size,
        batch=usual.batch if batch is None else batch,
        seed=usual.seed if seed is None else seed,
        start=start,
        resume=resume,
        threads=threads,
    )
    try:
        with _bar("reading the pictures") as (progress, task):
            card = teach(order, _Epochs(progress, task))
    except KeyboardInterrupt:
        typer.echo("clearway train: stopped; finished epochs are kept, go on with --resume", err=True)
        raise typer.Exit(EXIT_INTERRUPTED) from None
    typer.echo(f"{out / 'network.pt'}   SHA-256 {card.sha256}")
    typer.echo(f"Next: clearway evaluate {out / 'network.pt'} {data} --report {out / 'report'}")
    typer.echo(f"      clearway export {out / 'network.pt'} --out NAME.onnx")


@app.command()
def evaluate(
    network: Annotated[Path, typer.Argument(help="Network: .onnx, or .pt with the extra.")],
    data: DataFile,
    split: Annotated[str, typer.Option(help="Which pictures: train, val or test.")] = "val",
    size: Annotated[
        int,
        typer.Option(help="Side of the network's square, where its file leaves it open.", min=32, max=2048),
    ] = 416,
    report: Annotated[
        Path | None,
        typer.Option(help="Write a page with pictures of hits and misses here.", metavar="FOLDER"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure a network on labelled pictures, as the product would use it."""
    from detectors.training.card import read_card
    from detectors.training.evaluation import evaluate as measure

    with _bar("looking at pictures", shown=not as_json) as (progress, task):
        found, sights = measure(
            network,
            read_card(data),
            split,
            size_px=size,
            seen=lambda done, of: progress.update(task, completed=done, total=of),
        )
    if report is not None:
        from detectors.training.report import write_report

        _make(report)
        write_report(report / "index.html", found, sights)
        (report / "figures.json").write_bytes(msgspec.json.encode(found) + b"\n")
    if as_json:
        typer.echo(msgspec.json.encode(found).decode())
        return
    _show(found)
    if report is not None:
        typer.echo(f"Hits and misses: {report / 'index.html'}")


@app.command()
def export(
    weights: Annotated[Path, typer.Argument(metavar="WEIGHTS.pt", help="The network.pt of a run.")],
    out: Annotated[
        Path, typer.Option(help="Where to write the network; its card goes beside it.", metavar="FILE.onnx")
    ],
    size: Annotated[
        int | None,
        typer.Option(
            help="Side of the network's square, px; by default the one it was taught with.", min=32, max=2048
        ),
    ] = None,
    picture: Annotated[
        Path | None, typer.Option(help="Compare both files on this picture instead of the run's own.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Measure on this data, for the card.", metavar="DATA.yaml")
    ] = None,
    split: Annotated[str, typer.Option(help="Of --data: train, val or test.")] = "val",
    as_json: AsJson = False,
) -> None:
    """Turn weights into an .onnx file for edge boxes, check that both see the same, and write its card."""
    from detectors.training.card import read_card
    from detectors.training.evaluation import evaluate as measure
    from detectors.training.export import export as convert
    from detectors.training.export import run_of, write_card

    _check_size(size)
    card = None if data is None else read_card(data)
    with _bar("exporting", shown=not as_json) as (progress, task):
        found = convert(weights, out, size_px=size, picture=picture)
        evaluation = None
        if card is not None:
            progress.update(task, description="looking at pictures")
            evaluation, _ = measure(
                out,
                card,
                split,
                size_px=found.size_px,
                seen=lambda done, of: progress.update(task, completed=done, total=of),
            )
    file = write_card(out, found, run_of(weights), evaluation)
    if as_json:
        typer.echo(msgspec.json.encode(found).decode())
        return
    look = "" if found.cpu_ms is None else f", {found.cpu_ms} ms a look on one thread"
    typer.echo(f"{found.file}: {found.mb} MB, {found.size_px} px{look}. Card: {file}")
    if found.compared:
        typer.echo(f"Both files agree on {found.compared} detections.")
    else:
        typer.echo("Not compared: no picture, or nothing found on it. Give --picture FILE.", err=True)


@contextmanager
def _bar(text: str, *, shown: bool = True) -> Iterator[tuple[Progress, TaskID]]:
    """A bar whose length becomes known as it goes."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Terminal(stderr=True), transient=True, disable=not shown) as progress:
        yield progress, progress.add_task(text, total=None)


class _Epochs:
    """How far a training is: a line for every epoch, and a bar below. A `Watcher`."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress, self._task, self._epochs = progress, task, 0

    def begins(self, epochs: int, done: int, batches: int) -> None:
        """See `Watcher`."""
        self._epochs = epochs
        self._progress.update(self._task, total=epochs * batches, completed=done * batches)
        self._name(done + 1)

    def batch(self) -> None:
        """See `Watcher`."""
        self._progress.advance(self._task)

    def epoch(self, epoch: "Epoch") -> None:
        """See `Watcher`."""
        self._progress.console.print(
            f"epoch {epoch.epoch:>4}   loss {epoch.loss:8.4f}   precision {epoch.precision:.3f}"
            f"   recall {epoch.recall:.3f}   AP50 {epoch.ap50:.3f}   {epoch.wall_s:.1f} s",
            highlight=False,
        )
        self._name(min(epoch.epoch + 1, self._epochs))

    def _name(self, epoch: int) -> None:
        self._progress.update(self._task, description=f"epoch {epoch} of {self._epochs}")


def _show(found: "Evaluation") -> None:
    bars = [bar.score for bar in found.vehicle.bars]
    table = Table()
    table.add_column("class", no_wrap=True)
    table.add_column("boxes", justify="right")
    table.add_column("AP50", justify="right")
    table.add_column("40 px\n& more", justify="right")
    table.add_column("AP50", justify="right")
    for bar in bars:
        table.add_column(f"prec.\n{bar}", justify="right")
        table.add_column(f"recall\n{bar}", justify="right")
    for row in (found.vehicle, *found.classes):
        cells = [_share(value) for bar in row.bars for value in (bar.precision, bar.recall)]
        judged = str(row.judged), _share(row.judged_ap50)
        table.add_row(row.label, str(row.boxes), _share(row.ap50), *judged, *cells)
    heights = Table()
    heights.add_column("recall\nby height", no_wrap=True)
    for of in found.vehicle.heights:
        end = "+" if of.below_px is None else f"–{of.below_px:g}"
        heights.add_column(f"{of.from_px:g}{end}\npx", justify="right")
    for row in (found.vehicle, *found.classes):
        cells = [f"{of.found / of.boxes:.2f}\nof {of.boxes}" if of.boxes else "" for of in row.heights]
        heights.add_row(row.label, *cells)
    terminal = Terminal()
    terminal.print(table)
    terminal.print(heights)
    typer.echo(
        f"AP50, mean over the classes of vehicles: {_share(found.vehicles_ap50) or 'none to be found'}"
    )
    typer.echo(f"{found.pictures} pictures, {found.cpu_ms} ms of CPU a look")
    if found.unknown:
        typer.echo(f"The network does not know: {', '.join(found.unknown)}", err=True)


def _check_size(size: int | None) -> None:
    if size is not None and size % 32:
        # The coarsest cells of the network are 32 px wide.
        raise typer.BadParameter("must be a multiple of 32", param_hint="--size")


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _make(folder: Path) -> None:
    from models.errors import ConfigurationError

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        remedy = "give --report a folder that can be written"
        raise ConfigurationError.of(str(folder), f"cannot be written: {exc.strerror}", remedy) from exc
