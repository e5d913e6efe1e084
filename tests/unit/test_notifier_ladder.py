"""One function says of every notice: sent because…, not sent because…, waits until… because…."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import factories
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.life import State
from cases.notices.addressees import REMEMBERED, Addressee, Told
from cases.notices.records import CaseView, DueStep, Pending
from cases.policy import Does, Step, When
from cases.taking import Later, Never, Purpose, Take, purpose_of
from models.records import PlateSource
from notifier.ladder import decide, in_words
from notifier.limits import rules
from notifier.messages import example_case
from notifier.settings_limits import REMEMBERED_S, LimitSettings, NumberLimit

NOW = datetime(2026, 11, 21, 4, 1, tzinfo=UTC)
"""One minute past noon in Shanghai."""
NIGHT = datetime(2026, 11, 21, 15, 30, tzinfo=UTC)
"""Half past eleven in the evening there."""
NOTICE = Step(id="notice", does=Does.NOTIFY_OWNER)
THANKS = Step(id="thanks", does=Does.NOTIFY_OWNER, when=When.LEFT)
TOWED = Step(id="tow-info", does=Does.NOTIFY_OWNER, when=When.TOWED)
RULES = rules(150.0, LimitSettings(owner_daily=3, fleet_daily=5), "Asia/Shanghai", "CN")


TAKE = Take()


def case(at: datetime = NOW, **changes: object) -> CaseView:
    fields = {"last_seen_at": at - timedelta(seconds=10), "plate": factories.plate()}
    return replace(example_case("fire-lane-blocked"), **(fields | changes))


def due(step: Step = NOTICE, *, at: datetime = NOW, urgent: bool = False, verdict=TAKE, **changes) -> DueStep:
    return DueStep(
        row=1,
        case=case(at, **changes),
        step=step,
        due_at=at,
        verdict=verdict,
        purpose=purpose_of(step),
        urgent=urgent,
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
        purpose=purpose_of(step),
    )


def owner(*told: Told, **changes: object) -> Addressee:
    return Addressee(recipient="token", told=told, **changes)


def told(hours_ago: float, template: str = "fire-lane-blocked/notice") -> Told:
    return Told(NOW - timedelta(hours=hours_ago), template)


UNSURE = factories.unsure_plate()
LEFT = {"state": State.CLOSED, "resolution": "left"}
STALE = {"last_seen_at": NOW - timedelta(seconds=151)}


@pytest.mark.parametrize(
    ("item", "kind", "why"),
    [
        pytest.param(due(), Take, "stands there, confirmed 10 s ago", id="it stands: told"),
        pytest.param(due(plate=None), Never, "no plate known", id="no plate: the department"),
        pytest.param(due(plate=UNSURE), Later, "not read surely", id="an unsure plate: nobody is told"),
        pytest.param(pending(plate=UNSURE), Later, "not read surely", id="an unsure plate: not even a draft"),
        pytest.param(due(plate=UNSURE, **LEFT), Never, "nobody who has left", id="unsure and gone: over"),
        pytest.param(due(THANKS, plate=UNSURE, **LEFT), Never, "read surely", id="unsure: nobody is thanked"),
        pytest.param(due(TOWED, plate=UNSURE, **LEFT), Never, "read surely", id="unsure: no word of a tow"),
        pytest.param(due(**LEFT), Never, "nobody who has left", id="closed: not told"),
        pytest.param(due(unseen_since=NOW), Later, "out of sight", id="out of sight: waits"),
        pytest.param(due(**STALE), Later, "last confirmed more than 150 s", id="not confirmed: waits"),
        pytest.param(
            due(verdict=Never("of the rules")), Never, "of the rules", id="the ladder is asked first"
        ),
        pytest.param(due(THANKS, **LEFT), Take, "vehicle left", id="thanked when left"),
        pytest.param(due(TOWED, **LEFT), Take, "towed", id="told of a tow when it is gone"),
        pytest.param(pending(), Take, "stands there", id="a written notice is tried again while it stands"),
        pytest.param(pending(**LEFT), Never, "nobody who has left", id="a written notice is withheld"),
        pytest.param(pending(unseen_since=NOW), Later, "out of sight", id="a written notice waits too"),
        pytest.param(pending(**STALE), Later, "last confirmed", id="a written notice needs fresh news"),
        pytest.param(pending(THANKS, **LEFT), Take, "left", id="written thanks stay valid"),
    ],
)
def test_a_notice_goes_out_only_while_it_is_true(item, kind, why):
    decision = decide(item, NOW, RULES)
    assert isinstance(decision, kind)
    assert why in decision.why


def test_an_assumed_plate_is_named_as_such():
    assert "assumed" in decide(due(), NOW, RULES).why
    assert "assumed" not in decide(due(plate=factories.plate(source=PlateSource.READ)), NOW, RULES).why


@pytest.mark.parametrize("item", [due(unseen_since=NOW), due(**STALE), due(plate=UNSURE)])
def test_a_wait_ends_later_than_now(item):
    assert decide(item, NOW, RULES).until > NOW


def test_by_night_what_is_not_urgent_waits_for_the_morning():
    answer = decide(due(at=NIGHT), NIGHT, RULES)
    assert answer == Later(
        datetime(2026, 11, 21, 23, 0, tzinfo=UTC),
        "quiet hours until 07:00 (Asia/Shanghai), and this notice is not urgent",
    )


def test_whoever_blocks_a_fire_lane_is_told_by_night():
    assert isinstance(decide(due(at=NIGHT, urgent=True), NIGHT, RULES), Take)


def test_without_quiet_hours_the_night_is_like_the_day():
    always = rules(150.0, LimitSettings(quiet_hours=""), "Asia/Shanghai", "CN")
    assert isinstance(decide(due(at=NIGHT), NIGHT, always), Take)


@pytest.mark.parametrize(
    ("addressee", "kind", "why"),
    [
        pytest.param(owner(), Take, "stands there", id="never told before"),
        pytest.param(owner(opted_out=True), Never, "no messages (STOP)", id="opted out"),
        pytest.param(owner(told(1), told(2), told(3)), Never, "limit for one owner is 3", id="three today"),
        pytest.param(owner(told(1), told(2), told(13)), Take, "stands", id="one of three was yesterday"),
        pytest.param(owner(told(1), told(2), told(3), fleet=True), Take, "stands", id="a fleet bears more"),
        pytest.param(
            owner(*(told(n / 10) for n in range(5)), fleet=True), Never, "a fleet's desk is 5", id="not all"
        ),
    ],
)
def test_nobody_is_told_more_than_the_days_limit(addressee, kind, why):
    answer = decide(due(), NOW, RULES, addressee)
    assert isinstance(answer, kind)
    assert why in answer.why


@pytest.mark.parametrize(
    ("limit", "until"),
    [
        pytest.param(NumberLimit(most=1, within_s=60), None, id="the minute is over"),
        pytest.param(NumberLimit(most=1, within_s=7200), timedelta(hours=1), id="one in two hours"),
        pytest.param(NumberLimit(most=2, within_s=14400), timedelta(hours=2), id="two in four hours"),
        pytest.param(NumberLimit(most=2, within_s=14400, template=True), None, id="two alike: only one was"),
        pytest.param(NumberLimit(most=3, within_s=14400), None, id="three in four hours"),
    ],
)
def test_the_providers_limit_for_one_number_is_waited_for(limit, until):
    rule = rules(150.0, LimitSettings(number=(limit,)), "Asia/Shanghai", "CN")
    answer = decide(due(), NOW, rule, owner(told(1, "vehicle-misparked/notice"), told(2)))
    if until is None:
        assert isinstance(answer, Take)
    else:
        assert isinstance(answer, Later)
        assert answer.until == NOW + until
        assert "the provider takes" in answer.why


def test_the_longest_of_several_waits_counts():
    limits = (NumberLimit(most=1, within_s=7200), NumberLimit(most=1, within_s=10800))
    rule = rules(150.0, LimitSettings(number=limits), "Asia/Shanghai", "CN")
    assert decide(due(), NOW, rule, owner(told(1))).until == NOW + timedelta(hours=2)


@pytest.mark.parametrize(
    ("verdict", "at", "said"),
    [
        (Take("it stands there"), None, "sent because it stands there"),
        (Take("it stands there"), NOW, "sent 2026-11-21 04:01:00 UTC because it stands there"),
        (Take(), NOW, "sent 2026-11-21 04:01:00 UTC"),
        (Later(NOW, "quiet hours"), None, "waits until 2026-11-21 04:01:00 UTC because quiet hours"),
        (Never("no plate"), None, "not sent because no plate"),
    ],
)
def test_every_answer_can_be_read(verdict, at, said):
    assert in_words(verdict, at) == said


MOMENTS = st.integers(0, 3 * 86_400).map(lambda seconds: NOW - timedelta(seconds=seconds))


@given(
    st.lists(
        st.builds(Told, MOMENTS, st.sampled_from(["fire-lane-blocked/notice", "other/thanks"])), max_size=9
    ),
    st.booleans(),
    st.integers(1, 4),
    st.builds(NumberLimit, most=st.integers(1, 5), within_s=st.integers(1, 172_800), template=st.booleans()),
)
def test_no_limit_is_ever_passed_and_every_wait_ends(history, fleet, daily, limit):
    chosen = LimitSettings(owner_daily=daily, fleet_daily=2 * daily, number=(limit,), quiet_hours="")
    rule = rules(150.0, chosen, "Asia/Shanghai", "CN")
    answer = decide(due(), NOW, rule, owner(*history, fleet=fleet))
    midnight = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
    today = sum(one.at >= midnight for one in history)
    alike = [one for one in history if not limit.template or one.template == "fire-lane-blocked/notice"]
    since = NOW - timedelta(seconds=limit.within_s)
    lately = sum(one.at > since for one in alike)
    if today >= (2 * daily if fleet else daily):
        assert isinstance(answer, Never)
    elif lately >= limit.most:
        assert isinstance(answer, Later)
        free = sum(one.at > answer.until - timedelta(seconds=limit.within_s) for one in alike)
        assert answer.until > NOW
        assert free < limit.most
    else:
        assert isinstance(answer, Take)


@given(
    st.integers(0, 366 * 24 * 60).map(
        lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    )
)
def test_quiet_hours_end_where_they_say_they_end(at):
    answer = decide(due(at=at), at, RULES)
    if isinstance(answer, Later):
        assert at < answer.until <= at + timedelta(hours=9)
        assert isinstance(decide(due(at=answer.until), answer.until, RULES), Take)
        assert isinstance(decide(due(at=at, urgent=True), at, RULES), Take)


@pytest.mark.parametrize(
    ("step", "purpose"), [(NOTICE, Purpose.LEAVE), (THANKS, Purpose.THANKS), (TOWED, Purpose.TOWING)]
)
def test_what_a_notice_is_there_for_follows_from_when_it_is_sent(step, purpose):
    assert purpose_of(step) is purpose


def test_limits_reach_no_further_back_than_the_ledger_is_asked():
    assert REMEMBERED.total_seconds() == REMEMBERED_S
