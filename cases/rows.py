"""Cases as rows of the ledger, and back."""

from functools import lru_cache
from types import MappingProxyType
from typing import Any

import msgspec
from sqlalchemy import RowMapping

from cases.policy import Policy
from cases.record import Case, Decision, Duty
from cases.states import DismissReason, Disowned, Resolution, State
from models.records import Picture, Plate

CHANGING = (
    "state",
    "dedup_key",
    "plate",
    "plate_text",
    "pictures",
    "began_at",
    "last_seen_at",
    "live_origins",
    "unseen_since",
    "closed_at",
    "resolution",
    "unit",
    "handed_by",
    "assisting",
    "escalated",
    "assessed_at",
    "accepted_at",
    "started_at",
    "feedback_at",
    "archived_at",
    "decisions",
    "dismissed_as",
    "merged_into",
    "incidents",
    "sources",
    "disowned",
)
"""The columns that may change after the opening. The rest is pinned."""


def values_of(case: Case) -> dict[str, Any]:
    """A case as the columns of its row."""
    latitude, longitude = case.position_latlon or (None, None)
    return changing_values(case) | {
        "id": case.id,
        "matter": case.policy.matter,
        "task": case.policy.task,
        "source": case.source,
        "zone": case.zone,
        "place": case.place,
        "label": case.label,
        "policy": case.policy.written,
        "policy_version": case.policy.version,
        "policy_digest": case.policy.digest,
        "opened_at": case.opened_at,
        "recorded_at": case.recorded_at,
        "spot_xy": case.spot_xy,
        "previous_id": case.previous_id,
        "zone_group": case.group,
        "appearance": case.appearance,
        "area": case.area,
        "area_path": case.area_path,
        "position_lat": latitude,
        "position_lon": longitude,
        "duties": case.duties,
        "rule": case.own_rule,
        "components": case.components,
        "enforceable": case.enforceable,
    }


def changing_values(case: Case) -> dict[str, Any]:
    """The columns of `CHANGING`."""
    return {
        "state": case.state.value,
        "dedup_key": case.dedup_key,
        "plate": case.plate,
        "plate_text": None if case.plate is None else case.plate.text,
        "pictures": case.pictures,
        "began_at": case.began_at,
        "last_seen_at": case.last_seen_at,
        "live_origins": sorted(case.live_origins),
        "unseen_since": case.unseen_since,
        "closed_at": case.closed_at,
        "resolution": None if case.resolution is None else case.resolution.value,
        "unit": case.lead,
        "handed_by": case.handed_by,
        "assisting": case.assisting,
        "escalated": case.escalated,
        "assessed_at": case.assessed_at,
        "accepted_at": case.accepted_at,
        "started_at": case.started_at,
        "feedback_at": case.feedback_at,
        "archived_at": case.archived_at,
        "decisions": dict(case.decisions),
        "dismissed_as": None if case.dismissed_as is None else case.dismissed_as.value,
        "merged_into": case.merged_into,
        "incidents": case.incidents,
        "sources": case.sources,
        "disowned": case.disowned or "",
    }


def case_of(row: RowMapping) -> Case:
    """A row as the case it holds."""
    located = row["position_lat"] is not None and row["position_lon"] is not None
    return Case(
        id=row["id"],
        dedup_key=row["dedup_key"],
        policy=pinned_policy(row),
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
        unit=row["unit"],
        handed_by=row["handed_by"],
        assisting=tuple(row["assisting"]),
        area=row["area"],
        area_path=row["area_path"],
        escalated=row["escalated"],
        position_latlon=(row["position_lat"], row["position_lon"]) if located else None,
        assessed_at=row["assessed_at"],
        accepted_at=row["accepted_at"],
        started_at=row["started_at"],
        feedback_at=row["feedback_at"],
        archived_at=row["archived_at"],
        decisions=MappingProxyType(msgspec.convert(row["decisions"], dict[str, Decision])),
        dismissed_as=None if row["dismissed_as"] is None else DismissReason(row["dismissed_as"]),
        merged_into=row["merged_into"],
        incidents=row["incidents"],
        sources=tuple(row["sources"]),
        components=tuple(row["components"]),
        enforceable=row["enforceable"],
        rule=row["rule"],
        disowned=Disowned(row["disowned"]) if row["disowned"] else None,
        duties=msgspec.convert(row["duties"], tuple[Duty, ...]),
    )


def pinned_policy(row: RowMapping) -> Policy:
    """The policy a case opened with; rows of one policy share one object, since most of a city's do."""
    if not row["policy_digest"]:
        return Policy.model_validate(row["policy"])
    return _policy(row["policy_digest"], msgspec.json.encode(row["policy"]))


@lru_cache(maxsize=256)
def _policy(_digest: str, encoded: bytes) -> Policy:
    return Policy.model_validate_json(encoded)


def audited(case: Case) -> dict[str, Any]:
    """What an audit entry keeps of a case: what can change, and what identifies it. No plate."""
    return {
        "case": case.id,
        "state": case.state.value,
        "matter": case.matter,
        "source": case.source,
        "zone": case.zone,
        "unit": case.lead,
        "assisting": case.assisting,
        "area": case.area,
        "area_path": case.area_path,
        "escalated": case.escalated,
        "policy": case.policy.name,
        "policy_version": case.policy.version,
        "policy_digest": case.policy.digest,
        "opened_at": case.opened_at,
        "last_seen_at": case.last_seen_at,
        "unseen_since": case.unseen_since,
        "assessed_at": case.assessed_at,
        "accepted_at": case.accepted_at,
        "started_at": case.started_at,
        "closed_at": case.closed_at,
        "archived_at": case.archived_at,
        "resolution": None if case.resolution is None else case.resolution.value,
        "dismissed_as": None if case.dismissed_as is None else case.dismissed_as.value,
        "merged_into": case.merged_into,
        "decisions": {name: one.granted for name, one in case.decisions.items()},
        "origins": sorted(case.live_origins),
        "pictures": len(case.pictures),
        "incidents": case.incidents,
        "sources": len(case.sources),
        "disowned": None if case.disowned is None else case.disowned.value,
    }
