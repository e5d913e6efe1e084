"""Lists that are found without walking through all cases hold what walking through all would find."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import settings as example_settings
from hypothesis import strategies as st
from parts_report import put

from cases import narrowing
from cases.database import Database
from cases.search import Filters, Search
from cases.states import OPEN_STATES, State
from cases.tables import cases, metadata

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
AREAS = {
    "": "",
    "g1": "/city/north/g1",
    "g2": "/city/north/g2",
    "g10": "/city/south/g10",
    "north": "/city/north",
}

hours = st.integers(-48, 48).map(lambda count: NOON + timedelta(hours=count))
rows = st.fixed_dictionaries(
    {
        "area": st.sampled_from(sorted(AREAS)),
        "unit": st.sampled_from(["fire-brigade", "police"]),
        "state": st.sampled_from([state.value for state in State]),
        "opened_at": hours,
    }
)


@pytest.fixture(scope="module")
def ledger():
    made = Database("sqlite://")
    metadata.create_all(made.engine)
    yield made
    made.close()


def wanted(row, filters):
    path = f"{AREAS[row['area']]}/"
    return (
        (not filters.states or row["state"] in filters.states)
        and (not filters.unit or row["unit"] == filters.unit)
        and (not filters.area or f"/{filters.area}/" in path)
        and (filters.since is None or row["opened_at"] >= filters.since)
        and (filters.until is None or row["opened_at"] < filters.until)
    )


@pytest.mark.parametrize("branches", [40, 1])
@example_settings(max_examples=15, deadline=None)
@given(
    found=st.lists(rows, max_size=25),
    area=st.sampled_from(["", "city", "north", "g1", "g10", "nowhere", "1"]),
    unit=st.sampled_from(["", "police"]),
    states=st.sampled_from([frozenset(), OPEN_STATES, frozenset({State.CLOSED})]),
    since=st.none() | hours,
    until=st.none() | hours,
    limit=st.integers(1, 4),
    window=st.sampled_from([3, 50_000]),
)
def test_pages_hold_the_newest_of_what_is_wanted(  # noqa: PLR0917 - what a list can be asked
    ledger, branches, found, area, unit, states, since, until, limit, window
):
    filters = Filters(area=area, unit=unit, states=states, since=since, until=until)
    with ledger.write() as connection:
        connection.execute(cases.delete())
        for number, row in enumerate(found, start=1):
            more = {
                "id": f"c{number}",
                "number": number,
                "dedup_key": f"k{number}",
                "area_path": AREAS[row["area"]],
            }
            put(connection, cases, row | more)
    numbers = [number for number, row in enumerate(found, start=1) if wanted(row, filters)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(narrowing, "WINDOW", window)
        patch.setattr("cases.search.BRANCHES", branches)
        pages, after = [], None
        while True:
            page = Search(ledger).page(filters, limit=limit, after=after)
            pages += [row["number"] for row in page.rows]
            after = page.after
            if after is None:
                break
    assert pages == numbers[::-1]
