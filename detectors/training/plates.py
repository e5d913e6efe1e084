"""Teaching the plate networks: `python -m detectors.training.plates SET… --out RUN --epochs 30`.

Two small networks are taught together from random numbers: one finds the plate's corners in a region, the
other reads the straightened plate, all positions at once. Every epoch is kept as a whole (`RUN/state.pt`), so
a run may be killed at any moment and goes on by the same command; a larger `--epochs` prolongs it. Each epoch
adds a line to `RUN/epochs.jsonl`. `--export FOLDER` writes the ONNX files of what is there. Needs PyTorch
(extra `clearway[ultralytics]`), and for the export `onnx`.
"""

import argparse
import io
import json
import math
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.look import Pixels
from detectors.plate_net import FINDER, PLATE_WH, READER, REGION_WH, tensor
from detectors.training.plate_lessons import (
    Lesson,
    as_it_is,
    is_two_lines,
    read_lessons,
    varied_plate,
    varied_region,
)
from detectors.training.plate_networks import networks, pytorch
from detectors.training.plate_unfolding import take_up
from detectors.training.runcard import replace
from models.errors import EXIT_CONFIGURATION, ConfigurationError, TrainingBroken

STATE, EPOCHS = "state.pt", "epochs.jsonl"
BATCH = 32
RATE, LEAST_RATE, WARM_STEPS = 2e-3, 2e-5, 100
FALLING = 0.6
"""The share of all epochs after whose first part the rate falls: a cosine over the rest."""

DECAY = 0.995
"""Of the running mean of the weights, which is what is exported: steadier than the last step."""

CORNER_WEIGHT, KIND_WEIGHT = 20.0, 0.2
CORNERS_EVERY = 3
"""Steps; corners are learned in fewer than texts."""

SMOOTHING = 0.02
"""Scores that never quite reach 1 stay comparable; a network that is sure of everything gates nothing."""

MOST_AN_EPOCH = 6400
"""Crops; of larger sets each epoch draws others, so that little is lost where a run is killed."""

SHOWN = 256
"""Crops that means and spreads are taken from where a run goes on from exported networks."""

MOST_ASIDE = 400


class Run:
    """One run: what was taught so far, and the lessons.

    Raises:
        ConfigurationError: no PyTorch, no lessons, or a state of other lessons.
    """

    def __init__(
        self,
        out: Path,
        sets: Sequence[Path],
        *,
        seed: int,
        threads: int,
        short: bool = False,
        start: Path | None = None,
    ) -> None:
        self._torch = pytorch()
        self._short = short
        self._torch.set_num_threads(threads)
        self._torch.manual_seed(seed)
        self.out, self.seed = out, seed
        self.taught, self.aside = read_lessons(sets)
        lessons = self.taught + self.aside
        self.alphabet = "".join(sorted({character for lesson in lessons for character in lesson.text}))
        self.kinds = sorted({lesson.kind for lesson in lessons})
        self.positions = max(len(lesson.text) for lesson in lessons)
        self.corners, self.reader = networks(
            len(self.alphabet), self.positions, [is_two_lines(lessons, kind) for kind in self.kinds]
        )
        parts = [*self.corners.parameters(), *self.reader.parameters()]
        self._steps = self._torch.optim.AdamW(parts, lr=RATE, weight_decay=1e-3)
        if start is not None and not (out / STATE).exists():
            self._go_on_from(start)
        self._mean = {name: value.clone() for name, value in self._weights().items()}
        self.epoch = self.step = 0
        self._load()

    def teach(self, epochs: int, minutes: float = math.inf) -> Iterator[dict[str, float]]:
        """The epochs that are missing; yields each one's figures once it is kept.

        Args:
            epochs: in all.
            minutes: of this call, at most: the rate falls in that time, and the last epoch is cut short.
        """
        start = time.monotonic()

        def passed() -> float:
            return (time.monotonic() - start) / 60 / minutes

        while self.epoch < epochs and passed() < 1:
            began = time.monotonic()
            loss = self._one_epoch(epochs, passed)
            self.epoch += 1
            figures = {"epoch": self.epoch, "loss": round(loss, 4)} | self.measure()
            figures["wall_s"] = round(time.monotonic() - began, 1)
            self._save()
            with (self.out / EPOCHS).open("a", encoding="utf-8") as lines:
                lines.write(json.dumps(figures) + "\n")
            yield figures

    def measure(self) -> dict[str, float]:
        """Shares of whole plates and of characters that are right on what was kept aside; corners' error."""
        torch, now = self._torch, {name: value.clone() for name, value in self._weights().items()}
        self._set(self._mean)
        self._mode(teaching=False)
        plates = right = characters = good = 0
        off = 0.0
        lessons = self.aside[:MOST_ASIDE]
        with torch.no_grad():
            for start in range(0, len(lessons), BATCH):
                part = lessons[start : start + BATCH]
                shown = [as_it_is(lesson) for lesson in part]
                targets = torch.from_numpy(np.stack([target for (_, target), _ in shown]))
                found = self.corners(self._batch([region for (region, _), _ in shown]))
                wide = (targets[:, 1] - targets[:, 0]).norm(dim=1)
                off += float(((found - targets).norm(dim=2).mean(1) / wide).sum())
                answers = self.reader(self._batch([plate for _, plate in shown]))[0].argmax(2).tolist()
                for lesson, answer in zip(part, answers, strict=True):
                    meant = self._numbers(lesson.text)
                    same = sum(one == other for one, other in zip(answer, meant, strict=True))
                    plates, characters, good = plates + 1, characters + len(meant), good + same
                    right += same == len(meant)
        self._set(now)
        return {
            "whole": round(right / plates, 4),
            "characters": round(good / characters, 4),
            "corners_off": round(off / plates, 4),
        }

    def export(self, folder: Path) -> None:
        """Write both networks as ONNX, each whole or not at all.

        Raises:
            TrainingBroken: it cannot be exported or written.
        """
        torch = self._torch
        self._set(self._mean)
        self._mode(teaching=False)
        reader, softmax = self.reader, torch.nn.Softmax(2)

        class Shares(torch.nn.Module):  # type: ignore[misc, name-defined]
            """The reader's answers as shares of 1."""

            def __init__(self) -> None:
                super().__init__()
                self.reader = reader

            def forward(self, plates: Any) -> tuple[Any, Any]:  # noqa: ANN401
                texts, kinds = self.reader(plates)
                return softmax(texts), kinds.softmax(1)

        region = torch.zeros(1, 3, REGION_WH[1], REGION_WH[0])
        plate = torch.zeros(1, 3, PLATE_WH[1], PLATE_WH[0])
        told = {"alphabet": self.alphabet, "kinds": json.dumps(self.kinds), "epoch": str(self.epoch)}
        try:
            import onnx  # noqa: PLC0415 - only the export needs it

            folder.mkdir(parents=True, exist_ok=True)
            for name, network, example, takes, gives in (
                (FINDER, self.corners, region, "region", ["corners"]),
                (READER, Shares().eval(), plate, "plate", ["shares", "kinds"]),
            ):
                body = io.BytesIO()
                with warnings.catch_warnings():
                    warnings.simplefilter(
                        "ignore", DeprecationWarning
                    )  # the newer way needs a further package
                    torch.onnx.export(
                        network, (example,), body, input_names=[takes], output_names=gives, opset_version=17,
                        dynamo=False,
                    )  # fmt: skip
                model = onnx.load_from_string(body.getvalue())
                for key, value in told.items():
                    model.metadata_props.add(key=key, value=value)
                replace(folder / name, model.SerializeToString())
        except Exception as exc:
            # PyTorch and ONNX raise whatever they like.
            raise TrainingBroken(f"plates: cannot export to {folder}: {exc}") from exc

    def _go_on_from(self, folder: Path) -> None:
        """Begin with what exported networks know instead of with random numbers."""
        shown = [as_it_is(lesson) for lesson in self.taught[:: max(1, len(self.taught) // SHOWN)][:SHOWN]]
        regions = self._batch([region for (region, _), _ in shown])
        plates = self._batch([plate for _, plate in shown])
        told = {"alphabet": self.alphabet, "kinds": json.dumps(self.kinds)}
        take_up(folder / FINDER, self.corners, told, lambda: self.corners(regions))
        take_up(folder / READER, self.reader, told, lambda: self.reader(plates))

    def _one_epoch(self, epochs: int, passed: Callable[[], float]) -> float:
        torch, functional = self._torch, self._torch.nn.functional
        self._mode(teaching=True)
        chance = np.random.default_rng((self.seed, self.epoch))
        order = self.drawn(chance)
        steps = len(order) // BATCH
        if steps == 0:
            raise ConfigurationError.of("plates", f"fewer than {BATCH} lessons", "give larger sets")
        total, done = 0.0, 0
        for number in range(steps):
            if done and passed() >= 1:
                break
            lessons = [self.taught[index] for index in order[number * BATCH : (number + 1) * BATCH]]
            pictures = self._batch([varied_plate(lesson, chance) for lesson in lessons])
            texts = torch.tensor([self._numbers(lesson.text) for lesson in lessons])
            kinds = torch.tensor([self.kinds.index(lesson.kind) for lesson in lessons])
            with torch.autocast("cpu", torch.bfloat16, enabled=self._short):
                said, sorts = (answer.float() for answer in self.reader(pictures))
            loss = functional.cross_entropy(said.flatten(0, 1), texts.flatten(), label_smoothing=SMOOTHING)
            loss = loss + KIND_WEIGHT * functional.cross_entropy(sorts, kinds)
            if self.step % CORNERS_EVERY == 0:
                loss = loss + CORNER_WEIGHT * self._off(lessons, chance)
            for group in self._steps.param_groups:
                group["lr"] = rate(self.step, max((self.epoch + number / steps) / epochs, passed()))
            self._steps.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(
                [*self.corners.parameters(), *self.reader.parameters()], max_norm=5.0
            )
            self._steps.step()
            self.step += 1
            self._average()
            total, done = total + float(loss.detach()), done + 1
        return total / done

    def drawn(self, chance: np.random.Generator, most: int = MOST_AN_EPOCH) -> npt.NDArray[np.int64]:
        """An epoch's lessons. Seldom kinds come oftener than they are met: by the root of their share.

        Args:
            chance: to draw by.
            most: so many, each once.

        Returns:
            Places in `taught`.
        """
        kinds = [lesson.kind for lesson in self.taught]
        counts = Counter(kinds)
        weights = np.array([counts[kind] ** -0.5 for kind in kinds])
        return chance.choice(len(kinds), min(len(kinds), most), replace=False, p=weights / weights.sum())

    def _average(self) -> None:
        decay = min(DECAY, (1 + self.step) / (10 + self.step))
        with self._torch.no_grad():
            for name, value in self._weights().items():
                if value.is_floating_point():
                    self._mean[name].lerp_(value, 1 - decay)
                else:
                    self._mean[name].copy_(value)

    def _off(self, lessons: Sequence[Lesson], chance: np.random.Generator) -> Any:  # noqa: ANN401
        """How far off the corners are that are found of some lessons."""
        torch = self._torch
        regions, targets = zip(*(varied_region(lesson, chance) for lesson in lessons), strict=True)
        with torch.autocast("cpu", torch.bfloat16, enabled=self._short):
            found = self.corners(self._batch(regions))
        meant = torch.from_numpy(np.stack(targets))
        return torch.nn.functional.smooth_l1_loss(found.float(), meant, beta=0.02)

    def _batch(self, pictures: Sequence[Pixels]) -> Any:  # noqa: ANN401
        values = np.concatenate([tensor(picture) for picture in pictures])
        return self._torch.from_numpy(values).contiguous(memory_format=self._torch.channels_last)

    def _numbers(self, text: str) -> list[int]:
        end = len(self.alphabet)
        return [self.alphabet.index(character) for character in text] + [end] * (self.positions - len(text))

    def _mode(self, *, teaching: bool) -> None:
        self.corners.train(teaching)
        self.reader.train(teaching)

    def _weights(self) -> dict[str, Any]:
        parts = (("corners", self.corners), ("reader", self.reader))
        return {f"{part}.{name}": value for part, net in parts for name, value in net.state_dict().items()}

    def _set(self, weights: dict[str, Any]) -> None:
        for part, net in (("corners", self.corners), ("reader", self.reader)):
            own = {name: weights[f"{part}.{name}"] for name in net.state_dict()}
            net.load_state_dict(own)

    def _save(self) -> None:
        body = io.BytesIO()
        self._torch.save(
            {
                "alphabet": self.alphabet, "kinds": self.kinds, "positions": self.positions,
                "seed": self.seed, "epoch": self.epoch, "step": self.step,
                "weights": self._weights(), "mean": self._mean,
                "steps": self._steps.state_dict(),
            },
            body,
        )  # fmt: skip
        replace(self.out / STATE, body.getvalue())

    def _load(self) -> None:
        file = self.out / STATE
        self.out.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            return
        try:
            state = self._torch.load(file, weights_only=True)
            same = (state["alphabet"], state["kinds"], state["positions"], state["seed"])
        except Exception as exc:
            # Unpickling raises anything.
            problem = f"is no state of a run: {exc}"
            raise ConfigurationError.of(str(file), problem, "give --out another folder") from exc
        if same != (self.alphabet, self.kinds, self.positions, self.seed):
            problem = "is of other lessons or another seed"
            raise ConfigurationError.of(str(file), problem, "give the same sets, or --out another folder")
        try:
            self._set(state["weights"])
            self._steps.load_state_dict(state["steps"])
        except (KeyError, RuntimeError, ValueError) as exc:
            problem = f"is of networks of another shape: {str(exc).splitlines()[0]}"
            raise ConfigurationError.of(str(file), problem, "give --out another folder") from exc
        self._mean = state["mean"]
        self.epoch, self.step = state["epoch"], state["step"]


def rate(step: int, progress: float) -> float:
    """How far to go in a step: warming up, then steady, then a falling cosine.

    Args:
        step: from 0, over all epochs.
        progress: share of all epochs, 0..1.
    """
    falling = max(0.0, (progress - FALLING) / (1 - FALLING))
    cosine = LEAST_RATE + (RATE - LEAST_RATE) * (1 + math.cos(math.pi * falling)) / 2
    return cosine * min(1.0, (step + 1) / WARM_STEPS)


def main(arguments: Sequence[str] | None = None) -> int:
    """Teach, export, or both; 78 with one line for each fault."""
    parser = argparse.ArgumentParser(prog="python -m detectors.training.plates", description=__doc__)
    parser.add_argument("sets", nargs="+", type=Path, help="folders of plate crops with labels.jsonl")
    parser.add_argument("--out", type=Path, required=True, help="folder of this run")
    parser.add_argument("--epochs", type=int, default=30, help="times through all crops; 0 only exports")
    parser.add_argument(
        "--minutes", type=float, default=math.inf, help="stop after so long; the rate falls in that time"
    )
    parser.add_argument(
        "--from", type=Path, dest="start", metavar="FOLDER",
        help="exported networks to go on from, as those that ship; by default random numbers",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=1, help="of all that is drawn by lot")
    parser.add_argument("--threads", type=int, default=1, help="of PyTorch")
    parser.add_argument(
        "--bf16", action="store_true", help="in short numbers: twice as fast where the processor has them"
    )
    parser.add_argument("--export", type=Path, metavar="FOLDER", help="write the ONNX files there at the end")
    given = parser.parse_args(arguments)
    try:
        run = Run(given.out, given.sets, seed=given.seed, threads=given.threads, short=given.bf16,
                  start=given.start)  # fmt: skip
        print(f"{len(run.taught)} crops, {len(run.aside)} aside, {len(run.alphabet)} characters, "  # noqa: T201
              f"{len(run.kinds)} kinds, {run.epoch} epochs done", flush=True)  # fmt: skip
        for figures in run.teach(given.epochs, given.minutes):
            print(json.dumps(figures), flush=True)  # noqa: T201 - progress, as lines for people and logs
        if given.export is not None:
            run.export(given.export)
            print(f"{given.export / READER}, {given.export / FINDER}")  # noqa: T201
    except KeyboardInterrupt:
        sys.stderr.write("plates: stopped; finished epochs are kept, go on by the same command\n")
        return 130
    except (ConfigurationError, TrainingBroken) as exc:
        sys.stderr.write(f"{exc}\n")
        return EXIT_CONFIGURATION
    return 0


if __name__ == "__main__":
    sys.exit(main())
