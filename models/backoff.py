"""How long to wait before trying again: longer each time, never in step with the neighbours."""

from dataclasses import dataclass

LARGEST_EXPONENT = 64
"""Beyond it every wait is at its bound anyway, and the power would overflow."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential with jitter: of many boxes that lost the same broker, no two come back together.

    Attributes:
        first_s: bound of the first wait.
        limit_s: bound of every later one.
        factor: how much longer each wait may be than the one before.
        jitter: share of the wait that chance may take away.
    """

    first_s: float = 1.0
    limit_s: float = 60.0
    factor: float = 2.0
    jitter: float = 0.5

    def wait_s(self, failures: int, chance: float) -> float:
        """The wait after so many failures in a row.

        Args:
            failures: 1 after the first.
            chance: 0..1, drawn by the caller.
        """
        exponent = min(max(failures - 1, 0), LARGEST_EXPONENT)
        return min(self.limit_s, self.first_s * self.factor**exponent) * (1 - self.jitter * chance)
