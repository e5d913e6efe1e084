"""The ledger's own tests once more, on the database of a city instead of a file."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from parts_postgres import running_postgres

ROOT = Path(__file__).parents[2]
SUITES = (
    "test_cases_clockwork",
    "test_cases_commanding",
    "test_cases_deliveries",
    "test_cases_ledger",
    "test_cases_narrowing",
    "test_cases_notice_claims",
    "test_cases_retention",
    "test_cases_rights",
    "test_cases_sealed",
    "test_cases_trail",
    "test_cases_trail_evidence",
    "test_ingest_applier",
    "test_responsibility_store",
)


@pytest.fixture(scope="module")
def server():
    pytest.importorskip("psycopg", reason="the extra clearway[postgresql] is not installed")
    with running_postgres() as url:
        yield url


@pytest.mark.parametrize("suite", SUITES)
def test_it_keeps_its_promises_there_too(server, suite):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"tests/unit/{suite}.py"]
    ended = subprocess.run(
        [*command, "-m", "not only_sqlite"],
        cwd=ROOT,
        env=os.environ | {"CLEARWAY_TEST_POSTGRESQL": server},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout[-6000:]
