"""Plates as those may see them who need not know whose they are."""

SHOWN_FIRST, SHOWN_LAST = 2, 1
"""The province and the authority are no secret, and one character tells two masks apart."""
SHORTEST = SHOWN_FIRST + SHOWN_LAST + 2


def masked(text: str) -> str:
    """A plate with its number hidden: `浙B12345` is `浙B****5`. Short ones are hidden whole."""
    if len(text) < SHORTEST:
        return "*" * len(text)
    return text[:SHOWN_FIRST] + "*" * (len(text) - SHOWN_FIRST - SHOWN_LAST) + text[-SHOWN_LAST:]
