"""Which observations are about the same incident."""

import factories
import pytest
from factories import at
from hypothesis import given
from hypothesis import strategies as st

from ingest.dedup import incident_key
from models.records import PlateSource

READ = factories.plate("浙B99999", PlateSource.READ)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param(factories.began(), factories.ended(), True, id="all of one stay"),
        pytest.param(
            factories.overstayed(), factories.overstayed(began_at=at(5)), False, id="two stays in one zone"
        ),
        pytest.param(
            factories.overstayed(plate=READ),
            factories.overstayed(plate=READ, camera="south", zone="fire-lane-2", began_at=at(5)),
            True,
            id="one read plate on two cameras",
        ),
        pytest.param(
            factories.overstayed(plate=READ),
            factories.overstayed(plate=READ, policy="no-parking"),
            False,
            id="one plate, two matters",
        ),
        pytest.param(
            factories.overstayed(plate=factories.plate()),
            factories.overstayed(plate=factories.plate(), began_at=at(5)),
            False,
            id="an assumed plate names no vehicle",
        ),
        pytest.param(
            factories.overstayed(plate=factories.unsure_plate()),
            factories.overstayed(plate=factories.unsure_plate(), began_at=at(5)),
            False,
            id="an unsure plate names no vehicle",
        ),
        pytest.param(
            factories.overstayed(plate=None),
            factories.overstayed(plate=factories.plate()),
            True,
            id="of a stay",
        ),
        pytest.param(factories.alarmed(), factories.cleared(), True, id="an alarm and its end"),
        pytest.param(factories.alarmed(), factories.alarmed(sensor="smoke-2"), False, id="two sensors"),
        pytest.param(
            factories.alarmed(),
            factories.alarmed(alarm_id="0" * 36, alarmed_at=at(9)),
            True,
            id="two alarms of one sensor",
        ),
    ],
)
def test_equal_keys_are_one_incident(one, other, same):
    assert (incident_key("harbour", one) == incident_key("harbour", other)) is same


@pytest.mark.parametrize("fact", [factories.began(), factories.began(plate=READ), factories.alarmed()])
def test_the_same_words_at_two_sites_are_two_incidents(fact):
    assert incident_key("harbour", fact) != incident_key("station", fact)


@given(st.text(min_size=2, max_size=16), st.text(min_size=2, max_size=16))
def test_two_plates_are_two_incidents_whatever_is_written_on_them(one, other):
    keys = [
        incident_key("harbour", factories.overstayed(plate=factories.plate(text, PlateSource.READ)))
        for text in (one, other)
    ]
    assert (keys[0] == keys[1]) == (one == other)
    assert max(map(len, keys)) <= 400


@given(st.text(min_size=2, max_size=16))
def test_no_plate_can_pass_for_a_stay_or_a_sensor(text):
    plate = factories.plate(text, PlateSource.READ)
    stay = factories.overstayed(plate=None)
    key = incident_key("harbour", factories.overstayed(plate=plate))
    assert key not in {incident_key("harbour", stay), incident_key("harbour", factories.alarmed())}
