"""Commands as transactions: the case as it is, one step of its life and all that follows, or nothing."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, insert, select

from cases import life
from cases.answers.reviews import note_review
from cases.arrivals import CommandOutcome
from cases.changes import Changes
from cases.commands import Command, Escalate, Merge, Review, word_of
from cases.life import Attached, Case, Change, State
from cases.routing import Router
from cases.rows import case_of
from cases.tables import cases, commands
from models.errors import Refused

LONGEST_KEY = 200


def command(
    connection: Connection,
    case_id: str,
    order: Command,
    *,
    actor: str,
    at: datetime,
    key: str,
    router: Router,
) -> CommandOutcome:
    """See `Ledger.command`."""
    digest = _digest(case_id, word_of(order), msgspec.to_builtins(order))
    # The case first: whoever was quicker with the same key is done with it then.
    before = locked(connection, case_id)
    if (first := _first_outcome(connection, key, digest)) is not None:
        return first
    changes = Changes(connection, at)
    if isinstance(order, Merge):
        after, change = _merge(connection, changes, before, order, actor=actor, at=at)
    else:
        after, (change,) = life.step(before, order, at, actor)
        said = escalated_to(connection, after, router) if isinstance(order, Escalate) else {}
        about = getattr(order, "step", "")
        changes.note(before, after, change, actor=actor, why=order.why, about=about, said=said)
    changes.write()
    changes.repoint()
    if isinstance(order, Review):
        note_review(connection, after, at)
    return _written(connection, CommandOutcome(case_id, change, after.state, at), key, digest)


def attach(
    connection: Connection,
    case_id: str,
    source: Mapping[str, Any],
    *,
    actor: str,
    at: datetime,
    why: str,
    key: str,
) -> CommandOutcome:
    """See `Ledger.attach`."""
    digest = _digest(case_id, "attach", dict(source))
    before = locked(connection, case_id)
    if (first := _first_outcome(connection, key, digest)) is not None:
        return first
    after, (change,) = life.step(before, Attached(dict(source)), at, actor)
    changes = Changes(connection, at)
    changes.note(before, after, change, actor=actor, why=why)
    changes.write()
    return _written(connection, CommandOutcome(case_id, change, after.state, at), key, digest)


def locked(connection: Connection, case_id: str) -> Case:
    """A case that nobody else changes until the transaction ends.

    Raises:
        Refused: there is no such case.
    """
    query = select(cases).where(cases.c.id == case_id).with_for_update()
    row = connection.execute(query).mappings().first()
    if row is None:
        raise Refused(f"there is no case {case_id!r}; look its id up")
    return case_of(row)


def escalated_to(connection: Connection, case: Case, router: Router) -> dict[str, Any]:
    """Which area a case has gone up to, and whom to turn to there; what is known of it."""
    parts = [part for part in case.area_path.split("/") if part]
    if not 0 < case.escalated <= len(parts):
        return {}
    router.refresh(connection)
    found = router.above(parts[-case.escalated])
    return {} if found is None else {"to_area": found.area, "to_unit": found.unit}


def _merge(
    connection: Connection, changes: Changes, before: Case, order: Merge, *, actor: str, at: datetime
) -> tuple[Case, Change]:
    gone, (change,) = life.step(before, order, at, actor)
    elder = locked(connection, order.into)
    if not elder.state.is_open:
        problem = f"into: case {order.into!r} is {elder.state.value}; merge into an open one"
        raise Refused(problem, state=before.state, command=word_of(order))
    changes.merge(before, elder, actor=actor, why=order.why)
    return gone, change


def _first_outcome(connection: Connection, key: str, digest: str) -> CommandOutcome | None:
    if not key:
        return None
    if len(key) > LONGEST_KEY:
        raise Refused(f"key: {len(key)} characters are too many; use {LONGEST_KEY} at most")
    row = connection.execute(select(commands).where(commands.c.key == key)).mappings().first()
    if row is None:
        return None
    if row["digest"] != digest:
        raise Refused(f"key: {key!r} was used for another command; use a new key for each command")
    return CommandOutcome(row["case_id"], Change(row["change"]), State(row["state"]), row["at"], repeat=True)


def _written(connection: Connection, outcome: CommandOutcome, key: str, digest: str) -> CommandOutcome:
    if key:
        values = {
            "key": key,
            "case_id": outcome.case_id,
            "digest": digest,
            "change": outcome.change.value,
            "state": outcome.state.value,
            "at": outcome.at,
        }
        connection.execute(insert(commands), [values])
    return outcome


def _digest(*parts: Any) -> str:  # noqa: ANN401 - plain values
    return hashlib.sha256(msgspec.json.encode(parts, order="sorted")).hexdigest()
