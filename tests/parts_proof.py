"""A case whose plate stands wherever a plate may stand, and everything a ledger keeps."""

import hashlib

import msgspec
from factories import arrival, at, by_proof, plate
from parts_trail import ended, entry, guarded, noted, unguarded
from sqlalchemy import insert, select, text

from cases.clients.tables import reports
from cases.ledger import Ledger
from cases.record import SignalKind
from cases.tables import metadata, notices
from models.records import Picture, PictureRole

PLATE = "浙B00000"


def rows(database, table):
    with database.read() as connection:
        return [
            dict(row) for row in connection.execute(select(table).order_by(*table.primary_key)).mappings()
        ]


def put(shelf, text):
    data = text.encode()
    sha256 = hashlib.sha256(data).hexdigest()
    shelf.put(sha256, data)
    return Picture(role=PictureRole.OVERSTAY, sha256=sha256, captured_at=at(0), bytes=len(data))


def case_of(database, index, *pictures, seconds=0.0, closed=True):
    """A case whose plate stands wherever a plate may stand."""
    ledger = Ledger(database, by_proof())
    text = f"浙B{index:05d}"
    body = {"data": {"plate": {"text": text}, "appearance": "00", "why": f"plate {text}", "zone": "z"}}
    signal = arrival(
        SignalKind.OBSERVED,
        origin_id=f"stay-{index}-{seconds}",
        dedup_key=f"north-gate/fire-lane-1/{text}",
        plate=plate(text),
        pictures=pictures,
        appearance="00ff",
        why=f"{text} stands too long",
        at=at(seconds),
        recorded_at=at(seconds),
    )
    signal = type(signal)(signal.signal, msgspec.json.encode(body))
    (applied,) = ledger.apply([signal], at(seconds))
    case_id = applied.case_id
    with database.write() as connection:
        connection.execute(insert(notices).values(**notice_of(case_id, text, seconds)))
        connection.execute(insert(reports).values(**report_of(case_id, text, seconds)))
    noted(
        database,
        [
            entry(seconds, case_id=case_id, what="notice_intended", why="first to +86 138****0001: due"),
            entry(seconds, case_id=case_id, after={"plate": text, "state": "discovered"}),
            entry(seconds, case_id=case_id, why=f"the owner of {text} called"),
        ],
    )
    if closed:
        ended(database, index, seconds + 60, f"stay-{index}-{seconds}")
    return case_id


def notice_of(case_id, text, seconds):
    return {
        "id": f"n-{case_id[:30]}",
        "case_id": case_id,
        "step": "first",
        "recipient": "token",
        "mask": "+86 138****0001",
        "language": "zh-CN",
        "body": f"{text} 请尽快驶离",
        "state": "accepted",
        "why": "",
        "attempts": 1,
        "in_doubt": False,
        "intended_at": at(seconds),
    }


def report_of(case_id, text, seconds):
    return {
        "id": f"r-{case_id[:30]}",
        "channel": "hotline",
        "reporter": "hotline",
        "matter": "fire-lane-blocked",
        "address": "Gate 1",
        "description": f"{text} again",
        "media_url": "https://example.org/x.jpg",
        "reported_at": at(seconds),
        "received_at": at(seconds),
        "case_id": case_id,
        "state": "attached",
        "contact_mask": "w***@example.org",
    }


def kept(database):
    """Every value of every table, as one text; bytes as what they spell."""
    found = []
    with database.read() as connection:
        for table in metadata.sorted_tables:
            for row in connection.execute(select(table)).mappings():
                values = (value.decode() if isinstance(value, bytes) else value for value in row.values())
                found.append(repr(dict(zip(row, values, strict=True))))
    return "\n".join(found)


def removed(database, case_id):
    """A case deleted by hand; its chain stays."""
    unguarded(database)
    with database.write() as connection:
        if database.is_sqlite:
            connection.execute(text("PRAGMA defer_foreign_keys = ON"))
        for table in reversed(metadata.sorted_tables):
            if "case_id" in table.c and table.name not in {"audit", "purges"}:
                connection.execute(table.delete().where(table.c.case_id == case_id))
        connection.execute(text("DELETE FROM cases WHERE id = :case"), {"case": case_id})
    guarded(database)
