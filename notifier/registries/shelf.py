"""Answers of a registry, remembered for a while. Time is an argument; nothing is ever written to a disk."""

from collections import OrderedDict
from dataclasses import replace

from notifier.owners import Found
from notifier.settings_owners import CacheSettings


def good_for_s(found: Found, rule: CacheSettings) -> float:
    """How long an answer may be used: that nobody is known, for a shorter time."""
    return rule.age_s if found.contacts else min(rule.nobody_s, rule.age_s)


class Shelf:
    """The newest answers, by plate.

    Args:
        rule: how long, and how many.
    """

    def __init__(self, rule: CacheSettings) -> None:
        self._rule = rule
        self._answers: OrderedDict[str, tuple[Found, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._answers)

    def put(self, plate: str, found: Found, at: float) -> None:
        """Remember an answer; the oldest goes when there are too many.

        Args:
            plate: as it is compared.
            found: as the registry just said.
            at: when, in seconds on a clock that never goes back.
        """
        self._answers.pop(plate, None)
        if good_for_s(found, self._rule) <= 0:
            return
        self._answers[plate] = (found, at)
        if len(self._answers) > self._rule.most:
            self._answers.popitem(last=False)

    def get(self, plate: str, at: float) -> Found | None:
        """The answer, with its age; None when there is none that is good still."""
        kept = self._answers.get(plate)
        if kept is None:
            return None
        found, asked_at = kept
        age_s = max(0.0, at - asked_at)
        if age_s >= good_for_s(found, self._rule):
            del self._answers[plate]
            return None
        return replace(found, age_s=age_s)
