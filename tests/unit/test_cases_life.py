"""The life of a case, as a pure function."""

from dataclasses import replace
from datetime import timedelta

import factories
import numpy as np
import pytest

from cases import life
from cases.life import Change, DueStep, Resolution, SignalKind, State
from detectors.appearance import appearance
from models.records import PlateSource

FIRE_LANE = factories.short_ladders()["fire-lane"]
OBSERVED, CONTINUES, ENDED, NOTED = (
    SignalKind.OBSERVED,
    SignalKind.CONTINUES,
    SignalKind.ENDED,
    SignalKind.NOTED,
)
at = factories.at


def case(**changes):
    opened = life.open_case(factories.signal(OBSERVED, spot_xy=(0.5, 0.5)), FIRE_LANE)
    return replace(opened, **changes)


def advance(before, signal):
    """One step, and the one thing that became of it."""
    after, changes = life.step(before, signal, signal.at)
    assert len(changes) <= 1
    return after, changes[0] if changes else None


UNSEEN = case(live_origins=frozenset(), unseen_since=at(10))
CLOSED = case(live_origins=frozenset(), state=State.CLOSED, resolution=Resolution.LEFT, closed_at=at(5))
TWO = case(live_origins=frozenset({"stay-1", "stay-2"}))


@pytest.mark.parametrize(
    ("before", "signal", "change", "state", "live"),
    [
        pytest.param(case(), {"kind": OBSERVED}, Change.GREW, "discovered", {"stay-1"}, id="again"),
        pytest.param(case(), {"kind": CONTINUES}, Change.GREW, "discovered", {"stay-1"}, id="heartbeat"),
        pytest.param(
            case(),
            {"kind": OBSERVED, "origin_id": "stay-2"},
            Change.GREW,
            "discovered",
            {"stay-1", "stay-2"},
            id="another stay of it",
        ),
        pytest.param(case(), {"kind": NOTED}, None, "discovered", {"stay-1"}, id="noted only"),
        pytest.param(
            case(),
            {"kind": ENDED, "resolution": Resolution.LEFT},
            Change.CLOSED,
            "closed",
            set(),
            id="it left",
        ),
        pytest.param(case(), {"kind": ENDED}, Change.UNSEEN, "discovered", set(), id="lost from sight"),
        pytest.param(
            case(), {"kind": ENDED, "origin_id": "other"}, None, "discovered", {"stay-1"}, id="another's end"
        ),
        pytest.param(
            TWO,
            {"kind": ENDED, "resolution": Resolution.LEFT},
            Change.GREW,
            "discovered",
            {"stay-2"},
            id="one of two left",
        ),
        pytest.param(
            UNSEEN, {"kind": CONTINUES}, Change.SEEN_AGAIN, "discovered", {"stay-1"}, id="seen again"
        ),
        pytest.param(
            UNSEEN,
            {"kind": ENDED, "resolution": Resolution.LEFT},
            None,
            "discovered",
            set(),
            id="ended twice",
        ),
        pytest.param(CLOSED, {"kind": OBSERVED}, None, "closed", set(), id="closed stays closed"),
        pytest.param(CLOSED, {"kind": ENDED}, None, "closed", set(), id="closed cannot end"),
    ],
)
def test_a_signal_moves_a_case(before, signal, change, state, live):
    after, found = advance(before, factories.signal(**({"recorded_at": at(20)} | signal)))
    assert (found, after.state, after.live_origins) == (change, state, frozenset(live))
    if change is None:
        assert after == before


def test_a_closed_case_says_when_and_why():
    after, _ = advance(case(), factories.signal(ENDED, at=at(60), resolution=Resolution.LEFT))
    assert (after.closed_at, after.resolution) == (at(60), Resolution.LEFT)


def test_a_case_knows_when_it_was_last_seen():
    later, _ = advance(case(), factories.signal(CONTINUES, recorded_at=at(60)))
    assert later.last_seen_at == at(60)
    overtaken, _ = advance(later, factories.signal(CONTINUES, recorded_at=at(30)))
    assert overtaken.last_seen_at == at(60)


def test_a_picture_is_kept_once():
    picture = factories.picture("a")
    grown, _ = advance(case(), factories.signal(OBSERVED, pictures=(picture,)))
    again, _ = advance(grown, factories.signal(OBSERVED, pictures=(picture, factories.picture("b"))))
    assert [item.sha256[0] for item in again.pictures] == ["a", "b"]


READ = factories.plate("浙B99999", PlateSource.READ)
UNSURE = factories.unsure_plate("浙B99998")


@pytest.mark.parametrize(
    ("old", "new", "kept"),
    [
        pytest.param(None, READ, READ, id="the first one known"),
        pytest.param(READ, None, READ, id="not lost again"),
        pytest.param(factories.plate(), READ, READ, id="read beats assumed"),
        pytest.param(UNSURE, READ, READ, id="surely read beats unsure"),
        pytest.param(READ, UNSURE, READ, id="unsure never beats surely read"),
        pytest.param(factories.plate(), UNSURE, UNSURE, id="what a camera saw beats what was assumed"),
        pytest.param(READ, factories.plate(), READ, id="assumed never beats read"),
        pytest.param(READ, factories.plate("浙B1", PlateSource.READ), READ, id="the first read stays"),
        pytest.param(None, None, None, id="none"),
    ],
)
def test_the_surest_plate_is_kept(old, new, kept):
    after, _ = advance(case(plate=old), factories.signal(OBSERVED, plate=new))
    assert after.plate == kept


@pytest.mark.parametrize(
    ("before", "seconds", "change"),
    [
        pytest.param(UNSEEN, 10 + 299, None, id="within the gap"),
        pytest.param(UNSEEN, 10 + 300, Change.CLOSED, id="past the gap"),
        pytest.param(case(), 10**6, None, id="in sight"),
        pytest.param(CLOSED, 10**6, None, id="closed already"),
    ],
)
def test_what_is_out_of_sight_past_its_gap_is_closed_as_unknown(before, seconds, change):
    after, found = life.close_unseen(before, at(seconds))
    assert found is change
    if change:
        assert (after.state, after.resolution, after.closed_at) == ("closed", "unknown", at(seconds))
    else:
        assert after == before


def look(*bgr, stripe=False):
    """What a vehicle of one colour looks like, with a white stripe or without, hexadecimal."""
    pixels = np.full((60, 90, 3), bgr, np.uint8)
    pixels[8:24, 24:66] = 30  # windows: what has no edges at all resembles nothing
    if stripe:
        pixels[20:40] = 255
    return appearance(pixels, (0.0, 0.0, 1.0, 1.0)).hex()


BLUE, RED = look(180, 60, 20), look(20, 20, 180, stripe=True)
GROUPED = replace(UNSEEN, group="yard", appearance=BLUE, plate=None)


def elsewhere(**changes):
    return resuming(source="/harbour/box-1/south", zone="gate", plate=None, **({"group": "yard"} | changes))


def resuming(**changes):
    return factories.signal(OBSERVED, **({"spot_xy": (0.51, 0.5), "origin_id": "stay-2"} | changes))


@pytest.mark.parametrize(
    ("before", "signal", "resumes"),
    [
        pytest.param(UNSEEN, resuming(), True, id="the same spot"),
        pytest.param(UNSEEN, resuming(spot_xy=(0.6, 0.5)), False, id="another spot"),
        pytest.param(UNSEEN, resuming(spot_xy=None), False, id="no spot"),
        pytest.param(UNSEEN, resuming(zone="fire-lane-2"), False, id="another zone"),
        pytest.param(UNSEEN, resuming(source="/harbour/box-1/south"), False, id="another camera"),
        pytest.param(UNSEEN, resuming(policy="no-parking"), False, id="another policy"),
        pytest.param(UNSEEN, replace(resuming(), kind=NOTED), False, id="what opens nothing"),
        pytest.param(case(), resuming(), False, id="still in sight: another vehicle beside it"),
        pytest.param(CLOSED, resuming(), False, id="closed"),
        pytest.param(replace(UNSEEN, plate=READ), resuming(plate=READ), True, id="the same read plate"),
        pytest.param(
            replace(UNSEEN, plate=READ),
            resuming(plate=READ, spot_xy=(0.9, 0.9)),
            True,
            id="moved, same plate",
        ),
        pytest.param(
            replace(UNSEEN, plate=READ),
            resuming(plate=factories.plate("浙B1", PlateSource.READ)),
            False,
            id="another read plate",
        ),
        pytest.param(replace(UNSEEN, plate=READ), resuming(), True, id="an assumed plate names nobody"),
        pytest.param(replace(UNSEEN, plate=READ), resuming(plate=UNSURE), True, id="an unsure one neither"),
        pytest.param(replace(UNSEEN, plate=None), resuming(plate=None), True, id="no plates"),
        pytest.param(GROUPED, resuming(plate=None, appearance=BLUE), True, id="the same spot and looks"),
        pytest.param(GROUPED, resuming(plate=None, appearance=RED), False, id="the same spot, other looks"),
        pytest.param(GROUPED, resuming(plate=None, appearance="zz"), True, id="looks that cannot be read"),
        pytest.param(GROUPED, elsewhere(appearance=BLUE), True, id="another camera of the group, same looks"),
        pytest.param(GROUPED, elsewhere(appearance=RED), False, id="another camera, other looks"),
        pytest.param(GROUPED, elsewhere(), False, id="another camera, no looks"),
        pytest.param(
            GROUPED, elsewhere(group="street", appearance=BLUE), False, id="a camera of another group"
        ),
        pytest.param(UNSEEN, elsewhere(group="", appearance=BLUE), False, id="no groups at all"),
    ],
)
def test_a_new_stay_resumes_an_unseen_case_of_the_same_spot(before, signal, resumes):
    assert life.resumes(before, signal) is resumes


@pytest.mark.parametrize(
    ("subject", "change", "due"),
    [
        pytest.param(case(), Change.OPENED, [("notice", 0), ("reminder", 1800)], id="opened"),
        pytest.param(CLOSED, Change.CLOSED, [("thanks", 0)], id="left"),
        pytest.param(replace(CLOSED, resolution=Resolution.UNKNOWN), Change.CLOSED, [], id="given up"),
        pytest.param(case(), Change.GREW, [], id="grew"),
        pytest.param(case(), Change.SEEN_AGAIN, [], id="seen again"),
    ],
)
def test_the_ladder_follows_the_change(subject, change, due):
    expected = tuple(DueStep(step, at(0) + timedelta(seconds=after_s)) for step, after_s in due)
    assert life.due_steps(subject, change, at(0)) == expected


@pytest.mark.parametrize("kind", [OBSERVED, CONTINUES, ENDED])
def test_who_turns_out_to_be_exempt_is_left_alone_at_once(kind):
    after, change = advance(TWO, factories.signal(kind, exempt="ambulance"))
    assert (after.state, after.resolution, change) == (State.CLOSED, Resolution.EXEMPT, Change.CLOSED)
    assert after.live_origins == frozenset()
    assert life.due_steps(after, change, at(60)) == ()


def test_who_may_stand_there_opens_no_case():
    assert not life.opens(factories.signal(OBSERVED, exempt="plate 浙A0001警"))
    assert advance(CLOSED, factories.signal(CONTINUES, exempt="ambulance")) == (CLOSED, None)
