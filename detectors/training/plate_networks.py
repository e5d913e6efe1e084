"""The two plate networks as they are taught: one finds a plate's corners in a region, the other reads it.

Run, once exported, by `detectors.plate_net`.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.plate_net import PLATE_WH, REGION_WH
from models.errors import ConfigurationError

UPPER = 2
"""Characters in the upper of two lines."""

GLANCES = 2
"""At each character: its upper and its lower half, so that it matters where in a character a stroke is."""

HIGH, WIDE = PLATE_WH[1] // 8, PLATE_WH[0] // 4
"""What the reader makes of a plate, before it looks for characters in it."""

_INSTALL = "install torch, then pip install 'clearway[ultralytics]' (docs/networks.md)"


def pytorch() -> Any:  # noqa: ANN401 - the library has no types here
    """The library.

    Raises:
        ConfigurationError: it is not installed.
    """
    try:
        import torch  # noqa: PLC0415 - an extra: absent on edge boxes
    except (ImportError, OSError) as exc:
        raise ConfigurationError.of("plates", f"needs PyTorch: {exc}", _INSTALL) from exc
    return torch


def networks(characters: int, positions: int, two_lines: Sequence[bool]) -> tuple[Any, Any]:
    """The corner network and the reader, untaught.

    Args:
        characters: of the alphabet; one answer more means "no more".
        positions: most characters of a plate.
        two_lines: of each kind of plates, whether it has two.
    """
    torch = pytorch()
    nn = torch.nn

    def layer(into: int, out: int, stride: int = 1) -> Any:  # noqa: ANN401 - torch has no types here
        return nn.Sequential(
            nn.Conv2d(into, out, 3, stride, 1, bias=False), nn.BatchNorm2d(out), nn.ReLU(inplace=True)
        )

    class Corners(nn.Module):  # type: ignore[misc, name-defined]
        """(N, 3, 48, 96) to (N, 4, 2): each corner the mean place of its heat, fractions of the region."""

        def __init__(self) -> None:
            super().__init__()
            self.fine = nn.Sequential(layer(3, 16, 2), layer(16, 32, 2), layer(32, 48))
            self.wide = nn.Sequential(layer(48, 64, 2), layer(64, 64), layer(64, 48))
            self.heat = nn.Sequential(layer(48, 48), nn.Conv2d(48, 4, 1))
            high, wide = REGION_WH[1] // 4, REGION_WH[0] // 4
            y, x = torch.meshgrid((torch.arange(high) + 0.5) / high, (torch.arange(wide) + 0.5) / wide,
                                  indexing="ij")  # fmt: skip
            self.register_buffer("places", torch.stack([x.flatten(), y.flatten()], 1))

        def forward(self, regions: Any) -> Any:  # noqa: ANN401
            fine = self.fine(regions)
            wide = nn.functional.interpolate(self.wide(fine), scale_factor=2.0, mode="nearest")
            return self.heat(fine + wide).flatten(2).softmax(2) @ self.places

    class Again(nn.Module):  # type: ignore[misc, name-defined]
        """A layer whose answer is added to what it was given."""

        def __init__(self, wide: int) -> None:
            super().__init__()
            self.part = layer(wide, wide)

        def forward(self, seen: Any) -> Any:  # noqa: ANN401
            return seen + self.part(seen)

    class Reader(nn.Module):  # type: ignore[misc, name-defined]
        """(N, 3, 48, 160) to (N, positions, characters + 1) and (N, kinds): each position looks by itself."""

        def __init__(self) -> None:
            super().__init__()
            self.body = nn.Sequential(
                layer(3, 24, 2), layer(24, 64, 2), layer(64, 96), Again(96),
                nn.MaxPool2d((2, 1)), layer(96, 128), Again(128),
            )  # fmt: skip
            self.look = nn.Conv2d(128, positions * GLANCES, 1)
            # Where characters stand hardly differs between plates of a kind: that much is known beforehand.
            self.usual = nn.Parameter(torch.from_numpy(usual_places(positions, two_lines)))
            self.say = nn.Sequential(
                nn.Linear(128 * GLANCES, 192), nn.ReLU(inplace=True), nn.Linear(192, characters + 1)
            )
            self.apart = nn.Parameter(torch.zeros(positions, characters + 1))
            self.kind = nn.Linear(128, len(two_lines))

        def forward(self, plates: Any) -> tuple[Any, Any]:  # noqa: ANN401
            seen = self.body(plates)
            sort = self.kind(seen.mean((2, 3)))
            usual = (sort.softmax(1) @ self.usual.flatten(1)).unflatten(1, (positions * GLANCES, HIGH * WIDE))
            where = (self.look(seen).flatten(2) + usual).softmax(2)
            glimpses = where @ seen.flatten(2).transpose(1, 2)
            return self.say(glimpses.unflatten(1, (positions, GLANCES)).flatten(2)) + self.apart, sort

    # With its channels last a processor needs about half the time.
    last = {"memory_format": torch.channels_last}
    return Corners().to(**last), Reader().to(**last)


def usual_places(positions: int, two_lines: Sequence[bool]) -> npt.NDArray[np.float32]:
    """Where each position looks at first, (kinds, positions, GLANCES, HIGH * WIDE).

    Of two lines, the upper has two characters.
    """
    place = np.arange(positions)
    lower = place - UPPER
    is_upper = place < UPPER
    one = (place + 0.5) / positions, np.full(positions, 0.5), np.full(positions, 0.22)
    two = (
        np.where(is_upper, (place + 0.5) / UPPER, (lower + 0.5) / 5),
        np.where(is_upper, 0.22, 0.68),
        np.where(is_upper, 0.08, 0.14),
    )
    y, x = (np.mgrid[:HIGH, :WIDE] + 0.5) / np.array((HIGH, WIDE)).reshape(2, 1, 1)
    kinds = []
    for across, down, half in (two if double else one for double in two_lines):
        halves = np.stack([down - half, down + half], 1)[:, :, None, None]
        away = ((x - across[:, None, None, None]) / 0.08) ** 2 + ((y - halves) / 0.2) ** 2
        kinds.append(-away.reshape(positions, GLANCES, -1) / 2)
    return np.stack(kinds).astype(np.float32)
