"""What the two databases say differently: exact times, words inside JSON. Everything else is plain SQL."""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, String, case, func, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from cases.statistics.period import Offset

US = 1_000_000
"""Microseconds a second. Times are counted in whole ones: no rounding, so that two ways to count agree."""

HOUR_US = 3_600 * US
DAY_US = 24 * HOUR_US


class micros(FunctionElement[int]):  # noqa: N801 - reads as the SQL function it is
    """A time as microseconds since 1970, UTC; NULL of NULL."""

    type = BigInteger()
    inherit_cache = True


@compiles(micros, "sqlite")
def _micros_sqlite(element: micros, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401
    # SQLite keeps `YYYY-MM-DD HH:MM:SS.ffffff`. Its own functions round to milliseconds, so seconds and the
    # fraction are read apart.
    said = compiler.process(element.clauses, **kw)
    return (
        f"(CAST(strftime('%s', substr({said}, 1, 19)) AS INTEGER) * {US}"
        f" + CAST(substr({said} || '000000', 21, 6) AS INTEGER))"
    )


@compiles(micros, "postgresql")
def _micros_postgresql(element: micros, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401
    return f"CAST(EXTRACT(EPOCH FROM {compiler.process(element.clauses, **kw)}) * {US} AS BIGINT)"


class json_word(FunctionElement[str]):  # noqa: N801 - reads as the SQL function it is
    """`json_word(column, 'key')`: the text under a key of a JSON object that is kept as text."""

    type = String()
    inherit_cache = True


@compiles(json_word, "sqlite")
def _json_word_sqlite(element: json_word, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401
    column, key = element.clauses
    return f"json_extract({compiler.process(column, **kw)}, '$.' || {compiler.process(key, **kw)})"


@compiles(json_word, "postgresql")
def _json_word_postgresql(element: json_word, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401
    column, key = element.clauses
    return f"(CAST({compiler.process(column, **kw)} AS JSON) ->> CAST({compiler.process(key, **kw)} AS TEXT))"


def local(us: ColumnElement[int], offsets: tuple[Offset, ...]) -> ColumnElement[int]:
    """Microseconds since 1970 as a clock on the wall counts them there, summer time and all.

    Databases know other time zones than Python does, or none; so the offsets come with the question.
    """
    *changing, last = offsets
    if not changing:
        return us + literal(last.seconds * US, BigInteger)
    return us + case(
        *((us < offset.until_us, literal(offset.seconds * US, BigInteger)) for offset in changing),
        else_=literal(last.seconds * US, BigInteger),
    )


def floor_div(value: ColumnElement[int], by: int) -> ColumnElement[int]:
    """Whole division that goes down also below zero, as Python's: both databases cut toward zero."""
    by_ = literal(by, BigInteger)
    rest = ((value % by_) + by_) % by_
    return (value - rest) // by_


def whole_sum(value: ColumnElement[int]) -> tuple[ColumnElement[int], ColumnElement[int]]:
    """The sum as whole seconds and microseconds: a million long cases would not fit 64 bits in one."""
    by = literal(US, BigInteger)
    return func.coalesce(func.sum(value // by), 0), func.coalesce(func.sum(value % by), 0)


def count_if(condition: ColumnElement[bool]) -> ColumnElement[int]:
    """How many rows meet a condition."""
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
