"""Versioned import: a file replaces a whole set in one transaction, or is refused whole."""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, delete, func, insert, select, text

from cases import trail
from cases.database import Database
from cases.responsibility import checks, reading
from cases.responsibility.reading import Kind, Placed
from cases.responsibility.records import Area, Component, Matter, Unit
from cases.responsibility.sheets import Findings, Row
from cases.responsibility.tables import areas, component_zones, components, imports, matters, units
from models.errors import Fault
from models.toml import FrozenModel

RECORDS: Mapping[Kind, type[FrozenModel]] = {
    Kind.UNITS: Unit,
    Kind.AREAS: Area,
    Kind.MATTERS: Matter,
    Kind.COMPONENTS: Component,
}
TABLES: Mapping[Kind, Table] = {
    Kind.UNITS: units,
    Kind.AREAS: areas,
    Kind.MATTERS: matters,
    Kind.COMPONENTS: components,
}
_NAMES: Mapping[Kind, Mapping[str, str]] = {
    Kind.AREAS: {"unit": "unit"},
    Kind.MATTERS: {"lead_unit": "unit", "assisting": "unit", "area": "area", "policy": "policy"},
    Kind.COMPONENTS: {"owner_unit": "unit", "maintainer": "unit", "area": "area"},
}
"""Which fields of a set name something, and what."""
_DEFINED_IN: Mapping[str, Kind] = {"unit": Kind.UNITS, "area": Kind.AREAS}
AT_ONCE = 500
"""Rows a statement: SQLite takes 32,766 values in one."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did.

    Attributes:
        version: in force now.
        changed: False if the file is the one that was in force already.
        warnings: what the file's author should look at.
    """

    kind: Kind
    version: int
    rows: int
    changed: bool
    warnings: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """One file, read and checked by itself."""

    kind: Kind
    source: str
    sha256: str
    placed: tuple[Placed[Any], ...]
    findings: Findings


def read_sheet(kind: Kind, raw: bytes, source: str, *, overlap_share: float = checks.OVERLAP_SHARE) -> Sheet:
    """Read a file and check all that can be said without the ledger; what is wrong is in `findings`."""
    findings = Findings()
    placed: list[Placed[Any]]
    match kind:
        case Kind.UNITS:
            placed = list(reading.read_units(raw, source, findings))
            checks.check_units(placed, findings)
        case Kind.AREAS:
            placed = list(reading.read_areas(raw, source, findings))
            checks.check_areas(placed, findings, overlap_share=overlap_share)
        case Kind.MATTERS:
            placed = list(reading.read_matters(raw, source, findings))
            checks.check_matters(placed, findings)
        case Kind.COMPONENTS:
            placed = list(reading.read_components(raw, source, findings))
            checks.check_components(placed, findings)
    if not placed and not findings.faults:
        findings.faults.append(Fault(source, 0, "", "has no rows", "an import replaces the whole set"))
    return Sheet(kind, source, hashlib.sha256(raw).hexdigest(), tuple(placed), findings)


def import_sheet(
    database: Database, sheet: Sheet, *, actor: str, at: datetime, policies: Collection[str]
) -> Imported:
    """Put a set into force.

    Args:
        database: the ledger's.
        sheet: read before.
        actor: who imports it, for the audit.
        at: now, aware.
        policies: names of the ladders there are.

    Returns:
        The version in force, and what its author should look at. The same bytes again change nothing.

    Raises:
        ConfigurationError: with every fault; nothing was changed.
        TransportDown: the ledger cannot be reached; nothing was changed.
    """
    with database.write() as connection:
        _alone(connection)
        now = versions(connection).get(sheet.kind)
        if now is not None and now["sha256"] == sheet.sha256 and not sheet.findings.faults:
            return Imported(sheet.kind, now["version"], now["rows"], changed=False)
        findings = Findings(list(sheet.findings.faults), list(sheet.findings.warnings))
        cross_check(connection, sheet, policies, findings)
        findings.refuse()
        version = 1 if now is None else now["version"] + 1
        _replace(connection, sheet)
        after = {
            "version": version,
            "rows": len(sheet.placed),
            "sha256": sheet.sha256,
            "source": sheet.source[-500:],
        }
        connection.execute(insert(imports).values(kind=sheet.kind.value, at=at, actor=actor, **after))
        before = None if now is None else {key: now[key] for key in ("version", "rows", "sha256", "source")}
        entry = {
            "case_id": None,
            "at": at,
            "actor": actor,
            "what": f"{sheet.kind.value}_imported",
            "why": f"version {version} from {sheet.source}"[:1000],
            "before": before,
            "after": after,
        }
        trail.append(connection, [entry])
    return Imported(sheet.kind, version, len(sheet.placed), changed=True, warnings=tuple(findings.warnings))


def versions(connection: Connection) -> dict[Kind, dict[str, Any]]:
    """What is in force, by kind; without what was never imported."""
    newest = select(imports.c.kind, func.max(imports.c.version).label("version")).group_by(imports.c.kind)
    latest = newest.subquery()
    query = select(imports).join(
        latest, (imports.c.kind == latest.c.kind) & (imports.c.version == latest.c.version)
    )
    return {Kind(row["kind"]): dict(row) for row in connection.execute(query).mappings()}


def load(connection: Connection, kind: Kind) -> list[Any]:
    """The records of a set in force, in the order of the file where that matters."""
    table, record = TABLES[kind], RECORDS[kind]
    keys = [table.c.place] if kind is Kind.MATTERS else list(table.primary_key.columns)
    rows = connection.execute(select(table).order_by(*keys)).mappings()
    return [record.model_validate(_values(kind, dict(row))) for row in rows]


def cross_check(connection: Connection, sheet: Sheet, policies: Collection[str], findings: Findings) -> None:
    """Whether the sets still fit together with this one in place of the one in force.

    Names of units are only checked where units were imported; the same for areas.
    """
    in_force = versions(connection)
    related = {sheet.kind, *_related(sheet.kind)}

    def placed(kind: Kind) -> tuple[Placed[Any], ...] | None:
        if kind is sheet.kind:
            return sheet.placed
        if kind not in in_force or kind not in related:
            return None
        return tuple(Placed(record, _in_force(kind, record)) for record in load(connection, kind))

    sets = {kind: found for kind in Kind if (found := placed(kind)) is not None}
    cross_check_sets(sets, policies, findings, about=sheet.kind)


def _related(kind: Kind) -> set[Kind]:
    """The sets that one names something of, and those that name something of it."""
    named = {_DEFINED_IN[what] for what in _NAMES.get(kind, {}).values() if what in _DEFINED_IN}
    naming = {other for other, fields in _NAMES.items() if kind in map(_DEFINED_IN.get, fields.values())}
    return named | naming


def _in_force(kind: Kind, record: Any) -> Row:  # noqa: ANN401 - of any kind
    """A row to point at, for what was imported before."""
    return Row(f"{kind.value} in force", 0, record.code if kind is Kind.MATTERS else record.id, {})


def cross_check_sets(
    sets: Mapping[Kind, Iterable[Placed[Any]]],
    policies: Collection[str],
    findings: Findings,
    about: Kind | None = None,
) -> None:
    """Whether sets fit together: names that one uses are known in the other.

    Args:
        sets: those that there are; names of others are not checked.
        policies: names of the ladders there are.
        findings: takes what is wrong.
        about: only what this set names, and who names something of it; everything without.
    """
    known: dict[str, Collection[str]] = {"policy": policies} | {
        what: {item.record.id for item in sets[kind]} for what, kind in _DEFINED_IN.items() if kind in sets
    }
    for kind, fields in _NAMES.items():
        checked = {
            field: (what, known[what])
            for field, what in fields.items()
            if what in known and about in {None, kind, _DEFINED_IN.get(what)}
        }
        checks.check_names(sets.get(kind, ()), checked, findings)


def _replace(connection: Connection, sheet: Sheet) -> None:
    table = TABLES[sheet.kind]
    connection.execute(delete(table))
    rows = [_row(sheet.kind, item.record, place) for place, item in enumerate(sheet.placed)]
    _insert(connection, table, rows)
    if sheet.kind is Kind.COMPONENTS:
        connection.execute(delete(component_zones))
        links = (
            {"place": place, "component_id": item.record.id}
            for item in sheet.placed
            for place in dict.fromkeys(item.record.zones)
        )
        _insert(connection, component_zones, list(links))


def _insert(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    for start in range(0, len(rows), AT_ONCE):
        connection.execute(insert(table), rows[start : start + AT_ONCE])


def _row(kind: Kind, record: FrozenModel, place: int) -> dict[str, Any]:
    values = record.model_dump(mode="json")
    if kind is Kind.MATTERS:
        values |= {"area": values["area"] or "", "place": place}
    return values


def _values(kind: Kind, row: dict[str, Any]) -> dict[str, Any]:
    if kind is Kind.MATTERS:
        row.pop("place")
        row["area"] = row["area"] or None
    return row


def _alone(connection: Connection) -> None:
    """Let two imports follow each other. On SQLite a writer is alone from its first line."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE responsibility_imports IN SHARE ROW EXCLUSIVE MODE"))
