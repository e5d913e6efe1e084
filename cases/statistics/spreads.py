"""How long things took: count, sum, quantiles and histogram of whole microseconds, by the database."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, case, func, literal, select

from cases.statistics.records import NO_SPREAD, Spread
from cases.statistics.sql import US, count_if, whole_sum

QUANTILES = (50, 90, 99)


def spread(connection: Connection, values: Select[tuple[int]], edges_s: Sequence[int]) -> Spread:
    """The spread of a query's one column.

    Args:
        connection: where the query reads from.
        values: whole microseconds, none negative.
        edges_s: of the histogram, in seconds, rising.
    """
    keyed = values.add_columns(literal("").label("key"))
    return spreads(connection, keyed, edges_s).get("", NO_SPREAD)


def spreads(connection: Connection, values: Select[Any], edges_s: Sequence[int]) -> dict[str, Spread]:
    """The same for each key; the query's columns are the value and the key."""
    value, key = values.subquery().c
    ranked = select(
        value.label("us"),
        key.label("key"),
        func.row_number().over(partition_by=key, order_by=value).label("rank"),
        func.count().over(partition_by=key).label("n"),
    ).subquery()
    total_s, total_us = whole_sum(ranked.c.us)
    query = select(
        ranked.c.key,
        func.count().label("count"),
        total_s.label("total_s"),
        total_us.label("total_us"),
        *(_quantile(ranked.c.us, ranked.c.rank, ranked.c.n, percent) for percent in QUANTILES),
        *(
            count_if(condition).label(f"h{number}")
            for number, condition in enumerate(_cells(ranked.c.us, edges_s))
        ),
    ).group_by(ranked.c.key)
    rows = connection.execute(query).mappings()
    return {row["key"]: _spread(row, len(edges_s) + 1) for row in rows}


def _quantile(
    us: ColumnElement[int], rank: ColumnElement[int], n: ColumnElement[int], percent: int
) -> ColumnElement[int]:
    """The nearest-rank quantile: the value at place ceil(n * percent / 100), counted without rounding."""
    return func.max(case((rank == (n * percent + 99) // 100, us))).label(f"p{percent}")


def _cells(us: ColumnElement[int], edges_s: Sequence[int]) -> list[ColumnElement[bool]]:
    cells = [us < edges_s[0] * US]
    cells += [(us >= low * US) & (us < high * US) for low, high in pairwise(edges_s)]
    return [*cells, us >= edges_s[-1] * US]


def _spread(row: RowMapping, cells: int) -> Spread:
    seconds, us = divmod(int(row["total_us"]), US)
    return Spread(
        count=row["count"],
        total_s=int(row["total_s"]) + seconds,
        total_us=us,
        p50_us=row["p50"],
        p90_us=row["p90"],
        p99_us=row["p99"],
        histogram=tuple(int(row[f"h{number}"]) for number in range(cells)),
    )
