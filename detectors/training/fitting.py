"""Teaching a network, by ultralytics: from random numbers, or from a network that a city has.

A run can be killed at any moment and goes on at the last finished epoch. What the library writes stays in
`work/` of the run's folder; the finished `network.pt` and the run card stand beside it.
"""

from dataclasses import replace as replace_fields
from pathlib import Path
from typing import Any

from detectors import extra
from detectors.training import preparing
from detectors.training.order import Order, Watcher
from detectors.training.preparing import ARCHITECTURE, NETWORK, changed_card
from detectors.training.runcard import Epoch, RunCard, read_run, replace, sha256, write_run
from detectors.training.unfolding import unfold, write_checkpoint
from models.errors import ConfigurationError, TrainingBroken

FIXED = {
    "amp": False,  # half precision is tried out first, on a network that would be downloaded
    "plots": False,  # needs a font that would be downloaded; `clearway evaluate --report` shows more
    "deterministic": True,
    "patience": 0,  # as many epochs as were asked for
    "verbose": False,
    "exist_ok": True,
}
FROM_NOTHING = {"optimizer": "AdamW", "lr0": 0.002, "lrf": 0.02, "warmup_epochs": 1.0}
"""The library's own choice is meant for networks that are taught already: too timid for random numbers."""


def train(order: Order, watcher: Watcher) -> RunCard:
    """Teach a network.

    Raises:
        ConfigurationError: the data, the flags or the folder cannot be used, or the extra is missing.
        TrainingBroken: it began and could not go on.
    """
    before = read_run(order.out)
    preparing.check_folder(order, before)
    names, splits = preparing.lessons(order.data)
    library = extra.ultralytics("train")
    unfolded = None
    if order.start is not None and order.start.suffix == preparing.EXPORTED:
        shown = [one.picture for one in splits["train"]]
        unfolded = unfold(order.start, ARCHITECTURE, shown, order.size_px, library)
    elif order.start is not None:
        preparing.check_start(order.start, library)
    card = preparing.new_card(order, names, splits, library)
    if before is not None and order.resume:
        card = preparing.go_on(order, before, card)
    work = order.out / "work"
    try:
        work.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        remedy = "give --out a folder that can be written"
        raise ConfigurationError.of(str(order.out), f"cannot be written: {exc.strerror}", remedy) from exc
    data = preparing.write_data(work, names, splits)
    if unfolded is not None:
        order = replace_fields(order, start=write_checkpoint(unfolded, work / "start.pt"))
    write_run(order.out, card)
    run = _Run(order, card, watcher, library, work)
    try:
        with extra.by_itself():
            return run.train(data)
    except Exception as exc:
        # The library raises whatever PyTorch, the disk or pickle raise; the epochs done are kept in any case.
        raise TrainingBroken(f"train: {order.out}: {exc}; go on with --resume") from exc


def _half_as_long(model: Any, torch: Any) -> None:  # noqa: ANN401 - the library has no types
    """Let a CPU that can do sums in bfloat16 do those of the layers so: 1.4 times as fast.

    The loss stays whole: a box of ten pixels is lost in bfloat16's three digits.
    """
    plain = model.predict

    def predict(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        with torch.autocast("cpu", dtype=torch.bfloat16):
            said = plain(*args, **kwargs)
        return {
            name: [one.float() for one in part] if isinstance(part, list) else part.float()
            for name, part in said.items()
        }

    model.predict = predict


class _Run:
    """One run: the library's trainer, and what we keep of it."""

    def __init__(self, order: Order, card: RunCard, watcher: Watcher, library: Any, work: Path) -> None:  # noqa: ANN401
        self._order, self._card, self._watcher, self._work = order, card, watcher, work
        self._library = library
        self._last, self._best = work / "last.pt", work / "best.pt"

    def train(self, data: Path) -> RunCard:
        """All epochs, or those that are missing."""
        if not self._order.resume:
            for left in (self._last, self._best):  # of a run that never finished an epoch
                left.unlink(missing_ok=True)
        done = self._epochs_done()
        self._card = changed_card(self._card, epochs=self._card.epochs[:done])
        if done < self._card.taught.epochs:
            trainer = self._trainer(data, resume=bool(done))
            trainer.train()
        self._library.utils.torch_utils.strip_optimizer(self._best)
        network = self._order.out / NETWORK
        replace(network, self._best.read_bytes())
        self._card = changed_card(self._card, sha256=sha256(network))
        write_run(self._order.out, self._card)
        return self._card

    def _epochs_done(self) -> int:
        if not self._last.exists():
            return 0
        _, checkpoint = self._library.nn.tasks.load_checkpoint(self._last)
        return int(checkpoint["epoch"]) + 1

    def _trainer(self, data: Path, *, resume: bool) -> Any:  # noqa: ANN401
        from ultralytics.models.yolo.detect import DetectionTrainer  # noqa: PLC0415 - the extra

        taught, start = self._card.taught, self._order.start
        wishes = FIXED | {
            "data": str(data),
            "epochs": taught.epochs,
            "imgsz": taught.size_px,
            "batch": taught.batch,
            "nbs": taught.batch,  # a step after every batch, not after 64 pictures: small sets have few
            "seed": taught.seed,
            "save_dir": str(self._work),
            # The library's ten of a hundred epochs on whole pictures; of eleven, ten would be nearly all.
            "close_mosaic": taught.epochs // 10,
            "model": str(start or ARCHITECTURE),
            "pretrained": start is not None,
        }
        if start is None:
            wishes |= FROM_NOTHING
        if resume:
            wishes |= {"resume": str(self._last), "model": str(self._last)}
            own = self._work / "weights" / "best.pt"
            own.parent.mkdir(exist_ok=True)
            replace(own, self._best.read_bytes())
        trainer = DetectionTrainer(overrides=wishes)
        trainer.add_callback("on_train_start", self._begins)
        trainer.add_callback("on_train_batch_end", lambda _: self._watcher.batch())
        trainer.add_callback("on_model_save", self._keep)
        trainer.add_callback("on_fit_epoch_end", self._note)
        return trainer

    def _begins(self, trainer: Any) -> None:  # noqa: ANN401
        import torch  # noqa: PLC0415 - the extra

        # The library sets a number of its own while it chooses the device.
        torch.set_num_threads(self._order.threads)
        # The layout that a CPU's convolutions are written for: a quarter faster.
        trainer.model.to(memory_format=torch.channels_last)
        if torch.cpu._is_avx512_bf16_supported():  # noqa: SLF001 - it has no public name
            _half_as_long(trainer.model, torch)
        self._watcher.begins(trainer.epochs, trainer.start_epoch, len(trainer.train_loader))

    def _keep(self, trainer: Any) -> None:  # noqa: ANN401
        """Keep both checkpoints whole: the library overwrites its own in place, which a kill cuts short."""
        # The best one first: a kill in between repeats an epoch and loses nothing.
        if trainer.best_fitness == trainer.fitness or not self._best.exists():
            replace(self._best, trainer.best.read_bytes())
        replace(self._last, trainer.last.read_bytes())

    def _note(self, trainer: Any) -> None:  # noqa: ANN401
        number = int(trainer.epoch) + 1
        if number > trainer.epochs or number <= len(self._card.epochs):
            return  # the library's last look at its best epoch
        figures = trainer.metrics
        epoch = Epoch(
            epoch=number,
            loss=round(sum(float(part) for part in trainer.tloss.values()), 4),
            precision=round(float(figures["metrics/precision(B)"]), 4),
            recall=round(float(figures["metrics/recall(B)"]), 4),
            ap50=round(float(figures["metrics/mAP50(B)"]), 4),
            ap50_95=round(float(figures["metrics/mAP50-95(B)"]), 4),
            wall_s=round(float(trainer.epoch_time), 1),
        )
        self._card = changed_card(self._card, epochs=(*self._card.epochs, epoch))
        write_run(self._order.out, self._card)
        self._watcher.epoch(epoch)
