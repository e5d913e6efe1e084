"""A person's rights over one plate: to know what is kept of it, and to have it erased.

Every use is written into the audit with who asked and for what: into the chain of each case that it
concerned, and into the chain `subject:rights`. No entry names the plate.
"""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, Text, cast, or_, select

from cases import trail
from cases.answers.tables import case_answers, opt_outs
from cases.clients.tables import reports
from cases.database import Database
from cases.notices.look_ups import looked_up
from cases.retention import DataClass
from cases.retention.blank import names
from cases.retention.pictures import Free, PictureShelf, remove, sweep
from cases.retention.proof import Wish, purge_case
from cases.rights.loose import PARTED_BY, erase_loose, spellings, written
from cases.states import OPEN_STATES
from cases.tables import audit, cases, notices, observations, origins, packets, steps
from cases.trail import guard as trail_guard
from cases.trail.hashing import canonical, digest
from cases.trail.tables import legal_holds
from models.errors import BadRecord, Refused

LOOKED_UP = "owner_looked_up"
SHORTEST = 4
ERASED = (DataClass.PICTURES, DataClass.PLATES, DataClass.NOTICES)
"""What goes with a plate: the pictures that show it, the plate, and what its owner was written and answered.

That somebody wants no messages stays: it is their wish, and known by a token only."""

Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Who asks for what.

    Attributes:
        plate: as it is registered.
        actor: who carries the request out.
        purpose: why, as the audit keeps it: never the plate itself.
    """

    plate: str
    actor: str
    purpose: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased.

    Attributes:
        cases: how many cases knew the plate.
        items: values, parts of audit entries and loose records.
        pictures: files that no case needs any more.
        receipt: whoever has it and the plate can show that this erasure was about it.
        sha256: over receipt and plate; stands in the audit.
    """

    cases: int
    items: int
    pictures: int
    receipt: str
    sha256: str


def normalised(plate: str) -> str:
    """A plate as the ledger keeps it: no spaces, no middle dot, capitals.

    Raises:
        BadRecord: it is none.
    """
    text = "".join(character for character in plate.upper() if character not in PARTED_BY)
    if not SHORTEST <= len(text) <= 16 or not text.isalnum():  # noqa: PLR2004 - of `models.records.Plate`
        raise BadRecord("plate", f"{plate!r} is no plate: {SHORTEST} to 16 letters and digits")
    return text


def gather(database: Database, request: Request) -> dict[str, Any]:
    """Everything that concerns one plate, as plain values; that it was gathered is in the audit.

    Raises:
        BadRecord: it is no plate, or no purpose is given.
    """
    plate = _checked(request)
    with database.write() as connection:
        ids = case_ids(connection, plate)
        found = [_case(connection, case_id) for case_id in ids]
        query = select(observations).where(observations.c.case_id.is_(None), _mentions(plate))
        loose = [row for row in _rows(connection, query) if names(row["body"], spellings(plate))]
        looked = looked_up(connection, plate)
        _note(connection, request, "rights_exported", ids, {"cases": len(ids), "observations": len(loose)})
    return {
        "format": "clearway-rights/1",
        "plate": plate,
        "made_at": request.now,
        "purpose": request.purpose,
        "cases": found,
        "observations_without_case": loose,
        "look_ups_without_case": looked,
    }


def erase(database: Database, shelf: PictureShelf, request: Request) -> Erased:
    """Erase everything that concerns one plate; proofs stay.

    Raises:
        BadRecord: it is no plate, or no reason is given.
        Refused: a case of it is open or on legal hold; nothing was erased.
    """
    plate, receipt = _checked(request), secrets.token_hex(16)
    sha256 = digest(canonical([receipt, plate]))
    rule = f"asked for by a person: {request.purpose}"
    free = Free()
    with database.write() as connection, trail_guard.gate(connection, "rights"):
        ids = case_ids(connection, plate)
        _refuse(connection, ids)
        texts, items = written(connection, plate), 0
        for case_id in ids:
            for kind in ERASED:
                wish = Wish(
                    kind=kind,
                    rule=rule,
                    actor=request.actor,
                    now=request.now,
                    texts=frozenset(texts),
                    salt=receipt,
                )
                proof = purge_case(connection, case_id, wish)
                items += proof.items
                free.take(case_id, proof, kind)
        items += erase_loose(
            connection,
            plate,
            texts,
            Wish(kind=DataClass.PLATES, rule=rule, actor=request.actor, now=request.now, salt=receipt),
        )
        _note(
            connection, request, "rights_erased", ids, {"cases": len(ids), "items": items, "sha256": sha256}
        )
    unneeded = sweep(database, shelf, free, None)
    remove(database, shelf, unneeded, request.now, actor=request.actor)
    return Erased(len(ids), items, len(unneeded), receipt, sha256)


def case_ids(connection: Connection, plate: str) -> list[str]:
    """The cases that know a plate, however surely, by number."""
    texts = spellings(plate)
    told = select(observations.c.case_id, observations.c.body).where(
        observations.c.case_id.is_not(None), _mentions(plate)
    )
    found = {row.case_id for row in connection.execute(told) if names(row.body, texts)}
    known = cast(cases.c.plate, Text)
    query = select(cases.c.id, cases.c.plate_text, cases.c.dedup_key, known.label("known")).where(
        or_(
            cases.c.plate_text == plate,
            cases.c.dedup_key.contains(plate, autoescape=True),
            *(known.contains(text, autoescape=True) for text in texts),
            cases.c.id.in_(found),
        )
    )
    return [
        row.id
        for row in connection.execute(query.order_by(cases.c.number))
        # The database finds 浙BD12345 too where 浙BD1234 is asked for: that is somebody else's.
        if row.id in found or plate == row.plate_text or names(f"{row.dedup_key} {row.known}", texts)
    ]


def _checked(request: Request) -> str:
    plate = normalised(request.plate)
    if not request.purpose.strip() or not request.actor.strip():
        raise BadRecord("purpose", "is missing; say who asks and why, for the audit")
    if plate in normalised_text(request.purpose):
        raise BadRecord("purpose", "names the plate; the audit must not")
    return plate


def normalised_text(text: str) -> str:
    """A sentence as plates are looked for in it."""
    return "".join(character for character in text.upper() if character.isalnum())


def _mentions(plate: str) -> ColumnElement[bool]:
    return or_(*(observations.c.body.contains(text, autoescape=True) for text in spellings(plate)))


def _refuse(connection: Connection, ids: Sequence[str]) -> None:
    """Nothing is erased while a case is being worked on or must be kept."""
    for case_id in ids:
        row = connection.execute(select(cases.c.number, cases.c.state).where(cases.c.id == case_id)).one()
        if row.state in OPEN_STATES:
            raise Refused(f"case CW-{row.number:06d} is {row.state}: erase when it is closed")
        held = connection.execute(select(legal_holds.c.why).where(legal_holds.c.case_id == case_id)).first()
        if held is not None:
            raise Refused(f"case CW-{row.number:06d} is on legal hold ({held.why}): release it first")


def _case(connection: Connection, case_id: str) -> dict[str, Any]:
    def of(table: Table, *columns: str) -> Rows:
        wanted = [table.c[name] for name in columns] if columns else list(table.c)
        return _rows(connection, select(*wanted).where(table.c.case_id == case_id))

    (case,) = _rows(connection, select(cases).where(cases.c.id == case_id))
    history = _rows(
        connection,
        select(
            audit.c.number,
            audit.c.at,
            audit.c.actor,
            audit.c.what,
            audit.c.why,
            audit.c.before,
            audit.c.after,
        )
        .where(audit.c.chain == case_id)
        .order_by(audit.c.number),
    )
    sealed = _rows(
        connection,
        select(
            packets.c.sha256, packets.c.device, packets.c.number, packets.c.received_at, packets.c.manifest
        )
        .join(origins, origins.c.id == packets.c.stay_id)
        .where(origins.c.case_id == case_id)
        .order_by(packets.c.device, packets.c.number),
    )
    told = select(notices.c.recipient).where(notices.c.case_id == case_id)
    return {
        "case": case,
        "pictures": case["pictures"],
        "notices": of(notices),
        "answers": of(case_answers, "kind", "at", "text", "review"),
        "opt_outs": _rows(connection, select(opt_outs).where(opt_outs.c.recipient.in_(told))),
        "look_ups": [entry for entry in history if entry["what"] == LOOKED_UP],
        "steps": of(steps),
        "observations": of(observations),
        "reports": of(reports, "number", "channel", "matter", "reported_at", "address", "description"),
        "packets": sealed,
        "history": history,
    }


def _rows(connection: Connection, query: Select[Any]) -> Rows:
    return [dict(row) for row in connection.execute(query).mappings()]


def _note(
    connection: Connection, request: Request, what: str, ids: Iterable[str], after: dict[str, Any]
) -> None:
    entry = {"at": request.now, "actor": request.actor, "what": what, "why": request.purpose[:1000]}
    trail.append(
        connection,
        [entry | {"subject": "rights", "after": after}, *(entry | {"case_id": case_id} for case_id in ids)],
    )
