"""What is drawn over a live picture: zones and objects of one look, as SVG."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from markupsafe import Markup

from console.moments import span
from models.records import Plate, PlateSource, Trail, TrailObject, TrailZone, ZoneKind

ZONE_COLOURS: Mapping[ZoneKind, str] = {
    ZoneKind.FIRE_LANE: "#ff5c8a",
    ZoneKind.NO_PARKING: "#4d9bff",
    ZoneKind.NO_STALL: "#b387ff",
    ZoneKind.WATER: "#2ed3c6",
}
"""Apart from the colours of the phases, so that a place is never taken for an object."""

PASSING, STANDING, OVERSTAY = "passing", "standing", "overstay"
UNSURE = "unsure"
"""Stands, and the network was never as sure of it as its zone asks."""

PHASE_COLOURS: Mapping[str, str] = {PASSING: "#c3ccd9", STANDING: "#ffb020", OVERSTAY: "#ff4d4f"}

_ZONE = Markup(
    '<polygon class="cw-zone" data-kind="{kind}" points="{points}" fill="{colour}" fill-opacity="0.14" '
    'stroke="{colour}" stroke-width="2" stroke-dasharray="7 5" vector-effect="non-scaling-stroke"/>'
)
_BOX = Markup(
    '<rect class="cw-box" data-phase="{phase}" x="{x}" y="{y}" width="{width}" height="{height}" '
    'rx="{round}" fill="none" stroke="{colour}" stroke-width="{stroke}" vector-effect="non-scaling-stroke"/>'
)
_TEXT = Markup(
    '<text class="cw-label {kind}" x="{x}" y="{y}" text-anchor="{anchor}" fill="{ink}" '
    'filter="url(#cw-{tag})">{text}</text>'
)
_TAG = Markup(
    '<filter id="cw-{tag}" x="-0.03" y="-0.06" width="1.06" height="1.12"><feFlood flood-color="{colour}" '
    'flood-opacity="{opacity}"/><feComposite in="SourceGraphic" operator="over"/></filter>'
)
"""Paints behind a text: SVG has no background, and only the browser knows how wide a text is."""

_ALL = Markup('<g class="cw-overlay" font-size="{unit}"><defs>{tags}</defs>{drawn}</g>')
"""A thousandth of the width is the unit of type, so that the page can size labels in em."""

NBSP = "\u00a0"
"""Around a label, so that what is painted behind it is a little wider."""

DARK, LIGHT = "#0b141b", "#ffffff"
TAGS: Mapping[str, tuple[str, float]] = {
    STANDING: (PHASE_COLOURS[STANDING], 0.95),
    OVERSTAY: ("#d92d30", 0.95),
    "zone": (DARK, 0.62),
}
INK: Mapping[str, str] = {STANDING: DARK, OVERSTAY: LIGHT}

RIGHT_PART = 0.6
"""Labels that begin further right end at their corner instead, or they would leave the picture."""

Words = Callable[[str, str], str]


def overlay(
    trail: Trail,
    size_wh: tuple[int, int],
    words: Words,
    assumed: str,
    plates: Mapping[str, Plate] | None = None,
) -> Markup:
    """Draw one look.

    Args:
        trail: the look.
        size_wh: width and height of the picture in pixels; the drawing uses the same units.
        words: the word for a field and value, as `Wording.name`.
        assumed: the word that marks a plate nobody read.
        plates: by zone, for zones whose open case names one.
    """
    zones = [_zone(zone, size_wh, words) for zone in trail.zones]
    by_rank = sorted(trail.objects, key=lambda item: list(PHASE_COLOURS).index(phase_of(item)))
    known = _certain(plates or {}, trail.objects)
    objects = [_object(item, size_wh, _plate(item, known, assumed), words) for item in by_rank]
    tags = [_TAG.format(tag=tag, colour=colour, opacity=opacity) for tag, (colour, opacity) in TAGS.items()]
    return _ALL.format(
        unit=f"{size_wh[0] / 1000:.3f}",
        tags=Markup("").join(tags),
        drawn=Markup("").join([*zones, *objects]),
    )


def phase_of(item: TrailObject) -> str:
    """The phase to draw; a phase of a newer device is taken from whether the object stands."""
    if item.phase in PHASE_COLOURS:
        return item.phase
    if item.phase.startswith(OVERSTAY):
        return OVERSTAY
    return STANDING if item.standing_s > 0 else PASSING


def _zone(zone: TrailZone, size_wh: tuple[int, int], words: Words) -> Markup:
    colour = ZONE_COLOURS[zone.kind]
    corners = [(x * size_wh[0], y * size_wh[1]) for x, y in zone.polygon]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)
    drawn = _ZONE.format(kind=zone.kind.value, points=points, colour=colour)
    if not corners:
        return drawn
    lowest = max(corners, key=lambda corner: (corner[1], -corner[0]))
    text = f"{words('kind', zone.kind.value)} · {zone.zone}"
    return drawn + _label(lowest, lowest, size_wh, text=text, ink=colour, tag="zone")


def _object(item: TrailObject, size_wh: tuple[int, int], plate: str, words: Words) -> Markup:
    phase = phase_of(item)
    left, top, right, bottom = (
        value * side for value, side in zip(item.box_xyxy, (*size_wh, *size_wh), strict=True)
    )
    box = _BOX.format(
        phase=phase,
        x=f"{left:.1f}",
        y=f"{top:.1f}",
        width=f"{max(right - left, 0):.1f}",
        height=f"{max(bottom - top, 0):.1f}",
        round=f"{size_wh[0] * 0.004:.1f}",
        colour=PHASE_COLOURS[phase],
        stroke=1.5 if phase == PASSING else 2.5,
    )
    if phase == PASSING:
        return box
    doubt = words("phase", item.phase) if item.phase == UNSURE else ""
    text = " · ".join(filter(None, [item.label, plate, span(item.standing_s), doubt]))
    return box + _label((left, top), (right, top), size_wh, text=text, ink=INK[phase], tag=phase)


def _label(
    left: tuple[float, float],
    right: tuple[float, float],
    size_wh: tuple[int, int],
    *,
    text: str,
    ink: str,
    tag: str,
) -> Markup:
    """A text that stands on a corner: on the left one, or in the right part of the picture, on the other."""
    width, height = size_wh
    ends = left[0] > width * RIGHT_PART
    x, y = right if ends else left
    pad = width * 0.008
    return _TEXT.format(
        kind=f"cw-of-{tag}",
        x=f"{min(max(x, pad), width - pad):.1f}",
        y=f"{min(max(y - pad, pad * 4), height - pad):.1f}",
        anchor="end" if ends else "start",
        ink=ink,
        tag=tag,
        text=f"{NBSP}{text}{NBSP}",
    )


def _certain(plates: Mapping[str, Plate], objects: Iterable[TrailObject]) -> dict[str, Plate]:
    """Plates of zones in which one object overstays: of two, nobody knows whose it is."""
    counted = Counter(item.zone for item in objects if phase_of(item) == OVERSTAY)
    return {zone: plate for zone, plate in plates.items() if counted[zone] == 1}


def _plate(item: TrailObject, plates: Mapping[str, Plate], assumed: str) -> str:
    plate = plates.get(item.zone)
    if plate is None or phase_of(item) != OVERSTAY:
        return ""
    return f"{plate.text} ({assumed})" if plate.source is PlateSource.ASSUMED else plate.text


def plates_by_zone(cases: Iterable[tuple[str, Plate | None]]) -> dict[str, Plate]:
    """The plate to write at each zone: only where one open case stands, or it might be another's."""
    found: dict[str, list[Plate | None]] = {}
    for zone, plate in cases:
        found.setdefault(zone, []).append(plate)
    return {zone: rows[0] for zone, rows in found.items() if len(rows) == 1 and rows[0] is not None}
