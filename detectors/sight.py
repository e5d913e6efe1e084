"""What one look says of the camera itself, before anybody asks what it shows of the street."""

from dataclasses import replace
from datetime import datetime

import msgspec

from detectors import blindness, viewpoint
from detectors.blindness import COVERED_LOST, Sight, Vision
from detectors.reduced import Reduced
from detectors.viewpoint import Viewpoint
from models.records import BlindReason


class Eyesight(msgspec.Struct, frozen=True, kw_only=True):
    """What the looks so far said of the camera: of its picture, and of its view."""

    vision: Vision = Vision()
    view: Viewpoint = Viewpoint()


def step(state: Eyesight, look: Reduced, at: datetime) -> tuple[Eyesight, Sight]:
    """Advance by one look.

    Args:
        state: what the looks before said.
        look: the small pictures of this one.
        at: when it was captured.

    Returns:
        The state afterwards, and whether the camera can tell.
    """
    vision, sight = blindness.step(state.vision, look, at)
    if sight.no_news:
        return Eyesight(vision=vision, view=state.view), sight
    view = viewpoint.step(state.view, vision, sight)
    if view.moved:
        sight = replace(sight, reason=BlindReason.MOVED, no_news=True, why=view.why)
    elif sight.lost >= COVERED_LOST:
        sight = replace(sight, no_news=True)
    return Eyesight(vision=vision, view=view), sight
