"""`clearway verify` and `clearway packet` as people use them."""

import json
import os
import subprocess
import sys

import pytest
from factories import NOON, arrival
from parts_site import clearway

from benchmarks.tampering import sealed
from cases.database import Database
from cases.evidence.blobs import FileBlobStore
from cases.ledger import Ledger
from cases.life import SignalKind
from cases.policy import builtin_policies
from clearway.verify import read_keys
from models.errors import ConfigurationError
from models.packet import unpack
from models.signing import SigningKey


@pytest.fixture(scope="module")
def given(tmp_path_factory):
    return sealed(tmp_path_factory.mktemp("box"))


@pytest.fixture
def files(given, tmp_path):
    for name, data in given.files.items():
        (tmp_path / name).write_bytes(data)
    return sorted(tmp_path.glob("*.zip"))


def test_evidence_that_holds_is_said_in_plain_sentences(given, files):
    done = clearway("verify", *files, "--key", given.key)
    assert done.returncode == 0, done.stderr
    assert "  holds         The file is byte for byte as Clearway writes packets." in done.stdout
    assert "  holds         Packets 1 to 6 are here, each naming the one before it." in done.stdout
    assert "Whether the device sealed anything after packet 6 cannot be told" in done.stdout
    assert done.stdout.endswith("The evidence holds: sealed with a given key, and unchanged since.\n")


def test_without_a_key_it_says_what_that_means(files):
    done = clearway("verify", files[0])
    assert done.returncode == 0
    assert "Give --key to know by whom." in done.stdout


def test_one_changed_byte_is_exit_1_with_the_reason(given, files):
    data = bytearray(files[1].read_bytes())
    data[len(data) // 2] ^= 1
    files[1].write_bytes(bytes(data))
    done = clearway("verify", *files, "--key", given.key)
    assert done.returncode == 1
    assert f"{files[1]}\n  DOES NOT HOLD This is no untouched packet: byte " in done.stdout
    assert "The evidence does not hold: " in done.stdout
    assert "Traceback" not in done.stderr


def test_findings_for_machines_are_one_line_each(given, files):
    done = clearway("verify", files[0], files[2], "--key", given.key, "--json")
    assert done.returncode == 1
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert {key for line in found for key in line} == {"holds", "sentence", "about"}
    assert [line["sentence"] for line in found if line["holds"] is False] == [
        "Between 1 and 3 the chain is torn: packet 2 dropped.",
        "Between 4 and 6 the chain is torn: packet 5 dropped.",
    ]


def test_no_such_file_is_said_by_name(tmp_path):
    done = clearway("verify", tmp_path / "none.zip")
    assert done.returncode == 78
    assert f"clearway: {tmp_path}/none.zip: cannot be read" in done.stderr
    assert "Traceback" not in done.stderr


def test_keys_come_as_text_or_from_a_file(tmp_path):
    one, two = SigningKey.new().public, SigningKey.new().public
    path = tmp_path / "keys.txt"
    path.write_text(f"# the boxes of the harbour\n{one}  # north gate\n\n{two}\n", encoding="ascii")
    assert read_keys(one) == [one]
    assert read_keys(str(path)) == [one, two]


@pytest.mark.parametrize(
    ("content", "problem"),
    [("", "holds no key"), ("# nothing\n", "holds no key"), ("a letter\n", "'a letter' is no public key")],
)
def test_a_file_without_keys_is_refused(tmp_path, content, problem):
    path = tmp_path / "keys.txt"
    path.write_text(content, encoding="ascii")
    with pytest.raises(ConfigurationError, match=problem):
        read_keys(str(path))


@pytest.mark.parametrize("text", ["", "abc", "A" * 44, "烟", "\x00", "/nowhere/keys.txt"])
def test_what_is_no_key_is_refused_with_a_remedy(text):
    with pytest.raises(ConfigurationError, match="no public key and no file of keys"):
        read_keys(text)


@pytest.fixture
def site(given, tmp_path):
    """A ledger with one case, its packets and its pictures."""
    (tmp_path / "settings.toml").write_text('data_dir = "."\n', encoding="utf-8")
    database = Database(f"sqlite:///{tmp_path}/ledger.db")
    database.migrate()
    ledger, blobs = Ledger(database, builtin_policies()), FileBlobStore(tmp_path / "evidence")
    packets = [packet for data in given.files.values() for packet in unpack(data)]
    ledger.apply([arrival(SignalKind.OBSERVED, origin_id=packets[0].manifest.stay_id)], NOON)
    ledger.apply([arrival(SignalKind.OBSERVED, origin_id="nothing sealed", dedup_key="other")], NOON)
    for packet in packets:
        ledger.note_packet(packet, NOON)
        for sha256, jpeg in packet.pictures.items():
            blobs.put(sha256, jpeg)
    database.close()
    return tmp_path


@pytest.mark.parametrize("case", ["CW-000001", "cw-1", "1"])
def test_a_cases_packet_is_written_and_verifies(given, site, case):
    out = site / "case.zip"
    done = clearway("packet", case, "-o", out, "-s", site / "settings.toml")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{out}: 2 packet(s), ")
    assert out.read_bytes() == given.files["stay-0000.zip"]


def test_a_missing_picture_is_said_and_exit_1(site):
    for path in (site / "evidence").glob("*/*.jpg"):
        path.unlink()
    done = clearway("packet", "1", "-o", site / "case.zip", "-s", site / "settings.toml")
    assert done.returncode == 1
    assert done.stderr.count("has not arrived") == 5
    assert "does not pass `clearway verify`" in done.stderr


@pytest.mark.parametrize(
    ("case", "problem"),
    [
        ("CW-000099", "there is no such case"),
        ("nobody", "there is no such case"),
        ("9" * 30, "there is no such case"),
        ("2", "has no sealed evidence here"),
    ],
)
def test_a_case_that_is_not_there_or_not_sealed_is_said(site, case, problem):
    done = clearway("packet", case, "-o", site / "case.zip", "-s", site / "settings.toml")
    assert done.returncode == 78
    assert f"clearway: {case}: {problem}" in done.stderr
    assert not (site / "case.zip").exists()


def test_a_place_that_cannot_be_written_is_said(site):
    done = clearway("packet", "1", "-o", site / "none" / "case.zip", "-s", site / "settings.toml")
    assert done.returncode == 78
    assert "cannot be written" in done.stderr


def test_verify_needs_neither_settings_nor_ledger_nor_network(given, files):
    """It must run on a stranger's laptop: nothing of the city's is loaded for it."""
    code = (
        "import sys; from pathlib import Path; from clearway.verify import check_packets; "
        f"good = check_packets([Path({str(files[0])!r})], [{given.key!r}], as_json=True); "
        "loaded = {name.partition('.')[0] for name in sys.modules}; "
        "print(sorted(loaded & {'sqlalchemy', 'paho', 'faust', 'cv2', 'onnxruntime', 'nicegui'})); "
        "sys.exit(not good)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=dict(os.environ),
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"
