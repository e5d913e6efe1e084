"""How long to wait before trying again: longer each time, never in step with the neighbours."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential with jitter: of many boxes that lost the same broker, no two come back together.

    Attributes:
        first_s: bound of the first wait.
        limit_s: bound of every later one.
    """

    first_s: float = 1.0
    limit_s: float = 60.0

    def wait_s(self, failures: int, chance: float) -> float:
        """The wait after so many failures in a row.

        Args:
            failures: 1 after the first.
            chance: 0..1, drawn by the caller.
        """
        bound = min(self.limit_s, self.first_s * 2.0 ** min(failures - 1, 30))
        return bound * (0.5 + chance / 2)
