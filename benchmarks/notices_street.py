"""A street for the notices' figures: real processes around a real ledger, vehicles that come and leave.

Vehicles are written straight into the ledger, as the stream would; the notifier, the public page and the
provider are processes of their own, and the provider misbehaves as it is told.
"""

import contextlib
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import func, select

from benchmarks.site import Site, free_ports, until
from cases.arrivals import Arrival
from cases.ledger import Ledger
from cases.policy import builtin_policies
from cases.record import Signal, SignalKind
from cases.states import Resolution
from cases.tables import notices
from models.records import Plate, PlateSource

NUMBER = "+8613800{:06d}"
"""A range that is in use in shape only: nothing here leaves the machine."""
A_CAMERA = 20
"""Vehicles before one camera: fewer than make a storm."""
FIRST, THANKS = "notice", "thanks"
FAULTS = (
    "slow=0.3",
    "slow_s=0.05",
    "timeout_after_accept=0.04",
    "error_after_accept=0.05",
    "error=0.05",
    "drop_after_accept=0.05",
    "drop=0.05",
    "too_many=0.05",
    "hang_s=1.5",
    "undelivered=0.1",
    "report_repeated=0.3",
    "report_disordered=0.3",
    "report_s=0.02",
)
"""Of a request in four goes wrong; of a report in three comes twice, or too early."""
HURRIED: Mapping[str, Any] = {
    "retry": {"first_s": 0.1, "most_s": 1.0, "settle_s": 1.0, "closed_s": 1.0},
    "pace": {"per_s": 200.0, "burst": 200, "trial_s": 0.5},
    "fresh_s": 3600.0,
}
"""Waits of seconds in place of minutes: the same order of events in less time. Nothing on this street is
confirmed again, hence `fresh_s`."""

AT_ANY_HOUR: Mapping[str, Any] = {"limits": {"quiet_hours": ""}}
"""Thanks are sent by night too: what a run counts must not hang on the hour at which it runs."""


def plate(index: int) -> str:
    """The plate of the n-th vehicle."""
    return f"浙B{index:05d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One message as the provider has it.

    Attributes:
        vehicle: whose owner got it.
        at: when the provider took it.
    """

    sid: str
    vehicle: int
    body: str
    at: datetime
    status: str


class Street:
    """A site, and the vehicles on it.

    Args:
        folder: where everything stands.
        vehicles: how many owners there are.
        settings: of the notifier, on top of the defaults.
        faults: how the provider misbehaves, as `clearway phone --fault` takes it.
        seed: of its dice.
        log_level: of all processes.
    """

    def __init__(
        self,
        folder: Path,
        vehicles: int,
        *,
        settings: Mapping[str, Any] | None = None,
        faults: Sequence[str] = (),
        seed: int = 1,
        log_level: str = "warning",
    ) -> None:
        owners = folder / "owners.csv"
        lines = [f"{plate(index)},{NUMBER.format(index)},en" for index in range(vehicles)]
        owners.write_text("\n".join(["plate,phone,language", *lines]) + "\n", encoding="utf-8")
        port = free_ports(1)
        self.site = Site(
            folder,
            {
                "notifier": {"owners": str(owners), **AT_ANY_HOUR, **(settings or {})},
                "sms": {"timeout_s": 0.5},
                "public": {"public_url": f"http://127.0.0.1:{port}", "port": port},
                "log": {"level": log_level},
            },
        )
        told = [part for fault in faults for part in ("--fault", fault)]
        phone = self.site.jobs["phone"]
        self.site.jobs["phone"] = replace(phone, arguments=(*phone.arguments, *told, "--seed", str(seed)))
        self._ledger = Ledger(self.site.database, builtin_policies())
        self.left_at: dict[int, datetime] = {}

    def arrive(self, vehicles: Sequence[int], read: Plate | None = None) -> None:
        """Vehicles overstay, just now: one transaction.

        Args:
            vehicles: which.
            read: their plate as it was read; by default their own, surely.
        """
        now = datetime.now(UTC)
        kind = SignalKind.OBSERVED
        self._ledger.apply([_arrival(index, now, kind, read=read) for index in vehicles], now)

    def leave(self, vehicle: int) -> None:
        """A vehicle is seen to leave."""
        now = datetime.now(UTC)
        gone = _arrival(vehicle, now, SignalKind.ENDED, resolution=Resolution.LEFT)
        self._ledger.apply([gone], now)
        self.left_at[vehicle] = datetime.now(UTC)

    def sent(self) -> list[Sent]:
        """What the provider has, oldest first."""
        path = self.site.folder / "phone.db"
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as phone:
            query = "SELECT sid, recipient, body, at, status FROM messages ORDER BY number"
            return [
                Sent(
                    sid=sid,
                    vehicle=int(recipient[-6:]),
                    body=body,
                    at=datetime.fromisoformat(at),
                    status=status,
                )
                for sid, recipient, body, at, status in phone.execute(query)
            ]

    def attempts(self) -> int:
        """How often anything was handed to the provider, or asked of it, so far."""
        with self.site.database.read() as connection:
            return int(connection.execute(select(func.sum(notices.c.attempts))).scalar_one() or 0)

    def notices(self, step: str = FIRST) -> dict[str, dict[str, Any]]:
        """The ledger's notices of one step, by case."""
        rows = self.site.reading.notices(limit=1_000_000)
        return {row["case_id"]: row for row in rows if row["step"] == step}

    def cases(self) -> dict[int, str]:
        """The case of each vehicle, by its plate."""
        found = self.site.reading.cases(limit=1_000_000)
        return {int(case["plate"]["text"][2:]): case["id"] for case in found if case["plate"]}

    def until_quiet(self, within_s: float) -> None:
        """Until every notice that is written down is accepted or given up."""

        def quiet() -> bool:
            found = self.site.reading.totals().notices
            waits = self.site.reading.due_before(datetime.now(UTC) + timedelta(minutes=10))
            return not found.get("intended") and not waits

        until(quiet, within_s=within_s, what="every notice being dealt with")


@contextlib.contextmanager
def street(
    folder: Path,
    vehicles: int,
    *,
    settings: Mapping[str, Any] | None = None,
    faults: Sequence[str] = (),
    seed: int = 1,
    log_level: str = "warning",
) -> Iterator[Street]:
    """A street whose processes end with it; see `Street`."""
    made = Street(folder, vehicles, settings=settings, faults=faults, seed=seed, log_level=log_level)
    try:
        yield made
    finally:
        made.site.close()


def _arrival(
    vehicle: int,
    now: datetime,
    kind: SignalKind,
    *,
    read: Plate | None = None,
    resolution: Resolution | None = None,
) -> Arrival:
    camera = f"camera-{vehicle // A_CAMERA}"
    sure = Plate(text=plate(vehicle), score=0.99, source=PlateSource.READ, sure=True, reads=3)
    signal = Signal(
        kind=kind,
        event_id=str(uuid4()),
        event_type="clearway.stay.overstayed.v1",
        origin_id=f"stay-{vehicle}",
        dedup_key=f"/bench/box/{camera}/lane/{vehicle}",
        policy="fire-lane",
        source=f"/bench/box/{camera}",
        zone="lane",
        at=now,
        recorded_at=now,
        began_at=now - timedelta(seconds=60),
        place="宁波市江北区清河路88号北门",
        label="car",
        plate=read or sure,
        resolution=resolution,
    )
    return Arrival(signal, b"{}")
