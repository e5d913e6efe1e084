"""Bytes of a table file to rows that know where they stood: CSV as offices save it, or GeoJSON."""

import codecs
import csv
import io
import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from models.errors import ConfigurationError, Fault
from models.toml import nearest

BYTES_MOST = 256 * 2**20
"""Of one file. The grids of a city of ten million take about 50 MB as GeoJSON."""
_INTEGER_MOST = 2**63
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SEPARATORS = re.compile(r"[;；|\n]")


class _Feature(msgspec.Struct):
    properties: dict[str, Any] = {}


class _Head(msgspec.Struct):
    features: list[_Feature] = []


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes:
        name: what the documentation calls it, and GeoJSON properties must be called.
        also: other headers that mean it.
        listed: whether a cell holds several words, separated by `;`.
        needed: whether a file without it is refused.
    """

    name: str
    also: tuple[str, ...] = ()
    listed: bool = False
    needed: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a CSV file or one feature of a GeoJSON file.

    Attributes:
        source: the file.
        line: where the row begins, 1-based; 0 for a feature.
        where: `features[3].properties` for a feature; empty for a row.
        values: what is written, by column; what is empty is left out.
        geometry: of a feature.
    """

    source: str
    line: int
    where: str
    values: Mapping[str, str | tuple[str, ...]]
    geometry: Any = None

    def fault(self, column: str, problem: str, remedy: str = "") -> Fault:
        """Something wrong with one field of this row."""
        key = f"{self.where}.{column}" if self.where else column
        return Fault(self.source, self.line, key, problem, remedy)

    def geometry_fault(self, problem: str, remedy: str = "") -> Fault:
        """Something wrong with what this row draws."""
        if not self.where:
            return self.fault("wkt", problem, remedy)
        return Fault(self.source, self.line, f"{self.shown}.geometry", problem, remedy)

    @property
    def shown(self) -> str:
        """Where it stands, for another row's message."""
        return f"line {self.line}" if self.line else self.where.removesuffix(".properties")


@dataclass(slots=True)
class Findings:
    """What was found wrong: faults refuse a file, warnings are only said."""

    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)

    def refuse(self) -> None:
        """Stop if anything is a fault.

        Raises:
            ConfigurationError: with every fault, in the order of the file.
        """
        if self.faults:
            raise ConfigurationError(tuple(self.faults))


def rows(raw: bytes, source: str, columns: Sequence[Column], findings: Findings) -> list[Row]:
    """The rows of a file, CSV or GeoJSON.

    Args:
        raw: the file's bytes: UTF-8, UTF-16 with its mark, or GBK (GB 18030).
        source: its name, for messages.
        columns: those it may have.
        findings: takes what is wrong.
    """
    if len(raw) > BYTES_MOST:
        problem = f"has {len(raw) // 2**20} MiB, more than {BYTES_MOST // 2**20}"
        findings.faults.append(Fault(source, 0, "", problem, "import only what a city needs"))
        return []
    text = _decoded(raw)
    if text is None:
        remedy = "save it as UTF-8"
        findings.faults.append(Fault(source, 0, "", "is neither UTF-8 nor GBK text", remedy))
        return []
    if text.lstrip().startswith(("{", "[")):
        return _features(text, source, columns, findings)
    return _lines(text, source, columns, findings)


def _decoded(raw: bytes) -> str | None:
    encodings = ("utf-16",) if raw.startswith(_UTF16) else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            return raw.decode(encoding).removeprefix("\ufeff")
        except UnicodeDecodeError:
            continue
    return None


def _lines(text: str, source: str, columns: Sequence[Column], findings: Findings) -> list[Row]:
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    found: list[Row] = []
    header: list[Column | None] | None = None
    line = 1
    try:
        for cells in reader:
            begins, line = line, reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if header is None:
                header = _header(cells, source, begins, columns, findings)
                if any(column.needed and column not in header for column in columns):
                    return []  # each row would only say it again
                continue
            row = Row(source, begins, "", _values(header, cells))
            if any(cell.strip() for cell in cells[len(header) :]):
                problem = f"has {len(cells)} cells, the header {len(header)}"
                findings.faults.append(row.fault("", problem, "put quotes around cells that hold commas"))
            found.append(row)
    except csv.Error as exc:
        remedy = 'put quotes around cells that hold quotes, commas or line ends, as "a ""b"" c"'
        findings.faults.append(Fault(source, reader.line_num, "", f"is no CSV: {exc}", remedy))
    if header is None and not findings.faults:
        remedy = f"begin with a header: {','.join(column.name for column in columns)}"
        findings.faults.append(Fault(source, 0, "", "is empty", remedy))
    return found


def _header(
    cells: Sequence[str], source: str, line: int, columns: Sequence[Column], findings: Findings
) -> list[Column | None]:
    by_word = {plain_word(word): column for column in columns for word in (column.name, *column.also)}
    header = [by_word.get(plain_word(cell)) for cell in cells]
    for number, (cell, column) in enumerate(zip(cells, header, strict=True)):
        if column is None and cell.strip():
            remedy = nearest(cell.strip().lower(), [c.name for c in columns]) or "it is left out"
            findings.warnings.append(Fault(source, line, cell.strip()[:60], "is no column of these", remedy))
        if column is not None and column in header[:number]:
            findings.faults.append(Fault(source, line, column.name, "stands twice", "keep one column"))
    for column in columns:
        if column.needed and column not in header:
            remedy = "; it may also be called ".join(filter(None, ("add it", ", ".join(column.also))))
            findings.faults.append(Fault(source, line, column.name, "is missing in the header", remedy))
    return header


def _values(header: Sequence[Column | None], cells: Iterable[str]) -> dict[str, str | tuple[str, ...]]:
    values: dict[str, str | tuple[str, ...]] = {}
    for column, cell in zip(header, cells, strict=False):
        if column is not None and cell.strip():
            values[column.name] = split(cell) if column.listed else cell.strip()
    return values


def split(cell: str) -> tuple[str, ...]:
    """The words of a cell that holds several."""
    return tuple(word for piece in _SEPARATORS.split(cell) if (word := piece.strip()))


def words(raw: bytes) -> set[str]:
    """The headers of a file, or the names of its first feature's properties, each as `plain_word`."""
    text = _decoded(raw) or ""
    if not text.lstrip().startswith("{"):
        first = text.lstrip().partition("\n")[0]
        return {plain_word(cell) for cell in re.split(r"[,;\t]", first)}
    try:
        head = msgspec.json.decode(text, type=_Head)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return set()
    return {plain_word(name) for name in (head.features[0].properties if head.features else ())}


def plain_word(header: str) -> str:
    """A header as people mean it: `Name (zh)`, `name_zh` and `NAME ZH` are the same."""
    plain = unicodedata.normalize("NFKC", header).casefold()
    return re.sub(r"[\W_]+", "", plain)


def _features(text: str, source: str, columns: Sequence[Column], findings: Findings) -> list[Row]:
    try:
        document = msgspec.json.decode(text)
    except (msgspec.DecodeError, ValueError, RecursionError) as exc:
        remedy = "export it again; see https://geojson.org"
        findings.faults.append(Fault(source, 0, "", f"is no GeoJSON: {exc}", remedy))
        return []
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or document.get("type") != "FeatureCollection":
        problem = "is no GeoJSON FeatureCollection"
        findings.faults.append(Fault(source, 0, "type", problem, "export features, not a bare geometry"))
        return []
    if (crs := _foreign_crs(document)) is not None:
        problem = f"names the coordinate system {crs[:80]!r}"
        findings.faults.append(Fault(source, 0, "crs", problem, "export it in WGS 84 (EPSG:4326, CRS84)"))
    found = []
    for number, feature in enumerate(features):
        where = f"features[{number}]"
        properties = feature.get("properties") if isinstance(feature, dict) else None
        if not isinstance(properties, dict):
            remedy = "give each feature its properties"
            findings.faults.append(Fault(source, 0, where, "is no feature with properties", remedy))
            continue
        row = Row(source, 0, f"{where}.properties", {}, feature.get("geometry"))
        values: dict[str, str | tuple[str, ...]] = {}
        for column in columns:
            written = next((properties[w] for w in (column.name, *column.also) if w in properties), None)
            value = _plain(written, column)
            if value is None:
                problem = "is neither a text nor a number" + (" nor a list of them" if column.listed else "")
                findings.faults.append(row.fault(column.name, problem, "correct it"))
            elif value:
                values[column.name] = value
        found.append(Row(source, 0, f"{where}.properties", values, feature.get("geometry")))
    return found


def _plain(value: object, column: Column) -> str | tuple[str, ...] | None:
    """A property as a CSV cell would hold it: text, empty for nothing; None for what is no value."""
    if isinstance(value, list) and column.listed:
        words = [_scalar(word) for word in value]
        return None if None in words else tuple(word for word in words if word)
    text = _scalar(value)
    return split(text) if text is not None and column.listed else text


def _scalar(value: object) -> str | None:
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return str(int(value)) if value.is_integer() and abs(value) < _INTEGER_MOST else repr(value)
    return str(value) if abs(value) < _INTEGER_MOST else None


def _foreign_crs(document: Mapping[str, Any]) -> str | None:
    """The coordinate system that a file of before 2016 names, if it is another one than WGS 84."""
    crs = document.get("crs")
    if crs is None:
        return None
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = str(properties.get("name", "")) if isinstance(properties, dict) else ""
    return None if re.search(r"(CRS84|EPSG:{1,2}(?:[0-9.]*:)?4326)$", name) else name or "without a name"
