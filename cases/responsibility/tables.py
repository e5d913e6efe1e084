"""Tables of what a city imports. Changed only together with a migration (`cases/migrations`)."""

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from cases.tables import Json, Serial, UtcDateTime, metadata

imports = Table(
    "responsibility_imports",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("kind", String(20), nullable=False),
    Column("version", Integer, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String(100), nullable=False),
    Column("source", String(500), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("rows", Integer, nullable=False),
    UniqueConstraint("kind", "version"),
    sqlite_autoincrement=True,
    comment="Every import of units, areas, matters or components. The highest version is in force.",
)

units = Table(
    "units",
    metadata,
    Column("id", String(100), primary_key=True),
    Column("name_zh", String(200), nullable=False),
    Column("name_en", String(200), nullable=False),
    comment="Departments and companies that get cases.",
)

areas = Table(
    "areas",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("level", String(20), nullable=False),
    Column("name_zh", String(200), nullable=False),
    Column("name_en", String(200), nullable=False),
    Column("parent", String(64), index=True),
    Column("unit", String(100)),
    Column("zones", Json, nullable=False),
    Column("addresses", Json, nullable=False),
    Column("polygon", Text, nullable=False),
    comment="The tree of areas. Polygons are GeoJSON geometries, longitude first.",
)

matters = Table(
    "matters",
    metadata,
    Column("code", String(64), primary_key=True),
    Column("area", String(64), primary_key=True),
    Column("place", Integer, nullable=False),
    Column("number", String(20), nullable=False),
    Column("name_zh", String(200), nullable=False),
    Column("name_en", String(200), nullable=False),
    Column("parent", String(64)),
    Column("lead_unit", String(100)),
    Column("assisting", Json, nullable=False),
    Column("deadlines", Json, nullable=False),
    Column("policy", String(64)),
    comment="The catalogue. An empty area is the whole city; another one says what is different there.",
)

components = Table(
    "components",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("kind", String(64), nullable=False, index=True),
    Column("name", String(200), nullable=False),
    Column("owner_unit", String(100)),
    Column("maintainer", String(100)),
    Column("lat", Float),
    Column("lon", Float),
    Column("area", String(64), index=True),
    Column("zones", Json, nullable=False),
    Index("ix_components_position", "lat", "lon"),
    comment="Things of the city: bollards, hydrants, manhole covers.",
)

component_zones = Table(
    "component_zones",
    metadata,
    Column("place", String(260), primary_key=True),
    Column("component_id", String(64), primary_key=True),
    comment="Which zones watch over which components, as the register says.",
)

case_components = Table(
    "case_components",
    metadata,
    Column("case_id", String(36), ForeignKey("cases.id"), primary_key=True),
    Column("component_id", String(64), primary_key=True, index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String(100), nullable=False),
    Column("why", String(1000), nullable=False),
    comment="Components that somebody linked to a case, besides those of its zone.",
)
