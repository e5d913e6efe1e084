"""Roles of people at the desk: each is a set of the scopes that clients of the API have too."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from cases.clients.scopes import Scope
from models.errors import ConfigurationError
from models.toml import nearest


class Role(StrEnum):
    """What a person is at the desk, from looking on to letting others in."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"


SCOPES: Mapping[Role, frozenset[Scope]] = MappingProxyType(
    {
        Role.VIEWER: frozenset({Scope.CASES_READ}),
        Role.OPERATOR: frozenset({Scope.CASES_WORK, Scope.REPORTS_WRITE}),
        Role.SUPERVISOR: frozenset({Scope.CASES_WRITE, Scope.REPORTS_WRITE, Scope.AUDIT_READ}),
        Role.ADMIN: frozenset({Scope.ADMIN}),
    }
)
"""A viewer counts and reads without plates and pictures; an operator works on cases; a supervisor decides,
grants penalties, silences and holds, and reads the audit; an admin does everything, people and dead letters
too."""


def parse_role(word: str) -> Role:
    """A role as a person writes it.

    Raises:
        ConfigurationError: it is none.
    """
    known = [role.value for role in Role]
    if word not in known:
        remedy = nearest(word, known) or f"known: {', '.join(known)}"
        raise ConfigurationError.of("ROLE", f"{word!r} is no role", remedy)
    return Role(word)
