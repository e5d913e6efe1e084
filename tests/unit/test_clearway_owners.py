"""`clearway owners`, and the settings of registries."""

import json
import re
from pathlib import Path

import pytest
from factories import arrival, at
from typer.testing import CliRunner

from cases.database import Database
from cases.ledger import Ledger
from cases.life import SignalKind
from cases.policy import builtin_policies
from cases.reading import Reading
from cases.trail.export import export_lines
from clearway import voice_wiring
from clearway.check import check
from clearway.cli import app
from clearway.settings import load
from detectors.plate_country import country_of
from detectors.plate_grammar import open_grammar
from models.errors import ConfigurationError
from notifier.registries.cipher import new_key
from notifier.registries.opening import open_registries

VARIABLE = "CLEARWAY_NOTIFIER__REGISTRY__KEYS"
OWNERS = "plate,phone,role\n浙B·12345,13800000001,owner\n浙B12345,13800000002,fleet\n"


@pytest.fixture
def write(tmp_path):
    def _write(name, text):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return _write


@pytest.fixture
def site(write, tmp_path):
    write("owners.csv", OWNERS)
    database = Database(f"sqlite:///{tmp_path / 'data' / 'ledger.db'}")
    database.migrate()
    database.close()
    return write("site.toml", 'data_dir = "data"\n[notifier]\nowners = "owners.csv"\n')


def run(*words, code=0):
    done = CliRunner().invoke(app, ["owners", *map(str, words)])
    if code:
        assert isinstance(done.exception, ConfigurationError), done.output
        return str(done.exception)
    assert done.exit_code == 0, done.output + repr(done.exception)
    return done.output


# --- files ----------------------------------------------------------------------------------------------


def test_a_file_is_encrypted_served_and_rotated(site, tmp_path, monkeypatch):
    old, new = run("key").strip(), run("key").strip()
    assert old != new
    file = tmp_path / "owners.csv"
    monkeypatch.setenv(VARIABLE, old)
    assert "2 number(s) with the newest key" in run("encrypt", file, "--in-place", "-s", site)
    assert "1380000" not in file.read_text(encoding="utf-8")
    assert json.loads(run("check", "-s", site, "--json")) == {
        "registries": [{"registry": "owners", "kind": "file", "newest": 2, "older": 0, "plain": 0}],
        "doubts": [],
    }
    monkeypatch.setenv(VARIABLE, f"{new},{old}")
    assert json.loads(run("check", "-s", site, "--json"))["registries"][0]["older"] == 2
    run("rotate", file, "--in-place", "-s", site)
    monkeypatch.setenv(VARIABLE, new)
    assert json.loads(run("check", "-s", site, "--json"))["registries"][0]["newest"] == 2
    assert check([site]) == []
    monkeypatch.delenv(VARIABLE)
    assert "there is no key" in str(check([site])[0])
    assert check([file]) == [], "without settings nobody asks for keys"


def test_a_file_is_never_replaced_without_being_asked_to(site, tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, new_key())
    file = tmp_path / "owners.csv"
    assert "where to write is not said" in run("encrypt", file, "-s", site, code=78)
    run("encrypt", file, "--out", tmp_path / "sealed.csv", "-s", site)
    assert file.read_text(encoding="utf-8") == OWNERS


def test_without_a_key_nothing_is_encrypted(site, tmp_path):
    assert VARIABLE in run("encrypt", tmp_path / "owners.csv", "--in-place", "-s", site, code=78)


def test_keys_never_stand_in_a_file(write):
    path = write("site.toml", f'[notifier.registry]\nkeys = "{new_key()}"\n')
    with pytest.raises(ConfigurationError, match="secrets are never read from a file"):
        load(path)


def test_plain_numbers_are_a_warning_and_where_forbidden_a_fault(site, write):
    assert "unencrypted" in run("check", "-s", site)
    strict = write(
        "strict.toml", '[notifier]\nowners = "owners.csv"\n[notifier.registry]\nplain = "refuse"\n'
    )
    assert "unencrypted" in run("check", "-s", strict, code=78)


# --- look-up --------------------------------------------------------------------------------------------


def audit_of(tmp_path) -> list[dict[str, object]]:
    database = Database(f"sqlite:///{tmp_path / 'data' / 'ledger.db'}")
    lines = [json.loads(line).get("entry", {}) for line in export_lines(database)]
    database.close()
    return [line for line in lines if str(line.get("what", "")).startswith("owner")]


def test_a_look_up_is_masked_and_in_the_audit_before_it_is_shown(site, tmp_path):
    said = run("look-up", "浙b·12345", "--purpose", "letter of 3 March", "-s", site)
    assert "owners knows 2 contact(s): owner, fleet" in said
    assert "+86 138****0001  owner, zh-CN" in said
    assert "1380000000" not in said
    looked, shown = audit_of(tmp_path)
    assert (looked["what"], looked["why"]) == ("owner_looked_up", "by hand: letter of 3 March")
    assert looked["after"] == {"plate": "浙B12345"}
    assert looked["chain"] == "subject:owners"
    assert str(looked["actor"]).startswith("operator:")
    assert shown["what"] == "owner_shown"
    assert "1380000" not in json.dumps([looked, shown])


def test_a_look_up_for_machines_says_what_a_notice_would_come_to(site):
    told = json.loads(run("look-up", "浙B99999", "--purpose", "a test of it", "-s", site, "--json"))
    assert told["contacts"] == []
    assert told["outcome"] == "no owner known for this plate: the department decides"


@pytest.mark.parametrize("purpose", ["", "   ", "why", "x" * 301])
def test_without_a_purpose_nobody_is_looked_up(site, tmp_path, purpose):
    assert "say for what" in run("look-up", "浙B12345", "--purpose", purpose, "-s", site, code=78)
    assert audit_of(tmp_path) == []


def test_who_looks_too_often_is_refused_and_that_is_in_the_audit(site, tmp_path):
    for _ in range(10):
        run("look-up", "浙B99999", "--purpose", "curiosity", "-s", site)
    assert "wait a minute" in run("look-up", "浙B12345", "--purpose", "curiosity", "-s", site, code=78)
    assert audit_of(tmp_path)[-1]["what"] == "owner_look_up_refused"


def test_a_look_up_for_a_case_is_about_its_plate_and_stands_in_its_chain(site, tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'data' / 'ledger.db'}")
    (opened,) = Ledger(database, builtin_policies()).apply([arrival(SignalKind.OBSERVED)], at(0))
    case = Reading(database).case(opened.case_id)
    database.close()
    plate, number = case["plate"]["text"], case["number"]
    run("look-up", plate, "--purpose", "they called", "--case", f"CW-{number:06d}", "-s", site)
    assert [line["case_id"] for line in audit_of(tmp_path)] == [opened.case_id] * 2
    assert "not about this plate" in run(
        "look-up", "浙B99999", "--purpose", "they called", "--case", number, "-s", site, code=78
    )
    assert "no case CW-000099" in run(
        "look-up", plate, "--purpose", "they called", "--case", 99, "-s", site, code=78
    )


# --- settings -------------------------------------------------------------------------------------------

HTTP = '[[notifier.registry.http]]\nname = "city"\nurl = "https://owners.example.org/{plate}"\n'
SQL = (
    '[[notifier.registry.sql]]\nname = "own"\nurl = "sqlite:///owners.db"\n'
    'query = "SELECT phone FROM owners WHERE plate = :plate"\n'
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HTTP.replace("{plate}", "x"), "write {plate} into url or body"),
        (HTTP.replace("https", "http"), "has no TLS"),
        (HTTP.replace("owners.example.org", "{plate}.example.org"), "must not choose whom we ask"),
        (HTTP.replace("https://", "https://me:secret@"), "holds a user"),
        (HTTP.replace("{plate}", "{plate}/{owner}"), "unknown placeholder"),
        (HTTP.replace("https://owners.example.org", "ftp://x"), "no https:// URL"),
        (HTTP.replace("https://owners.example.org", "https://["), "is no URL"),
        (HTTP + 'body = {plate = "{plate}"}\n', "never sent with GET"),
        (HTTP + 'user = "me"\n', "has no password"),
        (HTTP + 'client_key = "k.pem"\n', "belongs to no certificate"),
        (HTTP + 'headers = {Authorization = "x"}\n', "hold what is secret"),
        (HTTP + "retry = 3\n", "did you mean 'retries'?"),
        (HTTP + 'secret = "hunter2"\n', "string should match pattern"),
        (SQL.replace(":plate", "'x'"), "write … WHERE plate = :plate"),
        (SQL.replace(":plate", "plate::plate"), "write … WHERE plate = :plate"),
        (SQL.replace("sqlite:///owners.db", "postgresql+psycopg://me:secret@host/x"), "holds a password"),
        (HTTP + SQL.replace('"own"', '"city"'), "two registries are called 'city'"),
        (HTTP.replace('"city"', '"owners"'), "belongs to the file of notifier.owners"),
        ('[notifier.registry]\nask = ["city"]\n', "there is no registry 'city'"),
        (f'[notifier.registry]\nask = ["city"]\n{HTTP}{SQL}', "the registry 'own' is never asked"),
    ],
)
def test_settings_that_cannot_be_right_are_refused_with_the_way_out(write, text, said):
    with pytest.raises(ConfigurationError, match=r"notifier\.registry") as caught:
        load(write("site.toml", text))
    assert said in str(caught.value)
    assert "hunter2" not in said


def test_files_are_meant_from_where_the_settings_stand(write, tmp_path, monkeypatch):
    monkeypatch.chdir("/")
    text = (
        f'{HTTP}ca_file = "ca.pem"\nclient_cert = "/etc/us.pem"\n{SQL}'
        '[[notifier.registry.file]]\nname = "more"\npath = "more.csv"\n'
    )
    found = load(write("site.toml", text)).notifier.registry
    assert found.file[0].path == tmp_path / "more.csv"
    assert found.sql[0].url == f"sqlite:///{tmp_path / 'owners.db'}"
    assert (found.http[0].ca_file, str(found.http[0].client_cert)) == (tmp_path / "ca.pem", "/etc/us.pem")


def test_what_the_manual_shows_is_accepted(write):
    manual = Path(__file__).parents[2] / "docs" / "owners.md"
    blocks = re.findall(r"```toml\n(.*?)```", manual.read_text(encoding="utf-8"), re.DOTALL)
    tables = sorted(blocks, key=lambda block: block.startswith("[["))
    text = '[notifier]\nowners = "owners.csv"\n' + "\n".join(tables)
    found = load(write("site.toml", text)).notifier.registry
    assert (len(found.sql), len(found.http), found.ask) == (1, 1, ("owners", "permits", "city"))


def test_all_secrets_that_are_missing_are_named_at_once(write):
    text = f'{HTTP}secret = "CLEARWAY_OWNERS_CITY"\n{SQL}password = "CLEARWAY_OWNERS_OWN"\n'
    with pytest.raises(ConfigurationError) as caught:
        open_registries(load(write("site.toml", text)).notifier, b"k", {})
    assert [fault.key for fault in caught.value.faults] == ["CLEARWAY_OWNERS_OWN", "CLEARWAY_OWNERS_CITY"]


def test_registries_are_asked_in_the_order_that_is_set_and_the_own_file_first_or_last(write):
    write("owners.csv", OWNERS)
    text = f'[notifier]\nowners = "owners.csv"\n{{}}{SQL}'
    opened = open_registries(load(write("site.toml", text.format(""))).notifier, b"k", {})
    assert opened.registry.name == "owners + own"
    ask = '[notifier.registry]\nask = ["own", "owners"]\n'
    assert (
        open_registries(load(write("b.toml", text.format(ask))).notifier, b"k", {}).registry.name
        == "own + owners"
    )
    opened.close()


def test_without_any_registry_nobody_is_known(write):
    opened = open_registries(load(write("site.toml", "")).notifier, b"k", {})
    found = opened.registry.find("浙B12345")
    assert (found.contacts, found.registry) == ((), "no registry")


def test_a_registry_that_cannot_be_reached_when_checked_is_a_doubt_and_no_fault(write):
    opened = open_registries(load(write("site.toml", SQL)).notifier, b"k", {})
    (doubt,) = opened.check()
    assert "'own' refused" in doubt.problem
    assert doubt.remedy == "steps wait for it"


# --- plates of other countries --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("home", "plate", "country"),
    [
        ("cn", "浙B12345", ""),
        ("cn", "粤Z1234港", ""),
        ("cn", "AB123CD", "Europe: France, Italy"),
        ("cn", "1234BCD", "Europe: Spain"),
        ("cn", "X", ""),
        ("eu", "AB123CD", ""),
        ("eu", "浙B12345", "China: small vehicle"),
        ("generic", "浙B12345", ""),
    ],
)
def test_another_countrys_plate_is_told_by_its_grammar(home, plate, country):
    others = [open_grammar(name) for name in ("cn", "eu", "generic")]
    assert country_of(plate, open_grammar(home), others) == country


def test_a_foreign_plate_is_asked_of_no_registry_unless_the_settings_say_so(write):
    write("owners.csv", "plate,phone\nAB123CD,13800000001\n")
    base = '[notifier]\nowners = "owners.csv"\n'
    found = load(write("site.toml", base))
    opened = open_registries(found.notifier, b"k", {}, voice_wiring.country(found))
    assert opened.registry.find("AB123CD").foreign == "Europe: France, Italy"
    found = load(write("site.toml", f'{base}[notifier.registry.whom]\nforeign = "look_up"\n'))
    opened = open_registries(found.notifier, b"k", {}, voice_wiring.country(found))
    assert len(opened.registry.find("AB123CD").contacts) == 1
