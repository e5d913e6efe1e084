"""A hotline's list: read with its faults at their lines, taken once however often it is imported."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from factories import at
from hypothesis import given
from hypothesis import strategies as st
from parts_office import fresh_ledger
from typer.testing import CliRunner

from cases.reports.sheet import reports, rows
from clearway.cli import app
from models.errors import ConfigurationError

SHANGHAI = ZoneInfo("Asia/Shanghai")
HEAD = "reference,matter,lat,lon,address,description,reported_at,phone\n"


def read(text):
    found = rows(text, "list.csv")
    return list(
        reports(found, reporter="12345", now=at(0), timezone=SHANGHAI, matters={"road-flooded": None})
    )


def test_a_row_is_a_report_with_its_time_by_the_hotlines_clock_and_a_mask():
    (line,) = read(HEAD + "T-1,road-flooded,29.86,121.54,,积水,2026-11-21 19:00,13812340001\n")
    assert line.report.reported_at == datetime(2026, 11, 21, 11, tzinfo=UTC)
    assert line.report.contact_mask == "138****0001"
    assert (line.report.reference, line.report.reporter) == ("T-1", "12345")


def test_every_row_with_a_fault_is_named_by_its_line_and_the_others_are_taken():
    found = read(
        "\ufeff"
        + HEAD
        + "T-1,road-flooded,29.86,121.54,,,,\n"
        + "\n"
        + ",road-flooded,29.86,121.54,,,,\n"
        + "T-3,potholes,,,,,,\n"
        + 'T-4,road-flooded,,,"Mill Lane 3, Ningbo","two\nlines",yesterday,\n'
        + "T-5,road-flooded\n"
    )
    told = [(line.number, sorted(fault.field for fault in line.faults)) for line in found]
    assert told == [(2, []), (4, ["reference"]), (5, ["lat", "matter"]), (7, ["reported_at"]), (8, ["lat"])]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "reference: this column is missing"),
        ("reference,mater\n", "did you mean 'matter'"),
        ("reference,matter,matter\n", "stands twice"),
        ("reference,matter\na,b,c\n", "2: has 3 cells"),
        ('reference,matter\n"a,b\n', "cannot be read as CSV"),
    ],
)
def test_a_sheet_that_is_none_is_refused_before_anything_is_taken(text, says):
    with pytest.raises(ConfigurationError, match=says):
        read(text)


@given(text=st.text(max_size=120))
def test_whatever_is_in_a_sheet_is_read_or_refused(text):
    for head in ("", HEAD):
        try:
            found = read(head + text)
        except ConfigurationError:
            continue
        assert all((line.report is None) == bool(line.faults) for line in found)


@pytest.mark.parametrize(
    ("wall", "utc_hour"),
    [("2026-11-01 00:30", 4), ("2026-11-01 03:30", 8), ("2026-03-08 02:30", 7)],
)
def test_a_wall_clock_that_jumps_is_understood_by_its_time_zone(wall, utc_hour):
    found = rows(f"reference,matter,address,reported_at\n1,road-flooded,x,{wall}\n", "l")
    (line,) = reports(
        found, reporter="h", now=at(0), timezone=ZoneInfo("America/New_York"), matters={"road-flooded": None}
    )
    assert line.report.reported_at.hour == utc_hour


def test_importing_twice_takes_every_row_once(tmp_path):
    fresh_ledger(tmp_path).close()
    settings = tmp_path / "settings.toml"
    settings.write_text(f'[ledger]\nurl = "sqlite:///{tmp_path}/ledger.db"\n')
    now = datetime.now(UTC) - timedelta(minutes=5)
    sheet = tmp_path / "list.csv"
    sheet.write_text(
        HEAD
        + f"1,road-flooded,29.86,121.54,,,{now.isoformat()},\n"
        + f"2,road-flooded,29.8601,121.54,,,{now.isoformat()},\n"
        + "3,nonsense,29.8601,121.54,,,,\n"
    )
    command = ["reports", "import", str(sheet), "-s", str(settings), "--json"]
    counts = []
    for extra in (["--dry-run"], [], []):
        outcome = CliRunner().invoke(app, command + extra)
        assert outcome.exit_code == 78
        assert ":4: matter:" in outcome.stderr
        counts.append(msgspec.json.decode(outcome.stdout))
    assert counts == [
        {"good": 2, "refused": 1},
        {"opened": 1, "attached": 1, "refused": 1},
        {"known before": 2, "refused": 1},
    ]


def test_clients_are_added_listed_and_revoked_from_the_command_line(tmp_path):
    fresh_ledger(tmp_path).close()
    settings = tmp_path / "settings.toml"
    settings.write_text(f'[ledger]\nurl = "sqlite:///{tmp_path}/ledger.db"\n')
    tail = ["-s", str(settings), "--json"]
    scopes = ["--scope", "cases:read", "--scope", "cases:write"]
    added = CliRunner().invoke(app, ["clients", "add", "crm", *scopes, "--days", "30", *tail])
    told = msgspec.json.decode(added.stdout)
    assert told["token"].startswith("cw_")
    assert told["scopes"] == ["cases:read", "cases:write"]
    listed = CliRunner().invoke(app, ["clients", "list", *tail]).stdout
    assert told["token"] not in listed
    assert "crm" in CliRunner().invoke(app, ["clients", "list", "-s", str(settings)]).stdout
    assert CliRunner().invoke(app, ["clients", "revoke", "crm", "-s", str(settings)]).exit_code == 0
    assert '"revoked_at":"' in CliRunner().invoke(app, ["clients", "list", *tail]).stdout
