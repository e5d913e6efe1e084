"""The `clearway report` command."""

import json

import pytest
from factories import arrival, at

from cases.database import Database
from cases.ledger import Ledger
from cases.policy import builtin_policies
from cases.record import SignalKind
from cases.states import Resolution
from clearway import cli


@pytest.fixture
def settings(tmp_path):
    url = f"sqlite:///{tmp_path}/ledger.db"
    database = Database(url)
    database.migrate()
    ledger = Ledger(database, builtin_policies())
    ledger.apply([arrival(SignalKind.OBSERVED)], at(0))
    ledger.apply([arrival(SignalKind.ENDED, at=at(600), resolution=Resolution.LEFT)], at(600))
    database.close()
    file = tmp_path / "clearway.toml"
    file.write_text(f'[ledger]\nurl = "{url}"\n[console]\ntimezone = "Asia/Shanghai"\n', encoding="utf-8")
    return file


def run(*arguments):
    with pytest.raises(SystemExit) as stopped:
        cli.run([str(word) for word in arguments])
    return stopped.value.code


def test_the_report_is_json_a_table_and_a_page(settings, tmp_path, capsys):
    page = tmp_path / "report.html"
    asked = ("report", "--settings", settings, "--from", "2026-11-21", "--to", "2026-11-21")
    assert run(*asked, "--json", "--html", page) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["totals"]["closed"] == 1
    assert found["to_close"]["mean_s"] == 600
    assert found["zone"] == "Asia/Shanghai"
    assert found["since"] == "2026-11-20T16:00:00+00:00"
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert run(*asked) == 0
    assert "left on notice" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("more", "named"),
    [
        (("--from", "soon"), "--from: 'soon' is no date"),
        (("--from", "2026-11-21", "--time-zone", "Nowhere"), "--time-zone: 'Nowhere' is no time zone"),
        (("--from", "2026-11-21", "--html", "/nowhere/at/all.html"), "--html: /nowhere/at/all.html cannot"),
    ],
)
def test_what_cannot_be_is_refused_and_named(settings, capsys, more, named):
    assert run("report", "--settings", settings, *more) == 78
    assert named in capsys.readouterr().err
