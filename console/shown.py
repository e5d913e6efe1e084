"""What of a reading is shown to whom: plates, messages and pictures not to those who only look on."""

from dataclasses import replace

from cases.clients import Client
from cases.clients.scopes import Scope
from console.desk import Snapshot
from console.rest_views import line_for, notice_for


def shown_to(who: Client, snapshot: Snapshot) -> Snapshot:
    """A reading as somebody may see it."""
    if not who.may(Scope.ADMIN):
        snapshot = replace(snapshot, dead_letters=())
    if who.sees_plates:
        return snapshot
    return replace(
        snapshot,
        cameras={},
        cases=tuple(line_for(who, case) for case in snapshot.cases),
        notices=tuple(notice_for(who, notice) for notice in snapshot.notices),
        phone=None,
    )
