"""The rules of registries: breaker, memory, limits, chain, whom. All pure, with time as an argument."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from structlog.testing import capture_logs

from models.errors import RegistryDown
from notifier.contact_role import ContactRole
from notifier.numbers import parse_phone
from notifier.owners import Contact, Found, MemoryOwnerRegistry, Reason, contact
from notifier.registries.breaker import Breaker, answered, ask
from notifier.registries.chain import ChainedRegistry, Link
from notifier.registries.foreign import HomeRegistry
from notifier.registries.guarded import GuardedRegistry
from notifier.registries.shelf import Shelf, good_for_s
from notifier.settings_owners import WhomSettings
from notifier.settings_sources import BreakerSettings, CacheSettings, LimitSettings
from notifier.whom import choose, described

RULE = BreakerSettings(failures=3, open_s=30)
CACHE = CacheSettings(age_s=600, nobody_s=60, most=5)


def person(index: int = 1, role: ContactRole = ContactRole.OWNER, *, opted_out: bool = False) -> Contact:
    phone, _ = parse_phone(f"1380000{index:04d}", "CN")
    return contact(phone, "zh-CN", b"k", role=role, opted_out=opted_out)


SOMEBODY = Found(contacts=(person(),), registry="city")
NOBODY = Found(registry="city")


# --- breaker ---------------------------------------------------------------------------------------------

steps = st.lists(
    st.tuples(st.integers(0, 100).map(float), st.sampled_from(["well", "ill", "lost"])), max_size=60
)


@given(steps)
def test_an_open_breaker_lets_one_look_up_through_each_time_its_pause_is_over(story):
    breaker, at, let_through_at = Breaker(), 0.0, None
    for wait_s, ends in story:
        at += wait_s
        was_open = breaker.is_open(RULE)
        breaker, left_s = ask(breaker, RULE, at)
        assert 0 <= left_s <= RULE.open_s
        if left_s:
            assert was_open, "only an open breaker makes anybody wait"
            continue
        if was_open and let_through_at is not None:
            assert at - let_through_at >= RULE.open_s
        let_through_at = at
        if ends != "lost":
            breaker = answered(breaker, RULE, at, well=ends == "well")
            if ends == "well":
                assert breaker == Breaker()


@given(st.integers(1, 20), st.floats(0.1, 100))
def test_a_breaker_opens_after_exactly_so_many_failures_in_a_row(failures, open_s):
    rule_ = BreakerSettings(failures=failures, open_s=open_s)
    breaker = Breaker()
    for _ in range(failures):
        assert ask(breaker, rule_, 5.0)[1] == 0
        breaker = answered(breaker, rule_, 5.0, well=False)
    assert ask(breaker, rule_, 5.0)[1] == pytest.approx(open_s)
    after, left_s = ask(breaker, rule_, 5.0 + open_s)
    assert left_s == 0
    assert ask(after, rule_, 5.0 + open_s)[1] > 0, "one finds out, the others wait for it"


# --- memory ----------------------------------------------------------------------------------------------


class ShelfAgainstAList(RuleBasedStateMachine):
    """Whatever is put and asked in whatever order: what comes back was said, is not too old, and is last."""

    def __init__(self):
        super().__init__()
        self.shelf, self.at = Shelf(CACHE), 0.0
        self.said: list[tuple[str, Found, float]] = []

    @rule(seconds=st.floats(0, 200))
    def time_passes(self, seconds):
        self.at += seconds

    @rule(plate=st.sampled_from("ABCDEFGH"), found=st.sampled_from([SOMEBODY, NOBODY]))
    def put(self, plate, found):
        self.shelf.put(plate, found, self.at)
        self.said.append((plate, found, self.at))

    @precondition(lambda self: self.said)
    @rule(plate=st.sampled_from("ABCDEFGH"))
    def get(self, plate):
        got = self.shelf.get(plate, self.at)
        last = next(((found, at) for name, found, at in reversed(self.said) if name == plate), None)
        if last is None:
            assert got is None
            return
        found, at = last
        if self.at - at >= good_for_s(found, CACHE):
            assert got is None, "too old"
        newer = {name for name, _, moment in self.said if moment >= at}
        if got is None and self.at - at < good_for_s(found, CACHE):
            assert len(newer) > CACHE.most, "forgotten only when there were too many newer ones"
        if got is not None:
            assert (got.contacts, got.age_s) == (found.contacts, self.at - at)

    @invariant()
    def holds_no_more_than_it_may(self):
        assert len(self.shelf) <= CACHE.most


TestShelf = ShelfAgainstAList.TestCase


def test_that_nobody_is_known_is_remembered_for_a_shorter_time():
    shelf = Shelf(CACHE)
    shelf.put("A", SOMEBODY, 0)
    shelf.put("B", NOBODY, 0)
    assert shelf.get("A", 61).contacts == SOMEBODY.contacts
    assert shelf.get("B", 61) is None


def test_without_an_age_nothing_is_remembered():
    shelf = Shelf(CacheSettings(age_s=0))
    shelf.put("A", SOMEBODY, 0)
    shelf.put("B", NOBODY, 0)
    assert len(shelf) == 0


# --- what stands around a registry -------------------------------------------------------------------------


class Scripted:
    """A registry that does what it is told, and counts."""

    def __init__(self, *script: Found | Exception, name: str = "city"):
        self.name, self.script, self.asked = name, list(script), 0

    def find(self, _plate: str, _reason: Reason = Reason()) -> Found:  # noqa: B008 - frozen
        self.asked += 1
        now = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(now, Exception):
            raise now
        return now


def down(name: str = "city", **how) -> RegistryDown:
    return RegistryDown(name, "does not answer", **how)


class Clock:
    def __init__(self):
        self.s = 0.0

    def seconds(self) -> float:
        return self.s

    def now(self) -> datetime:
        return datetime(2026, 11, 22, tzinfo=UTC) + timedelta(seconds=self.s)


def guarded(inner, clock: Clock, **changes) -> GuardedRegistry:
    parts = {"limits": LimitSettings(), "cache": CACHE, "breaker": RULE} | changes
    return GuardedRegistry(inner, seconds=clock.seconds, now=clock.now, **parts)


def test_a_remembered_answer_is_not_asked_for_again_and_tells_its_age():
    clock, inner = Clock(), Scripted(SOMEBODY)
    registry = guarded(inner, clock)
    assert registry.find("浙B·12345").age_s is None
    clock.s = 30
    assert registry.find("浙b12345").age_s == 30
    assert inner.asked == 1


def test_a_failing_registry_is_left_alone_and_found_again_by_a_single_look_up():
    clock, inner = Clock(), Scripted(down(), down(), down(), SOMEBODY)
    registry = guarded(inner, clock)
    with capture_logs() as logs:
        for _ in range(3):
            with pytest.raises(RegistryDown, match="does not answer"):
                registry.find("A")
        with pytest.raises(RegistryDown, match="left alone") as caught:
            registry.find("A")
    assert [line["event"] for line in logs] == ["owner_registry_left_alone"]
    assert caught.value.wait_s == pytest.approx(30)
    assert inner.asked == 3
    assert registry.status()["state"] == "left alone"
    clock.s = 31
    with capture_logs() as logs:
        assert registry.find("A").contacts
    assert [line["event"] for line in logs] == ["owner_registry_well_again"]
    assert registry.status()["state"] == "well"


def test_answers_that_make_no_sense_for_one_plate_do_not_stop_the_look_ups_of_others():
    inner = Scripted(down(alive=True))
    registry = guarded(inner, Clock())
    for _ in range(10):
        with pytest.raises(RegistryDown):
            registry.find("A")
    assert inner.asked == 10


def test_a_failure_is_never_remembered_as_nobody():
    clock, inner = Clock(), Scripted(down(), SOMEBODY)
    registry = guarded(inner, clock)
    with pytest.raises(RegistryDown):
        registry.find("A")
    assert registry.find("A").contacts


def test_a_fault_in_an_adapter_counts_as_a_failure_and_stays_what_it_is():
    registry = guarded(Scripted(KeyError("x")), Clock())
    for _ in range(3):
        with pytest.raises(KeyError):
            registry.find("A")
    with pytest.raises(RegistryDown, match="left alone"):
        registry.find("A")


def test_one_case_cannot_be_looked_up_more_often_than_allowed_and_hinders_no_other():
    clock, inner = Clock(), Scripted(SOMEBODY)
    registry = guarded(inner, clock, cache=CacheSettings(age_s=0), limits=LimitSettings(per_case_minute=3))
    for _ in range(3):
        registry.find("A", Reason(case="CW-000001"))
    with pytest.raises(RegistryDown, match="no more than 3 times a minute for CW-000001") as caught:
        registry.find("A", Reason(case="CW-000001"))
    assert caught.value.limited
    assert registry.find("A", Reason(case="CW-000002")).contacts
    assert inner.asked == 4
    clock.s = caught.value.wait_s
    assert registry.find("A", Reason(case="CW-000001")).contacts


def test_a_registry_is_asked_no_more_often_than_it_bears():
    registry = guarded(
        Scripted(SOMEBODY), Clock(), cache=CacheSettings(age_s=0), limits=LimitSettings(per_minute=2)
    )
    registry.find("A", Reason(case="1"))
    registry.find("B", Reason(case="2"))
    with pytest.raises(RegistryDown, match="no more than 2 times a minute") as caught:
        registry.find("C", Reason(case="3"))
    assert caught.value.wait_s == pytest.approx(30)
    assert not caught.value.limited, "a queue at the registry is no entry of the audit"


# --- chain -----------------------------------------------------------------------------------------------

HIT, MISS = "hit", "miss"


def member(word: str, index: int) -> Link:
    name = f"r{index}"
    made: dict[str, Found | Exception] = {
        HIT: Found(contacts=(person(index),), registry=name),
        MISS: Found(registry=name),
        "down": down(name),
        "down, not needed": down(name),
    }
    return Link(Scripted(made[word], name=name), needed=word != "down, not needed")


words = st.lists(st.sampled_from([HIT, MISS, "down", "down, not needed"]), min_size=1, max_size=6)


@given(words, st.sampled_from(["first", "all"]))
def test_a_chain_says_that_nobody_is_known_only_when_every_registry_said_so(story, take):
    chain = ChainedRegistry([member(word, index) for index, word in enumerate(story)], take)
    asked = story if take == "all" or HIT not in story else story[: story.index(HIT) + 1]
    try:
        found = chain.find("A")
    except RegistryDown:
        assert "down" in asked or (HIT not in asked and "down, not needed" in asked)
        return
    assert "down" not in asked
    hits = [f"r{index}" for index, word in enumerate(asked) if word == HIT]
    if found.contacts:
        assert found.registry == " + ".join(hits)
        assert len(found.contacts) == (len(hits) if take == "all" else 1)
    else:
        assert set(asked) == {MISS}
    assert len(found.unasked) == asked.count("down, not needed")


def test_the_age_of_joined_answers_is_that_of_the_oldest():
    old = Found(contacts=(person(1),), registry="a", age_s=50)
    fresh = Found(contacts=(person(2),), registry="b")
    links = [Link(Scripted(old, name="a")), Link(Scripted(fresh, name="b"))]
    assert ChainedRegistry(links, "all").find("A").age_s == 50


def test_of_another_countrys_plate_no_registry_hears():
    inner = Scripted(SOMEBODY)
    home = HomeRegistry(
        ChainedRegistry([Link(inner)]), lambda plate: "Europe: France" if plate == "F" else ""
    )
    assert home.find("F").foreign == "Europe: France"
    assert inner.asked == 0
    assert home.find("A").contacts


# --- whom ------------------------------------------------------------------------------------------------

OWNER, DRIVER, FLEET = ContactRole.OWNER, ContactRole.DRIVER, ContactRole.FLEET


def of(*people: Contact, **more) -> Found:
    return Found(contacts=people, registry="city", **more)


@pytest.mark.parametrize(
    ("found", "changes", "told", "said"),
    [
        pytest.param(of(), {}, 0, "no owner known for this plate", id="nobody"),
        pytest.param(of(unusable=1), {}, 0, "no usable number", id="a number that is none"),
        pytest.param(Found(foreign="Europe: Spain"), {}, 0, "foreign plate (Europe: Spain)", id="foreign"),
        pytest.param(of(person(1)), {}, 1, "told: owner", id="one"),
        pytest.param(of(person(1), person(2)), {}, 2, "told: owner, owner", id="two owners"),
        pytest.param(
            of(person(1), person(2)), {"several_owners": "department"}, 0, "2 owners", id="two owners, left"
        ),
        pytest.param(
            of(person(1), person(2, DRIVER)),
            {"several_owners": "department"},
            2,
            "told: owner, driver",
            id="owner and driver are not two owners",
        ),
        pytest.param(of(*map(person, range(6))), {}, 0, "6 contacts for one plate", id="too many"),
        pytest.param(of(person(1, FLEET)), {}, 1, "told: fleet", id="fleet"),
        pytest.param(
            of(person(1, FLEET)), {"tell": ["owner"]}, 0, "only fleet known", id="fleet is not told"
        ),
        pytest.param(of(person(1, opted_out=True)), {}, 0, "opted out", id="opted out"),
        pytest.param(
            of(person(1, opted_out=True), person(2, DRIVER)), {}, 1, "driver; 1 left out", id="one of two out"
        ),
    ],
)
def test_whom_a_notice_goes_to_is_said_with_its_reason(found, changes, told, said):
    chosen = choose(found, WhomSettings.model_validate(changes))
    assert len(chosen.contacts) == told
    assert said in chosen.why
    assert told or chosen.why.endswith(": the department decides")
    assert "1380000" not in chosen.why


def test_what_was_found_is_described_with_source_and_age_and_without_numbers():
    said = described(of(person(1), person(2, FLEET), age_s=59.6, unusable=1, unasked=("old",)))
    assert said == (
        "city (remembered for 60 s) knows 2 contact(s): owner, fleet, 1 without a usable number;"
        " not answering: old"
    )
    assert described(Found(registry="city")) == "city knows nobody"


def test_somebody_named_twice_is_told_once_and_heard_when_they_want_silence():
    both = ChainedRegistry(
        [
            Link(MemoryOwnerRegistry({"A": ["13800000001"]}, key=b"k")),
            Link(Scripted(of(person(1, opted_out=True)))),
        ],
        "all",
    )
    (one,) = both.find("A").contacts
    assert one.opted_out
