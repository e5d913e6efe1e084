"""Numbers of people who report are in no table: a mask is all that is kept.

Owners' numbers: `tests/system/test_notices_show_no_number.py` looks for them in the ledger's own bytes.
"""

import pytest
from factories import at
from parts_trail import new_database, problems
from sqlalchemy import LargeBinary, select

import cases.clients.tables
import cases.people.tables
import cases.responsibility.tables
import cases.webhooks.tables  # noqa: F401 - all tables belong to the metadata
from cases.policy import builtin_policies
from cases.reports import Channel
from cases.reports.desk import ReportDesk
from cases.reports.form import Form, read
from cases.tables import metadata

NUMBERS = [f"138{index:08d}" for index in range(20)]


@pytest.fixture
def database(tmp_path):
    database = new_database(tmp_path / "ledger.db")
    yield database
    database.close()


def values(database):
    """Every value of every table, as text; and how many tables there are."""
    with database.read() as connection:
        rows = [row for table in metadata.sorted_tables for row in connection.execute(select(table))]
    found = [
        value.decode(errors="replace") if isinstance(value, bytes) else repr(value)
        for row in rows
        for value in row
    ]
    return found, len(metadata.sorted_tables)


@pytest.mark.parametrize("spelling", ["{}", "+86 {}", "+86{}", "0086-{}"])
def test_no_table_holds_a_reporters_number(database, spelling):
    policy = builtin_policies()["fire-lane"]
    desk = ReportDesk(database, builtin_policies())
    for index, number in enumerate(NUMBERS):
        form = Form(
            matter=policy.matter,
            lat=f"{29 + index / 10}",
            lon="121.5",
            description="a lorry before the gate",
            contacts=(spelling.format(number), "w.wang@example.org"),
        )
        matters = {policy.matter: policy}
        report = read(form, channel=Channel.HOTLINE, reporter="hotline", now=at(0), matters=matters)
        desk.take(report, policy.name, at(0))
    found, tables = values(database)
    assert tables > 20
    assert any("****" in value for value in found), "the masks are there"
    digits = ["".join(filter(str.isdigit, value)) for value in found]
    assert not [value for value in digits if any(number in value for number in NUMBERS)]
    assert not any("w.wang@" in value for value in found)
    assert problems(database) == []


def test_every_table_is_looked_into():
    """Bytes are compared as text above: only answers and dead letters have any."""
    binary = {
        table.name
        for table in metadata.sorted_tables
        for column in table.c
        if isinstance(column.type, LargeBinary)
    }
    assert binary == {"answers", "dead_letters"}
