"""What each scope may do. The one place: clients of the API and people at the desk go by the same words.

A client is given scopes (`clearway clients add --scope`), a person a role, which is a set of scopes
(`cases.people.roles`). Page and API ask here and nowhere else.
"""

from collections.abc import Iterable
from enum import StrEnum

from cases.commands import Command, Decide, Done
from cases.states import PENALTIES


class Scope(StrEnum):
    """What somebody may do.

    All but `cases:read`, `reports:write`, `signals:write` and `audit:read` also show plates and pictures, and
    find plates: who works on a case needs them, who only counts cases does not.
    """

    CASES_READ = "cases:read"
    CASES_WORK = "cases:work"
    CASES_WRITE = "cases:write"
    REPORTS_WRITE = "reports:write"
    SIGNALS_WRITE = "signals:write"
    EXPORT = "export"
    AUDIT_READ = "audit:read"
    ADMIN = "admin"


_IMPLIED = {
    Scope.CASES_WORK: frozenset({Scope.CASES_READ}),
    Scope.CASES_WRITE: frozenset({Scope.CASES_READ, Scope.CASES_WORK}),
    Scope.EXPORT: frozenset({Scope.CASES_READ}),
    Scope.ADMIN: frozenset(Scope),
}
_SHOW_PLATES = frozenset({Scope.CASES_WORK, Scope.CASES_WRITE, Scope.EXPORT, Scope.ADMIN})


def allow(scopes: Iterable[Scope], wanted: Scope) -> bool:
    """Whether scopes allow what one of them is needed for, by themselves or by what they imply."""
    return any(wanted is own or wanted in _IMPLIED.get(own, ()) for own in scopes)


def show_plates(scopes: Iterable[Scope]) -> bool:
    """Whether plates and pictures are shown to whoever has these scopes."""
    return not _SHOW_PLATES.isdisjoint(scopes)


def needed_for(command: Command) -> Scope:
    """The scope without which a command is not taken.

    Working on a case is `cases:work`; what punishes somebody is `cases:write`: a decision either way, and an
    end that is a penalty.
    """
    punishes = isinstance(command, Done) and command.resolution in PENALTIES
    return Scope.CASES_WRITE if punishes else needed_for_kind(type(command))


def needed_for_kind(kind: type[Command]) -> Scope:
    """The scope without which no command of a kind is taken."""
    return Scope.CASES_WRITE if issubclass(kind, Decide) else Scope.CASES_WORK
