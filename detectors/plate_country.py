"""Whose plate a text is, by the grammars of countries and regions."""

from collections.abc import Sequence

from detectors.plate_grammar import Grammar, fit

ANYWHERE = "generic"
"""The grammar that fits any country's plates: it tells nothing."""


def country_of(plate: str, home: Grammar, others: Sequence[Grammar]) -> str:
    """Which other country a plate is of.

    Args:
        plate: as registered.
        home: the plates of this country or region.
        others: those of others, the likeliest first.

    Returns:
        The grammar's title and its kind's; empty when it is a plate of this country, or fits none of them.
    """
    scores = [1.0] * len(plate)
    if home.name == ANYWHERE or fit(home, plate, scores) is not None:
        return ""
    for other in others:
        if other.name in {ANYWHERE, home.name}:
            continue
        found = fit(other, plate, scores)
        if found is not None and not found.repairs:
            title = next(kind.title for kind in other.kind if kind.name == found.kind)
            return f"{other.title}: {title}"
    return ""
