"""What the ledger asks when a case opens: read once, and again only after an import."""

from collections.abc import Callable
from threading import Lock

from sqlalchemy import Connection, func, select

from cases.responsibility import store
from cases.responsibility.atlas import Atlas
from cases.responsibility.catalogue import Catalogue
from cases.responsibility.reading import Kind
from cases.responsibility.tables import imports
from cases.routing import Above, Deadline, Responsibility, Where

_IN_FORCE = (
    select(imports.c.kind, func.max(imports.c.version).label("version"))
    .where(imports.c.kind.in_((Kind.AREAS.value, Kind.MATTERS.value)))
    .group_by(imports.c.kind)
)
"""What a router reads. Asked in every transaction, so it is built once."""


class Routes:
    """Where cases land, by one atlas and one catalogue. Pure; `LedgerRouter` keeps it up to date."""

    def __init__(self, atlas: Atlas, catalogue: Catalogue) -> None:
        self.atlas = atlas
        self.catalogue = catalogue

    def route(self, matter: str, where: Where, unit: str = "") -> Responsibility:
        """Who has to deal with a case, as `cases.routing.Router.route` says."""
        landing = self.atlas.find(where)
        line = () if landing is None else self.atlas.line(landing.area.id)
        charge = self.catalogue.charge(matter, [area.id for area in line])
        if landing is None:
            why = ["no area: the place is in none, and none lists it"] if len(self.atlas) else ["no areas"]
        else:
            why = [f"area {landing.area.id}: {landing.why}"]
        if where.area and self.atlas.area(where.area) is None:
            why.append(f"area {where.area} is named and not known")
        if self.catalogue.matter(matter) is None:
            why.append(f"matter {matter} is not in the catalogue" if len(self.catalogue) else "no catalogue")
        lead = charge.lead_unit or unit
        why.append(f"unit {lead}: {charge.why or 'the policy names it'}" if lead else "no unit")
        return Responsibility(
            area="" if landing is None else landing.area.id,
            area_path="".join(f"/{area.id}" for area in line),
            lead_unit=lead,
            assisting=tuple(name for name in charge.assisting if name != lead),
            deadlines=tuple(
                Deadline(name=item.name, after_s=item.after_s, working=item.working)
                for item in charge.deadlines
            ),
            policy=charge.policy,
            why=tuple(why),
        )

    def above(self, area: str) -> Above | None:
        """One level up, as `cases.routing.Router.above` says."""
        return self.atlas.above(area)


class LedgerRouter:
    """Routes by what is in force in the ledger. Safe to share between threads.

    Args:
        reread: called after each reading, with the versions in force; for logs.
    """

    def __init__(self, reread: Callable[[dict[str, int]], None] | None = None) -> None:
        self._reread = reread
        self._lock = Lock()
        self._versions: dict[Kind, int] | None = None
        self._routes = Routes(Atlas(), Catalogue())

    def refresh(self, connection: Connection) -> None:
        """Read anew if an import changed a version since; else one small query."""
        with self._lock:
            while (now := _versions(connection)) != self._versions:
                # Between two statements another import may be committed: then once more.
                atlas = Atlas(store.load(connection, Kind.AREAS))
                self._routes = Routes(atlas, Catalogue(store.load(connection, Kind.MATTERS)))
                self._versions = now
                if self._reread is not None:
                    self._reread({kind.value: version for kind, version in now.items()})

    def route(self, matter: str, where: Where, unit: str = "") -> Responsibility:
        """Who has to deal with a case, as `cases.routing.Router.route` says."""
        return self._routes.route(matter, where, unit)

    def above(self, area: str) -> Above | None:
        """One level up, as `cases.routing.Router.above` says."""
        return self._routes.above(area)


def _versions(connection: Connection) -> dict[Kind, int]:
    return {Kind(row.kind): row.version for row in connection.execute(_IN_FORCE)}
