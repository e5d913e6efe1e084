"""`clearway silences` on a real ledger."""

import json

import pytest
from cases_parts import new_ledger
from typer.testing import CliRunner

from clearway.silence_cli import app
from models.errors import ConfigurationError


@pytest.fixture
def run(tmp_path):
    settings = tmp_path / "settings.toml"
    settings.write_text(f'data_dir = "{tmp_path}"\n')

    def call(*words):
        outcome = CliRunner().invoke(app, [*words, "--settings", str(settings)])
        if outcome.exception and not isinstance(outcome.exception, SystemExit):
            raise outcome.exception
        return outcome.stdout

    with new_ledger(tmp_path):
        yield call


def test_what_people_wrote_is_listed_as_it_is(run):
    run("add", "see [/north] :fire:", "--hours", "2", "--place", "[x]")
    assert "[/north]" in run("list")


def test_a_silence_is_made_listed_and_lifted(run):
    made = json.loads(run("add", "road works", "--hours", "2", "--source", "/harbour", "--json"))
    assert (made["reason"], made["source"]) == ("road works", "/harbour")
    assert [json.loads(line)["id"] for line in run("list", "--json").splitlines()] == [made["id"]]
    run("lift", made["id"], "--why", "done early")
    assert run("list", "--json") == ""


def test_a_silence_of_nothing_is_refused_by_its_field(run):
    with pytest.raises(ConfigurationError, match="place: nothing is named"):
        run("add", "road works", "--hours", "2")


def test_what_is_not_silenced_cannot_be_lifted(run):
    with pytest.raises(ConfigurationError, match="there is no silence"):
        run("lift", "nothing", "--why", "x")
