"""Cases as files: every case once, in chunks, masked and harmless in spreadsheets."""

import csv
import io
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import factories
import pytest
from connect_parts import new_ledger
from factories import NOON, arrival, at, by_proof
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from cases.export import COLUMNS, PLATE, CaseExport, Span
from cases.export.files import Format, defused, table_file
from cases.ledger import Ledger
from cases.life import SignalKind
from cases.plates import masked
from cases.tables import audit
from models.errors import ConfigurationError

pyarrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")
NAMES = [column.name for column in COLUMNS]


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    """Ten cases, a minute apart; the third has a place that spreadsheets would run."""
    with new_ledger(tmp_path_factory.mktemp("ledger") / "ledger.db") as database:
        ledger = Ledger(database, by_proof())
        for index in range(10):
            opened = at(index * 60)
            ledger.apply(
                [
                    arrival(
                        SignalKind.OBSERVED,
                        origin_id=f"stay-{index}",
                        dedup_key=f"north-gate/fire-lane-1/{index}",
                        at=opened,
                        recorded_at=opened,
                        place='=HYPERLINK("https://evil.example","清河路")' if index == 2 else "清河路88号",
                        plate=factories.plate(f"浙B1234{index}"),
                    )
                ],
                opened,
            )
        yield database


ALL = Span()


def rows_of(database, span=ALL, **more):
    return [row for chunk in CaseExport(database, span).chunks(with_plates=False, **more) for row in chunk]


def test_every_case_is_there_once_whatever_the_size_of_a_chunk(database):
    for size in (1, 3, 10, 5000):
        assert [row[0] for row in rows_of(database, size=size)] == list(range(1, 11))
    assert CaseExport(database, Span()).count() == 10


def test_a_span_holds_its_beginning_and_not_its_end(database):
    span = Span(NOON + timedelta(seconds=60), NOON + timedelta(seconds=180))
    assert [row[0] for row in rows_of(database, span)] == [2, 3]
    assert CaseExport(database, span).count() == 2
    assert rows_of(database, Span(NOON + timedelta(days=1))) == []


def test_plates_are_masked_unless_asked_for(database):
    assert {row[PLATE] for row in rows_of(database)} == {f"浙B****{index}" for index in range(10)}
    (chunk,) = CaseExport(database, Span()).chunks(with_plates=True)
    assert chunk[3][PLATE] == "浙B12343"


def test_that_plates_leave_the_ledger_is_audited_with_who_and_why(database):
    CaseExport(database, Span(NOON)).note_plates("clearway.cli anna", "court order 7", datetime.now(UTC))
    with database.read() as connection:
        (row,) = connection.execute(select(audit).where(audit.c.what == "plates_exported")).mappings()
    assert (row["actor"], row["case_id"]) == ("clearway.cli anna", None)
    assert row["why"] == f"court order 7 (cases opened from {NOON.isoformat()} until now)"


def test_csv_says_the_same_as_the_ledger_and_spreadsheets_run_nothing(database, tmp_path):
    path = tmp_path / "cases.csv"
    with table_file(path, Format.CSV) as table:
        for chunk in CaseExport(database, Span()).chunks(with_plates=False, size=3):
            table.write(chunk)
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert header == NAMES
    assert len(rows) == 10
    third = dict(zip(header, rows[2], strict=True))
    assert third["place"] == """'=HYPERLINK("https://evil.example","清河路")"""
    assert third["opened_at"] == "2026-11-21T12:02:00+00:00"
    assert (third["closed_at"], third["number"], third["state"]) == ("", "3", "discovered")


def test_parquet_says_the_same_with_types_and_meanings(database, tmp_path):
    path = tmp_path / "cases.parquet"
    with table_file(path, Format.PARQUET) as table:
        for chunk in CaseExport(database, Span()).chunks(with_plates=False, size=4):
            table.write(chunk)
    found = parquet.read_table(path)
    assert found.column_names == NAMES
    assert found.num_rows == 10
    assert found.column("number").to_pylist() == list(range(1, 11))
    assert found.column("opened_at").to_pylist()[2] == NOON + timedelta(seconds=120)
    assert found.column("place").to_pylist()[2].startswith("=HYPERLINK"), "no spreadsheet runs it there"
    assert found.schema.field("zone").metadata[b"about"] == b"zone of the plan"


def test_an_export_of_nothing_is_a_table_of_nothing(tmp_path):
    for form in Format:
        with table_file(tmp_path / f"empty.{form}", form):
            pass
    assert (tmp_path / "empty.csv").read_text(encoding="utf-8").strip() == ",".join(NAMES)
    assert parquet.read_table(tmp_path / "empty.parquet").num_rows == 0


def test_excel_is_told_the_encoding(tmp_path):
    with table_file(tmp_path / "cases.csv", Format.CSV, for_excel=True):
        pass
    assert (tmp_path / "cases.csv").read_bytes().startswith(b"\xef\xbb\xbfnumber,")


def test_an_export_that_breaks_off_leaves_no_half_a_file(tmp_path):
    path = tmp_path / "cases.csv"
    path.write_text("from yesterday", encoding="utf-8")

    def break_off():
        with table_file(path, Format.CSV) as table:
            table.write([(None,) * len(COLUMNS)])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        break_off()
    assert path.read_text(encoding="utf-8") == "from yesterday"
    assert [item.name for item in tmp_path.iterdir()] == ["cases.csv"]


def test_a_file_that_cannot_be_written_is_named(tmp_path):
    with pytest.raises(ConfigurationError, match=r"missing/cases.csv cannot be written"):  # noqa: SIM117
        with table_file(tmp_path / "missing" / "cases.csv", Format.CSV):
            pass


def test_without_its_library_parquet_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'clearway\[parquet\]'"):  # noqa: SIM117
        with table_file(tmp_path / "cases.parquet", Format.PARQUET):
            pass
    assert list(tmp_path.iterdir()) == []


@given(st.text(max_size=50))
def test_no_text_is_a_formula_in_a_spreadsheet(text):
    shown = defused(text)
    assert not shown.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))
    assert shown.removeprefix("'") == text.removeprefix("'")
    file = io.StringIO()
    csv.writer(file).writerow([shown, "next"])
    assert next(csv.reader(io.StringIO(file.getvalue(), newline=""))) == [shown, "next"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [("浙B12345", "浙B****5"), ("浙AD12345", "浙A*****5"), ("AB-12", "AB**2"), ("B12", "***"), ("", "")],
)
def test_a_masked_plate_says_where_it_is_from_and_no_more(text, shown):
    assert masked(text) == shown


@given(st.text(max_size=20))
def test_a_mask_is_as_long_as_its_plate_and_hides_at_least_two_characters(text):
    assert len(masked(text)) == len(text)
    assert masked(text).count("*") >= min(2, len(text))


def test_the_documentation_names_every_column_with_its_meaning():
    page = (Path(__file__).parents[2] / "docs" / "connecting.md").read_text(encoding="utf-8")
    for column in COLUMNS:
        assert f"| `{column.name}` | {column.kind.value} | {column.about} |" in page


def test_columns_have_names_of_their_own_and_meanings():
    assert len(set(NAMES)) == len(NAMES)
    assert all(column.about for column in COLUMNS)
