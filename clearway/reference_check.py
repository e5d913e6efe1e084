"""Whether the picture that a plan was drawn on shows something in its zones: that would belong to the street.

A picture that was taken while a vehicle stood there lets the next one that stands just so go unnoticed.
"""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from clearway.settings import Settings
from detectors.network import Network
from detectors.opening import open_network, open_reference
from detectors.shipped import shipped_network
from detectors.stays import zone_rules
from edge.assemble import load_plan
from models.geometry import footprint_share
from models.plan import Plan


def of_settings(settings: Settings) -> Iterator[str]:
    """Warnings of all plans that settings name, by the network they name.

    Raises:
        ConfigurationError: a plan, a picture or the network cannot be used.
    """
    plans = [(camera.plan, load_plan(camera)) for camera in settings.edge.camera]
    if any(plan.reference is not None for _, plan in plans):
        network = _network(settings.edge.network)
        for path, plan in plans:
            yield from (f"{path}: {warning}" for warning in of_plan(path, plan, network))


def of_plan(path: Path, plan: Plan, network: Network | None = None) -> Iterator[str]:
    """What its reference shows in its zones, in words.

    Args:
        path: the plan's file.
        plan: what it says.
        network: finds the objects; by default the one that ships.

    Raises:
        ConfigurationError: the picture or the network cannot be used.
    """
    if open_reference(path, plan) is None or plan.reference is None:
        return
    network = network or _network(None)
    picture = cv2.imread(str(path.parent / plan.reference), cv2.IMREAD_COLOR)
    if network is None or picture is None:
        return
    found = network.detect(np.asarray(picture, np.uint8))
    for rule in zone_rules(plan):
        inside = footprint_share(found.boxes_xyxy, rule.polygon) >= rule.zone.min_share
        sure = found.scores >= rule.zone.min_score
        for index in np.flatnonzero(inside & sure):
            if found.labels[index] in rule.labels:
                yield (
                    f"the reference picture shows a {found.labels[index]} in zone {rule.zone.id!r}, and what "
                    "looks just so there will be taken for a part of the street; unless it is one, take the "
                    "picture again with nothing in the zones"
                )


def _network(named: Path | None) -> Network | None:
    path = named or shipped_network()
    return None if path is None else open_network(path)
