"""The training set: rendered pictures, their boxes in YOLO's format, and a card that says what it is."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from models.geometry import FloatArray
from studio.actors.casting import cast
from studio.camera.lens import Lens
from studio.camera.sensor import Sensor
from studio.camera.traits import Traits
from studio.composing.backdrop import Backdrop
from studio.conditions.glow import bloomed
from studio.conditions.weather import AIRS, Fall, hazed, snowed
from studio.matter.finishes import Picture
from studio.matter.solids import Model, rotation
from studio.scenes.light import LIGHTS
from studio.streets.street import Street
from studio.training.pictures import CLASSES, GROUPS, Placed, Planned, group_of

PICTURE_WH = (480, 270)
"""A little more than the network looks at, so that training may zoom."""

FOLDERS = {"develop": "train", "hold-out": "val"}
SAMPLES, SAMPLES_IN_THE_DARK = {"develop": 3, "hold-out": 4}, {"develop": 4, "hold-out": 6}
"""Of each pixel. With the denoiser four look like eight, and cost two thirds; the noise that three leave is
less than most cameras add. The pictures that judge stay as they were."""
_LEAST_PX, _LEAST_SIDE_PX = 40, 10
"""Less is smaller than a cell of the network's finest grid, 8 px of 416, and told from nothing."""
_LEAST_SHARE = 0.25
"""Of its outline an object must show so much to be taught as one: less is a bumper behind a bus."""

Plane = npt.NDArray[np.float32]
Index = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Labelled:
    """One box of a picture: class and (x0, y0, x1, y1) in pixels around what is seen of it."""

    label: str
    box_xyxy: tuple[int, int, int, int]


def labels_of(planned: Planned, index: Index) -> tuple[Labelled, ...]:
    """What the network is to say of a picture.

    Args:
        planned: who was placed.
        index: (H, W) whose pixel it is, counted from one in the order of `planned.placed`.
    """
    found = []
    for number, placed in enumerate(planned.placed, start=1):
        own = index == number
        if not placed.label or int(own.sum()) < _LEAST_PX:
            continue
        rows, columns = np.flatnonzero(own.any(axis=1)), np.flatnonzero(own.any(axis=0))
        seen = (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
        wide, high = seen[2] - seen[0], seen[3] - seen[1]
        whole = outline(placed, planned.lens)
        share = wide * high / max((whole[2] - whole[0]) * (whole[3] - whole[1]), 1.0)
        if max(wide, high) >= _LEAST_SIDE_PX and share >= _LEAST_SHARE:
            found.append(Labelled(placed.label, seen))
    return tuple(found)


def outline(placed: Placed, lens: Lens) -> tuple[float, float, float, float]:
    """The box of the whole actor in pixels, cut off at the frame, as if nothing stood before it."""
    seen = corners(placed, lens)[:, :2]
    (x0, y0), (x1, y1) = seen.min(axis=0), seen.max(axis=0)
    wide, high = lens.width, lens.height
    return max(x0, 0.0), max(y0, 0.0), min(x1, float(wide)), min(y1, float(high))


def corners(placed: Placed, lens: Lens) -> FloatArray:
    """Where all corners of an actor lie in the picture: (N, 3) pixels and depth in metres."""
    points = np.concatenate([part.points for part in _model(placed)])
    turned = points @ rotation((0, 0, placed.key.heading)).T + (placed.key.x, placed.key.y, placed.ground_m)
    found: FloatArray = lens.project(turned)
    return found


def write_pictures(
    out: Path,
    split: str,
    count: int,
    *,
    seed: int,
    streets: Mapping[str, Street],
    conditions: Sequence[str],
    size: tuple[int, int],
    threads: int,
) -> Iterator[int]:
    """Render what is missing of the first `count` pictures of a split; yields how many are there.

    Each picture is written after its labels: a picture that lies there is whole, and a rendering that was
    stopped goes on where it was.
    """
    folder, of_group = FOLDERS[split], GROUPS[split]
    for kind in ("images", "labels"):
        (out / kind / folder).mkdir(parents=True, exist_ok=True)
    for group in range(math.ceil(count / of_group)):
        wanted = [
            planned
            for planned in group_of(
                split, group, seed=seed, streets=streets, conditions=conditions, size=size
            )
            if planned.number < count and not picture_file(out, folder, planned.number).exists()
        ]
        there = min((group + 1) * of_group, count) - len(wanted)
        yield there
        for done, (planned, linear, index) in enumerate(_shots(wanted, threads), start=1):
            write_picture(out, folder, planned, linear, index)
            yield there + done


def write_card(out: Path, *, seed: int, size: tuple[int, int], conditions: Sequence[str]) -> None:
    """`data.yaml` as YOLO's tools want it, and the card: what is there, counted from the files."""
    names = "\n".join(f"  {index}: {name}" for index, name in enumerate(CLASSES))
    (out / "data.yaml").write_text(
        f"path: {out.resolve()}\ntrain: images/train\nval: images/val\nnames:\n{names}\n", encoding="utf-8"
    )
    rows = []
    for folder in FOLDERS.values():
        counts = dict.fromkeys(CLASSES, 0)
        files = sorted((out / "labels" / folder).glob("*.txt"))
        for file in files:
            for line in file.read_text(encoding="utf-8").splitlines():
                counts[CLASSES[int(line.split()[0])]] += 1
        rows.append(
            f"| {folder} | {len(files)} | " + " | ".join(str(counts[name]) for name in CLASSES) + " |"
        )
    table = "\n".join(
        [
            f"| split | pictures | {' | '.join(CLASSES)} |",
            "|---" * (len(CLASSES) + 2) + "|",
            *rows,
        ]
    )
    (out / "README.md").write_text(
        "# Rendered street pictures\n\n"
        f"Made by `python -m studio pictures --seed {seed}`, {size[0]}x{size[1]},"
        f" conditions {', '.join(dict.fromkeys(conditions))}. Ours: no photographs, no third-party models."
        " Boxes are those of the pixels seen; objects of which less than a quarter shows, and those under"
        f" {_LEAST_SIDE_PX} px, carry none."
        f" `train` and `val` share neither streets nor looks.\n\n{table}\n",
        encoding="utf-8",
    )


def _shots(
    group: Sequence[Planned], threads: int
) -> Iterator[tuple[Planned, npt.NDArray[np.float32], Index]]:
    """The pictures of one group, which share a stage."""
    if not group:
        return
    from studio.training.crowd import Crowd  # noqa: PLC0415 - Blender takes seconds, and a full set needs none

    first = group[0]
    street = first.built
    wet = first.weather == "rain"
    stage = Crowd.in_street(street, first.lens, first.light, wet=wet, threads=threads)
    for planned in group:
        stage.aim(planned.lens)
        seen, index = stage.shoot(
            [each.key for each in planned.placed], _samples(planned), quick=street.split == "develop"
        )
        yield planned, weathered(planned, seen, index, street), index


def weathered(planned: Planned, seen: Backdrop, index: Index, street: Street) -> Plane:
    """Snow, haze, drops or flakes, and the glare of lamps, over what was rendered: (H, W, 3) linear light."""
    light, air = LIGHTS[planned.light], AIRS.get(planned.weather)
    if planned.weather == "snow":
        under = snowed(seen, street, planned.seed % 1000).light
        seen = replace(seen, light=np.where(index[..., None] > 0, seen.light, under))
    if air is not None:
        seen = hazed(seen, planned.lens.eye, air)
    frame = np.ascontiguousarray(seen.light, dtype=np.float32)
    if light.headlamps:
        bloomed(frame, 1.3 / light.exposure)
    if air is not None:
        fall = Fall(planned.weather, (planned.lens.width, planned.lens.height), planned.seed)
        fall.lay(frame, planned.number, 0.12 * light.haze / light.exposure)
    return frame


def _samples(planned: Planned) -> int:
    samples = SAMPLES_IN_THE_DARK if LIGHTS[planned.light].lamp_power else SAMPLES
    return samples[planned.built.split]


def write_picture(out: Path, folder: str, planned: Planned, linear: Plane, index: Index) -> None:
    """Take the picture with a camera of some kind and write it after its labels and its line of facts."""
    chance = np.random.default_rng(planned.seed)
    picture = _photographed(planned, linear, chance)
    high, wide = index.shape
    lines = [
        f"{CLASSES.index(found.label)} {(x0 + x1) / 2 / wide:.5f} {(y0 + y1) / 2 / high:.5f}"
        f" {(x1 - x0) / wide:.5f} {(y1 - y0) / high:.5f}\n"
        for found in labels_of(planned, index)
        for x0, y0, x1, y1 in [found.box_xyxy]
    ]
    file = picture_file(out, folder, planned.number)
    (out / "labels" / folder / f"{file.stem}.txt").write_text("".join(lines), encoding="utf-8")
    with (out / f"{folder}.jsonl").open("a", encoding="utf-8") as facts:
        row = {
            "picture": file.name,
            "street": planned.street,
            "light": planned.light,
            "weather": planned.weather,
            "looks": [each.key.look for each in planned.placed],
        }
        facts.write(json.dumps(row, ensure_ascii=False) + "\n")
    partial = file.with_suffix(".part.jpg")
    quality = int(chance.integers(55, 96))
    cv2.imwrite(str(partial), picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    partial.replace(file)


def _photographed(planned: Planned, linear: npt.NDArray[np.float32], chance: np.random.Generator) -> Picture:
    """By a camera of random quality: a city has bought many."""
    plain = LIGHTS[planned.light].traits
    traits = Traits(
        softness_px=chance.uniform(0.3, 1.1),
        sharpening=chance.uniform(0.0, 1.2),
        noise=plain.noise * chance.uniform(0.2, 2.0),
        breathing=0.0,
        vignette=chance.uniform(0.0, 0.35),
        saturation=chance.uniform(0.7, 1.4),
        contrast=chance.uniform(0.0, 0.6),
    )
    air = AIRS.get(planned.weather)
    exposure = LIGHTS[planned.light].exposure * (air.exposure if air is not None else 1.0)
    exposure *= 2 ** chance.normal(0, 0.35)
    size = (planned.lens.width, planned.lens.height)
    return Sensor(size, exposure=float(exposure), seed=planned.seed, traits=traits)(linear)


def _model(placed: Placed) -> Model:
    kind, colour, _ = placed.key.look.split("/")
    return cast(f"{kind}/{colour}/", placed.key.phase)[0]


def picture_file(out: Path, folder: str, number: int) -> Path:
    """Where a picture of a folder is written."""
    return out / "images" / folder / f"{number:05d}.jpg"
