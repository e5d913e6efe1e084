"""What an edge box says of a stay carries what the centre needs to know of its place."""

from datetime import timedelta

import pytest
from factories import NOON, at

from detectors.stays import Stay, StayEvent, StayTurn
from edge.saying import stay_record
from models.plan import Zone
from models.records import EndedBy, ZoneKind

SQUARE = ((0.1, 0.1), (0.5, 0.1), (0.5, 0.5), (0.1, 0.5))


def said(turn, **more):
    zone = Zone(id="lane", kind=ZoneKind.FIRE_LANE, polygon=SQUARE, **more)
    stay = Stay(
        id="00000000-0000-5000-8000-000000000001",
        object_id="thing",
        zone="lane",
        label="car",
        score=0.8,
        box_xyxy=(0.4, 0.4, 0.6, 0.6),
        began_at=NOON - timedelta(seconds=60),
        reported_at=NOON,
        overstayed_at=NOON,
    )
    ended_by = EndedBy.LEFT if turn is StayTurn.ENDED else None
    event = StayEvent(turn=turn, stay=stay, at=at(90), why="stood 60 s", ended_by=ended_by)
    return stay_record(event, camera="c", zone=zone, plate=None, pictures=())


@pytest.mark.parametrize("turn", list(StayTurn))
def test_every_word_of_a_stay_says_where_it_is_and_whether_the_rule_can_be_enforced(turn):
    fact = said(
        turn,
        position=(30.0, 122.0),
        area="grid-101",
        components=("HYD-0012",),
        legal_basis="Fire Protection Law, art. 28",
        sign="painted lines",
    )
    assert (fact.position_latlon, fact.area, fact.components) == ((30.0, 122.0), "grid-101", ("HYD-0012",))
    assert fact.enforceable


def test_a_plan_that_says_nothing_leaves_it_open_and_unenforceable():
    fact = said(StayTurn.OVERSTAYED)
    assert (fact.position_latlon, fact.area, fact.components, fact.enforceable) == (None, "", (), False)
