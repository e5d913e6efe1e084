"""The report once more, slowly: rows of the ledger counted one by one, in plain Python."""

import math
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Connection, insert, select

from cases.lights import light
from cases.policy import Policy
from cases.states import OPEN_STATES
from cases.statistics.counting import CLOSE_EDGES_S, LEAVE_EDGES_S, MANY_PLACES, NOTICE_EDGES_S
from cases.statistics.period import Period
from cases.statistics.records import (
    NO_SPREAD,
    FalseAlarms,
    Lights,
    Notified,
    OnTime,
    Place,
    Report,
    Share,
    Spread,
    Totals,
)
from cases.tables import Json, UtcDateTime, cases, deadlines, notices

Row = dict[str, Any]
_US = timedelta(microseconds=1)
OPEN = {state.value for state in OPEN_STATES}


def put(connection: Connection, table: Any, row: Row) -> None:
    """Insert a row; columns that it says nothing of get the emptiest value they may hold."""
    full = {}
    for column in table.c:
        if (
            column.name in row
            or column.nullable
            or column.server_default is not None
            or column.autoincrement is True
        ):
            continue
        if isinstance(column.type, UtcDateTime):
            full[column.name] = datetime(2026, 1, 1, tzinfo=UTC)
        elif isinstance(column.type, Json | JSON):
            full[column.name] = []
        else:
            full[column.name] = column.type.python_type()
    connection.execute(insert(table).values(full | row))


def recount(connection: Connection, period: Period, now: datetime) -> Report:
    """All figures of a period, from all rows there are."""
    rows = [dict(row) for row in connection.execute(select(cases)).mappings()]
    first = defaultdict(list)
    for row in connection.execute(select(notices)).mappings():
        if row["state"] == "accepted":
            first[row["case_id"]].append(row["accepted_at"])
    whole = [row for row in rows if period.since <= row["opened_at"] < period.until]
    found = [
        row | {"noticed": min(first[row["id"]], default=None)} for row in whole if row["state"] != "merged"
    ]
    sound = [row for row in found if not _odd(row, now)]
    told = [
        row
        for row in sound
        if row["noticed"] is not None and (row["closed_at"] is None or row["noticed"] <= row["closed_at"])
    ]
    undismissed = [row for row in found if not _dismissed(row)]
    policies = sorted({row["policy"]["name"] for row in told})
    ids = {row["id"] for row in found}
    owed = [
        dict(row)
        for row in connection.execute(select(deadlines)).mappings()
        if row["case_id"] in ids and row["name"] != "archive"
    ]
    real = [row for row in found if row["resolution"] != "false_alarm"]
    return Report(
        since=period.since,
        until=period.until,
        zone=period.zone.key,
        made_at=now,
        totals=Totals(
            opened=len(found),
            open=sum(row["state"] in OPEN for row in found),
            closed=sum(_closed(row) for row in found),
            dismissed=sum(_dismissed(row) for row in found),
            merged=len(whole) - len(found),
            odd_clocks=len(found) - len(sound),
        ),
        resolutions=_ranked(
            Counter(row["resolution"] or "dismissed" for row in found if row["state"] not in OPEN)
        ),
        to_notice=_spread(
            [row["noticed"] - row["recorded_at"] for row in sound if row["noticed"] is not None],
            NOTICE_EDGES_S,
        ),
        notified=_notified("", told),
        notified_by_policy=tuple(
            _notified(name, [row for row in told if row["policy"]["name"] == name]) for name in policies
        ),
        same_day=Share(
            sum(
                _closed(row)
                and not _odd(row, now)
                and row["closed_at"] is not None
                and row["opened_at"].astimezone(period.zone).date()
                == row["closed_at"].astimezone(period.zone).date()
                for row in undismissed
            ),
            len(undismissed),
        ),
        to_close=_spread(
            [
                row["closed_at"] - row["opened_at"]
                for row in sound
                if _closed(row) and row["closed_at"] is not None
            ],
            CLOSE_EDGES_S,
        ),
        on_time_by_duty=_punctual(owed, "name", now),
        on_time_by_unit=_punctual(owed, "unit", now),
        on_time_by_area=_punctual_areas(owed, now),
        cameras=_alarms(found, by_zone=False),
        zones=_alarms(found, by_zone=True),
        lights=_lights(rows, min(now, period.until)),
        hours=_week(real, period),
        places=_places(real, period),
    )


def _odd(row: Row, now: datetime) -> bool:
    closed, noticed = row["closed_at"], row["noticed"]
    return (closed is not None and not row["opened_at"] <= closed <= now) or (
        noticed is not None and not row["recorded_at"] <= noticed <= now
    )


def _dismissed(row: Row) -> bool:
    return row["state"] == "dismissed" or row["resolution"] in {"exempt", "false_alarm"}


def _closed(row: Row) -> bool:
    return row["state"] not in OPEN and not _dismissed(row)


def _notified(policy: str, told: list[Row]) -> Notified:
    left = [row for row in told if row["resolution"] == "left" and not _dismissed(row)]
    return Notified(
        policy=policy,
        notified=sum(not _dismissed(row) for row in told),
        left=len(left),
        standing=sum(row["state"] in OPEN for row in told),
        in_error=sum(row["resolution"] == "false_alarm" for row in told),
        to_leave=_spread([row["closed_at"] - row["noticed"] for row in left if _closed(row)], LEAVE_EDGES_S),
    )


def _spread(values: list[timedelta], edges_s: tuple[int, ...]) -> Spread:
    if not values:
        return NO_SPREAD
    ordered = sorted(values)
    cells = [0] * (len(edges_s) + 1)
    for value in values:
        cells[sum(value >= timedelta(seconds=edge) for edge in edges_s)] += 1
    seconds, rest = divmod(sum(values, timedelta()), timedelta(seconds=1))
    middle, late, last = (ordered[math.ceil(len(ordered) * n / 100) - 1] // _US for n in (50, 90, 99))
    return Spread(
        count=len(values),
        total_s=seconds,
        total_us=rest // _US,
        p50_us=middle,
        p90_us=late,
        p99_us=last,
        histogram=tuple(cells),
    )


def _alarms(found: list[Row], *, by_zone: bool) -> tuple[FalseAlarms, ...]:
    groups = defaultdict(list)
    for row in found:
        if row["source"]:
            groups[row["source"], row["zone"] if by_zone else ""].append(row)
    made = [
        FalseAlarms(
            source=source,
            zone=zone,
            cases=len(rows),
            false_alarms=sum(row["resolution"] == "false_alarm" for row in rows),
        )
        for (source, zone), rows in groups.items()
    ]
    return tuple(sorted(made, key=lambda one: (-one.false_alarms, -one.cases, one.source, one.zone)))


def _kept(rows: list[Row], name: str, now: datetime) -> OnTime:
    met = [
        row
        for row in rows
        if row["done_at"] is not None and row["done_at"] <= row["due_at"] and row["outcome"] != "missed"
    ]
    running = [row for row in rows if row["done_at"] is None and row["due_at"] > now]
    return OnTime(name=name, met=len(met), missed=len(rows) - len(met) - len(running), running=len(running))


def _punctual(rows: list[Row], key: str, now: datetime) -> tuple[OnTime, ...]:
    names = {row[key] for row in rows}
    made = [_kept([row for row in rows if row[key] == name], name, now) for name in names]
    return tuple(sorted(made, key=lambda one: (-one.missed, -one.met, one.name)))


def _within(path: str, area: str) -> bool:
    return path == area or (area != "" and path.startswith(f"{area}/"))


def _tree(paths: set[str]) -> list[str]:
    areas = set()
    for path in paths:
        names = path.split("/")[1:]
        areas |= {"/" + "/".join(names[: depth + 1]) for depth in range(len(names))} or {""}
    return sorted(areas, key=lambda path: (not path, path.split("/")))


def _punctual_areas(rows: list[Row], now: datetime) -> tuple[OnTime, ...]:
    areas = _tree({row["area_path"] for row in rows})
    return tuple(_kept([row for row in rows if _within(row["area_path"], area)], area, now) for area in areas)


def _lights(rows: list[Row], at: datetime) -> tuple[Lights, ...]:
    lit = []
    for row in rows:
        ended_later = row["closed_at"] is not None and row["closed_at"] > at and row["state"] != "merged"
        if row["recorded_at"] <= at and (row["state"] in OPEN or ended_later):
            policy = Policy.model_validate(row["policy"])
            lit.append(
                (row["area_path"], light(row["recorded_at"], at, policy.lights, policy.calendar).value)
            )
    areas = _tree({path for path, _ in lit})
    colours = ("green", "yellow", "red", "overdue")
    return tuple(
        Lights(
            area=area,
            **{
                colour: sum(_within(path, area) and shown == colour for path, shown in lit)
                for colour in colours
            },
        )
        for area in areas
    )


def _week(rows: list[Row], period: Period) -> tuple[int, ...]:
    hours = [0] * 168
    for row in rows:
        there = row["opened_at"].astimezone(period.zone)
        hours[there.weekday() * 24 + there.hour] += 1
    return tuple(hours)


def _places(rows: list[Row], period: Period) -> tuple[Place, ...]:
    groups = defaultdict(list)
    for row in rows:
        groups[row["place"] or f"{row['source']}/{row['zone']}"].append(row)
    made = [
        Place(place=place, cases=len(found), hours=_week(found, period))
        for place, found in groups.items()
        if len(found) > 1
    ]
    return tuple(sorted(made, key=lambda one: (-one.cases, one.place))[:MANY_PLACES])


def _ranked(counts: Counter[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(counts.items(), key=lambda one: (-one[1], one[0])))
