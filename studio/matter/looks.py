"""What can be cast: the kinds of actors and the paints. Names and labels only, no geometry."""

import zlib
from dataclasses import dataclass

Rgb = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Kind:
    """What a kind of actor is to the truth; `label` in the network's words, empty for a mere thing."""

    label: str


KINDS: dict[str, Kind] = {
    "sedan": Kind("car"),
    "hatchback": Kind("car"),
    "suv": Kind("car"),
    "van": Kind("car"),
    "mpv": Kind("car"),
    "pickup": Kind("car"),
    "high-roof": Kind("car"),
    "taxi": Kind("car"),
    "police": Kind("car"),
    "ambulance": Kind("car"),
    "bus": Kind("bus"),
    "coach": Kind("bus"),
    "lorry": Kind("truck"),
    "dump": Kind("truck"),
    "fire-engine": Kind("truck"),
    "scooter": Kind("motorcycle"),
    "person": Kind("person"),
    "woman": Kind("person"),
    "child": Kind("person"),
    "elder": Kind("person"),
    "porter": Kind("person"),
    "sitter": Kind("person"),
    "vendor": Kind("person"),
    "person-umbrella": Kind("person"),
    "woman-umbrella": Kind("person"),
    "bicycle": Kind("bicycle"),
    "bicycle-parked": Kind("bicycle"),
    "motorcycle": Kind("motorcycle"),
    "motorcycle-parked": Kind("motorcycle"),
    "scooter-rider": Kind("motorcycle"),
    "tricycle": Kind("tricycle"),
    "tricycle-parked": Kind("tricycle"),
    "cart": Kind("stall"),
    "stall": Kind("stall"),
    "barbecue-stall": Kind("stall"),
    "table-stall": Kind("stall"),
    "mat-stall": Kind("stall"),
    "terrace": Kind(""),
    "box-pile": Kind(""),
    "cone": Kind(""),
    "bin-row": Kind(""),
    "advert-stand": Kind(""),
}
"""`cart` is a vendor's cart on its way, `stall` the same with its umbrella up."""

WALKERS = frozenset(
    {"person", "woman", "child", "elder", "porter", "vendor", "person-umbrella", "woman-umbrella"}
)

STRIDE_PHASES = 8
"""In how many moments a walker's stride is shown."""

COLOURS: dict[str, Rgb] = {
    "white": (0.74, 0.74, 0.72),
    "silver": (0.30, 0.31, 0.32),
    "grey": (0.16, 0.17, 0.18),
    "black": (0.012, 0.012, 0.014),
    "red": (0.42, 0.015, 0.018),
    "blue": (0.015, 0.05, 0.17),
    "sky": (0.12, 0.30, 0.50),
    "brown": (0.16, 0.09, 0.05),
    "champagne": (0.45, 0.37, 0.26),
    "green": (0.02, 0.20, 0.08),
    "yellow": (0.65, 0.40, 0.02),
    "pearl": (0.62, 0.60, 0.55),
    "graphite": (0.065, 0.070, 0.078),
    "navy": (0.010, 0.020, 0.070),
    "maroon": (0.130, 0.012, 0.018),
    "orange": (0.55, 0.14, 0.012),
    "beige": (0.38, 0.32, 0.23),
    "mint": (0.30, 0.46, 0.38),
    "purple": (0.085, 0.035, 0.140),
    "olive": (0.090, 0.095, 0.045),
}
"""Linear light, as paint charts measure it."""

CAR_PAINTS: dict[str, int] = {
    "white": 34, "black": 16, "grey": 11, "silver": 9, "graphite": 5, "pearl": 4, "blue": 4, "red": 4,
    "brown": 3, "champagne": 2, "navy": 2, "sky": 1, "green": 1, "yellow": 1, "maroon": 1, "orange": 1,
    "beige": 1, "mint": 1, "purple": 1, "olive": 1,
}  # fmt: skip
"""How many cars of a hundred and three in a Chinese street wear a paint: paint makers count a third white,
a sixth black, a quarter grey or silver."""

_HELD_BACK = 4
_PLACE = {colour: index for index, colour in enumerate(COLOURS)}


def held_back(kind: str, colour: str) -> bool:
    """Whether a look is kept for hold-out clips and pictures: one paint in four of every kind.

    The one rule for the stories and for the training pictures: what judges a network was never taught to it.
    """
    same = "cart" if kind == "stall" else kind  # the same cart, its umbrella up
    return (zlib.crc32(same.encode()) + _PLACE[colour]) % _HELD_BACK == 0
