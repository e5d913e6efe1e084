"""The run card: what a network was taught with, and how it went, as JSON beside the weights.

It is written before the first epoch and after each one, always whole, so that a run that was killed can say
how far it came and what it was.
"""

import hashlib
from pathlib import Path

import msgspec

from models.errors import ConfigurationError

RUN_CARD = "run.json"


class Taught(msgspec.Struct, frozen=True, kw_only=True):
    """How a network is to be taught; the same words as the flags of `clearway train`.

    Attributes:
        start: name and SHA-256 of the weights it starts from; None for random numbers.
    """

    epochs: int
    size_px: int
    batch: int
    seed: int
    start: str | None


class Lessons(msgspec.Struct, frozen=True, kw_only=True):
    """What a network is taught with.

    Attributes:
        digest: SHA-256 over names, sizes and labels of all pictures.
        pictures: number by split.
        boxes: number by class, of the training split.
    """

    card: str
    digest: str
    classes: tuple[str, ...]
    pictures: dict[str, int]
    boxes: dict[str, int]


class Epoch(msgspec.Struct, frozen=True, kw_only=True):
    """How one epoch went; the figures are ultralytics' own, on the `val` split, for comparing epochs only."""

    epoch: int
    loss: float
    precision: float
    recall: float
    ap50: float
    ap50_95: float
    wall_s: float


class RunCard(msgspec.Struct, frozen=True, kw_only=True):
    """One run of `clearway train`.

    Attributes:
        architecture: its name and the SHA-256 of its file; None when the weights brought their own.
        sha256: of the finished `network.pt`; empty until then.
        before: the run whose network this one started from, without its epochs; None where it is not known.
    """

    taught: Taught
    lessons: Lessons
    architecture: str | None
    versions: dict[str, str]
    threads: int
    epochs: tuple[Epoch, ...] = ()
    sha256: str = ""
    before: "RunCard | None" = None

    @property
    def chain(self) -> tuple["RunCard", ...]:
        """This run and those before it, the first one first."""
        return (*(self.before.chain if self.before is not None else ()), self)

    @property
    def from_nothing(self) -> bool:
        """Whether it began, some runs ago, with random numbers."""
        return self.chain[0].taught.start is None

    @property
    def finished(self) -> bool:
        """Whether the network is there."""
        return bool(self.sha256)


def write_run(folder: Path, card: RunCard) -> None:
    """Write the card, whole or not at all."""
    replace(folder / RUN_CARD, msgspec.json.format(msgspec.json.encode(card)) + b"\n")


def read_run(folder: Path) -> RunCard | None:
    """The card of a run, or None where there was none.

    Raises:
        ConfigurationError: the file is no run card.
    """
    file = folder / RUN_CARD
    try:
        return msgspec.json.decode(file.read_bytes(), type=RunCard)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError) as exc:
        remedy = "give --out another folder"
        raise ConfigurationError.of(str(file), f"is no run card: {exc}", remedy) from exc


def replace(file: Path, body: bytes) -> None:
    """Write a file so that a kill at any moment leaves either the old one or the new one."""
    part = file.with_name(file.name + ".part")
    part.write_bytes(body)
    part.replace(file)


def sha256(file: Path) -> str:
    """The digest of a file."""
    return hashlib.sha256(file.read_bytes()).hexdigest()
