"""Where a case lands: the seam between the ledger, which opens cases, and whoever knows who is responsible.

The ledger calls `refresh` once in each transaction that may open cases, and `route` for each case; people's
`escalate` asks `above`. `cases.responsibility.router` answers from what a city imported; `NoRouter` is for
those who imported nothing, and for tests.
"""

from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """What is known of the place of an incident; the more exact word wins.

    Attributes:
        position_latlon: WGS 84 degrees, latitude first.
        area: an area somebody named: the plan's operator for a zone, or a person for a report.
        source: `/{site}/{device}/{camera or sensor}`; empty for reports of people.
        zone: id of the zone in its plan; the sensor's name for alarms.
        place: address for people.
    """

    position_latlon: tuple[float, float] | None = None
    area: str = ""
    source: str = ""
    zone: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """By when something is to be done about a case of a matter.

    Attributes:
        name: what is to be done, in the words of a policy's deadlines: `order`, `accept`,
            `first_responder`, `feedback` or `close`.
        after_s: seconds, counted from where the policy counts that deadline.
        working: whether only working time counts, by the city's calendar; else the wall clock.
    """

    name: str
    after_s: float
    working: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Responsibility:
    """Who has to deal with a case.

    Attributes:
        area: id of the grid it lands in, or of the smallest area known; empty if none is.
        area_path: from the top, `/city/district/…/grid`; empty with `area`.
        lead_unit: the department in charge.
        assisting: departments that help.
        deadlines: of the catalogue's matter; empty where it sets none.
        policy: the ladder that the catalogue names for the matter there; it takes the place of the zone's
            own. Empty where the catalogue names none.
        why: which rules decided, for the audit and for `clearway route`.
    """

    area: str = ""
    area_path: str = ""
    lead_unit: str = ""
    assisting: tuple[str, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    policy: str = ""
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Above:
    """One area up: where a case escalates to.

    Attributes:
        area: the parent's id.
        area_path: its path.
        unit: whom to turn to there, or further up where the parent has nobody; empty where none is recorded.
    """

    area: str
    area_path: str
    unit: str = ""


class Router(Protocol):
    """Says where a case lands."""

    def refresh(self, connection: Connection) -> None:
        """See whether something else was imported since, and read that; cheap when nothing was."""
        ...

    def route(self, matter: str, where: Where, unit: str = "") -> Responsibility:
        """Who has to deal with a case.

        Args:
            matter: entry of the catalogue.
            where: what is known of the place.
            unit: the policy's own department, for what nobody else is responsible for.
        """
        ...

    def above(self, area: str) -> Above | None:
        """One level up from an area; None at the top, and for an area that nobody knows."""
        ...


class NoRouter:
    """Knows no areas and no catalogue: each case goes to the department its policy names."""

    def refresh(self, connection: Connection) -> None:
        """Nothing to read."""

    def route(self, matter: str, where: Where, unit: str = "") -> Responsibility:  # noqa: ARG002
        """To the policy's own department."""
        return Responsibility(lead_unit=unit, why=("the policy's own department",))

    def above(self, area: str) -> Above | None:  # noqa: ARG002
        """There are no areas."""
        return None
