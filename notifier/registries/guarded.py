"""What stands around every registry: its memory, its limits and its breaker."""

import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Lock
from typing import Any

import structlog

from cases.clients import Bucket, full_bucket, take
from models.errors import RegistryDown
from notifier import metrics
from notifier.owners import UNSTATED, Found, OwnerRegistry, Reason, normalise_plate
from notifier.registries.breaker import Breaker, answered, ask
from notifier.registries.shelf import Shelf
from notifier.settings_owners import BreakerSettings, CacheSettings, LimitSettings

CASES_MOST = 10_000
"""Cases whose look-ups are counted; who was not asked for longest is forgotten, and may ask anew."""
NO_CACHE = CacheSettings(age_s=0.0)


_log = structlog.get_logger()


def utc_now() -> datetime:
    """Aware wall-clock time."""
    return datetime.now(UTC)


class GuardedRegistry:
    """A registry that is asked no more often than it may be, and left alone while it fails.

    Args:
        inner: the registry.
        limits: how often it may be asked.
        cache: how long its answers are remembered.
        breaker: when it is left alone.
        seconds: a clock that never goes back.
        now: aware wall-clock time.
    """

    def __init__(
        self,
        inner: OwnerRegistry,
        *,
        limits: LimitSettings,
        cache: CacheSettings = NO_CACHE,
        breaker: BreakerSettings | None = None,
        seconds: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self.name = inner.name
        self._inner = inner
        self._limits = limits
        self._rule = breaker or BreakerSettings()
        self._seconds = seconds
        self._now = now
        self._lock = Lock()
        self._shelf = Shelf(cache)
        self._breaker = Breaker()
        self._all = full_bucket(limits.per_minute, now())
        self._of_case: OrderedDict[str, Bucket] = OrderedDict()

    def find(self, plate: str, reason: Reason = UNSTATED) -> Found:
        """See `OwnerRegistry`; a remembered answer has its age.

        Raises:
            RegistryDown: it fails, or is left alone, or was asked too often.
        """
        plate = normalise_plate(plate)
        with self._lock:
            if (known := self._shelf.get(plate, self._seconds())) is not None:
                self._count("remembered")
                return known
            self._admit(reason)
        try:
            found = self._inner.find(plate, reason)
        except RegistryDown as exc:
            self._ended(well=exc.alive)
            self._count("failed")
            raise
        except BaseException:
            self._ended(well=False)
            self._count("failed")
            raise
        self._ended(well=True)
        self._count("found" if found.contacts else "nobody")
        with self._lock:
            self._shelf.put(plate, found, self._seconds())
        return found

    def status(self) -> dict[str, Any]:
        """How it does, ready for JSON."""
        with self._lock:
            left_s = self._breaker.open_until - self._seconds()
            open_now = self._breaker.is_open(self._rule)
            return {
                "state": "left alone" if open_now else "well",
                "failures": self._breaker.failures,
                "asked_again_in_s": round(max(0.0, left_s), 1) if open_now else None,
                "remembered": len(self._shelf),
            }

    def _admit(self, reason: Reason) -> None:
        """Let a look-up pass, and count it.

        Raises:
            RegistryDown: it may not.
        """
        breaker, wait_s = ask(self._breaker, self._rule, self._seconds())
        if wait_s > 0:
            self._count("left_alone")
            problem = f"failed {breaker.failures} times and is left alone"
            raise RegistryDown(self.name, problem, wait_s=wait_s)
        now = self._now()
        of_all, all_wait_s = take(self._all, self._limits.per_minute, now)
        of_case, case_wait_s = self._case_bucket(reason.case, now)
        if all_wait_s or case_wait_s:
            self._count("limited")
            most = self._limits.per_case_minute if case_wait_s else self._limits.per_minute
            whose = f" for {reason.case or 'no case'}" if case_wait_s else ""
            problem = f"is asked no more than {most} times a minute{whose}"
            wait_s = max(all_wait_s, case_wait_s)
            raise RegistryDown(self.name, problem, wait_s=wait_s, limited=case_wait_s > 0)
        self._breaker, self._all = breaker, of_all
        self._of_case[reason.case] = of_case
        self._of_case.move_to_end(reason.case)
        if len(self._of_case) > CASES_MOST:
            self._of_case.popitem(last=False)

    def _case_bucket(self, case: str, now: datetime) -> tuple[Bucket, float]:
        most = self._limits.per_case_minute
        return take(self._of_case.get(case) or full_bucket(most, now), most, now)

    def _ended(self, *, well: bool) -> None:
        with self._lock:
            before = self._breaker.is_open(self._rule)
            self._breaker = answered(self._breaker, self._rule, self._seconds(), well=well)
            after = self._breaker.is_open(self._rule)
        if before == after:
            return
        metrics.REGISTRY_LEFT_ALONE.labels(self.name).set(int(after))
        if after:
            _log.error(
                "owner_registry_left_alone",
                registry=self.name,
                failures=self._rule.failures,
                for_s=self._rule.open_s,
                remedy="see whether it runs and lets us in; steps wait, and asking resumes by itself",
            )
        else:
            _log.info("owner_registry_well_again", registry=self.name)

    def _count(self, outcome: str) -> None:
        metrics.LOOK_UPS.labels(self.name, outcome).inc()
