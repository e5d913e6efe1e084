"""`clearway people`: the first admin is made here, and nobody's password stands on a command line."""

import json

import pytest
from parts_office import fresh_ledger
from parts_tls import certificate
from typer.testing import CliRunner

from clearway.check import check
from clearway.cli import app
from clearway.settings import load
from models.errors import ConfigurationError

GOOD = "correct horse battery"


@pytest.fixture
def people(tmp_path):
    """Runs one command on a fresh ledger."""
    fresh_ledger(tmp_path).close()
    settings = tmp_path / "settings.toml"
    settings.write_text('data_dir = "."\n')

    def run(*words, password=GOOD, fails=None):
        found = CliRunner().invoke(
            app, ["people", *words, "-s", str(settings)], env={"CLEARWAY_PASSWORD": password}
        )
        if fails is None:
            assert found.exit_code == 0, found.exception
            return found.stdout
        assert isinstance(found.exception, ConfigurationError)
        assert fails in str(found.exception)
        return ""

    return run


def test_the_first_admin_is_made_from_the_command_line(people):
    assert "ann may sign in as admin." in people("add", "Ann", "--role", "admin", "--keep")
    (listed,) = people("list", "--json").splitlines()
    told = json.loads(listed)
    assert (told["name"], told["role"], told["must_change"]) == ("ann", "admin", False)
    assert "password" not in told
    assert "ann" in people("list")


def test_somebody_elses_password_has_to_be_changed_by_its_owner(people):
    people("add", "ann", "--role", "admin", "--keep")
    assert "choose a password of their own" in people("add", "bob", "--role", "viewer")
    people("role", "bob", "operator")
    people("password", "bob", password="another good password")
    people("disable", "bob")
    assert "sent away" in people("list")
    people("enable", "bob")
    told = [json.loads(line) for line in people("list", "--json").splitlines()][1]
    assert (told["role"], told["must_change"], told["disabled_at"]) == ("operator", True, None)


@pytest.mark.parametrize(
    ("words", "password", "fault"),
    [
        pytest.param(("add", "bob", "--role", "boss"), GOOD, "is no role", id="an unknown role"),
        pytest.param(("add", "bob", "--role", "viewer"), "short", "12 are needed", id="a short password"),
        pytest.param(("add", "bob", "--role", "viewer"), None, "CLEARWAY_PASSWORD", id="nobody to be asked"),
        pytest.param(("disable", "ann"), GOOD, "the last admin", id="the last admin"),
        pytest.param(("enable", "eve"), GOOD, "nobody is named", id="an unknown name"),
    ],
)
def test_what_cannot_be_done_is_said_with_its_remedy(people, words, password, fault):
    people("add", "ann", "--role", "admin", "--keep")
    people(*words, password=password, fails=fault)


def checked(tmp_path, *lines):
    settings = tmp_path / "settings.toml"
    settings.write_text("\n".join(["[console]", *lines]))
    return [(fault.key, fault.problem) for fault in check([settings])]


def test_check_says_who_could_come_in_without_being_asked(tmp_path):
    ((key, problem),) = checked(tmp_path, 'host = "0.0.0.0"')
    assert (key, "has no sign-in" in problem) == ("host", True)
    ((key, problem),) = checked(tmp_path, 'host = "0.0.0.0"', 'sign_in = "password"')
    assert (key, "plain http" in problem) == ("host", True)
    ((key, _),) = checked(tmp_path, 'sign_in = "password"', 'tls_certificate = "a.pem"', 'tls_key = "b.pem"')
    assert key == "tls_certificate"


def test_certificate_and_key_are_meant_from_the_settings_file(tmp_path):
    certificate(tmp_path)
    lines = [
        'host = "0.0.0.0"',
        'sign_in = "password"',
        'tls_certificate = "cert.pem"',
        'tls_key = "key.pem"',
    ]
    assert checked(tmp_path, *lines) == []
    console = load(tmp_path / "settings.toml").console
    assert console.tls == (tmp_path / "cert.pem", tmp_path / "key.pem")


def test_the_key_of_cookies_is_a_secret_and_never_in_a_file(tmp_path):
    ((key, problem),) = checked(tmp_path, f'session_key = "{"x" * 32}"')
    assert (key, "never read from a file" in problem) == ("console.session_key", True)
