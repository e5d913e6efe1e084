"""What people wear: decided by kind and colour alone, so that the same look is always the same person."""

import random
import zlib
from dataclasses import dataclass

from studio.matter.finishes import FINISHES, Finish

_CLOTH = Finish((0.5, 0.5, 0.5), 0.9, pattern="noise", other=(0.4, 0.4, 0.4), scale=9, bump=0.3)

CLOTHES: dict[str, Finish] = {
    "skin-fair": Finish((0.50, 0.31, 0.22), 0.55),
    "skin-tan": Finish((0.31, 0.17, 0.10), 0.55),
    "hair-brown": Finish((0.035, 0.018, 0.010), 0.6),
    "hair-grey": Finish((0.26, 0.26, 0.26), 0.7),
    "trousers-denim": Finish((0.055, 0.095, 0.20), 0.9, pattern="noise", other=(0.035, 0.06, 0.13), scale=9),
    "trousers-khaki": Finish((0.30, 0.23, 0.14), 0.9, pattern="noise", other=(0.22, 0.17, 0.10), scale=9),
    "trousers-grey": Finish((0.17, 0.17, 0.18), 0.9, pattern="noise", other=(0.11, 0.11, 0.12), scale=9),
    "trousers-black": Finish((0.016, 0.016, 0.018), 0.9),
    "shoe-white": Finish((0.62, 0.62, 0.60), 0.6),
    "shoe-brown": Finish((0.10, 0.05, 0.025), 0.5),
    "shirt": Finish((0.62, 0.62, 0.60), 0.9),
    "straw": Finish((0.50, 0.38, 0.18), 0.9),
    "bag-black": Finish((0.02, 0.02, 0.022), 0.6),
    "bag-brown": Finish((0.16, 0.07, 0.03), 0.5),
    "bag-red": Finish((0.40, 0.02, 0.03), 0.6),
    "bag-blue": Finish((0.03, 0.09, 0.30), 0.6),
    "bag-white": Finish((0.66, 0.66, 0.64), 0.5),
}
"""Finishes that only people wear; albedos of cloth and skin, linear."""

_PALE = frozenset({"white", "silver", "champagne", "yellow", "pearl", "beige", "mint", "sky"})
_SKINS = ("skin", "skin", "skin-fair", "skin-fair", "skin-tan")
_HAIRS = ("hair", "hair", "hair", "hair-brown")
_BAGS = ("bag-black", "bag-brown", "bag-red", "bag-blue")


@dataclass(frozen=True, slots=True)
class Outfit:
    """One person's clothes.

    Attributes:
        coat, trousers, shoe, skin, hair, bag: finishes.
        hem_m: how far the coat reaches below the hips; beyond 0.3 it is a coat, a skirt or a dress.
        flare: how much wider the hem is than the hips.
        short_sleeves, bare_legs: skin shows there.
        long_hair: down to the shoulders.
        hat: nothing, a cap, a straw hat or a helmet.
        carries: nothing, a backpack, a shoulder bag or a bag in the hand.
    """

    coat: str
    trousers: str
    shoe: str
    skin: str
    hair: str
    bag: str
    hem_m: float
    flare: float
    short_sleeves: bool
    bare_legs: bool
    long_hair: bool
    hat: str
    carries: str


def outfit_of(kind: str, colour: str) -> Outfit:
    """The clothes of a look."""
    chance = random.Random(zlib.crc32(f"{kind}/{colour}".encode()))  # noqa: S311 - who wears what
    female = kind.startswith("woman") or (kind in {"elder", "sitter", "child"} and chance.random() < 0.5)  # noqa: PLR2004
    dark = ("trousers", "trousers-black", "trousers-denim")
    light = ("trousers-khaki", "trousers-grey", "trousers-denim")
    skirted = female and kind != "sitter" and chance.random() < 0.5  # noqa: PLR2004
    hats = {"elder": ("", "cap"), "vendor": ("straw", "cap", ""), "child": ("", "cap"), "rider": ("helmet",)}
    carried = {
        "person": ("", "backpack", "hand-bag", "shoulder-bag"),
        "woman": ("shoulder-bag", "hand-bag", "backpack", ""),
        "child": ("backpack", ""),
        "elder": ("hand-bag", ""),
    }
    kind = kind.removesuffix("-umbrella")
    return Outfit(
        coat=f"cloth-{colour}",
        trousers=chance.choice(dark if colour in _PALE else light),
        shoe=chance.choice(("shoe", "shoe-white", "shoe-brown")),
        skin=chance.choice(_SKINS),
        hair="hair-grey" if kind == "elder" else chance.choice(_HAIRS),
        bag=chance.choice(_BAGS),
        hem_m=chance.uniform(0.42, 0.55) if skirted else chance.uniform(0.06, 0.16),
        flare=1.25 if skirted else 1.0,
        short_sleeves=chance.random() < 0.35,  # noqa: PLR2004
        bare_legs=skirted and chance.random() < 0.7,  # noqa: PLR2004
        long_hair=female and kind != "elder",
        hat=chance.choice(hats.get(kind, ("", "", "", "cap"))),
        carries=chance.choice(carried.get(kind, ("",))),
    )


WORN = FINISHES | CLOTHES
"""Every finish a person, a rider or a stall may wear."""
