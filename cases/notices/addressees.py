"""Whom a notice is meant for, and what they were told lately: as much of it as the limits ask for."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import BindParameter, Connection, bindparam, func, select, text

from cases.answers.tables import opt_outs
from cases.tables import UtcDateTime, cases, notices

REMEMBERED = timedelta(days=2)
"""No limit looks further back: a day by any place's clock lies within it."""
MOST_TOLD = 1000
"""Notices of one recipient that are counted; whoever got more is past every limit."""
_NOT_TOLD = ("refused", "withheld")


@dataclass(frozen=True, slots=True)
class Told:
    """One notice that somebody got, or may have got.

    Attributes:
        at: when the provider took it; when it was first meant to, while that is not known.
        template: matter and step: notices of one template read alike.
    """

    at: datetime
    template: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """Somebody to write to, as the rules see them. Holds no number.

    Attributes:
        recipient: the token that stands for their number.
        fleet: a company's desk for many vehicles.
        opted_out: they want no messages, says the registry or the provider, or they wrote STOP.
        told: what they were told lately, in no order; without the notice that is asked about.
    """

    recipient: str
    fleet: bool = False
    opted_out: bool = False
    told: tuple[Told, ...] = ()


def template_of(matter: str, step: str) -> str:
    """What notices that read alike have in common."""
    return f"{matter}/{step}"


def with_history(
    connection: Connection, asked: Sequence[Addressee], at: datetime, *, apart_from: str = ""
) -> list[Addressee]:
    """The same addressees, with what the ledger knows of them. Until the transaction ends nobody else asks.

    Args:
        connection: in the transaction that is going to write to them.
        asked: as the registry says.
        at: now.
        apart_from: id of the notice that is asked about.
    """
    tokens = sorted({one.recipient for one in asked})
    if connection.dialect.name != "sqlite":
        # Two notifiers may be about to write to one owner, and neither would see the other's notice. SQLite
        # has one writer anyway.
        for token in tokens:
            connection.execute(_MY_TURN, {"token": token})
    gone = set(connection.execute(_STOPPED, {"tokens": tokens}).scalars())
    history = _history(connection, tokens, at - REMEMBERED, apart_from)
    return [
        replace(
            one,
            opted_out=one.opted_out or one.recipient in gone,
            told=tuple(history[one.recipient]),
        )
        for one in asked
    ]


# Written once: to put a statement together takes longer than to run it.
_MY_TURN = text("SELECT pg_advisory_xact_lock(hashtextextended(:token, 0))")
_TOKENS: BindParameter[str] = bindparam("tokens", expanding=True)
_STOPPED = select(opt_outs.c.recipient).where(opt_outs.c.recipient.in_(_TOKENS))
_AT = func.coalesce(notices.c.accepted_at, notices.c.intended_at, type_=notices.c.intended_at.type)
_TOLD = (
    select(notices.c.recipient, notices.c.step, cases.c.matter, _AT.label("at"))
    .join_from(notices, cases, notices.c.case_id == cases.c.id)
    .where(
        notices.c.recipient.in_(_TOKENS),
        notices.c.intended_at >= bindparam("since", type_=UtcDateTime),
        notices.c.state.not_in(_NOT_TOLD),
        # A notice that still waits for its first attempt has told nobody anything.
        (notices.c.attempts > 0) & (notices.c.in_doubt | notices.c.accepted_at.is_not(None)),
        notices.c.id != bindparam("apart_from"),
    )
    .order_by(notices.c.intended_at.desc())
    .limit(bindparam("most"))
)


def _history(
    connection: Connection, tokens: Sequence[str], since: datetime, apart_from: str
) -> defaultdict[str, list[Told]]:
    asked = {"tokens": tokens, "since": since, "apart_from": apart_from, "most": MOST_TOLD * len(tokens)}
    found: defaultdict[str, list[Told]] = defaultdict(list)
    for row in connection.execute(_TOLD, asked):
        found[row.recipient].append(Told(row.at, template_of(row.matter, row.step)))
    return found
