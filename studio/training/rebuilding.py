"""A street built otherwise, with other houses, words, trees and paint: no network shall learn it by heart."""

import numpy as np

from studio.streets.street import Building, Marking, Street, Strip, Thing

_NAMES = (
    *("老王面馆", "惠民超市", "平价药房", "小陈理发", "五金建材", "手机维修", "兴旺烟酒", "旭日文具"),
    *("鲜花礼品", "永康诊所", "沙县小吃", "福利彩票", "快递驿站", "洗衣店", "黄山毛峰", "大众浴室"),
    *("川味火锅", "新华书店", "小红美甲", "电动车行", "早点铺", "宠物之家", "图文打印", "二手家电"),
    *("牙科门诊", "茶叶批发", "麻辣烫", "窗帘布艺", "眼镜超市", "房产中介"),
)
_WALLS = ("wall-cream", "wall-grey", "wall-pink", "wall-white", "wall-brick", "wall-tile")
_PAVINGS = ("brick", "slabs", "concrete", "granite")
_CLUTTER = ("scooter", "bicycle-stand", "bins", "cabinet", "crates", "planter", "bollard", "lockers", "sign")
_CLUTTER_COLOURS = ("black", "red", "white", "blue", "grey")
_MOVABLE = frozenset({"tree", "lamp", "pole", "sign", "bollard", "bins", "cabinet", "board", "scooter"})
_FAR_M = 60.0
"""Houses so far behind their street are its skyline; they stay."""


# How much of a street changes: so much that it is hardly known again, and yet still one.
_THING_GOES, _MARKING_GOES, _MARKING_RECOLOURED, _SHOP_SHUT = 0.35, 0.3, 0.3, 0.15
_SHOP_M = 4.8
_MOVED_M = 2.5
_MOST_CLUTTER = 9


def rebuilt(street: Street, chance: np.random.Generator) -> Street:
    """The same lanes, walks and cameras among other houses, trees, signs and markings.

    Args:
        street: as it is in its file.
        chance: decides.
    """
    things = [_thing(thing, chance) for thing in street.thing if chance.random() >= _THING_GOES]
    markings = [_marking(paint, chance) for paint in street.marking if chance.random() >= _MARKING_GOES]
    return street.model_copy(
        update={
            "seed": int(chance.integers(1, 1 << 16)),
            "building": tuple(_building(building, chance) for building in street.building),
            "thing": (*things, *_clutter(street, chance)),
            "marking": tuple(markings),
            "strip": tuple(_strip(strip, chance) for strip in street.strip),
        }
    )


def _building(building: Building, chance: np.random.Generator) -> Building:
    if building.wall == "wall-far" or abs(building.front) > _FAR_M:
        return building
    shops = [
        "" if chance.random() < _SHOP_SHUT else str(chance.choice(_NAMES))
        for _ in range(max(2, round((building.span[1] - building.span[0]) / _SHOP_M)))
    ]
    style = str(chance.choice(("shops", "flats", "works"))) if building.faces in {"near", "far"} else None
    return building.model_copy(
        update={
            "floors": int(np.clip(building.floors + chance.integers(-2, 4), 1, 12)),
            "wall": str(chance.choice(_WALLS)),
            "style": style or building.style,
            "shops": tuple(shops),
        }
    )


def _thing(thing: Thing, chance: np.random.Generator) -> Thing:
    moved: dict[str, object] = {"size": thing.size * float(chance.uniform(0.8, 1.25))}
    if thing.kind in _MOVABLE:
        moved["at"] = (thing.at[0] + float(chance.normal(0, _MOVED_M)), thing.at[1])
    if thing.kind == "scooter":
        moved["colour"] = str(chance.choice(_CLUTTER_COLOURS))
    return thing.model_copy(update=moved)


def _marking(marking: Marking, chance: np.random.Generator) -> Marking:
    if chance.random() < _MARKING_RECOLOURED:
        return marking.model_copy(update={"colour": str(chance.choice(("white", "yellow", "red")))})
    return marking


def _strip(strip: Strip, chance: np.random.Generator) -> Strip:
    return strip.model_copy(update={"style": str(chance.choice(_PAVINGS))})


def _clutter(street: Street, chance: np.random.Generator) -> list[Thing]:
    """What people have put down beside where they walk."""
    things = []
    for _ in range(int(chance.integers(0, _MOST_CLUTTER + 1))):
        path = street.walk[chance.integers(len(street.walk))].path
        leg = int(chance.integers(len(path) - 1))
        share = chance.random()
        x, y = (a + (b - a) * share for a, b in zip(path[leg], path[leg + 1], strict=True))
        aside = float(chance.choice((-1, 1)) * chance.uniform(0.9, 1.8))
        if street.ground_height(x, y + aside) <= 0:
            continue  # on the carriageway
        kind = str(chance.choice(_CLUTTER))
        things.append(
            Thing.model_validate(
                {
                    "kind": kind,
                    "at": (float(x), float(y) + aside),
                    "turn_deg": float(chance.normal(0, 12)) + (90.0 if kind == "scooter" else 0.0),
                    "size": float(chance.uniform(1.5, 4.0)),
                    "colour": str(chance.choice(_CLUTTER_COLOURS)),
                }
            )
        )
    return things
