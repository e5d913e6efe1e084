"""Triggers that keep the audit append-only: the database itself refuses to change or delete an entry.

Only inside a purge (`gate`) may texts be blanked, and only those with a commitment; never an entry's place,
time, actor or hash. Whoever owns the database can drop a trigger: `clearway audit verify` says so, and finds
what was done meanwhile.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, delete, insert, text

from cases.trail.tables import trail_gate

REFUSED = "the audit is append-only"
_FIXED = ("id", "case_id", "at", "actor", "what", "cause", "chain", "number", "day", "previous", "hash")
_BLANKED = ("why", "before", "after", "leaves")


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f'"{name}"' for name in names)


_ABORT = f"BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"
_SQLITE = {
    "audit_no_delete": f"BEFORE DELETE ON audit {_ABORT}",
    "audit_no_change": f"BEFORE UPDATE OF {_listed(_FIXED)} ON audit {_ABORT}",
    "audit_no_blank": (
        f"BEFORE UPDATE OF {_listed(_BLANKED)} ON audit "  # noqa: S608 - all of it stands in this file
        f"WHEN NOT EXISTS (SELECT 1 FROM trail_gate) {_ABORT}"
    ),
    "audit_no_replace": (  # INSERT OR REPLACE deletes without asking the trigger above
        "BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id) OR EXISTS "  # noqa: S608
        f"(SELECT 1 FROM audit WHERE chain = NEW.chain AND number = NEW.number) {_ABORT}"
    ),
    "trail_seals_no_delete": f"BEFORE DELETE ON trail_seals {_ABORT}",
    "trail_seals_no_change": f"BEFORE UPDATE ON trail_seals {_ABORT}",
}

_SAME = " AND ".join(f'NEW."{name}" IS NOT DISTINCT FROM OLD."{name}"' for name in _FIXED)
_RAISE = f"RAISE EXCEPTION '{REFUSED}' USING ERRCODE = 'integrity_constraint_violation';"
_FUNCTIONS = {
    "clearway_audit_guard": (
        f"BEGIN IF TG_OP = 'UPDATE' AND EXISTS (SELECT 1 FROM trail_gate) "  # noqa: S608 - the same
        f"THEN IF {_SAME} THEN RETURN NEW; "
        f"END IF; END IF; {_RAISE} END"
    ),
    "clearway_append_only": f"BEGIN {_RAISE} END",
}
_POSTGRESQL = {
    "audit_guard": (
        "audit",
        "BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION clearway_audit_guard()",
    ),
    "audit_no_truncate": (
        "audit",
        "BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION clearway_append_only()",
    ),
    "trail_seals_guard": (
        "trail_seals",
        "BEFORE UPDATE OR DELETE ON trail_seals FOR EACH ROW EXECUTE FUNCTION clearway_append_only()",
    ),
    "trail_seals_no_truncate": (
        "trail_seals",
        "BEFORE TRUNCATE ON trail_seals FOR EACH STATEMENT EXECUTE FUNCTION clearway_append_only()",
    ),
}


def install(connection: Connection) -> None:
    """Put every trigger in its place; those that stand are left or made anew."""
    if connection.dialect.name == "sqlite":
        for name, rule in _SQLITE.items():
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
            connection.exec_driver_sql(_sqlite_trigger(name, rule))
        return
    for name, body in _FUNCTIONS.items():
        made = f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $guard${body}$guard$"
        connection.exec_driver_sql(made)
    for name, (table, rule) in _POSTGRESQL.items():
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name} ON {table}")
        connection.exec_driver_sql(f"CREATE TRIGGER {name} {rule}")


def remove(connection: Connection) -> None:
    """Take every trigger away: for a migration that builds the tables anew."""
    if connection.dialect.name == "sqlite":
        for name in _SQLITE:
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
        return
    for name, (table, _) in _POSTGRESQL.items():
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name} ON {table}")
    for name in _FUNCTIONS:
        connection.exec_driver_sql(f"DROP FUNCTION IF EXISTS {name}()")


def missing(connection: Connection) -> list[str]:
    """Triggers that do not stand as `install` makes them."""
    if connection.dialect.name == "sqlite":
        rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
        found = {row.name: row.sql for row in rows}
        return [name for name, rule in _SQLITE.items() if found.get(name) != _sqlite_trigger(name, rule)]
    standing = set(connection.execute(text("SELECT tgname FROM pg_trigger WHERE tgenabled <> 'D'")).scalars())
    bodies = {
        row.proname: row.prosrc
        for row in connection.execute(
            text("SELECT proname, prosrc FROM pg_proc WHERE pronamespace = current_schema()::regnamespace")
        )
    }
    return [
        *(name for name in _POSTGRESQL if name not in standing),
        *(name for name, body in _FUNCTIONS.items() if bodies.get(name) != body),
    ]


@contextmanager
def gate(connection: Connection, reason: str) -> Iterator[None]:
    """Inside, and in this transaction only, parts of entries may be blanked."""
    connection.execute(insert(trail_gate).values(reason=reason[:100]))
    yield
    connection.execute(delete(trail_gate))


def _sqlite_trigger(name: str, rule: str) -> str:
    return f"CREATE TRIGGER {name} {rule}"
