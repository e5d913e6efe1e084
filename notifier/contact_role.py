"""What somebody is to a vehicle."""

from enum import StrEnum


class ContactRole(StrEnum):
    """As registries tell it."""

    OWNER = "owner"
    DRIVER = "driver"
    FLEET = "fleet"
    """A company's own desk for its vehicles: one number, many plates."""


ROLES = {role.value: role for role in ContactRole}
"""By their words."""
