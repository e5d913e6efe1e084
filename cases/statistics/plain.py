"""The report for machines: the records as they are, with the shares and seconds that follow from them."""

from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any

from cases.statistics.counting import CLOSE_EDGES_S, LEAVE_EDGES_S, NOTICE_EDGES_S
from cases.statistics.records import Report, Share, Spread


def plain(report: Report) -> dict[str, Any]:
    """A report as JSON values: durations in seconds, shares 0 to 1, None where there is nothing to divide."""
    found: dict[str, Any] = _plain(report)
    found["resolutions"] = dict(report.resolutions)
    found["edges_s"] = {"to_notice": NOTICE_EDGES_S, "to_leave": LEAVE_EDGES_S, "to_close": CLOSE_EDGES_S}
    return found


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever a record holds
    if isinstance(value, Share):
        return {"part": value.part, "of": value.of, "share": value.ratio}
    if isinstance(value, Spread):
        return {
            "count": value.count,
            "mean_s": value.mean_s,
            "p50_s": value.p50_s,
            "p90_s": value.p90_s,
            "p99_s": value.p99_s,
            "histogram": value.histogram,
        }
    if is_dataclass(value):
        found = {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
        share = getattr(value, "share", None)
        return found | ({"share": share.ratio} if isinstance(share, Share) else {})
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value.isoformat() if isinstance(value, datetime) else value
