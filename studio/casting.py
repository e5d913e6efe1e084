"""From the look of an actor to its model: who plays what."""

from studio.finishes import FINISHES, Finish
from studio.merging import merged
from studio.people import person
from studio.plates import plate_kind, plate_picture
from studio.poses import STRIDE_PHASES
from studio.solids import Model
from studio.stalls import cart
from studio.vehicles import car, lorry, scooter

Cast = tuple[Model, dict[str, Finish]]


def cast(look: str, phase: int) -> Cast:
    """The model of a look about its own origin, and every finish it wears."""
    kind, colour, plate = look.split("/")
    match kind:
        case "person" | "woman":
            tall = 1.60 if kind == "woman" else 1.72
            model = person(colour, phase=phase, phases=STRIDE_PHASES, height_m=tall, skirt=kind == "woman")
        case "cart" | "stall":
            model = cart(is_open=kind == "stall")
        case "lorry":
            model = lorry(colour, plate)
        case "scooter":
            model = scooter(colour)
        case _:
            model = car(kind, colour, plate)
    finishes = FINISHES
    if plate:
        picture = plate_picture(plate, plate_kind(plate, heavy=kind == "lorry"))
        finishes = FINISHES | {f"plate-{plate}": Finish(rough=0.45, picture=picture)}
    used = {name for part in model for name in part.finishes} | {"dark"}
    return merged(model), {name: finish for name, finish in finishes.items() if name in used}
