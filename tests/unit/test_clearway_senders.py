"""Which sender settings choose, and what `check` and the command line say about them."""

import pytest
from typer.testing import CliRunner

from clearway.check import check
from clearway.cli import app
from clearway.settings import load
from clearway.voice_wiring import can_send, sender
from models.errors import EXIT_CONFIGURATION, ConfigurationError

GATEWAY = """
[sms]
provider = "http"

[sms.http]
url = "https://sms.example/send"
headers = { Authorization = "Bearer {secret}" }
fields = { to = "{number}", text = "{text}", ref = "{reference}" }
"""


@pytest.fixture
def write(tmp_path):
    def written(text):
        path = tmp_path / "settings.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return written


@pytest.mark.parametrize(
    ("text", "name"),
    [
        pytest.param('[sms]\nsender = "+447700900999"\n', "twilio", id="by default"),
        pytest.param(GATEWAY, "http", id="a gateway"),
        pytest.param('[sms]\nprovider = "file"\n', "file", id="a file"),
    ],
)
def test_settings_choose_who_carries_messages(write, monkeypatch, text, name):
    monkeypatch.setenv("CLEARWAY_SMS__ACCOUNT_SID", "AC" + "0" * 32)
    monkeypatch.setenv("CLEARWAY_SMS__TOKEN", "x")
    # A variable below [sms.http] would make a gateway of a file that describes none.
    if name == "http":
        monkeypatch.setenv("CLEARWAY_SMS__HTTP__SECRET", "y")
    settings = load(write(text))
    made = sender(settings)
    made.close()
    assert (made.name, can_send(settings)) == (name, True)


def test_messages_go_below_the_data_folder(write, tmp_path):
    settings = load(write('data_dir = "data"\n[sms]\nprovider = "file"\n'))
    sender(settings).close()
    assert (tmp_path / "data" / "messages.jsonl").exists()


def test_without_an_account_nothing_can_be_sent(write):
    assert not can_send(load(write("")))


def test_a_gateways_secret_never_stands_in_a_file(write):
    with pytest.raises(ConfigurationError) as caught:
        load(write(GATEWAY + 'secret = "hunter2"\n'))
    assert "CLEARWAY_SMS__HTTP__SECRET" in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param('[sms]\nprovider = "http"\n', "sms.http", id="no gateway"),
        pytest.param(GATEWAY + 'ca_file = "missing.pem"\n', "missing.pem", id="no such certificate"),
        pytest.param(GATEWAY.replace("{text}", "{txt}"), "unknown word", id="a word that is none"),
        pytest.param('[sms]\nprovider = "pigeon"\n', "sms.provider", id="a sender that is none"),
    ],
)
def test_check_finds_what_is_wrong_with_a_gateway(write, text, said):
    assert said in "\n".join(str(fault) for fault in check([write(text)]))


def test_check_does_not_ask_for_secrets(write):
    assert check([write(GATEWAY)]) == []


def test_an_unknown_fault_stops_the_phone_before_it_starts(write):
    path = write('[sms]\nbase_url = "http://127.0.0.1:9470"\n')
    done = CliRunner().invoke(app, ["phone", "--settings", str(path), "--fault", "eror=1"])
    assert done.exit_code == EXIT_CONFIGURATION or isinstance(done.exception, ConfigurationError)
    assert "error" in str(done.exception) + done.output


def test_a_phone_without_a_port_is_refused(write):
    done = CliRunner().invoke(app, ["phone", "--settings", str(write(""))])
    assert "names no port" in str(done.exception) + done.output
