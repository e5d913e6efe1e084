"""A figure, its bar, and how it is printed."""

import json
import math
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value.

    Attributes:
        bar: what it should be; None for a baseline or a figure without one.
        side: whether the value must be at most or at least the bar.
        note: how it was measured, where the name does not say it.
    """

    figure: str
    value: float
    unit: str
    bar: float | None = None
    side: Literal["most", "least"] = "most"
    note: str = ""

    @property
    def holds(self) -> bool | None:
        """Whether the bar is reached."""
        if self.bar is None:
            return None
        return self.value <= self.bar if self.side == "most" else self.value >= self.bar


def show(figures: Iterable[Figure], *, as_json: bool) -> bool:
    """Print figures as they come; whether every bar was reached."""
    good = True
    for figure in figures:
        good &= figure.holds is not False
        if as_json:
            line = asdict(figure) | {"holds": figure.holds}
            print(json.dumps(line), flush=True)
        else:
            sign = {True: "holds", False: "MISSED", None: ""}[figure.holds]
            bar = "" if figure.bar is None else f"{'<=' if figure.side == 'most' else '>='} {figure.bar:g}"
            print(
                f"{figure.figure:52} {figure.value:>12.4g} {figure.unit:12} {bar:>10} {sign:7} {figure.note}"
            )
            sys.stdout.flush()
    return good


def quantile(values: Sequence[float], share: float) -> float:
    """The nearest-rank quantile."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
