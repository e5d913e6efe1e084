"""The dark: lamps make looks."""

import factories
import numpy as np
import pytest
from factories import scene

from detectors.emptiness import Emptiness, View
from detectors.lamps import is_dark, rejoined
from detectors.things import Sight, Standing

PLACE = (0.4, 0.4, 0.6, 0.6)


def thing(name, first_s, last_s, **changes):
    fields = {
        "id": name,
        "label": "car",
        "score": 0.6,
        "box_xyxy": PLACE,
        "picture": name.encode(),
        "first_ground_xy": (0.5, 0.6),
        "first_seen_at": factories.at(first_s),
        "last_seen_at": factories.at(last_s),
    }
    return Standing(**(fields | changes))


def lost(**changes):
    fields = {"looks": 9, "sight": Sight.OCCLUDED, "absent_since": factories.at(10)}
    return thing("lost", 0, 9, **(fields | changes))


def came(first_s=11, **changes):
    return thing("came", first_s, first_s + 1, **({"looks": 2, "score": 0.8, "label": "truck"} | changes))


def test_what_stands_at_once_where_one_was_lost_is_that_one_as_it_looks_now():
    (one,) = rejoined([lost(), came()], factories.at(12))
    assert (one.id, one.first_seen_at, one.looks, one.absent_since) == ("lost", factories.at(0), 11, None)
    assert (one.label, one.score) == ("truck", 0.8)
    assert (one.picture, one.earlier) == (b"came", b"lost")


def test_what_is_found_to_the_inch_where_lamps_swept_over_one_is_that_one():
    (one,) = rejoined([lost(unlike_looks=1), came(14)], factories.at(15))
    assert (one.id, one.first_seen_at) == ("lost", factories.at(0))


@pytest.mark.parametrize(
    "objects",
    [
        pytest.param([lost(), came(15)], id="it came too late"),
        pytest.param(
            [lost(), came(14, box_xyxy=(0.42, 0.4, 0.62, 0.6))],
            id="it came seconds later a hand's breadth beside",
        ),
        pytest.param([lost(unlike_looks=2), came(14)], id="its place was seen without it"),
        pytest.param([lost(empty_looks=1), came()], id="its place was seen empty"),
        pytest.param([lost(), came(box_xyxy=(0.5, 0.4, 0.7, 0.6))], id="it stands beside it"),
        pytest.param([lost(), came(looks=1)], id="it does not stand yet"),
        pytest.param([lost(looks=1), came()], id="the other never stood"),
    ],
)
def test_anything_else_is_another(objects):
    assert rejoined(objects, objects[1].last_seen_at) == objects


def test_whose_stay_may_have_been_told_already_is_not_taken_for_another():
    objects = [lost(), came(last_seen_at=factories.at(12))]
    assert rejoined(objects, factories.at(13)) == objects


def test_a_street_by_night_is_dark_and_one_by_day_is_not():
    day = scene()
    assert not is_dark(View(Emptiness(), day, (0.0, 0.0)))
    assert is_dark(View(Emptiness(), (day // 4).astype(np.uint8), (0.0, 0.0)))
