"""How often one link and one address may ask: token buckets. The rule is pure, the shelf is bounded."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from time import monotonic


@dataclass(frozen=True, slots=True)
class Rate:
    """So many in a minute, of which as many may come at once."""

    per_minute: float


@dataclass(frozen=True, slots=True)
class Bucket:
    """What is left, and when that was so.

    Attributes:
        left: requests.
        at: seconds of any clock that only goes forward.
    """

    left: float
    at: float


def step(bucket: Bucket | None, rate: Rate, cost: float, at: float) -> tuple[Bucket, float]:
    """Take something out of a bucket.

    Args:
        bucket: None for one that was never used.
        rate: how fast it fills, and how much it holds.
        cost: what is taken; what is not there is not taken.
        at: now, in seconds.

    Returns:
        The bucket afterwards, and after how many seconds asking again is of use; 0 when it was taken.
    """
    known = bucket or Bucket(rate.per_minute, at)
    left = min(rate.per_minute, known.left + max(0.0, at - known.at) * rate.per_minute / 60)
    if left >= cost:
        return Bucket(left - cost, at), 0.0
    return Bucket(left, at), (min(cost, rate.per_minute) - left) * 60 / rate.per_minute


class Limiter:
    """Buckets by name, the least used forgotten first.

    Args:
        rate: of every bucket.
        most: how many are kept: an attacker with many addresses costs memory once.
        clock: seconds.
    """

    def __init__(self, rate: Rate, *, most: int = 20_000, clock: Callable[[], float] = monotonic) -> None:
        self._rate = rate
        self._most = most
        self._clock = clock
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()
        self._lock = Lock()

    def take(self, name: str, cost: float = 1.0) -> float:
        """Take something; the seconds to wait, or 0 when it may pass."""
        with self._lock:
            bucket, wait_s = step(self._buckets.pop(name, None), self._rate, cost, self._clock())
            self._buckets[name] = bucket
            if len(self._buckets) > self._most:
                self._buckets.popitem(last=False)
        return wait_s

    def charge(self, name: str, cost: float) -> None:
        """Take as much as there is: whoever tries what is not theirs has less left for the rest."""
        with self._lock:
            bucket, _ = step(self._buckets.pop(name, None), self._rate, 0, self._clock())
            self._buckets[name] = Bucket(max(0.0, bucket.left - cost), bucket.at)

    def is_empty(self, name: str) -> bool:
        """Whether nothing may pass at the moment; takes nothing."""
        with self._lock:
            bucket = self._buckets.get(name)
            return bucket is not None and step(bucket, self._rate, 1.0, self._clock())[1] > 0
