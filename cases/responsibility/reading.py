"""Rows to records, with every fault at its row and field."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from cases.responsibility.records import Area, Component, Matter, Unit
from cases.responsibility.shapes import read_geometry, read_wkt
from cases.responsibility.sheets import Column, Findings, Row, plain_word, rows, words
from models.errors import Fault
from models.toml import FrozenModel, nearest

R = TypeVar("R", bound=FrozenModel)


class Kind(StrEnum):
    """What can be imported."""

    UNITS = "units"
    AREAS = "areas"
    MATTERS = "matters"
    COMPONENTS = "components"


@dataclass(frozen=True, slots=True)
class Placed(Generic[R]):
    """A record and the row it came from."""

    record: R
    row: Row


NAMES = (Column("name_zh", ("名称", "中文名称", "中文名")), Column("name_en", ("英文名称", "英文名")))
COLUMNS: Mapping[Kind, tuple[Column, ...]] = {
    Kind.UNITS: (Column("id", ("编号", "部门", "单位"), needed=True), *NAMES),
    Kind.AREAS: (
        Column("id", ("编号", "区域编号"), needed=True),
        Column("level", ("层级", "级别"), needed=True),
        *NAMES,
        Column("parent", ("上级", "上级编号")),
        Column("unit", ("联系单位", "责任单位")),
        Column("zones", ("点位",), listed=True),
        Column("addresses", ("地址",), listed=True),
        Column("wkt", ("范围", "the_geom")),
    ),
    Kind.MATTERS: (
        Column("code", ("代码", "事项"), needed=True),
        Column("area", ("区域", "区域编号")),
        Column("number", ("编号", "国标代码")),
        *NAMES,
        Column("parent", ("上级", "大类")),
        Column("lead_unit", ("牵头单位", "主办单位")),
        Column("assisting", ("协办单位", "配合单位"), listed=True),
        Column("deadlines", ("时限",)),
        Column("policy", ("处置策略", "策略")),
    ),
    Kind.COMPONENTS: (
        Column("id", ("编号", "部件编号"), needed=True),
        Column("kind", ("类型", "部件类型"), needed=True),
        Column("name", ("名称",)),
        Column("owner_unit", ("权属单位", "主管单位")),
        Column("maintainer", ("养护单位",)),
        Column("lat", ("纬度", "latitude")),
        Column("lon", ("经度", "longitude", "lng")),
        Column("area", ("区域", "区域编号")),
        Column("zones", ("点位",), listed=True),
    ),
}
_TELLING: tuple[tuple[Kind, frozenset[str]], ...] = (
    (Kind.AREAS, frozenset({"id", "level"})),
    (Kind.COMPONENTS, frozenset({"id", "kind"})),
    (Kind.MATTERS, frozenset({"code"})),
    (Kind.UNITS, frozenset({"id", "name_zh"})),
)
"""Columns that only one kind of file has, the surest first."""
NULL_ISLAND = 1e-9
"""Exactly 0, 0 is in the Gulf of Guinea and in every register where nobody measured."""


def kind_of(raw: bytes) -> Kind | None:
    """What a file holds, by its header or by the properties of its first feature; None if none of these."""
    found = words(raw)
    for kind, telling in _TELLING:
        columns = {
            column.name
            for column in COLUMNS[kind]
            if {plain_word(name) for name in (column.name, *column.also)} & found
        }
        if telling <= columns:
            return kind
    return None


def read_units(raw: bytes, source: str, findings: Findings) -> list[Placed[Unit]]:
    """Units of a CSV file; faults go into `findings`, rows with one are left out."""
    return _read(raw, source, Kind.UNITS, Unit, findings)


def read_matters(raw: bytes, source: str, findings: Findings) -> list[Placed[Matter]]:
    """Entries of the catalogue of a CSV file."""
    return _read(raw, source, Kind.MATTERS, Matter, findings)


def read_areas(raw: bytes, source: str, findings: Findings) -> list[Placed[Area]]:
    """Areas of a CSV file (polygons in the column `wkt`) or of a GeoJSON file."""

    def place(row: Row, values: dict[str, Any]) -> Fault | None:
        wkt = values.pop("wkt", None)
        try:
            if row.geometry is not None:
                values["polygon"] = read_geometry(row.geometry)
            elif wkt is not None:
                values["polygon"] = read_wkt(wkt)
        except ValueError as exc:
            problem, _, remedy = str(exc).partition("; ")
            return row.geometry_fault(problem, remedy)
        return None

    return _read(raw, source, Kind.AREAS, Area, findings, place=place)


def read_components(raw: bytes, source: str, findings: Findings) -> list[Placed[Component]]:
    """Components of a CSV file (columns `lat` and `lon`) or of a GeoJSON file of points."""

    def place(row: Row, values: dict[str, Any]) -> Fault | None:
        if row.geometry is not None:
            try:
                point = msgspec.convert(row.geometry, _Point)
            except msgspec.ValidationError as exc:
                return row.geometry_fault(f"is no point: {exc}", "a component is where it stands")
            values["lon"], values["lat"] = point.coordinates[:2]
        elif ("lat" in values) != ("lon" in values):
            column = "lon" if "lat" in values else "lat"
            return row.fault(column, "is missing", "write both lat and lon, or none")
        return None

    placed = _read(raw, source, Kind.COMPONENTS, Component, findings, place=place)
    for item in placed:
        found = item.record
        if found.lat is not None and abs(found.lat) + abs(found.lon or 0.0) < NULL_ISLAND:
            remedy = "leave lat and lon empty where nobody measured"
            findings.faults.append(item.row.fault("lat", "is 0, 0, in the open sea", remedy))
    return placed


class _Point(msgspec.Struct, tag="Point", tag_field="type"):
    coordinates: Annotated[list[float], msgspec.Meta(min_length=2, max_length=4)]


def _read(
    raw: bytes,
    source: str,
    kind: Kind,
    record: type[R],
    findings: Findings,
    *,
    place: Callable[[Row, dict[str, Any]], Fault | None] | None = None,
) -> list[Placed[R]]:
    placed = []
    for row in rows(raw, source, COLUMNS[kind], findings):
        values: dict[str, Any] = dict(row.values)
        if place is not None and (fault := place(row, values)) is not None:
            findings.faults.append(fault)
            values.pop("lat", None)
            values.pop("lon", None)
        try:
            placed.append(Placed(record.model_validate(values), row))
        except ValidationError as exc:
            findings.faults.extend(_fault(row, error) for error in exc.errors())
    return placed


def _fault(row: Row, error: ErrorDetails) -> Fault:
    path: Sequence[str | int] = error["loc"]
    column = str(path[0]) if path else ""
    written = row.values.get(column, "")
    if isinstance(written, tuple):
        index = path[1] if len(path) > 1 else 0
        written = written[index] if isinstance(index, int) and index < len(written) else ""
    match error["type"]:
        case "missing":
            return row.fault(column, "is missing", "write it")
        case "enum":
            known = str(error.get("ctx", {}).get("expected", ""))
            words = [word.strip("' ") for word in known.replace(" or ", ",").split(",")]
            remedy = nearest(written, words) or f"known: {', '.join(words)}"
            return row.fault(column, f"{written[:60]!r} is not one of them", remedy)
        case "value_error":
            problem, _, remedy = str(error["ctx"]["error"]).partition("; ")
            return row.fault(column, problem, remedy)
        case "string_pattern_mismatch":
            remedy = (
                "write /site/device/camera/zone, or less of it"
                if column == "zones"
                else "use up to 64 letters, digits, - and _"
            )
            return row.fault(column, f"{written[:60]!r} cannot be used here", remedy)
    problem = str(error["msg"])
    return row.fault(column, f"{problem[0].lower()}{problem[1:]} (it is {written[:60]!r})")
