"""Sealed evidence in the ledger: is a device's chain whole, and which packets belong to a case?"""

from sqlalchemy import Connection, RowMapping, and_, case, func, select

from cases.tables import cases, origins, packets
from models.manifest import read_manifest, vouched_by
from models.packet import Packet


def follows(connection: Connection, packet: Packet) -> bool:
    """Whether a packet is the plain next one: after the one it names, under the same key, with none after it.

    This is how nearly every packet comes, and all that has to be looked at then.
    """
    manifest = packet.manifest
    around = connection.execute(
        select(packets.c.number, packets.c.sha256, packets.c.key).where(
            packets.c.device == manifest.device,
            packets.c.chain == manifest.chain,
            packets.c.number.between(manifest.number - 1, manifest.number + 1),
        )
    ).all()
    wanted = {
        (manifest.number - 1, manifest.previous, manifest.key),
        (manifest.number, packet.sha256, manifest.key),
    }
    return len(around) == len(wanted) and {tuple(row) for row in around} == wanted


def chain_trouble(connection: Connection, device: str) -> str:
    """What keeps a device's packets from being a chain, in words; empty when nothing does.

    The oldest trouble first: what follows may follow from it.

    Args:
        connection: to the ledger.
        device: `/{site}/{device}`.
    """
    return (
        _forked(connection, device)
        or _exchanged(connection, device)
        or _gap(connection, device)
        or _strange_key(connection, device)
    )


def packets_of_case(connection: Connection, case_id: str) -> list[Packet]:
    """The packets of a case's stays, by device, chain and number, without their pictures."""
    rows = connection.execute(
        select(packets)
        .join(origins, origins.c.id == packets.c.stay_id)
        .where(origins.c.case_id == case_id, packets.c.manifest != "")  # those that were not purged
        .order_by(packets.c.device, packets.c.chain, packets.c.number, packets.c.sha256)
    ).mappings()
    return [_packet(row) for row in rows]


def count_of_case(connection: Connection, case_id: str) -> int:
    """How many packets belong to a case's stays."""
    found = select(func.count()).select_from(packets).join(origins, origins.c.id == packets.c.stay_id)
    return int(connection.execute(found.where(origins.c.case_id == case_id)).scalar_one())


def case_id_of(connection: Connection, number: int) -> str | None:
    """The id of the case with a number."""
    return connection.execute(select(cases.c.id).where(cases.c.number == number)).scalar_one_or_none()


def _packet(row: RowMapping) -> Packet:
    raw = row["manifest"].encode()
    return Packet(raw, read_manifest(raw), row["signature"], {})


def _forked(connection: Connection, device: str) -> str:
    row = connection.execute(
        select(packets.c.chain, packets.c.number)
        .where(packets.c.device == device)
        .group_by(packets.c.chain, packets.c.number)
        .having(func.count() > 1)
        .order_by(packets.c.number)
        .limit(1)
    ).first()
    return "" if row is None else f"two different packets have the number {row.number}"


def _exchanged(connection: Connection, device: str) -> str:
    """A packet that names another one before it than the one that is here."""
    before = packets.alias()
    row = connection.execute(
        select(packets.c.number)
        .join(
            before,
            and_(
                before.c.device == packets.c.device,
                before.c.chain == packets.c.chain,
                before.c.number == packets.c.number - 1,
            ),
        )
        .where(packets.c.device == device, packets.c.previous.is_distinct_from(before.c.sha256))
        .order_by(packets.c.number)
        .limit(1)
    ).first()
    return "" if row is None else f"packet {row.number} follows another one than the one that is here"


def _gap(connection: Connection, device: str) -> str:
    before = packets.alias()
    here = select(before.c.sha256).where(
        before.c.device == packets.c.device,
        before.c.chain == packets.c.chain,
        before.c.number == packets.c.number - 1,
    )
    row = connection.execute(
        select(packets.c.number)
        .where(packets.c.device == device, packets.c.number > 1, ~here.exists())
        .order_by(packets.c.number)
        .limit(1)
    ).first()
    return "" if row is None else f"packet {row.number - 1} has not come, packet {row.number} has"


def _strange_key(connection: Connection, device: str) -> str:
    """The first key of a device is believed; another one needs an older one that vouches for it."""
    first_seen = func.min(packets.c.received_at)
    rows = connection.execute(
        select(
            packets.c.key,
            # Of a manifest that was purged nobody can read any more who vouched for its key.
            func.max(case((packets.c.manifest != "", packets.c.sha256))).label("example"),
        )
        .where(packets.c.device == device)
        .group_by(packets.c.key)
        .order_by(first_seen, packets.c.key)
    ).all()
    known: set[str] = set()
    for row in rows:
        if known and row.example is not None and not known & set(_vouchers(connection, row.example)):
            return f"the key {row.key[:12]}… seals, and no key known before vouches for it"
        known.add(row.key)
    return ""


def _vouchers(connection: Connection, sha256: str) -> tuple[str, ...]:
    manifest = connection.execute(select(packets.c.manifest).where(packets.c.sha256 == sha256)).scalar_one()
    return vouched_by(read_manifest(manifest.encode()))
