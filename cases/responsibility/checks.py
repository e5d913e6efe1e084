"""What a set must be as a whole: ids once, a tree, no overlaps, and no name that nobody knows."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TypeVar

from cases.responsibility.reading import Placed
from cases.responsibility.records import Area, Component, Matter, Unit
from cases.responsibility.shapes import meetings, overlaps, shapes_of, share_outside
from cases.responsibility.sheets import Findings
from models.toml import FrozenModel, nearest

R = TypeVar("R", bound=FrozenModel)

SLIVER_M2 = 1.0
"""Neighbours that were surveyed apart overlap by less and nobody minds."""
OVERLAP_SHARE = 0.01
"""Overlaps of more than this share of the smaller area are refused: a case there would have two masters."""
OUTSIDE_SHARE = 0.01


def check_units(placed: Sequence[Placed[Unit]], findings: Findings) -> None:
    """Ids stand once."""
    _once(placed, lambda unit: (unit.id,), "id", findings)


def check_areas(
    placed: Sequence[Placed[Area]], findings: Findings, *, overlap_share: float = OVERLAP_SHARE
) -> None:
    """The areas are a tree, none lies over another, and no place is listed twice.

    Args:
        placed: every area.
        findings: takes what is wrong.
        overlap_share: of the smaller of two areas, 0..1; more is a fault, less a warning.
    """
    _once(placed, lambda area: (area.id,), "id", findings)
    by_id = {item.record.id: item for item in placed}
    in_circles = _tree({key: item.record.parent for key, item in by_id.items()}, by_id, "parent", findings)
    for item in placed:
        area, above = item.record, by_id.get(item.record.parent or "")
        if above is not None and area.id not in in_circles and above.record.level.depth >= area.level.depth:
            problem = f"a {area.level} cannot lie in a {above.record.level} ({above.record.id})"
            findings.faults.append(item.row.fault("level", problem, "correct level or parent"))
    _listed_once(placed, "zones", lambda area: area.zones, findings)
    _listed_once(placed, "addresses", lambda area: area.addresses, findings)
    _apart(placed, findings, overlap_share)
    _inside(placed, by_id, findings)
    _reachable(placed, findings)


def check_matters(placed: Sequence[Placed[Matter]], findings: Findings) -> None:
    """Codes stand once in each area, parents are known and go in no circle, and somebody leads."""
    _once(placed, lambda matter: (matter.code, matter.area or ""), "code", findings)
    general = {item.record.code: item for item in placed if item.record.area is None}
    _tree({code: item.record.parent for code, item in general.items()}, general, "parent", findings)
    for item in placed:
        matter = item.record
        if matter.area is None:
            continue
        if matter.code not in general:
            remedy = nearest(matter.code, list(general)) or "add its row without an area"
            findings.faults.append(item.row.fault("code", f"no matter {matter.code!r}", remedy))
        if matter.parent is not None:
            remedy = "write it into the row without an area"
            findings.faults.append(item.row.fault("parent", "belongs to the whole city", remedy))
        if matter.number or matter.name_zh or matter.name_en:
            remedy = "write it into the row without an area; here it is left out"
            findings.warnings.append(item.row.fault("name_zh", "belongs to the whole city", remedy))


def check_components(placed: Sequence[Placed[Component]], findings: Findings) -> None:
    """Ids stand once."""
    _once(placed, lambda component: (component.id,), "id", findings)


def check_names(
    placed: Iterable[Placed[R]],
    fields: Mapping[str, tuple[str, Collection[str]]],
    findings: Findings,
) -> None:
    """Names of other sets are known there.

    Args:
        placed: records.
        fields: by the field that holds one name or several: what it names, and all that are known.
        findings: takes what is wrong.
    """
    for item in placed:
        for field, (what, known) in fields.items():
            value = getattr(item.record, field)
            for name in (value,) if isinstance(value, str) else value or ():
                if name not in known:
                    remedy = nearest(name, list(known)) or f"import it first, or correct {field}"
                    findings.faults.append(item.row.fault(field, f"no {what} {name!r} is known", remedy))


def _once(
    placed: Sequence[Placed[R]], key: Callable[[R], tuple[str, ...]], field: str, findings: Findings
) -> None:
    first: dict[tuple[str, ...], Placed[R]] = {}
    for item in placed:
        name = key(item.record)
        other = first.setdefault(name, item)
        if other is not item:
            shown = " in ".join(part for part in name if part)
            problem = f"{shown!r} stands twice (first {other.row.shown})"
            findings.faults.append(item.row.fault(field, problem, "keep one of them"))


def _tree(
    parents: Mapping[str, str | None], placed: Mapping[str, Placed[R]], field: str, findings: Findings
) -> set[str]:
    """Say unknown parents and circles; returns who stands in a circle."""
    circles: set[str] = set()
    done: set[str] = set()
    for start, parent in parents.items():
        if parent is not None and parent not in parents:
            remedy = nearest(parent, list(parents)) or "add it to the file"
            findings.faults.append(placed[start].row.fault(field, f"no {parent!r} here", remedy))
        way: dict[str, None] = {}
        here: str | None = start
        while here is not None and here in parents and here not in done and here not in way:
            way[here] = None
            here = parents[here]
        if here is not None and here in way:
            names = list(way)
            circle = names[names.index(here) :]
            circles.update(circle)
            shown = " > ".join([*circle[:10], here])
            problem = f"goes in a circle: {shown}"
            findings.faults.append(placed[here].row.fault(field, problem, "let one of them be the top"))
        done.update(way)
    return circles


def _listed_once(
    placed: Sequence[Placed[Area]],
    field: str,
    listed: Callable[[Area], tuple[str, ...]],
    findings: Findings,
) -> None:
    first: dict[str, Placed[Area]] = {}
    for item in placed:
        for word in listed(item.record):
            other = first.setdefault(word, item)
            if other is not item:
                problem = f"{word!r} belongs to {other.record.id!r} ({other.row.shown})"
                findings.faults.append(item.row.fault(field, problem, "list it in one area"))


def _apart(placed: Sequence[Placed[Area]], findings: Findings, overlap_share: float) -> None:
    drawn = [item for item in placed if item.record.polygon]
    shapes = shapes_of([item.record.polygon for item in drawn])
    rivals = (
        (first, second)
        for first, second in meetings(shapes)
        if _rivals(drawn[first].record, drawn[second].record)
    )
    for found in overlaps(shapes, rivals):
        if found.overlap_m2 <= SLIVER_M2:
            continue
        one, two = drawn[found.first], drawn[found.second]
        problem = (
            f"overlaps {one.record.id!r} ({one.row.shown}) by {found.overlap_m2:,.0f} m², "
            f"{found.share:.1%} of the smaller"
        )
        fault = two.row.geometry_fault(problem, "draw the border once, for both")
        (findings.faults if found.share > overlap_share else findings.warnings).append(fault)


def _rivals(one: Area, other: Area) -> bool:
    """Whether the same ground cannot belong to both: siblings, and areas of one level."""
    return one.level is other.level or (one.parent is not None and one.parent == other.parent)


def _inside(placed: Sequence[Placed[Area]], by_id: Mapping[str, Placed[Area]], findings: Findings) -> None:
    for item in placed:
        above = by_id.get(item.record.parent or "")
        if above is None or not (item.record.polygon and above.record.polygon) or above is item:
            continue
        inner, outer = shapes_of([item.record.polygon, above.record.polygon])
        outside = share_outside(inner, outer)
        if outside > OUTSIDE_SHARE:
            problem = f"lies {outside:.1%} outside its parent {above.record.id!r}"
            findings.warnings.append(item.row.geometry_fault(problem, "correct one of the two"))


def _reachable(placed: Sequence[Placed[Area]], findings: Findings) -> None:
    parents = {item.record.parent for item in placed}
    for item in placed:
        area = item.record
        if area.id not in parents and not (area.polygon or area.zones or area.addresses):
            remedy = "give it a polygon, zones or addresses"
            findings.warnings.append(item.row.geometry_fault("no case can land here", remedy))
