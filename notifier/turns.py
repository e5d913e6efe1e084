"""Whose turn it is: urgent before routine, then the oldest, and no case for having many contacts."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from cases.notices.queue import Waiting

Had = Mapping[str, int]
"""Turns that each case had since it last had nothing waiting."""


def choose(waiting: Sequence[Waiting], had: Had, room: int, turn_s: float) -> tuple[tuple[Waiting, ...], Had]:
    """Choose what goes next.

    Each turn that a case had puts its next one behind what others have waited for `turn_s`, so a case with
    fifty contacts takes turns with the others; and since the wait counts, nothing waits for ever.

    Args:
        waiting: everything that waits, in any order.
        had: from before.
        room: how many may go.
        turn_s: seconds of waiting that one turn is worth.

    Returns:
        Those chosen, in their order, and the turns had afterwards, but for cases that nothing waits for.
    """
    turn = timedelta(seconds=turn_s)
    count: Counter[str] = Counter(had)
    ranked: list[tuple[bool, datetime, int, Waiting]] = []
    for item in sorted(waiting, key=_age):
        ranked.append((not item.urgent, item.since + count[item.case_id] * turn, len(ranked), item))
        count[item.case_id] += 1
    ranked.sort(key=lambda one: one[:3])
    chosen = tuple(item for *_, item in ranked[: max(room, 0)])
    turns = Counter(item.case_id for item in chosen)
    still = {item.case_id for *_, item in ranked[len(chosen) :]}
    return chosen, {case: had.get(case, 0) + turns[case] for case in still if had.get(case, 0) + turns[case]}


def _age(item: Waiting) -> tuple[bool, datetime, int, str]:
    """Urgent first, then the oldest; what is as old as another, in the order it was written down."""
    return (not item.urgent, item.since, item.step or 0, item.notice)
