"""The plan that belongs to a clip, in the product's own format, with the truth as comments."""

import json
from collections.abc import Iterator

from studio.camera.faults import BLINDING
from studio.filming.truth import TrueClip, TrueFault, TrueStay, TrueZone
from studio.scenes.scene import Scene
from studio.streets.street import Street


def plan_text(scene: Scene, street: Street, clip: TrueClip) -> str:
    """The plan's TOML: every zone of the street, each with what truly stands in it."""
    addresses = {zone.id: zone.address for zone in street.zone}
    head = [
        f"# The plan of {scene.name}.mp4 ({scene.width}x{scene.height}, {scene.duration_s:g} s). The clip is",
        "# rendered (see docs/studio.md), so the comments below are not a guess but what was planned.",
        *(f"# truth: {_mishap(fault)}" for fault in clip.faults),
        f'camera = "{scene.name}"',
    ]
    body = [
        line
        for zone in clip.zones
        for line in _zone(zone, addresses[zone.id], clip.stays, left_out=zone.id in scene.leave_out)
    ]
    return "\n".join([*head, *body]) + "\n"


def _zone(zone: TrueZone, address: str, stays: tuple[TrueStay, ...], *, left_out: bool) -> Iterator[str]:
    yield ""
    mine = [stay for stay in stays if stay.zone == zone.id]
    if not mine:
        yield "# truth: nothing stands here"
    for stay in mine:
        yield f"# truth: {_sentence(stay)}"
    lines = [
        "[[zone]]",
        f'id = "{zone.id}"',
        f'kind = "{zone.kind}"',
        f"polygon = {json.dumps([list(corner) for corner in zone.polygon])}",
        f"dwell_s = {zone.dwell_s:g}",
    ]
    if address:
        lines.append(f"address = {json.dumps(address, ensure_ascii=False)}")
    if left_out:
        yield "# Take the zone in when the network knows what it forbids:"
    yield from (f"# {line}" if left_out else line for line in lines)


def _mishap(fault: TrueFault) -> str:
    blinding = ", nobody can tell what stands there" if fault.kind in BLINDING else ""
    return f"the camera: {fault.kind} from {fault.from_s:g} s until {fault.until_s:g} s{blinding}"


def _sentence(stay: TrueStay) -> str:
    who = f"{stay.label} {stay.plate}" if stay.plate else stay.label
    began = f"{who} ({stay.actor}) stands from {stay.began_s:g} s"
    over = f", overstays at {stay.overstayed_s:g} s" if stay.overstayed_s is not None else ""
    ended = f", leaves at {stay.ended_s:g} s" if stay.ended_s is not None else ", stays to the end"
    return began + over + ended
