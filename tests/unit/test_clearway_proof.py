"""`clearway audit`, `hold`, `rights` and `purge`: words, exit codes, files."""

import asyncio
import json
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from factories import at
from parts_proof import PLATE, case_of, put, rows
from parts_trail import DAY_S, checked, ended, entry, new_database, noted, opened, problems, spoil
from pydantic import SecretStr
from typer.testing import CliRunner

from cases.evidence.blobs import FileBlobStore, MemoryBlobStore
from cases.retention import RetentionSettings
from cases.tables import cases
from cases.trail.hashing import FORMAT
from clearway.cli import app
from clearway.proof_chores import Chores, beside
from clearway.proof_settings import AuditSettings
from models.errors import ConfigurationError, TransportDown
from models.signing import SigningKey


@pytest.fixture
def settings(tmp_path):
    path = tmp_path / "settings.toml"
    path.write_text('data_dir = "data"\n')
    return path


@pytest.fixture
def database(tmp_path, settings):  # noqa: ARG001 - the folder that they name
    database = new_database(tmp_path / "data" / "ledger.db")
    yield database
    database.close()


@pytest.fixture
def say(settings):
    def run(*words):
        return CliRunner().invoke(app, [*words, "-s", str(settings)])

    return run


def test_an_audit_that_is_as_it_was_written_exits_with_0(database, say):
    opened(database, 2)
    said = say("audit", "verify", "--evidence")
    assert said.exit_code == 0
    assert said.stdout.splitlines()[0] == "2 entries in 2 chain(s), 1 day(s), 0 seal(s), 0 of them signed"
    assert said.stdout.splitlines()[-1] == "The audit is as it was written."


def test_what_is_wrong_is_said_with_case_and_entry_and_exit_code_1(database, say):
    opened(database, 2)
    spoil(database, "UPDATE audit SET actor = 'nobody' WHERE id = 2")
    said = say("audit", "verify")
    assert said.exit_code == 1
    assert "case CW-000002, entry 1: is not what was written: its hash does not fit" in said.stdout
    assert say("audit", "verify", "--case", "CW-000001").exit_code == 0
    assert say("audit", "verify", "--case", "2").exit_code == 1
    found = json.loads(say("audit", "verify", "--json").stdout)
    assert (found["holds"], len(found["findings"]), found["entries"]) == (False, 1, 2)


@pytest.mark.parametrize(
    "words",
    [
        ("audit", "verify", "--since", "yesterday"),
        ("audit", "verify", "--key", "x"),
        ("audit", "verify", "--case", "CW-000099"),
        ("audit", "show", "nothing"),
        ("audit", "export", "-o", "/nowhere/x.jsonl"),
        ("rights", "export", PLATE, "-o", "/nowhere/x.zip", "--purpose", "p"),
    ],
)
def test_what_cannot_be_done_as_asked_is_a_fault_of_configuration(database, say, words):
    opened(database, 1)
    assert isinstance(say(*words).exception, ConfigurationError)
    assert len(checked(database).findings) == 0


def test_a_case_is_shown_with_what_changed(database, say):
    opened(database, 1)
    ended(database, 0, 60)
    said = say("audit", "show", "1").stdout
    assert "clearway.ingest  opened" in said
    assert "stands for 0 s" in said
    assert "state: discovered → closed" in said
    assert [json.loads(line)["what"] for line in say("audit", "show", "1", "--json").stdout.splitlines()] == [
        "opened",
        "closed",
    ]


def test_seals_are_made_and_kept_elsewhere_and_found_again(database, say):
    noted(database, [entry()])
    (line,) = say("audit", "seal", "--json").stdout.splitlines()
    seal = json.loads(line)
    assert (seal["day"], seal["entries"], seal["number"]) == ("2026-11-21", 1, 1)
    assert say("audit", "seal").stdout == "Every day that is over has its seal.\n"
    assert say("audit", "verify", "--seal", seal["hash"]).exit_code == 0
    assert say("audit", "verify", "--seal", "0" * 64).exit_code == 1


def test_an_export_can_be_checked_without_the_ledger(database, say, tmp_path):
    """Its second line is an entry: the hash is over its fields as docs/audit.md says."""
    import hashlib  # noqa: PLC0415 - only here

    noted(database, [entry(after={"state": "x"})])
    say("audit", "seal")
    out = tmp_path / "audit.jsonl"
    assert say("audit", "export", "-o", str(out)).exit_code == 0
    head, line, seal = map(json.loads, out.read_text(encoding="utf-8").splitlines())
    assert (head, seal["seal"]["entries"]) == ({"format": FORMAT, "since": None}, 1)

    def spelt(value):
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    def committed(path):
        salt = found["leaves"][path].removeprefix("salt:")
        return hashlib.sha256(spelt([FORMAT, salt, path, found[path]])).hexdigest()

    found = line["entry"]
    said = {name: found[name] for name in ("chain", "number", "previous", "day", "actor", "what", "cause")}
    said |= {"format": FORMAT, "case": found["case_id"], "at": "2026-11-21T12:00:00.000000+00:00"}
    said |= {"why": committed("why"), "before": None, "after": committed("after")}
    assert hashlib.sha256(spelt(said)).hexdigest() == found["hash"]


def test_a_hold_is_placed_listed_and_released(database, say):
    opened(database, 1)
    assert say("hold", "add", "1", "--reason", "court").stdout == "It is on hold.\n"
    assert say("hold", "add", "1", "--reason", "court").stdout == "It was on hold already.\n"
    assert "CW-000001" in say("hold", "list").stdout
    assert json.loads(say("hold", "list", "--json").stdout)["why"] == "court"
    assert say("hold", "release", "1", "--reason", "over").stdout == "It is on hold no longer.\n"
    assert say("hold", "release", "1", "--reason", "over").stdout == "It was not on hold.\n"


def test_rights_are_exported_and_erased(database, say, tmp_path):
    shelf = FileBlobStore(tmp_path / "data" / "evidence")
    picture = put(shelf, "one")
    case_of(database, 0, picture)
    out = tmp_path / "file.zip"
    said = say("rights", "export", PLATE, "-o", str(out), "--purpose", "letter", "--actor", "desk")
    assert "1 case(s), 0 observation(s) without a case" in said.stdout
    with zipfile.ZipFile(out) as archive:
        assert archive.namelist() == ["data.json", "index.html"]
    done = json.loads(say("rights", "erase", PLATE, "--reason", "letter", "--json").stdout)
    assert (done["cases"], done["pictures"], shelf.get(picture.sha256)) == (1, 1, None)
    assert problems(database) == []


def test_an_erasure_that_is_refused_says_why_and_exits_with_1(database, say):
    case_of(database, 0, closed=False)
    said = say("rights", "erase", PLATE, "--reason", "letter")
    assert said.exit_code == 1
    assert "case CW-000001 is discovered: erase when it is closed" in said.stderr


def test_a_purge_says_what_went_and_a_dry_run_what_would(database, say):
    case_of(database, 0, seconds=-400 * DAY_S)
    would = [json.loads(line) for line in say("purge", "--dry-run", "--json").stdout.splitlines()]
    assert rows(database, cases)[0]["plate"] is not None
    assert "went" in say("purge").stdout
    assert rows(database, cases)[0]["plate"] is None
    assert {one["kind"] for one in would if one["items"]} == {"pictures", "plates", "contacts", "notices"}
    assert problems(database) == []


def test_the_daily_chores_seal_and_purge_and_do_it_once_a_day(database):
    case_of(database, 0)
    chores = Chores(database, RetentionSettings(), MemoryBlobStore())
    now = at(0) + timedelta(days=200)
    chores.do(now)
    assert (checked(database).seals, rows(database, cases)[0]["plate"]) == (1, None)
    before = checked(database).entries
    chores.do(now + timedelta(hours=1))
    assert checked(database).entries == before
    assert chores.status() == {"purged_at": now}
    assert problems(database) == []


async def test_chores_run_beside_the_work_and_end_with_it(database):
    chores, stop, worked = Chores(database, RetentionSettings(), MemoryBlobStore()), asyncio.Event(), []

    async def work(stop):
        while chores.status()["purged_at"] is None:
            await asyncio.sleep(0.01)
        worked.append(stop.is_set())

    await asyncio.wait_for(beside(work, chores.run)(stop), 30)
    assert worked == [False]
    assert chores.status()["purged_at"] <= datetime.now(UTC)


async def test_chores_that_cannot_reach_the_ledger_do_not_end_the_role(database, monkeypatch):
    tried = asyncio.Event()
    chores = Chores(database, RetentionSettings(), MemoryBlobStore())

    def fails(_):
        loop.call_soon_threadsafe(tried.set)
        raise TransportDown("the ledger is away")

    loop = asyncio.get_running_loop()
    monkeypatch.setattr(chores, "do", fails)

    async def work(_):
        await tried.wait()

    await asyncio.wait_for(beside(work, chores.run)(asyncio.Event()), 30)


def test_a_seal_key_comes_from_the_environment_in_pem():
    key = SigningKey.new()
    pem = key.pem().decode()
    for text in (pem, pem.replace("\n", "\\n")):
        assert AuditSettings(seal_key=SecretStr(text)).signer().public == key.public
    assert AuditSettings().signer() is None
    with pytest.raises(ConfigurationError, match="CLEARWAY_AUDIT__SEAL_KEY"):
        AuditSettings(seal_key=SecretStr("secret")).signer()
