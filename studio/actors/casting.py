"""From the look of an actor to its model: who plays what."""

from collections.abc import Callable

from studio.actors.clutter import advert_stand, bin_row, box_pile, cone, terrace
from studio.actors.fittings import TWO_LINES
from studio.actors.garage import HEAVY, vehicle
from studio.actors.people import PEOPLE, person
from studio.actors.riders import PARKED, RIDDEN, ride
from studio.actors.signwriting import livery
from studio.actors.stalls import barbecue_stall, cart, mat_stall, table_stall
from studio.actors.wardrobe import WORN
from studio.matter.finishes import Finish
from studio.matter.looks import STRIDE_PHASES
from studio.matter.merging import merged
from studio.matter.solids import Model
from studio.plates.picture import plate_kind, plate_picture

Cast = tuple[Model, dict[str, Finish]]

_STANDING: dict[str, Callable[[str], Model]] = {
    "barbecue-stall": barbecue_stall,
    "table-stall": table_stall,
    "mat-stall": mat_stall,
    "terrace": terrace,
    "box-pile": box_pile,
    "cone": cone,
    "bin-row": bin_row,
    "advert-stand": advert_stand,
}


def cast(look: str, phase: int) -> Cast:
    """The model of a look about its own origin, and every finish it wears."""
    kind, colour, plate = look.split("/")
    match kind:
        case "cart" | "stall":
            model = cart(is_open=kind == "stall", colour=colour)
        case _ if kind in PEOPLE:
            model = person(colour, phase=phase, phases=STRIDE_PHASES, kind=kind)
        case _ if kind in RIDDEN or kind in PARKED:
            model = ride(kind, colour)
        case _ if kind in _STANDING:
            model = _STANDING[kind](colour)
        case _:
            model = vehicle(kind, colour, plate)
    used = {name for part in model for solid in (part, *part.holes) for name in solid.finishes} | {"dark"}
    finishes = WORN | livery(used)
    if plate:
        form = plate_kind(plate, heavy=kind in HEAVY)
        finishes |= {f"plate-{plate}": Finish(rough=0.45, picture=plate_picture(plate, form))}
        if f"plate-{plate}{TWO_LINES}" in used:
            double = plate_picture(plate, "yellow-double")
            finishes |= {f"plate-{plate}{TWO_LINES}": Finish(rough=0.45, picture=double)}
    return merged(model), {name: finish for name, finish in finishes.items() if name in used}
