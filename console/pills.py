"""The row of pills in the header: the state of the whole at a glance."""

from collections.abc import Iterator
from dataclasses import dataclass

from cases.states import Disowned
from console.desk import Snapshot
from console.health import Health
from console.wording import Wording


@dataclass(frozen=True, slots=True)
class Pill:
    """One pill: a tone (`good`, `warn`, `bad`, `quiet`) and a few words."""

    tone: str
    text: str


def pills(snapshot: Snapshot, words: Wording) -> tuple[Pill, ...]:
    """The pills of a reading. What is well is said once; what is not is said each for itself."""
    if snapshot.read_at is None:
        return (Pill("bad", words.no_ledger),)
    return (*_cameras(snapshot.health, words), *_sensors(snapshot.health, words), *_kerb(snapshot, words))


def _cameras(state: Health, words: Wording) -> Iterator[Pill]:
    if state.cameras_seeing or not state.cameras_blind:
        tone = "good" if state.cameras_seeing else "quiet"
        yield Pill(tone, words.count("cameras_seeing", state.cameras_seeing))
    yield from _any("bad", "cameras_blind", state.cameras_blind, words)


def _sensors(state: Health, words: Wording) -> Iterator[Pill]:
    yield from _any("good", "sensors_ok", state.sensors_ok, words)
    yield from _any("warn", "sensors_silent", state.sensors_silent, words)
    yield from _any("bad", "sensors_alarm", state.sensors_alarm, words)


def _kerb(snapshot: Snapshot, words: Wording) -> Iterator[Pill]:
    state = snapshot.health
    letters = snapshot.totals.dead_letters if snapshot.totals is not None else 0
    waiting = sum(case.disowned == Disowned.WAITING for case in snapshot.cases if case.is_open)
    yield from _any("bad", "zones_doubted", state.zones_doubted, words)
    yield from _any("warn", "reviews_waiting", waiting, words)
    yield from _any("bad", "devices_offline", state.devices_offline, words)
    yield from _any("bad", "dropped", state.dropped, words)
    yield from _any("bad", "chains_torn", state.chains_torn, words)
    yield from _any("warn", "spool_waiting", state.spool_waiting, words)
    if not state.spool_waiting:
        yield Pill("quiet", words.pill_spool_empty)
    yield from _any("warn", "dead_letters", letters, words)
    if not letters:
        yield Pill("quiet", words.pill_no_letters)


def _any(tone: str, thing: str, number: int, words: Wording) -> Iterator[Pill]:
    """A pill only when there is something to say."""
    if number:
        yield Pill(tone, words.count(thing, number))
