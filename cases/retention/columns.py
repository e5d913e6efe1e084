"""Where each class of personal data stands in the tables, and what is left of it after a purge."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, bindparam, select, update

from cases.answers.tables import case_answers
from cases.clients.tables import reports
from cases.retention import DataClass
from cases.retention.blank import FIELDS, said, scrubbed, scrubbed_text
from cases.tables import cases, notices, observations, origins, outbox, packets, steps

Change = Callable[[Any, str, Collection[str]], Any]
"""What becomes of a value, by the id of its row and the texts that must go."""


@dataclass(frozen=True, slots=True)
class Place:
    """Columns of one table.

    Attributes:
        key: names a row.
        of: how a row belongs to a case.
    """

    table: Table
    key: str
    of: str
    changes: Mapping[str, Change]


@dataclass(frozen=True, slots=True)
class Taken:
    """One value that was taken away."""

    table: str
    row: str
    column: str
    value: Any


def _none(_: Any, __: str, ___: Collection[str]) -> None:  # noqa: ANN401 - any value
    return None


def _empty(_: Any, __: str, ___: Collection[str]) -> str:  # noqa: ANN401 - any value
    return ""


def _no_list(_: Any, __: str, ___: Collection[str]) -> list[Any]:  # noqa: ANN401 - any value
    return []


def _named(_: Any, row: str, __: Collection[str]) -> str:  # noqa: ANN401 - any value
    """Where a value has to stay one of its kind."""
    return f"purged:{row}"


def _sentence(value: Any, _: str, texts: Collection[str]) -> Any:  # noqa: ANN401 - a text or none
    return value if value is None else said(value, texts)


def _json(kind: DataClass) -> Change:
    return lambda value, _, texts: scrubbed(value, FIELDS[kind], texts)


def _json_text(kind: DataClass) -> Change:
    return lambda value, _, texts: scrubbed_text(value, FIELDS[kind], texts)


_CONTACTS, _PLATES = DataClass.CONTACTS, DataClass.PLATES
_ANSWERED = Place(case_answers, "id", "case_id", {"text": _empty, "client": _empty, "token_sha": _empty})
"""An owner's words go with what other people said, and at the latest with what the owner was written."""
PLACES: Mapping[DataClass, Sequence[Place]] = {
    DataClass.PICTURES: (
        Place(cases, "id", "id", {"pictures": _no_list}),
        Place(reports, "id", "case_id", {"media_url": _none}),
    ),
    DataClass.PLATES: (
        Place(
            cases,
            "id",
            "id",
            {
                "plate": _none,
                "plate_text": _none,
                "dedup_key": _named,
                "appearance": _empty,
                "sources": _json(_PLATES),
                "decisions": _json(_PLATES),
                "label": _sentence,
            },
        ),
        Place(observations, "id", "case_id", {"body": _json_text(_PLATES)}),
        Place(notices, "id", "case_id", {"body": _sentence, "why": _sentence}),
        Place(outbox, "id", "case_id", {"body": _json(_PLATES)}),
        Place(steps, "id", "case_id", {"outcome": _sentence}),
        Place(reports, "id", "case_id", {"description": _sentence, "address": _sentence}),
        Place(case_answers, "id", "case_id", {"text": _sentence}),
        # A manifest is signed as a whole: it goes as a whole. Its hash, number and signature stay, so that
        # the device's chain does.
        Place(packets, "sha256", "stay_id", {"manifest": _empty}),
    ),
    DataClass.CONTACTS: (
        Place(cases, "id", "id", {"sources": _json(_CONTACTS)}),
        Place(outbox, "id", "case_id", {"body": _json(_CONTACTS)}),
        Place(
            reports,
            "id",
            "case_id",
            # Its reporter is a program or an operator, never the person.
            {"contact_mask": _empty, "description": _empty},
        ),
        _ANSWERED,
    ),
    DataClass.NOTICES: (
        Place(notices, "id", "case_id", {"body": _empty, "mask": _empty, "recipient": _named}),
        _ANSWERED,
    ),
    DataClass.CASES: (Place(packets, "sha256", "stay_id", {"manifest": _empty}),),
    DataClass.LETTERS: (),
}


def take(connection: Connection, place: Place, case_id: str, texts: Collection[str]) -> list[Taken]:
    """Take what a class says out of a case's rows of one table; what was taken."""
    table = place.table
    columns = [table.c[name] for name in (place.key, *place.changes) if name in table.c]
    taken: list[Taken] = []
    for row in connection.execute(select(*columns).where(_belongs(place, case_id))).mappings().all():
        key = str(row[place.key])
        new = {
            name: change(row[name], key, texts) for name, change in place.changes.items() if name in table.c
        }
        changed = {name: value for name, value in new.items() if value != row[name]}
        if not changed:
            continue
        taken.extend(Taken(str(table.name), key, name, row[name]) for name in changed)
        connection.execute(
            update(table).where(table.c[place.key] == bindparam("row_key")).values(changed),
            {"row_key": row[place.key]},
        )
    return taken


def _belongs(place: Place, case_id: str) -> ColumnElement[bool]:
    column = place.table.c[place.of]
    if place.of == "stay_id":
        return column.in_(select(origins.c.id).where(origins.c.case_id == case_id))
    return column == case_id
