"""Finishes that only streets wear: painted kerbs, walls, roofs, signal lamps."""

from studio.matter.finishes import Finish
from studio.matter.looks import Rgb


def _worn(colour: Rgb, under: Rgb = (0.30, 0.29, 0.27)) -> Finish:
    return Finish(colour, 0.8, pattern="noise", other=under, scale=1.8, bump=0.2)


SURFACES: dict[str, Finish] = {
    "kerb-red": _worn((0.42, 0.05, 0.04), (0.30, 0.10, 0.08)),
    "kerb-yellow": _worn((0.55, 0.38, 0.06), (0.38, 0.28, 0.10)),
    "kerb-white": _worn((0.58, 0.58, 0.56)),
    "concrete": Finish(
        (0.36, 0.35, 0.33), 0.9, pattern="noise", other=(0.25, 0.24, 0.22), scale=0.8, bump=0.1
    ),
    "roof-blue": Finish((0.05, 0.16, 0.34), 0.5, pattern="noise", other=(0.05, 0.12, 0.24), scale=0.7),
    "steel-gate": Finish((0.50, 0.51, 0.52), 0.35, metal=0.6),
    "gate-red": Finish((0.45, 0.03, 0.02), 0.5),
    "plaster": Finish(
        (0.60, 0.59, 0.56), 0.9, pattern="noise", other=(0.40, 0.38, 0.34), scale=0.6, bump=0.05
    ),
    "base": Finish((0.26, 0.25, 0.24), 0.9, pattern="noise", other=(0.17, 0.16, 0.15), scale=0.9),
    "signal-red": Finish((0.65, 0.02, 0.01), 0.3, glow=1.2),
    "signal-amber": Finish((0.05, 0.03, 0.005), 0.3),
    "signal-green": Finish((0.01, 0.05, 0.03), 0.3),
    "signal-lit-green": Finish((0.02, 0.50, 0.28), 0.3, glow=1.0),
    "rail-glass": Finish((0.10, 0.16, 0.17), 0.08, coat=1),
    "plastic-blue": Finish((0.03, 0.12, 0.36), 0.35),
    "plastic-yellow": Finish((0.62, 0.40, 0.03), 0.35),
    "terracotta": Finish((0.36, 0.13, 0.06), 0.8),
    "flower-red": Finish((0.50, 0.03, 0.05), 0.6),
}
