"""What happens between deciding and sending, and what one trouble does to everything else."""

import asyncio
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

from notifier_parts import (
    POLICIES,
    dispatching,
    eventually,
    leave,
    new_ledger,
    number,
    overstay,
    overstay_many,
    owners,
    plate,
    settings,
)

from cases.life import Resolution
from cases.notices.book import NoticeBook
from cases.reading import Reading
from models.errors import (
    ClearwayError,
    DeliveryDelayed,
    DeliveryRefused,
    OutcomeUnknown,
    ProviderClosed,
    TransportDown,
)
from notifier.dispatcher import Dispatcher
from notifier.owners import UNSTATED, Found, MemoryOwnerRegistry, Reason
from notifier.pace import PaceSettings
from notifier.senders.seam import MemorySender
from notifier.settings_owners import RegistrySettings, WhomSettings

WITHIN_S = 10


class Asked:
    """A registry that lets something happen while it is asked."""

    def __init__(self, count: int, meanwhile: Callable[[], None]) -> None:
        self._owners = owners(count)
        self._meanwhile = meanwhile

    name = "asked"

    def find(self, plate: str, reason: Reason = UNSTATED) -> Found:
        found = self._owners.find(plate, reason)
        self._meanwhile()
        return found


class Failing:
    """Fails the first times with one error."""

    def __init__(self, error: ClearwayError, times: int = 1) -> None:
        self.error = error
        self.left = times

    def __call__(self, *_: object) -> ClearwayError | None:
        self.left -= 1
        return self.error if self.left >= 0 else None


def states(reading: Reading) -> list[str]:
    return [row["state"] for row in reading.notices()]


def step_outcome(reading: Reading, case_id: str) -> str:
    return next(row["outcome"] for row in reading.case(case_id)["steps"]) or ""


async def test_a_case_that_closes_between_due_and_sending_gets_no_notice(tmp_path):
    with new_ledger(tmp_path / "ledger.db") as database:
        reading, sender = Reading(database), MemorySender()
        case_id = overstay(database, 1)
        registry = Asked(2, lambda: leave(database, 1))
        async with dispatching(database, registry, sender, settings()):
            await eventually(
                lambda: reading.due_before(datetime.now(UTC)) == 0, WITHIN_S, "the step is still due"
            )
        assert sender.sent == []
        assert states(reading) == []
        assert step_outcome(reading, case_id) == "the case was closed"


async def test_a_notice_that_waits_for_the_provider_is_withheld_when_the_vehicle_left(tmp_path):
    with new_ledger(tmp_path / "ledger.db") as database:
        reading = Reading(database)

        def leaves_meanwhile(*_: object) -> ClearwayError:
            leave(database, 1)
            return DeliveryDelayed("too many requests")

        sender = MemorySender(before=leaves_meanwhile)
        overstay(database, 1)
        async with dispatching(database, owners(2), sender, settings()):
            await eventually(lambda: states(reading) == ["withheld"], WITHIN_S, "not withheld")
        assert sender.sent == []
        assert "nobody who has left is told to leave" in reading.notices()[0]["why"]


async def test_a_notice_in_doubt_is_asked_for_even_when_the_vehicle_left(tmp_path):
    with new_ledger(tmp_path / "ledger.db") as database:
        reading = Reading(database)

        def leaves_meanwhile(*_: object) -> ClearwayError:
            leave(database, 1)
            return OutcomeUnknown("no answer in time")

        sender = MemorySender(after=leaves_meanwhile)
        overstay(database, 1)
        async with dispatching(database, owners(2), sender, settings()):
            await eventually(lambda: states(reading) == ["accepted"], WITHIN_S, "not found again")
        assert len(sender.sent) == 1
        assert reading.notices()[0]["provider_id"] == sender.sent[0].id


async def test_a_notice_in_doubt_that_was_not_taken_is_sent_after_asking(tmp_path):
    with new_ledger(tmp_path / "ledger.db") as database:
        reading = Reading(database)
        sender = MemorySender(
            before=Failing(OutcomeUnknown("no answer")), asked=Failing(DeliveryDelayed("cannot be asked"), 2)
        )
        overstay(database, 1)
        async with dispatching(database, owners(2), sender, settings()):
            await eventually(lambda: states(reading) == ["accepted"], WITHIN_S, "not sent")
        assert len(sender.sent) == 1


async def test_without_an_owner_the_case_says_so_and_the_look_up_is_audited(tmp_path):
    with new_ledger(tmp_path / "ledger.db") as database:
        reading, sender = Reading(database), MemorySender()
        case_id = overstay(database, 7)
        async with dispatching(database, owners(2), sender, settings()):
            await eventually(lambda: step_outcome(reading, case_id) != "", WITHIN_S, "the step is still due")
        nobody = "nobody to tell: no owner known for this plate: the department decides"
        assert step_outcome(reading, case_id) == nobody
        audited = [row["why"] for row in reading.case(case_id)["audit"] if row["what"] == "owner_looked_up"]
        assert audited == ["to send a notice: step 'notice': memory knows nobody"]
        assert sender.sent == []


async def test_without_a_plate_nobody_is_looked_up(tmp_path):
    with new_ledger(tmp_path / "ledger.db") as database:
        reading = Reading(database)
        case_id = overstay(database, 1, plate=None)
        async with dispatching(database, owners(2), MemorySender(), settings()):
            await eventually(lambda: step_outcome(reading, case_id) != "", WITHIN_S, "the step is still due")
        assert step_outcome(reading, case_id) == "nobody to tell: no plate known: the department decides"
        assert "owner_looked_up" not in {row["what"] for row in reading.case(case_id)["audit"]}


async def test_out_of_sight_the_step_waits_and_says_so(tmp_path):
    with new_ledger(tmp_path / "ledger.db") as database:
        reading, sender = Reading(database), MemorySender()
        case_id = overstay(database, 1)
        leave(database, 1, resolution=None)
        async with dispatching(database, owners(2), sender, settings()):
            await eventually(lambda: step_outcome(reading, case_id) != "", WITHIN_S, "nothing was decided")
            assert step_outcome(reading, case_id) == "waits: out of sight: it may have left"
            leave(database, 1, resolution=Resolution.LEFT)
        assert sender.sent == []


async def test_each_of_several_contacts_gets_one_message(tmp_path):
    with new_ledger(tmp_path / "ledger.db") as database:
        reading, sender = Reading(database), MemorySender()
        registry = MemoryOwnerRegistry({plate(1): [number(1), number(2)]})
        overstay(database, 1)
        async with dispatching(database, registry, sender, settings()):
            await eventually(
                lambda: states(reading) == ["accepted", "accepted"], WITHIN_S, "not both were told"
            )
        assert sorted(sent.phone.reveal() for sent in sender.sent) == [number(1), number(2)]


async def test_a_refused_notice_is_recorded_and_never_tried_again(tmp_path):
    with new_ledger(tmp_path / "ledger.db") as database:
        reading = Reading(database)
        sender = MemorySender(before=Failing(DeliveryRefused("the owner has opted out (STOP)", "21610")))
        overstay(database, 1)
        async with dispatching(database, owners(2), sender, settings()) as dispatcher:
            await eventually(lambda: states(reading) == ["refused"], WITHIN_S, "not refused")
            await eventually(
                lambda: "opted out" in (dispatcher.status()["last_failure"] or ""), WITHIN_S, "not said"
            )
        assert sender.sent == []


async def test_a_closed_provider_stops_sending_visibly_and_loses_nothing(tmp_path):
    with new_ledger(tmp_path / "ledger.db") as database:
        reading = Reading(database)
        closed = Failing(ProviderClosed("the credentials are wrong", "20003"), 10_000)
        sender = MemorySender(before=closed)
        overstay_many(database, range(20))
        async with dispatching(database, owners(20), sender, settings(sends_at_once=4)) as dispatcher:
            await eventually(
                lambda: dispatcher.status()["state"] == "provider closed", WITHIN_S, "it goes on sending"
            )
            assert dispatcher.status()["provider_closed"] == "the credentials are wrong"
            closed.left = 0
            await eventually(lambda: states(reading) == ["accepted"] * 20, 20, "it does not resume")
            await eventually(
                lambda: dispatcher.status()["provider_closed"] is None, WITHIN_S, "still called closed"
            )
        assert len(sender.sent) == 20


async def test_one_slow_answer_holds_up_nobody_else(tmp_path):
    with new_ledger(tmp_path / "ledger.db") as database:
        reading, go_on = Reading(database), threading.Event()

        def hangs(phone, _: str) -> None:
            if phone.reveal() == number(0):
                go_on.wait(WITHIN_S)

        sender = MemorySender(before=hangs)
        overstay_many(database, range(30))
        async with dispatching(database, owners(30), sender, settings(sends_at_once=3)):
            await eventually(lambda: states(reading).count("accepted") == 29, WITHIN_S, "others wait")
            go_on.set()
            await eventually(
                lambda: states(reading).count("accepted") == 30, WITHIN_S, "the slow one is lost"
            )


async def test_a_hanging_provider_does_not_hold_up_the_end(tmp_path):
    with new_ledger(tmp_path / "ledger.db") as database:
        go_on = threading.Event()
        sender = MemorySender(before=lambda *_: go_on.wait(30) and None)
        overstay(database, 1)
        reading = Reading(database)
        dispatcher = Dispatcher(NoticeBook(database), owners(2), sender, settings())
        stop = asyncio.Event()
        running = asyncio.create_task(dispatcher.run(stop))
        await eventually(lambda: states(reading) == ["intended"], WITHIN_S, "nothing under way")
        asked_at = time.monotonic()
        stop.set()
        await running
        assert time.monotonic() - asked_at < 5
        go_on.set()
        (row,) = reading.notices()
        assert row["in_doubt"]
        assert dispatcher.status()["state"] == "stopped"


async def test_two_notifiers_on_one_ledger_send_each_notice_once(tmp_path):
    with new_ledger(tmp_path / "ledger.db") as database:
        reading = Reading(database)
        sender = MemorySender(before=Failing(DeliveryDelayed("too many requests"), 20))
        overstay_many(database, range(60))
        async with (
            dispatching(database, owners(60), sender, settings()),
            dispatching(database, owners(60), sender, settings()),
        ):
            await eventually(lambda: states(reading).count("accepted") == 60, 20, "not all were sent")
        assert len({sent.phone for sent in sender.sent}) == len(sender.sent) == 60


class FlakyBook(NoticeBook):
    """A ledger that cannot be reached at first."""

    failures = 3

    def anything_due(self, now: datetime) -> bool:
        if self.failures:
            self.failures -= 1
            raise TransportDown("the ledger refused")
        return super().anything_due(now)


async def test_a_ledger_that_cannot_be_reached_is_waited_for(tmp_path):
    with new_ledger(tmp_path / "ledger.db") as database:
        overstay(database, 1)
        sender, stop = MemorySender(), asyncio.Event()
        dispatcher = Dispatcher(FlakyBook(database), owners(2), sender, settings())
        running = asyncio.create_task(dispatcher.run(stop))
        await eventually(lambda: dispatcher.status()["state"] == "backing off", WITHIN_S, "not noticed")
        await eventually(lambda: len(sender.sent) == 1, WITHIN_S, "not resumed")
        stop.set()
        await running


async def test_a_broken_template_of_one_matter_leaves_all_others_alone(tmp_path):
    own = tmp_path / "own" / "zh-CN" / "vehicle-misparked" / "notice.j2"
    own.parent.mkdir(parents=True)
    own.write_text("{{ nonsense }}", encoding="utf-8")
    assert "no-parking" in POLICIES
    with new_ledger(tmp_path / "ledger.db") as database:
        reading, sender = Reading(database), MemorySender()
        broken = overstay(database, 0, "no-parking")
        overstay_many(database, range(1, 4))
        chosen = settings(templates=tmp_path / "own")
        async with dispatching(database, owners(4), sender, chosen) as dispatcher:
            await eventually(lambda: states(reading) == ["accepted"] * 3, WITHIN_S, "the others wait")
            await eventually(lambda: step_outcome(reading, broken) != "", WITHIN_S, "not put off")
            assert "nonsense" in step_outcome(reading, broken)
            # The ledger hears of a sending a moment before the tally of the status page.
            await eventually(
                lambda: dispatcher.status()["turns"] == {"sent": 3}, WITHIN_S, "the tally is wrong"
            )


async def test_a_vehicle_with_fifty_contacts_takes_turns_with_all_others(tmp_path):
    with new_ledger(tmp_path / "ledger.db") as database:
        reading, sender = Reading(database), MemorySender()
        many = {plate(0): [number(1000 + index) for index in range(50)]}
        registry = MemoryOwnerRegistry(many | {plate(index): [number(index)] for index in range(1, 11)})
        overstay(database, 0)
        overstay_many(database, range(1, 11))
        # One at a time and all of them waiting: whoever is not given turns comes last.
        whom = RegistrySettings(whom=WhomSettings(most=50))
        chosen = settings(sends_at_once=1, pace=PaceSettings(per_s=200, burst=1), registry=whom)
        async with dispatching(database, registry, sender, chosen):
            await eventually(lambda: states(reading) == ["accepted"] * 60, 60, "not all were told")
        order = [sent.phone.reveal() for sent in sender.sent]
        others = [order.index(number(index)) for index in range(1, 11)]
        assert max(others) <= 20, "the others wait for one turn of its each, not for fifty"
        audited = [row["what"] for row in reading.case(first_case(reading))["audit"]]
        assert audited.count("owner_looked_up") == 1, "fifty contacts are one look-up"


async def test_what_is_urgent_goes_before_what_has_waited_longer(tmp_path):
    with new_ledger(tmp_path / "ledger.db") as database:
        reading, sender = Reading(database), MemorySender()
        overstay_many(database, range(10))
        overstay(database, 10, "fire-lane")
        chosen = settings(sends_at_once=1, pace=PaceSettings(per_s=200, burst=1))
        async with dispatching(database, owners(11), sender, chosen):
            await eventually(lambda: len(sender.sent) == 11, 30, "not all were told")
        assert sender.sent[0].phone.reveal() == number(10)
        assert states(reading).count("accepted") == 11


def first_case(reading: Reading) -> str:
    return next(row["id"] for row in reading.cases() if row["number"] == 1)
