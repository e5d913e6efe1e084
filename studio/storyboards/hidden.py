"""Stories in which something stands between the camera and what stands."""

from studio.storyboards.board import Plot, Stage, actor
from studio.storyboards.driving import arriving, aside, before, leaving, parking
from studio.storyboards.troupe import company_of
from studio.storyboards.walking import going, resting, way_to


def bus_in_front(stage: Stage) -> Plot:
    """A car stands in the zone; a bus halts right in front of it for 40 s and drives on.

    Trap: for 40 s nothing of the car is seen. Its stay neither ends nor begins anew; in one variant it
    has left by the time the bus is gone, and nobody may claim that it overstayed.
    """
    spot, who = stage.forbidden_spots()[0], company_of(stage)
    halt = before(stage, spot)
    leaves = 42 if stage.variant else 88
    dwell_s = 40.0 if stage.variant else 20.0
    car = parking(stage, spot, 10, leaves)
    bus = [*arriving(stage, halt, 32), *leaving(stage, halt, 72)]
    actors = (actor("hero", who.hero, car), actor("bus", who.bus, bus))
    return Plot(actors, duration_s=106, dwell_s=dwell_s)


def leaves_during_blackout(stage: Stage) -> Plot:
    """A car stands for less than it may when the camera goes blind; when it sees again, the car has gone.

    Trap: time that nobody saw does not count. Whoever lets the clock run on through the darkness reports
    an overstay.
    """
    spot, who = stage.forbidden_spots()[0], company_of(stage)
    kind = "black" if stage.variant else "covered"
    blind = {"kind": kind, "from_s": 22.0, "until_s": 62.0, "strength": 1.0}
    car = parking(stage, spot, 10, 34)
    return Plot((actor("hero", who.hero, car),), duration_s=86, dwell_s=28, faults=(blind,))


def driver_at_the_door(stage: Stage) -> Plot:
    """A car parks; its driver gets out, waits at the door for half a minute, goes, comes back, drives off.

    Trap: a person stands before the car and is neither the car nor its leaving.
    """
    spot, who = stage.forbidden_spots()[0], company_of(stage)
    car = parking(stage, spot, 10, 66)
    door = aside(spot, 1.35, 0.2)
    away = aside(spot, -3.6, -4.0)
    rear = aside(spot, 1.5, -3.6)
    stands = resting([(stage.beat(15), door)], 44)
    goes = going((door, rear, away), stage.beat(44) + 0.5)
    driver = [*stands[:-1], (goes[0][0], door), *goes[1:]]
    actors = (actor("hero", who.hero, car), actor("driver", who.driver, driver, heading_deg=spot.heading_deg))
    return Plot(actors, duration_s=88)


def vendor_sets_up(stage: Stage) -> Plot:
    """A vendor pushes a cart to a pitch, sets up, serves, packs and goes.

    Trap: a cart on its way is no stall, its looks change when the umbrella opens, and customers stand
    right in front of it.
    """
    pitch, who = stage.pitch(), company_of(stage)
    way = way_to(stage, pitch.at)
    came = going(way, stage.beat(0.0) - _seconds_on(way, 0.9) + 24, 0.9)
    rests = resting(came, 88)
    gone = going(tuple(reversed(way)), rests[-1][0], 0.9)
    changes = [{"at_s": came[-1][0] + 4, "kind": "stall"}, {"at_s": 84.0, "kind": who.cart[0]}]
    cart = actor("stall", who.cart, [*rests, *gone[1:]], changes=changes, heading_deg=pitch.heading_deg)
    x, y = pitch.at
    customer = resting([(stage.beat(40), (x - 0.6, y - 1.5))], 70)
    actors = (
        cart,
        actor("vendor", who.vendor, resting([(came[-1][0] + 2, (x + 0.3, y + 1.1))], 86), heading_deg=-90),
        actor("customer", who.customer, customer, heading_deg=90),
    )
    return Plot(actors, duration_s=112, dwell_s=25)


def pedestrian_waits(stage: Stage) -> Plot:
    """Two people wait in the zone for over a minute; a taxi halts for as long as it may and takes one.

    Trap: people are no vehicles, however long they stand; the taxi stops, but shorter than it may.
    """
    spot, who = stage.forbidden_spots()[0], company_of(stage)
    came = stage.beat(4)
    first = resting([(came, aside(spot, -1.5, 0.0))], 60)
    second = resting([(came, aside(spot, -1.5, 0.9))], 78)
    taxi = parking(stage, spot, 52, 66)
    actors = (
        actor("waits", who.waiting[0], first, heading_deg=spot.heading_deg + 90),
        actor("waits-too", who.waiting[1], second, heading_deg=spot.heading_deg + 60),
        actor("taxi", who.taxi, taxi),
    )
    return Plot(actors, duration_s=88)


def _seconds_on(way: tuple[tuple[float, float], ...], pace: float) -> float:
    return going(way, 0.0, pace)[-1][0]
