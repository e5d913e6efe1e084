"""The audit trail: who did what to which case, when and why. Entries are only ever appended."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, insert

from cases.tables import audit

Entry = Mapping[str, Any]
"""The columns of one entry: `case_id`, `at`, `actor`, `what`, `why`, and where there are any `cause`,
`before`, `after`."""


def append(connection: Connection, entries: Iterable[Entry]) -> None:
    """Write entries in their order, in the caller's transaction."""
    for entry in entries:
        connection.execute(insert(audit), dict(entry))
