import asyncio
import contextlib
import random
import sqlite3
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import factories
import pytest
from parts_ledger import ledger_at
from sqlalchemy import select
from structlog.testing import capture_logs

from benchmarks.tampering import sealed
from cases.ledger import Ledger
from cases.limits import Storm
from cases.policy import builtin_policies
from cases.reading import Reading
from cases.tables import packets
from ingest.applier import MAX_BATCH, Applier
from ingest.deadletters import letter, refuse
from models import envelope
from models.errors import BadRecord, StorageFull, TransportDown
from models.packet import unpack
from models.records import BlindReason, CameraBlind, CameraSees, EvidenceSealed

POLICIES = {
    # Dozens of cases a second before one camera are what these tests are made of, not a storm.
    name: policy.model_copy(update={"storm": Storm(most=0)})
    for name, policy in builtin_policies().items()
}


@dataclass
class Desk:
    """An applier between a list that stands for the log and a real ledger.

    Attributes:
        acknowledged: offsets, in order.
        aside: what was set aside: place, bytes, why.
        at_acknowledge: called before an offset counts as acknowledged.
        refusals: what setting aside raises, one after the other, before it works.
    """

    ledger: object
    acknowledged: list[int] = field(default_factory=list)
    aside: list[tuple[str, bytes, BadRecord]] = field(default_factory=list)
    refusals: list[Exception] = field(default_factory=list)
    at_acknowledge: object = lambda _event: None
    log: list[bytes] = field(default_factory=list)

    def __post_init__(self):
        self.applier = Applier(
            self.ledger, frozenset(POLICIES), 300.0, acknowledge=self._acknowledge, set_aside=self._set_aside
        )

    async def put(self, *bodies):
        for body in bodies:
            self.log.append(body)
            place = SimpleNamespace(topic="observations", partition=3, offset=len(self.log) - 1)
            await self.applier.put(SimpleNamespace(message=place, value=body))

    async def apply(self, within_s=30.0):
        """Run until everything put is acknowledged."""
        async with running(self.applier):
            async with asyncio.timeout(within_s):
                while len(self.acknowledged) < len(self.log):
                    await asyncio.sleep(0.005)

    async def _acknowledge(self, event):
        self.at_acknowledge(event)
        self.acknowledged.append(event.message.offset)

    async def _set_aside(self, place, payload, why):
        if self.refusals:
            raise self.refusals.pop(0)
        self.aside.append((place, payload, why))


@contextlib.asynccontextmanager
async def running(applier):
    task = asyncio.create_task(applier.run())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def database(tmp_path):
    made = ledger_at(tmp_path / "ledger.db")
    yield made
    made.close()


@pytest.fixture
def reading(database):
    return Reading(database)


@pytest.fixture
def desk(database):
    return Desk(Ledger(database, POLICIES))


NOW = datetime.now(UTC) - timedelta(minutes=5)


def said(data, seconds=0.0):
    at = NOW + timedelta(seconds=seconds)
    source = factories.SOURCE
    about = getattr(data, "stay_id", source)
    zone = getattr(data, "zone", "north-gate")
    return envelope.encode(
        envelope.event(data, source=source, subject=zone, about=about, at=at, recorded_at=at)
    )


def overstay(number, **changes):
    began_at = NOW - timedelta(seconds=60 + number)
    fields = {"began_at": began_at, "overstayed_at": NOW, "zone": f"zone-{number}"}
    return said(factories.overstayed(**(fields | changes)))


async def test_observations_become_cases(desk, reading):
    await desk.put(*(overstay(number) for number in range(5)))
    await desk.apply()
    assert len(reading.cases()) == 5
    assert desk.acknowledged == [0, 1, 2, 3, 4]
    assert desk.applier.applied == 5


async def test_nothing_is_acknowledged_before_it_is_in_the_ledger_or_set_aside(desk, reading):
    bodies = [overstay(number) if number % 3 else b"garbage" for number in range(30)]
    unsettled = []

    def look(event):
        settled = reading.totals().observations + len(desk.aside)
        if settled <= event.message.offset:
            unsettled.append(event.message.offset)

    desk.at_acknowledge = look
    await desk.put(*bodies)
    await desk.apply()
    assert unsettled == []
    assert desk.acknowledged == list(range(30))


async def test_more_than_a_batch_is_applied_in_order(desk, reading):
    count = MAX_BATCH * 2 + 17
    await desk.put(*(overstay(number) for number in range(count)))
    await desk.apply()
    assert reading.totals().observations == count
    assert desk.acknowledged == list(range(count))


async def test_a_repeat_changes_nothing_and_is_acknowledged(desk, reading):
    body = overstay(1)
    await desk.put(body, body, body)
    await desk.apply()
    assert len(reading.cases()) == 1
    assert reading.totals().observations == 1
    assert desk.acknowledged == [0, 1, 2]


def later(**changes):
    at = datetime.now(UTC) + timedelta(hours=2)
    event = envelope.event(
        factories.overstayed(**changes),
        source=factories.SOURCE,
        subject="fire-lane-1",
        about="x",
        at=at,
        recorded_at=NOW,
    )
    return envelope.encode(event)


@pytest.mark.parametrize(
    ("body", "where", "problem"),
    [
        pytest.param(b"", "$", "truncated", id="nothing"),
        pytest.param(b"\xff\x00\x13", "$", "", id="random bytes"),
        pytest.param(b"{}", "$", "missing required field", id="an empty object"),
        pytest.param(b"[" * 5000, "$", "", id="nested without end"),
        pytest.param(later(), "time", "in the future; set the device's clock", id="from the future"),
        pytest.param(
            overstay(1).replace(b"overstayed.v1", b"overstayed.v9"),
            "type",
            "no event type",
            id="unknown type",
        ),
        pytest.param(overstay(1, policy="martial-law"), "data.policy", "martial-law", id="unknown policy"),
        pytest.param(
            overstay(1).replace(b'"score":0.8', b'"score":8'), "data.score", "<= 1.0", id="a wrong field"
        ),
        pytest.param(
            overstay(1).replace(b'"zone":"zone-1"', b'"zone":"../../etc"'), "data.zone", "", id="an evil zone"
        ),
    ],
)
async def test_garbage_is_set_aside_with_its_place_its_field_and_its_fault(
    desk, reading, body, where, problem
):
    await desk.put(overstay(1), body, overstay(2))
    await desk.apply()
    ((place, payload, why),) = desk.aside
    assert (place, payload) == ("observations/3/1", body)
    assert why.field == where
    assert problem in why.problem
    assert len(reading.cases()) == 2


async def test_a_condition_and_its_end_are_noted(desk, reading):
    blind = CameraBlind(camera="north-gate", reason=BlindReason.BLACK, since=NOW)
    await desk.put(said(blind, 1))
    await desk.apply()
    assert [row["state"] for row in reading.conditions()] == ["blind: black"]
    await desk.put(said(CameraSees(camera="north-gate", blind_since=NOW), 2))
    await desk.apply()
    assert reading.conditions() == []


class Moody(Ledger):
    """A ledger that raises what it is told to before it works, and at what it is told to, always."""

    def __init__(self, database, policies):
        super().__init__(database, policies)
        self.moods = []
        self.poison = ""

    def apply(self, arrivals, now):
        if self.moods:
            raise self.moods.pop(0)
        if self.poison and any(item.signal.zone == self.poison for item in arrivals):
            raise ZeroDivisionError("nobody foresaw this")
        return super().apply(arrivals, now)


@pytest.fixture
def moody(database):
    return Desk(Moody(database, POLICIES))


async def test_a_ledger_that_is_away_delays_and_loses_nothing(moody, reading):
    moody.ledger.moods += [TransportDown("gone fishing"), TransportDown("still fishing")]
    await moody.put(*(overstay(number) for number in range(10)))
    with capture_logs() as lines:
        await moody.apply()
    assert (len(reading.cases()), moody.aside, moody.applier.trouble) == (10, [], "")
    assert [line["why"] for line in lines if "waiting" in line["event"]] == ["gone fishing", "still fishing"]


async def test_trouble_shows_while_it_lasts(moody):
    moody.ledger.moods += [TransportDown("gone fishing")] * 50
    await moody.put(overstay(1))
    async with running(moody.applier):
        async with asyncio.timeout(5):
            while not moody.applier.trouble:
                await asyncio.sleep(0.005)
        assert moody.applier.trouble == "gone fishing"
        assert moody.acknowledged == []


@pytest.mark.only_sqlite
async def test_a_ledger_that_somebody_else_has_locked_delays_and_loses_nothing(tmp_path, desk, reading):
    other = sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    await desk.put(*(overstay(number) for number in range(3)))
    async with running(desk.applier):
        for _ in range(20):
            await asyncio.sleep(0.01)
        assert desk.acknowledged == []
        other.execute("ROLLBACK")
        other.close()
        async with asyncio.timeout(20):
            while len(desk.acknowledged) < 3:
                await asyncio.sleep(0.01)
    assert len(reading.cases()) == 3


async def test_one_poisonous_observation_does_not_take_the_others_with_it(moody, reading):
    moody.ledger.poison = "zone-4"
    await moody.put(*(overstay(number) for number in range(9)))
    await moody.apply()
    ((place, _, why),) = moody.aside
    assert place == "observations/3/4"
    assert "nobody foresaw this" in why.problem
    assert {row["zone"] for row in reading.cases()} == {
        f"zone-{number}" for number in range(9) if number != 4
    }
    assert moody.acknowledged == list(range(9))


@pytest.mark.parametrize("trouble", [TransportDown("the log is away"), StorageFull("no room")])
async def test_a_log_that_cannot_take_dead_letters_delays_and_loses_nothing(desk, reading, trouble):
    desk.refusals += [trouble, trouble]
    await desk.put(overstay(1), b"garbage", overstay(2))
    await desk.apply()
    assert [place for place, _, _ in desk.aside] == ["observations/3/1"]
    assert len(reading.cases()) == 2


async def test_cancelled_in_the_middle_nothing_unapplied_is_acknowledged(moody, reading):
    moody.ledger.moods += [TransportDown("gone fishing")] * 1000
    bodies = [overstay(number) for number in range(7)]
    await moody.put(*bodies)
    async with running(moody.applier):
        async with asyncio.timeout(5):
            while not moody.applier.trouble:
                await asyncio.sleep(0.005)
    assert moody.acknowledged == []
    again = Desk(Ledger(reading._database, POLICIES))
    await again.put(*bodies)
    await again.apply()
    assert len(reading.cases()) == 7


@pytest.mark.parametrize("seed", range(5))
async def test_cancelled_at_any_moment_and_fed_again_every_observation_counts_once(database, reading, seed):
    dice = random.Random(seed)
    bodies = [overstay(number) if dice.random() < 0.9 else b"garbage" for number in range(60)]
    done = 0
    for _ in range(50):
        desk = Desk(Ledger(database, POLICIES))
        await desk.put(*bodies[done:])
        async with running(desk.applier):
            await asyncio.sleep(dice.random() * 0.01)
        assert desk.acknowledged == list(range(len(desk.acknowledged)))
        done += len(desk.acknowledged)
    desk = Desk(Ledger(database, POLICIES))
    await desk.put(*bodies[done:])
    await desk.apply()
    assert reading.totals().observations == len(reading.cases()) == sum(body != b"garbage" for body in bodies)


def test_a_dead_letter_comes_back_from_the_log_as_it_was_put_there():
    refused = refuse("clearway/v1/a/b/status", b"\xff" * 100, BadRecord("a.b", "is wrong"), factories.NOON)
    shown = letter("dead/0/7", refused.value, refused.headers)
    assert (shown.id, shown.origin, shown.field, shown.problem) == (
        "dead/0/7",
        "clearway/v1/a/b/status",
        "a.b",
        "is wrong",
    )
    assert (shown.size, shown.payload, shown.at) == (100, b"\xff" * 100, factories.NOON)


def test_a_huge_dead_letter_is_kept_in_part_and_keeps_its_size():
    refused = refuse("somewhere", b"x" * 20_000_000, BadRecord("$", "too large"), factories.NOON)
    shown = letter("dead/0/8", refused.value, refused.headers)
    assert len(shown.payload) == 64 * 1024
    assert shown.size == 20_000_000


def test_bytes_that_somebody_else_put_on_the_dead_letter_topic_are_shown_all_the_same():
    shown = letter("dead/0/9", b"?", {"at": b"yesterday", "size": b"huge", "problem": b"\xff"})
    assert (shown.origin, shown.field, shown.size) == ("dead/0/9", "$", 1)


def sealed_events(folder):
    """What a device said of two packets: both whole, and the first once more with a changed manifest."""
    for packet in unpack(sealed(folder, stays=1).files["stay-0000.zip"]):
        said = packet.manifest
        fields = {"stay_id": said.stay_id, "camera": said.camera, "number": said.number, "key": said.key}
        for manifest in (packet.raw.decode(), packet.raw.decode().replace("Harbour", "Arbour ")):
            record = EvidenceSealed(**fields, manifest=manifest, signature=packet.signature)
            yield envelope.encode(factories.event(record, said.number))


async def test_sealed_evidence_is_kept_and_a_broken_seal_is_set_aside(desk, database, tmp_path):
    one, spoilt, two, _ = sealed_events(tmp_path)
    await desk.put(one, spoilt, two, one)
    await desk.apply()
    ((place, payload, why),) = desk.aside
    assert (place, payload, why.field) == ("observations/3/1", spoilt, "data.signature")
    with database.read() as connection:
        rows = connection.execute(select(packets.c.number).order_by(packets.c.number)).scalars().all()
    assert rows == [1, 2]
    assert Reading(database).conditions() == []


async def test_a_torn_chain_is_kept_and_shown_to_operators(desk, database, tmp_path):
    _, _, two, _ = sealed_events(tmp_path)
    await desk.put(two)
    await desk.apply()
    (condition,) = Reading(database).conditions()
    assert (condition["source"], condition["why"]) == (
        "/harbour/box-1",
        "packet 1 has not come, packet 2 has",
    )
    assert desk.aside == []
