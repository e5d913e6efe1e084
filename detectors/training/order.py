"""What a training is asked to do, and who wants to know how it goes."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from detectors.training.runcard import Epoch, Taught

USUAL = Taught(epochs=100, size_px=416, batch=16, seed=1, start=None)
"""What is taken where nothing is asked for. 416 px cost 0.4 of the work of 640."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What the user asked for.

    Attributes:
        start: weights to start from; None for random numbers.
        threads: of PyTorch on the CPU.
    """

    data: Path
    out: Path
    epochs: int
    size_px: int
    batch: int
    seed: int
    start: Path | None
    resume: bool
    threads: int


class Watcher(Protocol):
    """Somebody who wants to know how it goes."""

    def begins(self, epochs: int, done: int, batches: int) -> None:
        """So many epochs of so many batches; some may be done already."""

    def batch(self) -> None:
        """One more batch is done."""

    def epoch(self, epoch: Epoch) -> None:
        """One more epoch is done, and kept."""


class Silent:
    """Wants to know nothing."""

    def begins(self, epochs: int, done: int, batches: int) -> None:
        """See `Watcher`."""

    def batch(self) -> None:
        """See `Watcher`."""

    def epoch(self, epoch: Epoch) -> None:
        """See `Watcher`."""
