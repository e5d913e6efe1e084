"""What can be cast: the kinds of actors and the paints. Names and labels only, no geometry."""

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
    "lorry": Kind("truck"),
    "scooter": Kind("motorcycle"),
    "person": Kind("person"),
    "woman": Kind("person"),
    "cart": Kind("stall"),
    "stall": Kind("stall"),
}
"""`cart` is a vendor's cart on its way, `stall` the same with its umbrella up."""

WALKERS = frozenset({"person", "woman"})

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
}
"""Linear light, as paint charts measure it."""
