"""Tables as files: CSV that cannot trick a spreadsheet, and Parquet where its library is installed."""

import csv
import importlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from cases.export import COLUMNS, Kind, Value
from models.errors import ConfigurationError
from models.units import utc

FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What makes a spreadsheet take a text for a formula, also in full width as Chinese keyboards have it."""


class Format(StrEnum):
    """Of an export."""

    CSV = "csv"
    PARQUET = "parquet"


class TableFile(Protocol):
    """A table that is being written."""

    def write(self, rows: Sequence[Sequence[Value]]) -> None:
        """Append rows, a value for each of `COLUMNS`."""


@contextmanager
def table_file(path: Path, form: Format, *, for_excel: bool = False) -> Iterator[TableFile]:
    """A file that is there, whole, when the block ends well, and not there otherwise.

    Args:
        path: where it will stand; an existing file is replaced at the end.
        form: of the file.
        for_excel: begin a CSV with a byte-order mark: without, Excel guesses the encoding, and wrongly.

    Raises:
        ConfigurationError: it cannot be written, or the library for its format is not installed.
    """
    beside = path.with_name(f".{path.name}.part")
    try:
        with _opened(beside, form, for_excel=for_excel) as table:
            yield table
        beside.replace(path)
    except OSError as exc:
        problem = f"{path} cannot be written: {exc.strerror or exc}"
        raise ConfigurationError.of("--out", problem, "give a file in a folder with room") from exc
    finally:
        beside.unlink(missing_ok=True)


def defused(text: str) -> str:
    """A text that a spreadsheet shows as it is: what would be a formula gets an apostrophe in front."""
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA_BEGINS) else text


@contextmanager
def _opened(path: Path, form: Format, *, for_excel: bool) -> Iterator[TableFile]:
    if form is Format.PARQUET:
        with _parquet(path) as table:
            yield table
        return
    encoding = "utf-8-sig" if for_excel else "utf-8"
    with path.open("w", encoding=encoding, errors="replace", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([column.name for column in COLUMNS])
        yield _CsvTable(writer)


class _CsvTable:
    def __init__(self, writer: Any) -> None:  # noqa: ANN401 - csv gives its writers no public type
        self._writer = writer

    def write(self, rows: Sequence[Sequence[Value]]) -> None:
        self._writer.writerows([_shown(value) for value in row] for row in rows)


def _shown(value: Value) -> str | int | float:
    if value is None:
        return ""
    if isinstance(value, str):
        return defused(value)
    return utc(value).isoformat() if isinstance(value, datetime) else value


class _ParquetTable:
    def __init__(self, arrow: Any, writer: Any) -> None:  # noqa: ANN401 - the library ships no types
        self._arrow = arrow
        self._writer = writer

    def write(self, rows: Sequence[Sequence[Value]]) -> None:
        self._writer.write_table(self._arrow.table(_by_column(rows), schema=self._writer.schema))


@contextmanager
def _parquet(path: Path) -> Iterator[TableFile]:
    try:
        arrow = importlib.import_module("pyarrow")
        parquet = importlib.import_module("pyarrow.parquet")
    except ImportError as exc:
        problem = "Parquet needs a library that is not installed"
        raise ConfigurationError.of(
            "--format", problem, "pip install 'clearway[parquet]', or use csv"
        ) from exc
    kinds = {
        Kind.TEXT: arrow.string(),
        Kind.NUMBER: arrow.int64(),
        Kind.REAL: arrow.float64(),
        Kind.TIME: arrow.timestamp("us", tz="UTC"),
    }
    schema = arrow.schema(
        [arrow.field(column.name, kinds[column.kind], metadata={"about": column.about}) for column in COLUMNS]
    )
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        yield _ParquetTable(arrow, writer)


def _by_column(rows: Iterable[Sequence[Value]]) -> dict[str, list[Value]]:
    values = zip(*rows, strict=True)
    return {column.name: list(found) for column, found in zip(COLUMNS, values, strict=True)}
