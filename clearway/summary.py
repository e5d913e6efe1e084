"""What a run led to, from the ledger: the JSON of `demo --until-end --json`."""

import math
from collections.abc import Sequence
from typing import Any

from cases.policy import Policy
from cases.reading import Reading, Row
from notifier.messages import case_number

FIRST_STEPS_S = 1.0
"""A step due within this long of its case is its first notice; latency is measured on those."""


def summarise(reading: Reading, policies: dict[str, Policy]) -> dict[str, Any]:
    """Cases, notices and latency.

    Args:
        reading: the ledger.
        policies: the ladders, to tell first notices from later ones.
    """
    cases = [_case(row) for row in sorted(reading.cases(limit=10_000), key=lambda row: row["number"])]
    notices = [_notice(row) for row in reversed(reading.notices(limit=10_000))]
    first = {step.id for policy in policies.values() for step in policy.step if step.after_s <= FIRST_STEPS_S}
    latencies = [
        row["latency_s"]
        for row in notices
        if row["latency_s"] is not None and row["step"] in first - {"thanks"}
    ]
    devices = [row["status"] for row in reading.devices()]
    cameras = [camera for device in devices for camera in device["cameras"]]
    totals = reading.totals()
    return {
        "cases": [case for case in cases if not case["from_sensor"]],
        "sensor_cases": [case for case in cases if case["from_sensor"]],
        "notices": notices,
        "latency_s": {"overstay_to_sms": {"p50": quantile(latencies, 0.5), "p99": quantile(latencies, 0.99)}},
        "looks": sum(camera["looks"] for camera in cameras),
        "network_runs": sum(camera["network_runs"] for camera in cameras),
        "observations": totals.observations,
        "dead_letters": totals.dead_letters,
        "cameras": cameras,
        "sensors": [sensor for device in devices for sensor in device["sensors"]],
    }


def quantile(values: Sequence[float], share: float) -> float | None:
    """The nearest-rank quantile, or None of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    return round(ordered[max(0, math.ceil(share * len(ordered)) - 1)], 4)


def _case(row: Row) -> dict[str, Any]:
    plate = row["plate"] or {}
    closed_at = row["closed_at"]
    return {
        "number": case_number(row["number"]),
        "id": row["id"],
        "matter": row["matter"],
        "unit": row["unit"],
        "task": row["task"],
        "source": row["source"],
        "zone": row["zone"],
        "state": row["state"],
        "resolution": row["resolution"],
        "label": row["label"],
        "plate": plate.get("text"),
        "plate_source": plate.get("source"),
        "began_at": row["began_at"].isoformat(),
        "opened_at": row["opened_at"].isoformat(),
        "closed_at": closed_at and closed_at.isoformat(),
        "stood_s": closed_at and round((closed_at - row["began_at"]).total_seconds(), 2),
        "pictures": [picture["role"] for picture in row["pictures"]],
        "from_sensor": row["spot_xy"] is None,
    }


def _notice(row: Row) -> dict[str, Any]:
    return {
        "case": case_number(row["case_number"]),
        "zone": row["zone"],
        "step": row["step"],
        "to": row["mask"],
        "language": row["language"],
        "state": row["state"],
        "provider_id": row["provider_id"],
        "latency_s": None if row["latency_s"] is None else round(row["latency_s"], 4),
        "why": row["why"],
        "body": row["body"],
    }
