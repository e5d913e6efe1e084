"""Many parts made few: what a renderer looks at again for every picture should be little."""

from collections.abc import Iterable, Sequence

import numpy as np

from studio.matter.solids import Face, Model, Part


def merged(model: Iterable[Part]) -> Model:
    """The same model in a few parts: the renderer looks at every part again for every picture.

    Parts that are subdivided or have holes stay as they are; the others join those that are rounded alike.
    """
    alone: list[Part] = []
    alike: dict[tuple[bool, float], list[Part]] = {}
    for part in model:
        if part.subdivisions or part.holes:
            alone.append(part)
        else:
            alike.setdefault((part.smooth, part.bevel_m), []).append(part)
    return (*alone, *(_joined(parts) for parts in alike.values()))


def _joined(parts: Sequence[Part]) -> Part:
    faces: list[Face] = []
    finish_of: list[int] = []
    names: dict[str, int] = {}
    uvs = []
    offset = 0
    for part in parts:
        faces += [tuple(corner + offset for corner in face) for face in part.faces]
        worn = part.finish_of or (0,) * len(part.faces)
        finish_of += [names.setdefault(part.finishes[index], len(names)) for index in worn]
        corners = sum(len(face) for face in part.faces)
        uvs.append(part.uvs if part.uvs is not None else np.zeros((corners, 2)))
        offset += len(part.points)
    return Part(
        np.concatenate([part.points for part in parts]),
        tuple(faces),
        tuple(names),
        tuple(finish_of),
        uvs=np.concatenate(uvs),
        smooth=parts[0].smooth,
        bevel_m=parts[0].bevel_m,
    )
