"""One look in compact form, for the live view and for what-if replay."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
import numpy as np

from detectors.stays import ZoneRule
from detectors.watch import Looked
from models.geometry import iou
from models.records import Trail, TrailObject, TrailZone

SAME_BOX = 0.6
"""A detection that overlaps a standing object this much is that object, and is shown once."""


def encode(camera: str, at: datetime, looked: Looked, rules: Sequence[ZoneRule]) -> bytes:
    """The look as JSON."""
    return msgspec.json.encode(trail(camera, at, looked, rules))


def trail(camera: str, at: datetime, looked: Looked, rules: Sequence[ZoneRule]) -> Trail:
    """What stands, what else was detected, and the zones."""
    stays = {stay.object_id: stay for stay in looked.memory.stays}
    objects = []
    for thing in looked.memory.objects:
        if not thing.stands:
            continue
        stay = stays.get(thing.id)
        objects.append(
            TrailObject(
                label=thing.label,
                score=min(1.0, thing.score),
                box_xyxy=thing.box_xyxy,
                standing_s=max(0.0, (at - thing.first_seen_at).total_seconds()),
                zone=stay.zone if stay else "",
                phase="standing" if stay is None else stay.phase.value,
            )
        )
    known = np.array([item.box_xyxy for item in objects]).reshape(-1, 4)
    found = looked.detections
    for index, label in enumerate(found.labels):
        box = found.boxes_xyxy[index]
        if len(known) and iou(box, known).max() >= SAME_BOX:
            continue
        left, top, right, bottom = (round(float(value), 4) for value in box)
        objects.append(
            TrailObject(
                label=label,
                score=min(1.0, float(found.scores[index])),
                box_xyxy=(left, top, right, bottom),
                phase="passing",
            )
        )
    zones = tuple(
        TrailZone(zone=rule.zone.id, kind=rule.zone.kind, polygon=rule.zone.polygon) for rule in rules
    )
    return Trail(camera=camera, at=at, objects=tuple(objects), zones=zones)
