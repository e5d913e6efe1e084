"""Every kind of vehicle by its name: who wants one asks here."""

from collections.abc import Callable

from studio.actors.bodies import BODIES
from studio.actors.heavy import bus, coach
from studio.actors.lorries import dump, fire_engine, lorry
from studio.actors.pickup import pickup
from studio.actors.services import ambulance, police, taxi
from studio.actors.vehicles import car, scooter
from studio.matter.solids import Model

_MAKERS: dict[str, Callable[[str, str], Model]] = {
    "lorry": lorry,
    "pickup": pickup,
    "dump": dump,
    "fire-engine": lambda _colour, plate: fire_engine(plate),
    "bus": bus,
    "coach": coach,
    "taxi": taxi,
    "police": lambda _colour, plate: police(plate),
    "ambulance": lambda _colour, plate: ambulance(plate),
    "scooter": lambda colour, _plate: scooter(colour),
}
"""The services' own colours are not the scene's to choose."""

HEAVY = frozenset({"lorry", "dump", "fire-engine", "bus", "coach"})
"""Their plates are yellow."""


def vehicle(kind: str, colour: str, plate: str) -> Model:
    """A vehicle about its own middle, looking along x.

    A pick-up counts as a car: our classes go by what a network trained on photographs calls it, and it
    says car of crew cabs and truck of bare ones.
    """
    maker = _MAKERS.get(kind)
    return maker(colour, plate) if maker else car(kind, colour, plate)


KINDS_OF_VEHICLE = frozenset(_MAKERS) | frozenset(BODIES)
