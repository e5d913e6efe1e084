import json

import factories
import pytest
from factories import at
from hypothesis import given
from hypothesis import strategies as st
from parts_camera import PLAN

from cases.database import Database
from cases.ledger import Arrival, Ledger
from cases.policy import builtin_policies
from cases.reading import Reading
from clearway import demo_site as demo
from clearway.simulator import ALARM_FROM_S, ALARM_TO_S, reading
from clearway.summary import quantile, summarise
from edge.sensors import read
from edge.settings import SensorSettings
from ingest.conclude import conclude
from models.errors import ConfigurationError
from models.plan import parse_plan
from models.records import EndedBy


@pytest.mark.parametrize(
    ("values", "share", "found"),
    [
        ([], 0.5, None),
        ([3.0], 0.5, 3.0),
        ([3.0], 0.99, 3.0),
        ([1.0, 2.0], 0.5, 1.0),
        ([1.0, 2.0, 3.0], 0.5, 2.0),
        ([3.0, 1.0, 2.0], 1.0, 3.0),
        ([1.0, 2.0], 0.0, 1.0),
        (list(range(1, 101)), 0.99, 99),
        (list(range(1, 201)), 0.99, 198),
    ],
)
def test_a_quantile_is_one_of_the_values(values, share, found):
    assert quantile(values, share) == found


@given(st.lists(st.integers(0, 1000), min_size=1), st.floats(0, 1))
def test_as_many_values_as_the_share_lie_at_or_below_a_quantile(values, share):
    found = quantile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values)


SENSOR = SensorSettings(
    name="hallway-smoke", topic="sensors/hallway-smoke", value="data.smoke", alarm_at=0.3, clear_at=0.1
)


@pytest.mark.parametrize(
    ("second", "alarm"),
    [
        (0, False),
        (ALARM_FROM_S - 0.01, False),
        (ALARM_FROM_S, True),
        (8, True),
        (ALARM_TO_S, False),
        (1e6, False),
    ],
)
def test_the_simulated_sensor_alarms_once_and_clears(second, alarm):
    assert read(reading(second), SENSOR).alarm is alarm


def test_the_simulated_sensor_speaks_json_of_its_own():
    assert json.loads(reading(1))["data"]["temperature_c"] == 21.5


@pytest.fixture
def database(tmp_path):
    made = Database(f"sqlite:///{tmp_path / 'ledger.db'}")
    made.migrate()
    yield made
    made.close()


def apply(database, *said):
    arrivals = []
    for seconds, record in said:
        event = factories.event(record, seconds)
        arrivals.append(conclude(event, b"{}", at(seconds)))
    assert all(isinstance(item, Arrival) for item in arrivals)
    Ledger(database, builtin_policies()).apply(arrivals, at(400))


def test_a_run_without_anything_has_a_summary(database):
    summary = summarise(Reading(database), builtin_policies())
    assert (summary["cases"], summary["sensor_cases"], summary["notices"]) == ([], [], [])
    assert summary["latency_s"] == {"overstay_to_sms": {"p50": None, "p99": None}}
    assert (summary["looks"], summary["observations"], summary["dead_letters"]) == (0, 0, 0)


def test_stays_and_alarms_are_told_apart_and_a_closed_case_says_how_long_it_stood(database):
    apply(
        database,
        (60, factories.overstayed()),
        (90, factories.alarmed()),
        (180, factories.ended(ended_by=EndedBy.LEFT)),
    )
    summary = summarise(Reading(database), builtin_policies())
    (case,), (alarm,) = summary["cases"], summary["sensor_cases"]
    assert (case["zone"], case["state"], case["resolution"], case["stood_s"]) == (
        "fire-lane-1", "closed", "left", 180.0,
    )  # fmt: skip
    assert (alarm["task"], alarm["resolution"], alarm["stood_s"]) == ("verify", None, None)
    assert summary["observations"] == 3
    json.dumps(summary)


def test_every_zone_of_a_demo_gets_a_plate_and_the_users_word_wins():
    plan = parse_plan(
        PLAN + PLAN.split("[[zone]]")[1].join(["[[zone]]", ""]).replace("lane-1", "lane-2"), "p"
    )
    plates = demo.assumed_plates(plan, {"fire-lane-2": "沪A54321"})
    assert plates.keys() == {"fire-lane-1", "fire-lane-2"}
    assert plates["fire-lane-2"] == "沪A54321"


@pytest.mark.parametrize("pair", ["drive", "=浙B12345", "drive=", ""])
def test_a_plate_is_given_as_zone_and_text(pair):
    with pytest.raises(ConfigurationError, match="no zone=TEXT"):
        demo.parse_plates([pair])


def test_a_plate_may_hold_an_equals_sign():
    assert demo.parse_plates(["drive=A=B"]) == {"drive": "A=B"}
