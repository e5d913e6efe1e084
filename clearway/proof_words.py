"""How the audit is shown to people."""

from typing import Any

from sqlalchemy import select

from cases.database import Database
from cases.tables import cases
from cases.trail.walk import Finding

HASH_CHARACTERS = 12
"""As much of a hash is shown: enough to compare by eye."""


def place_of(database: Database, finding: Finding) -> str:
    """Where a finding is, in words: the case by its number, and the entry."""
    name = finding.chain
    with database.read() as connection:
        number = connection.execute(select(cases.c.number).where(cases.c.id == name)).scalar_one_or_none()
    if number is not None:
        name = f"case CW-{number:06d}"
    return f"{name}, entry {finding.number}" if finding.number else name


def shown_entry(entry: dict[str, Any]) -> str:
    """One entry as two or three lines: number, when, who and what; why; what changed."""
    when = entry["at"].isoformat(sep=" ", timespec="seconds").removesuffix("+00:00")
    said = f"{entry['actor']}  {entry['what']}  ({entry['hash'][:HASH_CHARACTERS]})"
    lines = [f"{entry['number']:>4}  {when}  {said}"]
    why = entry["why"] or ("[purged]" if "why" in entry["purged"] else "")
    lines.extend(f"      {more}" for more in (why, changed(entry)) if more)
    return "\n".join(lines)


def changed(entry: dict[str, Any]) -> str:
    """The fields that differ between before and after."""
    if "after" in entry["purged"] or "before" in entry["purged"]:
        return "[purged]"
    before, after = entry["before"] or {}, entry["after"] or {}
    if not before:
        return ""
    names = [name for name in after if after[name] != before.get(name)]
    return ", ".join(f"{name}: {before.get(name)} → {after[name]}" for name in names)
