"""How long somebody stays signed in."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long a session lasts.

    Attributes:
        idle: without anything being done.
        whole: at most, whatever is done.
    """

    idle: timedelta
    whole: timedelta
