"""The audit of look-ups that people make themselves: who looked for whose number, and for what."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from cases import trail
from cases.database import Database
from cases.tables import audit, cases
from models.errors import BadRecord, Refused

LOOKED_UP, REFUSED = "owner_looked_up", "owner_look_up_refused"
SUBJECT = "owners"
"""The chain of look-ups that belong to no case."""
PURPOSE_LEAST, PURPOSE_MOST = 5, 300
PER_MINUTE = 10
"""Look-ups of one person. Nobody reads more; whoever asks for more does not look for one owner."""
ENTRIES_A_MINUTE = 50_000
"""More than all processes together write: so far back the last minute may reach."""
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUp:
    """One look-up.

    Attributes:
        plate: as it is compared; the audit keeps it where no case has it, and an erasure takes it out.
        actor: who looks.
        purpose: for what.
        case: number of the case it belongs to; 0 for none.
        now: when.
    """

    plate: str
    actor: str
    purpose: str
    now: datetime
    case: int = 0


class LookUpBook:
    """Writes look-ups down. Before anything is shown: who cannot write it down looks at nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def allow(self, asked: LookUp) -> None:
        """Write down that somebody is about to look.

        Raises:
            BadRecord: no purpose is given, or there is no such case, or it is about another plate.
            Refused: this person looked too often in the last minute; that is written down as well.
            TransportDown: the ledger cannot be reached; nothing may be shown.
        """
        if not PURPOSE_LEAST <= len(asked.purpose.strip()) <= PURPOSE_MOST:
            raise BadRecord("purpose", f"say for what, in {PURPOSE_LEAST} to {PURPOSE_MOST} characters")
        with self._database.write() as connection:
            count = _lately(connection, asked)
            refused = count >= PER_MINUTE
            why = f"by hand: {asked.purpose.strip()}"
            _note(connection, asked, REFUSED if refused else LOOKED_UP, why)
        if refused:
            raise Refused(f"{count} look-ups in the last minute; wait a minute")

    def found(self, asked: LookUp, outcome: str) -> None:
        """Write down what was found: who answered and how many contacts, no number.

        Raises:
            TransportDown: the ledger cannot be reached; nothing may be shown.
        """
        with self._database.write() as connection:
            _note(connection, asked, "owner_shown", f"by hand: {outcome}")


def looked_up(connection: Connection, plate: str) -> list[dict[str, object]]:
    """Look-ups of a plate that belong to no case, oldest first: who, when, for what, with what result."""
    query = (
        select(audit.c.at, audit.c.actor, audit.c.what, audit.c.why, audit.c.after)
        .where(audit.c.chain == f"subject:{SUBJECT}")
        .order_by(audit.c.number)
    )
    rows = connection.execute(query).mappings()
    wanted = ("at", "actor", "what", "why")
    return [
        {name: row[name] for name in wanted} for row in rows if (row["after"] or {}).get("plate") == plate
    ]


def _lately(connection: Connection, asked: LookUp) -> int:
    newest = connection.execute(select(func.max(audit.c.id))).scalar_one() or 0
    query = select(func.count()).where(
        audit.c.id > newest - ENTRIES_A_MINUTE,
        audit.c.what == LOOKED_UP,
        audit.c.actor == asked.actor,
        audit.c.at > asked.now - _MINUTE,
    )
    return int(connection.execute(query).scalar_one())


def _note(connection: Connection, asked: LookUp, what: str, why: str) -> None:
    entry: dict[str, object] = {"at": asked.now, "actor": asked.actor, "what": what, "why": why[:1000]}
    if asked.case:
        entry["case_id"] = _case_id(connection, asked)
    else:
        # Which plate: otherwise nobody could say later whose number was looked at.
        entry |= {"subject": SUBJECT, "after": {"plate": asked.plate}}
    trail.append(connection, [entry])


def _case_id(connection: Connection, asked: LookUp) -> str:
    """The case, which must be about that very plate."""
    query = select(cases.c.id, cases.c.plate_text).where(cases.c.number == asked.case)
    row = connection.execute(query).first()
    if row is None:
        raise BadRecord("case", f"there is no case CW-{asked.case:06d}")
    if row.plate_text != asked.plate:
        raise BadRecord("case", f"CW-{asked.case:06d} is not about this plate")
    return str(row.id)
