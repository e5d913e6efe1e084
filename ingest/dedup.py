"""Which observations are about the same incident.

Three kinds of repeats, three answers: the transport's (same event id: the ledger's primary key drops it),
the stay's own (same stay id: it belongs to the stay's case), and the same vehicle seen anew by another
camera or after it was lost (same plate: same key; same spot within the quiet gap: `cases.life.resumes`).
"""

from models.records import SensorFact, StayFact


def incident_key(site: str, fact: StayFact | SensorFact) -> str:
    """The name of the incident that an observation is about: equal names are one open case.

    Only a plate that was surely read names a vehicle. An assumed plate belongs to the zone, and two vehicles
    may stand in one zone; until its plate is read, a vehicle is its stay.
    """
    if isinstance(fact, SensorFact):
        return f"{site}/sensor/{fact.sensor}/{fact.policy}"
    if fact.plate is not None and fact.plate.names_vehicle:
        return f"{site}/{fact.policy}/plate/{fact.plate.text}"
    return f"{site}/{fact.policy}/stay/{fact.stay_id}"
