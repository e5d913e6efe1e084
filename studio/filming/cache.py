"""Rendered pictures, kept outside the repository: an interrupted rendering goes on where it stopped.

A picture is found by a digest of everything that is in it: the street's and the actor's own geometry and
finishes, lens, light, pose, samples. So nothing is rendered twice, and nothing stale is ever used.
"""

import hashlib
import os
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path

import numpy as np
import numpy.typing as npt

from studio.composing.backdrop import Backdrop
from studio.composing.sprites import Sprite
from studio.matter.finishes import Finish
from studio.matter.solids import Part


def default_folder() -> Path:
    """Where pictures are kept unless told otherwise: the user's cache."""
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "clearway" / "studio"


def digest_of(*facts: object) -> str:
    """Twenty hex digits of what things say of themselves."""
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:20]


def digest_of_model(model: Iterable[Part], finishes: dict[str, Finish]) -> str:
    """Twenty hex digits of a model's geometry and of what it wears."""
    sums = hashlib.sha256()
    worn: set[str] = set()
    for part in model:
        for solid in (part, *part.holes):
            sums.update(np.round(solid.points, 5).tobytes())
            worn.update(solid.finishes)
        sums.update(repr((part.faces, part.finishes, part.finish_of, sorted(part.creases.items()))).encode())
        sums.update(repr((part.smooth, part.bevel_m, part.subdivisions)).encode())
    for name in sorted(worn):
        finish = finishes[name]
        said = [
            (field.name, getattr(finish, field.name)) for field in fields(finish) if field.name != "picture"
        ]
        sums.update(repr((name, said)).encode())
        if finish.picture is not None:
            sums.update(np.ascontiguousarray(finish.picture).tobytes())
    return sums.hexdigest()[:20]


class Cache:
    """Pictures by digest in one folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder

    def has(self, digest: str) -> bool:
        """Whether the picture need not be rendered."""
        return self._file(digest).exists()

    def keep(self, digest: str, sprite: Sprite | None) -> None:
        """Keep a sprite, or that there is nothing to see; whole or not at all."""
        if sprite is None:
            self._write(digest, {"empty": np.array(1)})
            return
        self._write(
            digest,
            {
                "at": np.array([sprite.x, sprite.y]),
                "light": sprite.light.astype(np.float16),
                "mask": sprite.mask,
            },
        )

    def sprite(self, digest: str) -> Sprite | None:
        """A kept sprite, or None where there was nothing to see."""
        with np.load(self._file(digest)) as kept:
            if "empty" in kept:
                return None
            x, y = (int(value) for value in kept["at"])
            return Sprite(x, y, kept["light"].astype(np.float32), kept["mask"])

    def keep_backdrop(self, digest: str, backdrop: Backdrop) -> None:
        """Keep an empty street."""
        planes = {field.name: getattr(backdrop, field.name) for field in fields(Backdrop)}
        self._write(digest, {name: plane.astype(np.float32) for name, plane in planes.items()})

    def backdrop(self, digest: str) -> Backdrop:
        """A kept empty street."""
        with np.load(self._file(digest)) as kept:
            return Backdrop(**{field.name: kept[field.name] for field in fields(Backdrop)})

    def _file(self, digest: str) -> Path:
        return self._folder / digest[:2] / f"{digest}.npz"

    def _write(self, digest: str, arrays: dict[str, npt.NDArray[np.generic]]) -> None:
        file = self._file(digest)
        file.parent.mkdir(exist_ok=True)
        partial = file.with_suffix(f".{os.getpid()}.tmp")
        with partial.open("wb") as out:
            np.savez_compressed(out, allow_pickle=False, **arrays)
        partial.replace(file)
