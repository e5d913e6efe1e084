"""Cases as rows of the ledger, and back."""

from typing import Any

import msgspec
from sqlalchemy import RowMapping

from cases.life import Case, Resolution, State
from cases.policy import Policy
from models.records import Picture, Plate


def values_of(case: Case) -> dict[str, Any]:
    """A case as the columns of its row."""
    return {
        "id": case.id,
        "dedup_key": case.dedup_key,
        "state": case.state.value,
        "matter": case.policy.matter,
        "unit": case.policy.unit,
        "task": case.policy.task,
        "source": case.source,
        "zone": case.zone,
        "place": case.place,
        "label": case.label,
        "plate": case.plate,
        "pictures": case.pictures,
        "policy": case.policy.model_dump(mode="json"),
        "began_at": case.began_at,
        "opened_at": case.opened_at,
        "recorded_at": case.recorded_at,
        "last_seen_at": case.last_seen_at,
        "spot_xy": case.spot_xy,
        "live_origins": sorted(case.live_origins),
        "unseen_since": case.unseen_since,
        "closed_at": case.closed_at,
        "resolution": None if case.resolution is None else case.resolution.value,
        "previous_id": case.previous_id,
        "zone_group": case.group,
        "appearance": case.appearance,
    }


def case_of(row: RowMapping) -> Case:
    """A row as the case it holds."""
    return Case(
        id=row["id"],
        dedup_key=row["dedup_key"],
        policy=Policy.model_validate(row["policy"]),
        state=State(row["state"]),
        source=row["source"],
        zone=row["zone"],
        place=row["place"],
        label=row["label"],
        plate=None if row["plate"] is None else msgspec.convert(row["plate"], Plate),
        pictures=msgspec.convert(row["pictures"], tuple[Picture, ...]),
        began_at=row["began_at"],
        opened_at=row["opened_at"],
        recorded_at=row["recorded_at"],
        last_seen_at=row["last_seen_at"],
        spot_xy=None if row["spot_xy"] is None else msgspec.convert(row["spot_xy"], tuple[float, float]),
        live_origins=frozenset(row["live_origins"]),
        unseen_since=row["unseen_since"],
        closed_at=row["closed_at"],
        resolution=None if row["resolution"] is None else Resolution(row["resolution"]),
        previous_id=row["previous_id"],
        group=row["zone_group"],
        appearance=row["appearance"],
    )


def audited(case: Case) -> dict[str, Any]:
    """What an audit entry keeps of a case: what can change, and what identifies it. No plate."""
    return {
        "case": case.id,
        "state": case.state.value,
        "matter": case.matter,
        "source": case.source,
        "zone": case.zone,
        "opened_at": case.opened_at,
        "last_seen_at": case.last_seen_at,
        "unseen_since": case.unseen_since,
        "closed_at": case.closed_at,
        "resolution": None if case.resolution is None else case.resolution.value,
        "origins": sorted(case.live_origins),
        "pictures": len(case.pictures),
    }
