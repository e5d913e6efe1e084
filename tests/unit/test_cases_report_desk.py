"""Reports of people in the ledger: attached, suggested or opened, once each."""

import itertools
from concurrent.futures import ThreadPoolExecutor

import pytest
from factories import arrival, at, by_proof, plate
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from parts_office import fresh_ledger
from sqlalchemy import func, select

from cases.commands import Accept, Assess, Dismiss, Done
from cases.ledger import Ledger
from cases.record import SignalKind
from cases.reports import Channel, Report, ReportState
from cases.reports.desk import ReportDesk
from cases.reports.services import MatterName, services
from cases.search import Filters, Search
from cases.states import DismissReason, Resolution, State
from cases.tables import audit, cases, outbox
from models.errors import Refused

GATE = (29.8683, 121.5440)
ONE_STREET_ON = (29.8695, 121.5440)
ELSEWHERE = (29.95, 121.60)


@pytest.fixture
def database(tmp_path):
    found = fresh_ledger(tmp_path)
    yield found
    found.close()


@pytest.fixture
def ledger(database):
    return Ledger(database, by_proof())


@pytest.fixture
def desk(database):
    return ReportDesk(database, by_proof())


def report(**changes) -> Report:
    fields = {
        "channel": Channel.OPEN311,
        "reporter": "app",
        "matter": "fire-lane-blocked",
        "reported_at": at(60),
        "position_latlon": GATE,
        "description": "A van blocks the lane. 挡住了消防通道",
    }
    return Report(**(fields | changes))


def seen(ledger, **changes) -> str:
    """A case that a camera opened."""
    fields = {"position_latlon": GATE, "place": "Harbour Road 12"}
    (applied,) = ledger.apply([arrival(SignalKind.OBSERVED, **(fields | changes))], at(0))
    return applied.case_id


def take(desk, seconds=60, **changes):
    return desk.take(report(**changes), "fire-lane", at(seconds))


def rows(database, table):
    with database.read() as connection:
        return [
            dict(row) for row in connection.execute(select(table).order_by(*table.primary_key)).mappings()
        ]


def test_what_a_camera_has_seen_already_gets_a_second_source_and_no_second_case(ledger, desk, database):
    case_id = seen(ledger)
    found = take(desk)
    assert (found.state, found.case_id, found.case_number) == (ReportState.ATTACHED, case_id, 1)
    (case,) = rows(database, cases)
    (source,) = case["sources"]
    assert (source["channel"], source["metres"], source["score"]) == ("open311", 0.0, 1.0)
    assert "van" not in str(case) + str(rows(database, audit)) + str(rows(database, outbox))
    assert [row["what"] for row in rows(database, audit)][-1] == "attached"
    assert [row["type"] for row in rows(database, outbox)][-1] == "clearway.case.attached.v1"


def test_what_nobody_has_seen_opens_its_own_case_with_the_ladder_of_its_matter(desk, database):
    found = take(desk, position_latlon=ELSEWHERE, address="Mill Lane 3")
    (case,) = rows(database, cases)
    assert (found.state, found.case_id) == (ReportState.OPENED, case["id"])
    assert (case["matter"], case["unit"], case["place"]) == (
        "fire-lane-blocked",
        "fire-brigade",
        "Mill Lane 3",
    )
    assert (case["position_lat"], case["position_lon"]) == ELSEWHERE
    assert case["policy"]["name"] == "fire-lane"


def test_a_report_nearby_is_a_case_of_its_own_until_an_operator_says_it_is_the_same(ledger, desk, database):
    case_id = seen(ledger)
    found = take(desk, position_latlon=ONE_STREET_ON)
    assert (found.state, found.suggested) == (ReportState.SUGGESTED, case_id)
    assert found.case_id != case_id
    waiting = desk.page(state=ReportState.SUGGESTED, limit=9, after=None)
    assert [row["number"] for row in waiting] == [found.number]
    said = desk.decide(found.id, at(90), same=True, actor="ann", why="the same van")
    assert (said.state, said.case_id) == (ReportState.ATTACHED, case_id)
    gone, goes_on = (Search(database).case(one) for one in (found.case_id, case_id))
    assert (gone["state"], gone["merged_into"]) == (State.MERGED, case_id)
    assert (goes_on["incidents"], len(goes_on["sources"])) == (2, 1)
    assert desk.page(state=ReportState.SUGGESTED, limit=9, after=None) == []


def test_an_operator_who_sees_two_incidents_leaves_two_cases(ledger, desk, database):
    seen(ledger)
    found = take(desk, position_latlon=ONE_STREET_ON)
    said = desk.decide(str(found.number), at(90), same=False, actor="ann", why="another van")
    assert (said.state, said.case_id) == (ReportState.OPENED, found.case_id)
    assert [case["state"] for case in rows(database, cases)].count("merged") == 0
    told = [(line["case_id"], line["actor"], line["why"]) for line in rows(database, audit)]
    assert (found.case_id, "ann", "another van") in told
    with pytest.raises(Refused, match="nothing is suggested"):
        desk.decide(found.id, at(91), same=True, actor="ann", why="after all")


def test_a_suggestion_whose_case_is_over_can_no_longer_be_merged_into(ledger, desk):
    case_id = seen(ledger)
    found = take(desk, position_latlon=ONE_STREET_ON)
    ledger.command(case_id, Dismiss(reason=DismissReason.TEST, why="drill"), actor="ann", at=at(70))
    with pytest.raises(Refused, match="dismissed"):
        desk.decide(found.id, at(90), same=True, actor="ann", why="same")
    assert desk.report(found.id)["state"] == ReportState.SUGGESTED


def test_a_case_that_is_over_takes_no_reports(ledger, desk):
    case_id = seen(ledger)
    for order in (Assess(), Accept(), Done(resolution=Resolution.HANDLED)):
        ledger.command(case_id, order, actor="ann", at=at(30))
    assert take(desk).state is ReportState.OPENED


def test_the_same_reference_is_taken_once_per_reporter(desk, database):
    first = take(desk, reference="T-1")
    again = take(desk, seconds=120, reference="T-1", description="again")
    assert (again.number, again.case_id, again.repeat) == (first.number, first.case_id, True)
    assert not take(desk, reference="T-1", reporter="another").repeat
    assert len(rows(database, cases)) == 1


def test_two_reports_of_one_incident_in_the_same_moment_are_one_case(desk, database):
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: take(desk), range(16)))
    assert len({one.case_id for one in found}) == 1
    assert sorted(one.state for one in found).count(ReportState.OPENED) == 1
    assert len(rows(database, cases)[0]["sources"]) == 16


def test_reports_are_listed_newest_first_and_page_by_page(desk):
    numbers = [take(desk, reference=str(n)).number for n in range(5)]
    first = [row["number"] for row in desk.page(state=None, limit=3, after=None)]
    rest = [row["number"] for row in desk.page(state=None, limit=3, after=first[-1])]
    assert first + rest == numbers[::-1]
    assert {row["state"] for row in desk.page(state=ReportState.ATTACHED, limit=9, after=None)} == {
        "attached"
    }


def test_an_unknown_report_is_said_to_be_none(desk):
    for word in ("7", "nobody", "CW-1", ""):
        with pytest.raises(Refused, match="no report"):
            desk.report(word)


MATTERS = ["fire-lane-blocked", "smoke-alarm"]
LATITUDES = itertools.count(-80, 0.5)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    said=st.lists(
        st.tuples(st.integers(0, 40), st.integers(0, 3), st.sampled_from(MATTERS)),
        min_size=1,
        max_size=12,
    )
)
def test_whatever_people_report_every_report_has_one_open_case_of_its_matter(said, desk, database):
    south = next(LATITUDES)
    mine = []
    for east, hours, matter in said:
        where = (south, GATE[1] + east * 0.0005)
        taken = report(matter=matter, position_latlon=where, reported_at=at(hours * 3600))
        policy = "fire-lane" if matter == "fire-lane-blocked" else "smoke"
        mine.append(desk.take(taken, policy, at(hours * 3600)).id)
    by_id = {row["id"]: row for row in rows(database, cases)}
    told = [desk.report(one) for one in mine]
    for row in told:
        case = by_id[row["case_id"]]
        assert case["matter"] == row["matter"]
        assert State(case["state"]).is_open
        assert (row["suggested_case_id"] is not None) == (row["state"] == ReportState.SUGGESTED)
    assert sum(len(by_id[one]["sources"]) for one in {row["case_id"] for row in told}) == len(said)


def test_cases_are_found_by_every_filter_and_page_by_page(ledger, database):
    for n in range(7):
        seen(
            ledger,
            origin_id=f"s{n}",
            dedup_key=f"k{n}",
            zone=f"zone-{n % 2}",
            place=f"Harbour Road {n} 100%",
            plate=plate(f"浙B1234{n}"),
            at=at(n),
            area=f"grid-{n % 3}",
        )
    search = Search(database)

    def numbers(**filters):
        return [row["number"] for row in search.page(Filters(**filters)).rows]

    assert numbers() == [7, 6, 5, 4, 3, 2, 1]
    assert numbers(zone="zone-1") == [6, 4, 2]
    assert numbers(plate="浙B12343") == [4]
    assert numbers(area="grid-0") == [7, 4, 1]
    assert numbers(matter="fire-lane-blocked", unit="fire-brigade", since=at(2), until=at(4)) == [4, 3]
    assert numbers(words="CW-000005") == [5]
    assert numbers(words="road 3 100%") == [4]
    assert numbers(words="_") == []
    assert numbers(states=frozenset({State.CLOSED})) == []
    first = search.page(Filters(), limit=4)
    assert [row["number"] for row in search.page(Filters(), limit=4, after=first.after).rows] == [3, 2, 1]
    assert search.page(Filters(words="harbour"), limit=3).after == 5


def test_what_can_be_reported_is_what_a_ladder_is_there_for_named_by_the_catalogue():
    found = services(
        by_proof(),
        [
            MatterName("fire-lane-blocked", "消防车通道被占用"),
            MatterName("pothole", "Pothole", "roads", "no-parking"),
            MatterName("no-ladder", "Nobody knows what to do"),
        ],
    )
    assert found["fire-lane-blocked"].name == "消防车通道被占用"
    assert (found["pothole"].policy, found["pothole"].unit) == ("no-parking", "roads")
    assert "no-ladder" not in found
    assert "camera-storm" not in found


def test_a_search_by_number_of_rows_stays_small(ledger, database):
    seen(ledger)
    with database.read() as connection:
        assert connection.execute(select(func.count()).select_from(cases)).scalar_one() == 1
    assert len(Search(database).page(Filters(), limit=10**9).rows) == 1
