"""The register of city components: near a place, of a zone, of a case."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, insert, select

from cases import trail
from cases.database import Database
from cases.responsibility.shapes import EARTH_M
from cases.responsibility.tables import case_components, component_zones, components
from cases.tables import cases
from models.errors import BadRecord

RADIUS_MOST_M = 5_000.0
ZONE_LINK = "registered for its zone"
PLAN_LINK = "named by the plan"
Row = dict[str, Any]


class Register:
    """Every question about components, and their links to cases."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, *, kind: str = "", area: str = "", limit: int = 200, offset: int = 0) -> Sequence[Row]:
        """Components by id, of one kind or area if these are given."""
        query = select(components).order_by(components.c.id).limit(limit).offset(offset)
        if kind:
            query = query.where(components.c.kind == kind)
        if area:
            query = query.where(components.c.area == area)
        return self._rows(query)

    def component(self, component_id: str) -> Row | None:
        """One component."""
        found = self._rows(select(components).where(components.c.id == component_id))
        return found[0] if found else None

    def near(self, lat: float, lon: float, radius_m: float, limit: int = 50) -> Sequence[Row]:
        """Components around a position, the nearest first, each with its `distance_m`.

        Args:
            lat: degrees, WGS 84.
            lon: degrees.
            radius_m: at most 5 km.
            limit: at most so many.
        """
        radius_m = min(radius_m, RADIUS_MOST_M)
        high = math.degrees(radius_m / EARTH_M)
        wide = high / max(math.cos(math.radians(min(abs(lat) + high, 89.9))), 1e-3)
        box = self._rows(
            select(components).where(
                components.c.lat.between(lat - high, lat + high),
                components.c.lon.between(lon - wide, lon + wide),
            )
        )
        for row in box:
            row["distance_m"] = distance_m(lat, lon, row["lat"], row["lon"])
        inside = sorted(
            (row for row in box if row["distance_m"] <= radius_m),
            key=lambda row: (row["distance_m"], row["id"]),
        )
        return inside[:limit]

    def of_zone(self, source: str, zone: str) -> Sequence[Row]:
        """Components that the register links to a zone, or to its camera."""
        query = (
            select(components)
            .join(component_zones, component_zones.c.component_id == components.c.id)
            .where(component_zones.c.place.in_({f"{source}/{zone}", source}))
            .distinct()
            .order_by(components.c.id)
        )
        return self._rows(query)

    def of_case(self, case_id: str) -> Sequence[Row]:
        """Components of a case, each with its `why`.

        Those that the register links to its zone, that the plan named, and that somebody linked.
        """
        of_case = select(cases.c.source, cases.c.zone, cases.c.components).where(cases.c.id == case_id)
        with self._database.read() as connection:
            case = connection.execute(of_case).one_or_none()
        if case is None:
            return []
        found = {row["id"]: row | {"why": ZONE_LINK} for row in self.of_zone(case.source, case.zone)}
        # One that a later import dropped is still known by its id.
        found |= {name: {"id": name, "why": PLAN_LINK} for name in case.components if name not in found}
        named = self._rows(select(components).where(components.c.id.in_(case.components)))
        found |= {row["id"]: row | {"why": found[row["id"]]["why"]} for row in named}
        linked = (
            select(components, case_components.c.component_id, case_components.c.why)
            .join_from(
                case_components,
                components,
                components.c.id == case_components.c.component_id,
                isouter=True,
            )
            .where(case_components.c.case_id == case_id)
            .order_by(case_components.c.component_id)
        )
        for row in self._rows(linked):
            component_id = row.pop("component_id")
            found[component_id] = row | {"id": component_id}
        return list(found.values())

    def link(self, case_id: str, component_id: str, *, actor: str, at: datetime, why: str) -> bool:
        """Link a component to a case.

        Returns:
            Whether it is new; a repeat changes nothing.

        Raises:
            BadRecord: there is no such case or component.
        """
        with self._database.write() as connection:
            if connection.execute(select(cases.c.id).where(cases.c.id == case_id)).first() is None:
                raise BadRecord("case_id", f"no case {case_id!r}")
            known = select(components.c.id).where(components.c.id == component_id)
            if connection.execute(known).first() is None:
                raise BadRecord("component_id", f"no component {component_id!r} is registered")
            if not _link(connection, {"case_id": case_id, "component_id": component_id}, actor, at, why):
                return False
            entry = {
                "case_id": case_id,
                "at": at,
                "actor": actor,
                "what": "component_linked",
                "why": why,
                "after": {"component": component_id},
            }
            trail.append(connection, [entry])
        return True

    def _rows(self, query: Select[Any]) -> Sequence[Row]:
        with self._database.read() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]


def distance_m(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Metres between two positions along the ground (haversine)."""
    one, two = math.radians(lat), math.radians(other_lat)
    half = math.sin((two - one) / 2) ** 2
    half += math.cos(one) * math.cos(two) * math.sin(math.radians(other_lon - lon) / 2) ** 2
    return 2 * EARTH_M * math.asin(min(1.0, math.sqrt(half)))


def _link(connection: Connection, key: Mapping[str, str], actor: str, at: datetime, why: str) -> bool:
    same = (case_components.c.case_id == key["case_id"]) & (
        case_components.c.component_id == key["component_id"]
    )
    if connection.execute(select(case_components.c.case_id).where(same)).first() is not None:
        return False
    connection.execute(insert(case_components).values(**key, actor=actor, at=at, why=why))
    return True
