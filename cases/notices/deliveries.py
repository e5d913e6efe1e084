"""Writing down what became of a message after the provider took it, as far as the provider says so."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update

from cases import trail
from cases.notices.claims import lock_case
from cases.notices.delivery import GIVEN_BACK, Delivery, surpasses
from cases.notices.nobody import nobody_told, told_nobody
from cases.tables import UtcDateTime, notices

MOST_CODE = 20
"""Characters of a provider's error code that are kept."""


@dataclass(frozen=True, slots=True)
class Report:
    """One report of a provider.

    Attributes:
        provider_id: what the provider calls the message.
        state: what it says of it.
        code: its error code; empty without one.
        at: when the report came.
        notice: the notice's id, where the report names it; empty otherwise.
    """

    provider_id: str
    state: Delivery
    code: str
    at: datetime
    notice: str = ""


# Written once: to put a statement together takes longer than to run it.
_KNOWN = select(
    notices.c.id, notices.c.case_id, notices.c.step, notices.c.provider_id, notices.c.delivery
).limit(1)
_BY_ID = _KNOWN.where(notices.c.id == bindparam("name"))
_BY_PROVIDER = _KNOWN.where(notices.c.provider_id == bindparam("name"))
_SAID = (
    update(notices)
    .where(notices.c.id == bindparam("name"))
    .values(
        delivery=bindparam("new_state"),
        delivery_code=bindparam("new_code"),
        delivered_at=bindparam("new_at", type_=UtcDateTime),
    )
)


def take_report(connection: Connection, report: Report, actor: str) -> bool:
    """Write a report down, if it says more than is known; see `NoticeBook.delivered`.

    Was it the step's last notice that could reach anybody, the ladder goes on with the department.
    """
    which, name = (_BY_ID, report.notice) if report.notice else (_BY_PROVIDER, report.provider_id)
    found = connection.execute(which, {"name": name}).one_or_none()
    if found is None or found.provider_id not in {None, report.provider_id}:
        return False
    lock_case(connection, found.case_id)
    row = connection.execute(_BY_ID, {"name": found.id}).one()
    if surpasses(report.state, row.delivery):
        code = report.code[:MOST_CODE]
        said = {"new_state": report.state.value, "new_code": code, "new_at": report.at}
        connection.execute(_SAID, {"name": row.id} | said)
        why = f"{row.step}: {report.state.value}" + (f" (code {code})" if code else "")
        entry = {
            "case_id": row.case_id,
            "at": report.at,
            "actor": actor,
            "what": "notice_delivery",
            "why": why,
        }
        trail.append(connection, [entry])
        if report.state in GIVEN_BACK and told_nobody(connection, row.case_id, row.step):
            gone = f"the provider could not deliver the message ({report.state.value})"
            nobody_told(connection, row.case_id, row.step, gone, report.at, actor=actor)
    return True
