"""How far a message has come after the provider took it.

Reports of it come by callback: twice, late, and in any order. Their ranks make that harmless: a notice keeps
the report of the highest rank, so the same reports give the same answer in whatever order they come.
"""

from enum import StrEnum


class Delivery(StrEnum):
    """How far a message has come on the provider's side, lowest rank first.

    `failed` never left the provider, `undelivered` was given back by the network, `delivered` is the
    handset's own receipt: the strongest word there is, so nothing undoes it.
    """

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    UNDELIVERED = "undelivered"
    DELIVERED = "delivered"

    @property
    def is_final(self) -> bool:
        """Whether the provider has done what it can."""
        return self in FINAL


RANKS = {state: rank for rank, state in enumerate(Delivery, start=1)}
GIVEN_BACK = (Delivery.FAILED.value, Delivery.UNDELIVERED.value)
"""What the provider took, and what reached nobody all the same."""
FINAL = frozenset({Delivery.FAILED, Delivery.UNDELIVERED, Delivery.DELIVERED})


def surpasses(said: Delivery, known: str) -> bool:
    """Whether a report says more than what is known.

    Args:
        said: the report.
        known: the state written down; empty for none yet.
    """
    return RANKS[said] > (RANKS[Delivery(known)] if known else 0)
