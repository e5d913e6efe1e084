"""What is painted and written on vehicles that serve: stripes, beacons, words. Plain data."""

from dataclasses import dataclass

from studio.matter.finishes import Finish

Rgb8 = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Words:
    """A written panel.

    Attributes:
        text: what it says.
        ground, ink: as a screen shows them, 0..255.
        aspect: width to height of the panel; the words fill at most nine tenths of either.
        glow: how much light a sign gives of itself.
    """

    text: str
    ground: Rgb8
    ink: Rgb8
    aspect: float
    glow: float = 0.0


_WHITE, _BLUE, _RED, _BLACK, _AMBER = (
    (226, 226, 223),
    (28, 62, 140),
    (178, 32, 34),
    (16, 16, 18),
    (255, 150, 30),
)

WORDS: dict[str, Words] = {
    "words-taxi-sign": Words("出租 TAXI", (235, 214, 120), (150, 20, 20), 3.6, 0.3),
    "words-police": Words("公安 POLICE", _BLUE, (240, 240, 240), 6.0),
    "words-police-bonnet": Words("公安", (226, 226, 223), _BLUE, 2.4),
    "words-ambulance": Words("急救 120", _WHITE, _RED, 4.0),
    "words-ambulance-band": Words("医疗救护  AMBULANCE", _RED, (240, 240, 240), 11.0),
    "words-ambulance-front": Words("急救", _WHITE, _RED, 2.6),
    "words-bus-route": Words("16路 火车站", _BLACK, _AMBER, 5.6, 0.5),
    "words-bus-side": Words("宁静公交  绿色出行", (238, 238, 236), (20, 110, 70), 9.0),
    "words-coach": Words("东海旅游客运", (238, 238, 236), (24, 60, 130), 6.6),
    "words-coach-front": Words("旅游", _BLACK, _AMBER, 3.6, 0.5),
    "words-fire": Words("中国消防", (168, 24, 20), (240, 236, 224), 4.6),
    "words-fire-number": Words("119", (168, 24, 20), (240, 236, 224), 2.2),
    "words-freight": Words("快运物流", (214, 214, 212), (30, 70, 140), 4.6),
    "words-dump": Words("放大号 浙B·5K236", (120, 120, 118), (225, 225, 222), 5.6),
}
"""By the finish's name. The service's own words, no company's."""

LIVERIES: dict[str, Finish] = {
    "paint-fire": Finish((0.47, 0.016, 0.012), 0.30, metal=0.1, coat=1),
    "stripe-blue": Finish((0.011, 0.048, 0.26), 0.35, coat=0.6),
    "stripe-red": Finish((0.45, 0.014, 0.016), 0.35, coat=0.6),
    "stripe-white": Finish((0.74, 0.74, 0.72), 0.35, coat=0.6),
    "stripe-green": Finish((0.015, 0.19, 0.085), 0.35, coat=0.6),
    "stripe-yellow": Finish((0.62, 0.56, 0.03), 0.35, coat=0.6),
    "beacon-blue": Finish((0.02, 0.09, 0.62), 0.12, coat=1, glow=0.35),
    "beacon-red": Finish((0.60, 0.02, 0.02), 0.12, coat=1, glow=0.35),
    "beacon-white": Finish((0.60, 0.62, 0.64), 0.12, metal=0.3, coat=1, glow=0.03),
    "amber": Finish((0.62, 0.20, 0.01), 0.15, coat=1, glow=0.03),
    "seam": Finish((0.012, 0.012, 0.012), 0.8),
    "liner": Finish((0.030, 0.030, 0.032), 0.75),
    "plank": Finish((0.16, 0.19, 0.22), 0.6, pattern="noise", other=(0.11, 0.12, 0.13), scale=2),
    "sand": Finish((0.30, 0.24, 0.16), 0.95, pattern="noise", other=(0.20, 0.16, 0.11), scale=3, bump=0.5),
    "tarpaulin": Finish(
        (0.03, 0.11, 0.09), 0.8, pattern="noise", other=(0.02, 0.08, 0.06), scale=2, bump=0.4
    ),
}
"""Linear light, as `studio.matter.finishes`."""
