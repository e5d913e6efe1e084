"""Where nobody can be told, the case says why and the department goes on in the owner's place."""

from datetime import UTC, datetime, timedelta

import factories
import pytest
from notifier_parts import POLICIES, dispatching, eventually, new_ledger, number, overstay, plate, settings

from cases.clockwork import Clockwork
from cases.notices.instead import NOBODY
from cases.policy import parse_policy
from cases.reading import Reading
from cases.responsibility.router import LedgerRouter
from models.errors import DeliveryRefused, RegistryDown
from notifier.contact_role import ContactRole
from notifier.numbers import parse_phone
from notifier.owners import UNSTATED, Found, Reason, contact
from notifier.senders.seam import MemorySender

WITHIN_S = 10
POLICIES["third-time"] = parse_policy(
    'name = "third-time"\nmatter = "fire-lane-blocked"\nunit = "fire-brigade"\n'
    '[[step]]\nid = "notice"\ndoes = "notify_owner"\nviolations_at_least = 3\n'
    '[[step]]\nid = "inform"\ndoes = "inform_department"\nafter_s = 900\n',
    "third-time.toml",
)


class Registry:
    """Says one thing after the other, the last for good."""

    name = "city"

    def __init__(self, *says: Found | RegistryDown) -> None:
        self._says = list(says)
        self.asked: list[tuple[str, Reason]] = []

    def find(self, plate: str, reason: Reason = UNSTATED) -> Found:
        self.asked.append((plate, reason))
        said = self._says.pop(0) if len(self._says) > 1 else self._says[0]
        if isinstance(said, RegistryDown):
            raise said
        return said


def known(*, role: ContactRole = ContactRole.OWNER, opted_out: bool = False, count: int = 1) -> Found:
    people = tuple(
        contact(parse_phone(number(index), "CN")[0], "zh-CN", b"k", role=role, opted_out=opted_out)
        for index in range(count)
    )
    return Found(contacts=people, registry="city")


def steps(reading: Reading, case_id: str) -> dict[str, str]:
    return {row["step"]: row["outcome"] or "" for row in reading.case(case_id)["steps"]}


def entries(reading: Reading, case_id: str, what: str) -> list[str]:
    return [row["why"] for row in reading.case(case_id)["audit"] if row["what"] == what]


@pytest.mark.parametrize(
    ("found", "changes", "said"),
    [
        pytest.param(Found(registry="city"), {}, "no owner known for this plate", id="no owner"),
        pytest.param(known(count=6), {}, "6 contacts for one plate", id="too many"),
        pytest.param(
            known(count=2), {"several_owners": "department"}, "2 owners for one plate", id="several owners"
        ),
        pytest.param(
            known(role=ContactRole.FLEET),
            {"tell": ["owner"]},
            "only fleet known",
            id="a fleet that is not told",
        ),
        pytest.param(known(opted_out=True), {}, "wants no messages", id="opted out"),
        pytest.param(Found(foreign="Europe: Spain"), {}, "a foreign plate (Europe: Spain)", id="foreign"),
        pytest.param(Found(registry="city", unusable=1), {}, "no usable number", id="no usable number"),
    ],
)
async def test_the_department_is_informed_at_once_and_sent_at_its_time(tmp_path, found, changes, said):
    with new_ledger(tmp_path / "ledger.db") as database:
        reading, sender = Reading(database), MemorySender()
        case_id = overstay(database, 1, "no-parking")
        chosen = settings(registry={"whom": changes})
        async with dispatching(database, Registry(found), sender, chosen):
            await eventually(
                lambda: steps(reading, case_id)["notice"].startswith(NOBODY),
                WITHIN_S,
                "the step is still due",
            )
        assert sender.sent == []
        assert said in steps(reading, case_id)["notice"]
        assert "the department decides" in steps(reading, case_id)["notice"]
        assert steps(reading, case_id)["reminder"].startswith(NOBODY)
        (forward,) = entries(reading, case_id, "step_brought_forward")
        assert forward.startswith("inform: now and not at")
        assert said in forward

        clock = Clockwork(database, LedgerRouter())
        clock.run(datetime.now(UTC))
        assert steps(reading, case_id)["inform"] == "taken"
        assert steps(reading, case_id)["dispatch"] == ""
        clock.run(datetime.now(UTC) + timedelta(seconds=2701))
        assert steps(reading, case_id)["dispatch"] == "taken", "although it is only after the reminder"


async def test_an_unsure_plate_is_waited_for_and_the_department_does_not_wait_with_it(tmp_path):
    unsure = factories.unsure_plate()
    with new_ledger(tmp_path / "ledger.db") as database:
        reading, sender = Reading(database), MemorySender()
        case_id = overstay(database, 1, "no-parking", plate=unsure)
        registry = Registry(known())
        async with dispatching(database, registry, sender, settings()):
            await eventually(
                lambda: steps(reading, case_id)["notice"].startswith("waits: "), WITHIN_S, "nothing was said"
            )
        assert registry.asked == [], "nobody is looked up by a plate that may be another's"
        clock = Clockwork(database, LedgerRouter())
        clock.run(datetime.now(UTC) + timedelta(seconds=2701))
        assert steps(reading, case_id)["inform"] == "taken"
        assert steps(reading, case_id)["dispatch"] == "taken"
        assert steps(reading, case_id)["notice"].startswith("waits: "), "read surely, its owner is told still"


async def test_a_step_that_ends_for_another_reason_brings_nothing_forward(tmp_path):
    with new_ledger(tmp_path / "ledger.db") as database:
        reading = Reading(database)
        case_id = overstay(database, 1, "third-time", plate=None)
        async with dispatching(database, Registry(known()), MemorySender(), settings()):
            await eventually(lambda: steps(reading, case_id)["notice"] != "", WITHIN_S, "still due")
        assert steps(reading, case_id)["notice"].startswith("violation 1 in")
        assert entries(reading, case_id, "step_brought_forward") == []


async def test_an_owner_whom_the_provider_cannot_reach_is_nobody_to_tell(tmp_path):
    with new_ledger(tmp_path / "ledger.db") as database:
        reading = Reading(database)
        sender = MemorySender(before=lambda *_: DeliveryRefused("is no mobile number", "21614"))
        case_id = overstay(database, 1, "no-parking")
        async with dispatching(database, Registry(known()), sender, settings()):
            await eventually(
                lambda: steps(reading, case_id)["notice"].startswith(NOBODY), WITHIN_S, "nothing went on"
            )
        assert "is no mobile number" in steps(reading, case_id)["notice"]
        assert len(entries(reading, case_id, "step_brought_forward")) == 1


async def test_with_an_owner_who_was_told_the_department_keeps_its_time(tmp_path):
    with new_ledger(tmp_path / "ledger.db") as database:
        reading, sender = Reading(database), MemorySender()
        case_id = overstay(database, 1, "no-parking")
        async with dispatching(database, Registry(known()), sender, settings()):
            await eventually(lambda: len(sender.sent) == 1, WITHIN_S, "nobody was told")
        assert entries(reading, case_id, "step_brought_forward") == []
        assert steps(reading, case_id)["inform"] == ""


async def test_a_registry_that_is_down_is_waited_for_and_the_case_says_so(tmp_path):
    with new_ledger(tmp_path / "ledger.db") as database:
        reading, sender = Reading(database), MemorySender()
        registry = Registry(RegistryDown("city", "does not answer"), known())
        case_id = overstay(database, 1, "no-parking")
        async with dispatching(database, registry, sender, settings()):
            await eventually(
                lambda: steps(reading, case_id)["notice"].startswith("waits: "), WITHIN_S, "nothing was said"
            )
            assert "'city' does not answer" in steps(reading, case_id)["notice"]
            assert sender.sent == []
            await eventually(lambda: len(sender.sent) == 1, WITHIN_S, "it was not asked again")
        assert entries(reading, case_id, "step_brought_forward") == []


async def test_one_registry_that_is_down_for_one_plate_holds_up_no_other(tmp_path):
    class OnlyOneWorks(Registry):
        def find(self, plate_: str, reason: Reason = UNSTATED) -> Found:
            if plate_ != plate(2):
                raise RegistryDown("city", "does not answer")
            return super().find(plate_, reason)

    with new_ledger(tmp_path / "ledger.db") as database:
        sender = MemorySender()
        for index in (1, 3, 2):
            overstay(database, index)
        async with dispatching(database, OnlyOneWorks(known()), sender, settings(sends_at_once=1)):
            await eventually(lambda: len(sender.sent) == 1, WITHIN_S, "it waits for the others")


async def test_look_ups_are_audited_with_source_case_and_purpose_and_so_are_refused_ones(tmp_path):
    with new_ledger(tmp_path / "ledger.db") as database:
        reading, sender = Reading(database), MemorySender()
        too_often = RegistryDown("city", "is asked no more than 3 times a minute", limited=True)
        registry = Registry(too_often, known())
        case_id = overstay(database, 1)
        async with dispatching(database, registry, sender, settings()):
            await eventually(lambda: len(sender.sent) == 1, WITHIN_S, "nobody was told")
        number_ = f"CW-{reading.case(case_id)['number']:06d}"
        assert registry.asked[0] == (plate(1), Reason(case=number_, purpose="notice, step notice"))
        (refused,) = entries(reading, case_id, "owner_look_up_refused")
        assert "no more than 3 times a minute" in refused
        (looked,) = entries(reading, case_id, "owner_looked_up")
        assert looked == "to send a notice: step 'notice': city knows 1 contact(s): owner"
