"""Areas hold areas: what was counted for a grid counts for its town, its district and the city too."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence


def above(path: str) -> Iterator[str]:
    """An area's path and those of all areas around it, the largest first; where none is known, itself."""
    names = [name for name in path.split("/") if name]
    if not names:
        yield ""
    for depth in range(len(names)):
        yield "/" + "/".join(names[: depth + 1])


def rolled_up(rows: Iterable[tuple[str, Sequence[int]]]) -> list[tuple[str, tuple[int, ...]]]:
    """Counts by area, each with all that lies in it; in the order of a tree, unknown areas last."""
    sums: dict[str, list[int]] = defaultdict(list)
    for path, counts in rows:
        for area in above(path):
            so_far = sums[area] or [0] * len(counts)
            sums[area] = [one + more for one, more in zip(so_far, counts, strict=True)]
    ordered = sorted(sums, key=lambda path: (not path, path.split("/")))
    return [(path, tuple(sums[path])) for path in ordered]
