"""Trees and hedges: thousands of small leaves around a few limbs, so that shadows are dappled."""

import numpy as np

from models.geometry import FloatArray
from studio.matter.solids import Face, Model, Part, box, tube

_LEAVES = ("leaf-dark", "leaf", "leaf-light")


def tree(seed: int, size: float = 1.0) -> Model:
    """A street tree about its foot, some six metres high at size 1."""
    chance = np.random.default_rng(seed)
    height = 6.2 * size * chance.uniform(0.92, 1.08)
    lean = chance.uniform(-0.15, 0.15, 2)
    fork = (lean[0], lean[1], height * 0.45)
    trunk = tube([(0, 0, 0), (lean[0] * 0.6, lean[1] * 0.6, height * 0.25), fork], [0.17, 0.13, 0.10], "bark")
    count = 16
    bearing, reach = chance.uniform(0, 2 * np.pi, count), 1.25 * np.sqrt(chance.random(count))
    level = chance.uniform(0.55, 0.95, count)
    reach *= 1.15 - np.abs(level - 0.68)  # widest a little below the middle of the crown
    clumps = np.stack(
        [np.cos(bearing) * reach * size, np.sin(bearing) * reach * size, level * height], axis=1
    )
    radii = chance.uniform(0.6, 1.05, count) * size
    limbs = [
        tube(
            [fork, tuple((np.array(fork) + clump) / 2 + (0, 0, 0.2)), tuple(clump)],
            [0.07, 0.045, 0.02],
            "bark",
        )
        for clump in clumps[:7]
    ]
    return (trunk, *limbs, _foliage(chance, clumps, radii, 9000, (0.075, 0.13)))


def hedge(seed: int, length: float) -> Model:
    """A clipped hedge along x, in a bed of soil, about its middle."""
    chance = np.random.default_rng(seed)
    count = max(2, int(length * 2.2))
    clumps = np.stack(
        [np.linspace(-length / 2, length / 2, count), chance.normal(0, 0.05, count), np.full(count, 0.45)],
        axis=1,
    )
    soil = box((length + 0.4, 0.9, 0.12), (0, 0, 0.05), "soil")
    core = box((length, 0.45, 0.6), (0, 0, 0.38), "leaf-dark")
    return (soil, core, _foliage(chance, clumps, np.full(count, 0.42), int(1000 * length), (0.04, 0.07)))


def _foliage(
    chance: np.random.Generator, clumps: FloatArray, radii: FloatArray, count: int, sizes: tuple[float, float]
) -> Part:
    """Leaves as little quads: dense at the clumps' rims, darker towards the inside and below."""
    which = chance.integers(0, len(clumps), count)
    out = chance.normal(size=(count, 3))
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    share = chance.random((count, 1)) ** 0.35
    middle = clumps[which] + out * radii[which, None] * share * (1, 1, 0.8)
    along = chance.normal(size=(count, 3)) * (1, 1, 0.5)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    across = np.cross(along, chance.normal(size=(count, 3)))
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    size = chance.uniform(*sizes, (count, 1))
    corners = np.stack(
        [
            middle - along * size,
            middle - across * size * 0.6,
            middle + along * size,
            middle + across * size * 0.6,
        ],
        axis=1,
    )
    light = out[:, 2] * 0.5 + share[:, 0] + chance.normal(0, 0.35, count)
    shade = np.digitize(light, (0.75, 1.35))
    faces: tuple[Face, ...] = tuple((4 * k, 4 * k + 1, 4 * k + 2, 4 * k + 3) for k in range(count))
    return Part(corners.reshape(-1, 3), faces, _LEAVES, tuple(int(tone) for tone in shade))
