from dataclasses import replace
from datetime import timedelta

import factories
import pytest

from cases.life import State
from cases.notice_records import CaseView, DueStep, Pending
from cases.policy import Does, Step, When
from models.records import PlateSource
from notifier.ladder import Send, Wait, Withhold, decide
from notifier.messages import example_case

NOW = factories.at(100)
NOTICE = Step(id="notice", does=Does.NOTIFY_OWNER)
REMINDER = Step(id="reminder", does=Does.NOTIFY_OWNER, after_s=1800, only_after="notice")
THANKS = Step(id="thanks", does=Does.NOTIFY_OWNER, when=When.LEFT, only_after="notice")


def case(**changes: object) -> CaseView:
    fields = {"last_seen_at": NOW - timedelta(seconds=10), "plate": factories.plate()}
    return replace(example_case("fire-lane-blocked"), **(fields | changes))


def due(step: Step = NOTICE, taken=(), undecided=(), **changes: object) -> DueStep:
    return DueStep(
        row=1,
        case=case(**changes),
        step=step,
        due_at=NOW,
        taken=frozenset(taken),
        undecided=frozenset(undecided),
    )


def pending(step: Step = NOTICE, **changes: object) -> Pending:
    return Pending(
        id="n",
        case=case(**changes),
        step=step,
        recipient="token",
        mask="+86 138****0001",
        body="text",
        attempts=1,
        in_doubt=False,
        intended_at=NOW,
    )


UNSURE = factories.unsure_plate()
LEFT = {"state": State.CLOSED, "resolution": "left"}
STALE = {"last_seen_at": NOW - timedelta(seconds=151)}


@pytest.mark.parametrize(
    ("item", "kind", "why"),
    [
        pytest.param(due(), Send, "stands there, confirmed 10 s ago", id="it stands: told"),
        pytest.param(due(plate=None), Withhold, "no plate known", id="no plate: the department"),
        pytest.param(due(plate=UNSURE), Wait, "not read surely", id="an unsure plate: nobody is told"),
        pytest.param(pending(plate=UNSURE), Wait, "not read surely", id="an unsure plate: not even a draft"),
        pytest.param(due(plate=UNSURE, **LEFT), Withhold, "nobody who has left", id="unsure and gone: over"),
        pytest.param(due(**LEFT), Withhold, "nobody who has left", id="closed: not told"),
        pytest.param(due(unseen_since=NOW), Wait, "out of sight", id="out of sight: waits"),
        pytest.param(due(**STALE), Wait, "last confirmed more than 150 s", id="not confirmed: waits"),
        pytest.param(due(REMINDER, taken=["notice"]), Send, "stands there", id="reminded after a notice"),
        pytest.param(due(REMINDER), Withhold, "'notice' before it was never sent", id="no reminder alone"),
        pytest.param(
            due(REMINDER, undecided=["notice", "reminder"]), Wait, "under way", id="a reminder queues behind"
        ),
        pytest.param(due(THANKS, taken=["notice"], **LEFT), Send, "vehicle left", id="thanked when left"),
        pytest.param(due(THANKS, **LEFT), Withhold, "never sent", id="nobody is thanked who was never told"),
        pytest.param(
            due(THANKS, undecided=["notice"], **LEFT), Wait, "under way", id="thanks wait for the notice"
        ),
        pytest.param(
            due(THANKS, taken=["notice"], state=State.CLOSED, resolution="unknown"),
            Withhold,
            "nobody saw",
            id="no thanks without proof that it left",
        ),
        pytest.param(pending(), Send, "stands there", id="a written notice is tried again while it stands"),
        pytest.param(pending(**LEFT), Withhold, "nobody who has left", id="a written notice is withheld"),
        pytest.param(pending(unseen_since=NOW), Wait, "out of sight", id="a written notice waits too"),
        pytest.param(pending(**STALE), Wait, "last confirmed", id="a written notice needs fresh news"),
        pytest.param(pending(REMINDER), Send, "stands there", id="a written reminder had its condition met"),
        pytest.param(pending(THANKS, **LEFT), Send, "left", id="written thanks stay valid"),
    ],
)
def test_a_notice_goes_out_only_while_it_is_true(item, kind, why):
    decision = decide(item, NOW, 150)
    assert isinstance(decision, kind)
    assert why in decision.why


def test_an_assumed_plate_is_named_as_such():
    assert "assumed" in decide(due(), NOW, 150).why
    assert "assumed" not in decide(due(plate=factories.plate(source=PlateSource.READ)), NOW, 150).why


@pytest.mark.parametrize("item", [due(unseen_since=NOW), due(**STALE), due(REMINDER, undecided=["notice"])])
def test_a_wait_ends_later_than_now(item):
    assert decide(item, NOW, 150).until > NOW
