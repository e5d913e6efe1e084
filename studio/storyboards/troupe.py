"""Who plays: a small company for each street and light, so that its clips share their pictures.

The company of the streets that are kept back wears other paints and plates than the one whose clips
thresholds are tuned on, by the same rule as training pictures: `held_back`.
"""

from dataclasses import dataclass
from typing import Literal, TypeVar

from studio.storyboards.board import Stage

Look = tuple[str, str, str]
"""Kind, colour, plate."""

_T = TypeVar("_T")


@dataclass(frozen=True)
class Company:
    """The looks of one stage.

    Attributes:
        hero, double: the one whose stay the story is about, and one that looks just like it: another plate.
        neighbour: another car.
        van, bus, ambulance, taxi: as they are called.
        driver, porter, waiting, passer: people.
        vendor, customer, cart: of the stall.
        traffic: what drives by, one look for each lane in turn.
        riders: what rides by.
    """

    hero: Look
    double: Look
    neighbour: Look
    van: Look
    bus: Look
    ambulance: Look
    taxi: Look
    driver: Look
    porter: Look
    waiting: tuple[Look, ...]
    passer: tuple[Look, ...]
    vendor: Look
    customer: Look
    cart: Look
    traffic: tuple[Look, ...]
    riders: tuple[Look, ...]


@dataclass(frozen=True)
class _Wardrobe:
    heroes: tuple[tuple[Look, str], ...]
    neighbours: tuple[Look, ...]
    traffic: tuple[Look, ...]
    riders: tuple[Look, ...]
    people: tuple[Look, ...]
    porter: Look
    vendor: Look
    van: Look
    bus: Look
    ambulance: Look
    taxi: Look
    cart: Look


_WARDROBES: dict[Literal["develop", "hold-out"], _Wardrobe] = {
    "develop": _Wardrobe(
        heroes=(
            (("sedan", "blue", "浙B8K236"), "浙B31M90"),
            (("suv", "white", "浙BX73K9"), "浙B5W117"),
            (("hatchback", "black", "浙B5T880"), "浙B77E02"),
            (("mpv", "black", "浙AH6620"), "浙AQ9143"),
            (("sedan", "silver", "浙B0L583"), "浙BK4471"),
        ),
        neighbours=(
            ("hatchback", "silver", "浙B2C915"),
            ("suv", "grey", "浙B9F661"),
            ("sedan", "black", "苏E3P527"),
        ),
        traffic=(
            ("sedan", "white", "浙B4D018"),
            ("suv", "champagne", "浙B6N305"),
            ("hatchback", "sky", "浙BE7712"),
            ("van", "grey", "浙AD06218"),
            ("lorry", "blue", "浙B6T889"),
        ),
        riders=(("scooter-rider", "red", ""), ("bicycle", "black", "")),
        people=(
            ("person", "white", ""),
            ("woman", "red", ""),
            ("person", "blue", ""),
            ("woman", "white", ""),
            ("person", "green", ""),
        ),
        porter=("porter", "grey", ""),
        vendor=("vendor", "blue", ""),
        van=("van", "white", "浙B1V264"),
        bus=("bus", "green", "浙B05512D"),
        ambulance=("ambulance", "white", "浙B120A6"),
        taxi=("taxi", "white", "浙BT1806"),
        cart=("cart", "red", ""),
    ),
    "hold-out": _Wardrobe(
        heroes=(
            (("suv", "black", "沪A6M330"), "沪A92K41"),
            (("sedan", "grey", "皖C7H058"), "皖CT3160"),
            (("mpv", "grey", "苏B2R774"), "苏B8D509"),
            (("pickup", "black", "赣F5E219"), "赣FN8042"),
            (("hatchback", "white", "闽D3Q867"), "闽DK1055"),
        ),
        neighbours=(
            ("sedan", "yellow", "沪C1J420"),
            ("suv", "brown", "皖B8S633"),
            ("hatchback", "red", "苏E0X291"),
        ),
        traffic=(
            ("suv", "pearl", "沪D4G816"),
            ("sedan", "sky", "苏A9Y357"),
            ("mpv", "yellow", "皖A0B664"),
            ("hatchback", "champagne", "浙CF30927"),
            ("van", "black", "赣A7U118"),
        ),
        riders=(("motorcycle", "black", ""), ("tricycle", "black", "")),
        people=(
            ("woman", "black", ""),
            ("person", "grey", ""),
            ("woman", "brown", ""),
            ("person", "yellow", ""),
            ("woman", "pearl", ""),
        ),
        porter=("porter", "navy", ""),
        vendor=("vendor", "sky", ""),
        van=("van", "brown", "沪B3P972"),
        bus=("bus", "black", "沪A01847D"),
        ambulance=("ambulance", "grey", "沪A120C3"),
        taxi=("taxi", "yellow", "沪AT4090"),
        cart=("cart", "blue", ""),
    ),
}


def company_of(stage: Stage) -> Company:
    """Who plays on a stage, by the seed of its cast."""
    wardrobe, turn = _WARDROBES[stage.street.split], stage.cast_seed
    hero, other_plate = _turned(wardrobe.heroes, turn)[0]
    people = _turned(wardrobe.people, turn)
    return Company(
        hero=hero,
        double=(hero[0], hero[1], other_plate),
        neighbour=_turned(wardrobe.neighbours, turn)[0],
        van=wardrobe.van,
        bus=wardrobe.bus,
        ambulance=wardrobe.ambulance,
        taxi=wardrobe.taxi,
        driver=people[0],
        porter=wardrobe.porter,
        waiting=(people[1], people[2]),
        passer=(people[3], people[1]),
        vendor=wardrobe.vendor,
        customer=people[3],
        cart=wardrobe.cart,
        traffic=_turned(wardrobe.traffic, turn)[:3],
        riders=_turned(wardrobe.riders, turn)[:1],
    )


def _turned(entries: tuple[_T, ...], by: int) -> tuple[_T, ...]:
    by %= len(entries)
    return entries[by:] + entries[:by]
