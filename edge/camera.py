"""One camera's shell: reads frames, lets the eye look, and spools what became true."""

import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec
import structlog
from pydantic import ValidationError

from detectors import stays, watch
from detectors.look import Frame
from detectors.reading import Reading
from detectors.stays import StayEvent, StayTurn
from detectors.watch import Looked, Memory, Watch
from edge import evidence, metrics, trails
from edge.closeup import Errands
from edge.masking import Masker
from edge.plate_desk import PlateDesk, sure_texts
from edge.proving import Prover, forgotten_of
from edge.saying import CameraVoice, Spoken, stay_record
from edge.seal import Seal, Sealed, Wanted
from edge.sources import FrameSource, without_credentials
from edge.spool import Spool
from edge.still_desk import StillDesk
from models.backoff import Backoff
from models.errors import SourceLost, SourceUnusable, StorageFull
from models.plan import Plan, Zone
from models.records import BlindReason, CameraHealth, CameraState, Picture

REMEMBER_EVERY_S = 5.0
CLOCK_SLACK_S = 60.0
"""A clock set back by less is waited for: a minute without looks costs less than beginning anew."""

RECONNECT = Backoff(first_s=1.0, limit_s=60.0)
UNUSABLE_RETRY_S = 300.0
"""A network camera that refuses us may be repaired; asking every five minutes disturbs nobody."""

DETAIL_CHARS = 500
"""As much as `models.records.Text` takes: a longer reason must not make the whole status unreadable."""

log = structlog.get_logger("clearway.edge.camera")
Publish = Callable[[str, bytes], None]


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What the camera's shell remembers beside the eye.

    Attributes:
        pictures: the evidence of every stay so far.
        readings: of plates, by object id.
        frames: SHA-256 of those that the spool holds for them.
        plan: version of the plan it was made under.
        zones: of that plan, as JSON by id, where a stay is under way: its end must be told in their words.
    """

    memory: Memory = Memory()
    pictures: dict[str, tuple[Picture, ...]] = {}
    readings: dict[str, Reading] = {}
    frames: tuple[str, ...] = ()
    plan: str = ""
    zones: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class CameraParts:
    """What one camera is made of.

    Attributes:
        masker: finds what is private in pictures of evidence; None leaves it in.
        errands: fetches full pictures of overstays; None where the watched stream is all there is.
    """

    name: str
    source: FrameSource
    address: str
    plan: Plan
    watch: Watch
    plates: PlateDesk
    masker: Masker | None = None
    errands: Errands | None = None


class Camera:
    """Runs one camera until told to stop; its troubles never reach the others.

    Args:
        parts: the camera's own parts.
        spool: shared by all cameras of the box.
        voice: wraps what became true into observations.
        show: takes (kind, bytes) for the live view: `picture` or `trail`; may drop them.
        preview_interval_s: how often a picture is shown; 0 never.
    """

    def __init__(
        self, parts: CameraParts, spool: Spool, voice: CameraVoice, show: Publish, preview_interval_s: float
    ) -> None:
        self._parts = parts
        self._spool = spool
        self._voice = voice
        self._show = show
        self._preview_interval_s = preview_interval_s
        self._seal: Seal | None = None
        self._kept = self._recall()
        self._arrivals: dict[str, Frame] = {}
        self._waiting: dict[str, bytes] = {}  # for the spool, with what is said next
        self._zones = {zone.id: zone for zone in parts.plan.zones}
        self._zone_texts = {zone.id: zone.model_dump_json() for zone in parts.plan.zones}
        self._prover = Prover(parts.name, self._zones, spool, parts.masker)
        self._still_desk = None if parts.errands is None else StillDesk(parts.errands)
        self._remembered_at = time.monotonic()
        self._shown_at = -1e9
        self._state = CameraState.STARTING
        self._since = datetime.now(UTC)
        self._detail = ""
        self._looks = 0
        self._reconnects = 0
        self._last_look_at: datetime | None = None

    @property
    def failed(self) -> bool:
        """Whether it never gave a picture and never will."""
        return self._state is CameraState.UNUSABLE

    def seal_with(self, seal: Seal) -> None:
        """Seal the evidence of every overstay from now on. To be called before `run`."""
        self._seal = seal
        self._prover.clock = seal.clock

    def health(self) -> CameraHealth:
        """For status pages."""
        return CameraHealth(
            camera=self._parts.name,
            state=self._state,
            source=without_credentials(self._parts.address),
            since=self._since,
            looks=self._looks,
            network_runs=self._parts.watch.network_runs,
            last_look_at=self._last_look_at,
            reconnects=self._reconnects,
            detail=self._detail,
        )

    def run(self, stop: threading.Event) -> None:
        """Look until the recording ends or `stop`."""
        try:
            self._run(stop)
        finally:
            if self._parts.errands is not None:
                self._parts.errands.stop()

    def _run(self, stop: threading.Event) -> None:
        failures = 0
        self._take_up_plan()
        while not stop.is_set():
            looked_before = self._looks
            try:
                self._look_at_all(stop)
                if self._parts.source.is_recording and not stop.is_set():
                    self._end("the recording is over")
                    return
            except SourceLost as exc:
                if self._parts.source.is_recording:
                    self._end(str(exc), unusable=self._looks == 0)
                    return
                failures = 1 if self._looks > looked_before else failures + 1
                self._lose(exc)
                wait_s = UNUSABLE_RETRY_S if isinstance(exc, SourceUnusable) else _wait_s(failures)
                log.warning("camera lost", camera=self._parts.name, why=str(exc), retry_in_s=round(wait_s, 1))
                stop.wait(wait_s)
                self._reconnects += 1
        self._remember()

    def _look_at_all(self, stop: threading.Event) -> None:
        """Every look until the source ends.

        Raises:
            SourceLost: it stopped giving frames, or a look failed in a way nobody foresaw: one camera's
                fault must neither end its thread unseen nor disturb the others.
        """
        try:
            for frame in self._parts.source.frames(stop):
                self._look(frame)
                del frame  # a picture is 6 MB, and the next one may be a second away
        except SourceLost:
            raise
        except Exception as exc:
            log.exception("look failed", camera=self._parts.name)
            raise SourceLost(f"a look failed: {exc!r}"[:DETAIL_CHARS]) from exc

    def _look(self, frame: Frame) -> None:
        began = time.monotonic()
        if self._waits_for_clock(frame.captured_at):
            return
        looked = self._parts.watch.look(self._kept.memory, frame, sure_texts(self._kept.readings))
        self._kept = msgspec.structs.replace(self._kept, memory=looked.memory)
        self._looks += 1
        self._last_look_at = frame.captured_at
        self._turn_to(CameraState.BLIND if looked.memory.blind else CameraState.SEEING)
        for newcomer in looked.newcomers:
            self._arrivals[newcomer.id] = frame.held()
        self._tell(looked, frame)
        standing = {thing.id for thing in looked.memory.objects}
        self._arrivals = {name: kept for name, kept in self._arrivals.items() if name in standing}
        self._show_live(looked, frame)
        metrics.LOOKS.labels(self._parts.name).inc()
        metrics.LOOK_SECONDS.labels(self._parts.name).observe(time.monotonic() - began)

    def _waits_for_clock(self, at: datetime) -> bool:
        """Whether a look is passed over because the clock went back; after a longer way all begins anew."""
        before = self._kept.memory.last_sight_at
        if before is None or at >= before:
            return False
        back_s = (before - at).total_seconds()
        if back_s <= CLOCK_SLACK_S and not self._parts.source.is_recording:
            log.info("the clock went back, waiting for it", camera=self._parts.name, back_s=back_s)
            return True
        log.warning("the clock went back, starting afresh", camera=self._parts.name, back_s=back_s)
        why = "the clock went back: how long it stood is unknown"
        known = self._kept.memory
        self._give_up(stays.given_up(known.stays, known.objects, at, why), self._zones, Memory())
        return False

    def _take_up_plan(self) -> None:
        """Go on under this plan with what is remembered from under another."""
        version = self._parts.plan.version
        if self._kept.plan != version:
            zones = {name: zone for name, text in self._kept.zones.items() if (zone := _zone_of(text))}
            memory, lost = self._parts.watch.replanned(self._kept.memory)
            self._kept = msgspec.structs.replace(self._kept, plan=version)
            if lost:
                log.warning("the plan was changed under stays", camera=self._parts.name, n=len(lost))
                self._give_up(lost, self._zones | zones, memory)

    def _give_up(self, lost: Sequence[StayEvent], zones: Mapping[str, Zone], memory: Memory) -> None:
        """Tell the ends of stays that are judged no further, together with the memory that forgets them."""
        said: list[Spoken] = []
        forgotten: list[tuple[str, bytes]] = []
        for event in lost:
            zone = zones.get(event.stay.zone)
            if zone is None:  # remembered by a version that kept no zones, or others
                log.warning("a stay's zone is unknown, its end is not told", zone=event.stay.zone)
                continue
            known = self._kept.pictures.get(event.stay.id, ())
            plate = self._parts.plates.plate_of(event.stay, self._kept.readings)
            record = stay_record(event, camera=self._parts.name, zone=zone, plate=plate, pictures=known)
            said.append(self._voice.stay(record, event, datetime.now(UTC)))
            forgotten.extend(forgotten_of(event.stay.id))
            self._keep_pictures(event, known)
        self._kept = msgspec.structs.replace(self._kept, memory=memory)
        self._put(said, memories=forgotten)

    def _tell(self, looked: Looked, frame: Frame) -> None:
        """Spool what became true, together with the memory it rests on."""
        events: list[Spoken] = []
        pictures: list[tuple[str, bytes]] = []
        readings = self._read(looked, frame)
        memories = list(self._waiting.items())
        wanted: list[Wanted] = []
        if looked.went_blind is not None:
            since = looked.memory.blind_since or frame.captured_at
            why = looked.blind_why
            said = self._voice.blind(looked.went_blind, since, frame.captured_at, frame.received_at, why)
            events.append(said)
        if looked.was_blind_since is not None:
            events.append(self._voice.sees(looked.was_blind_since, frame.captured_at, frame.received_at))
        stills = self._stills(looked, frame)
        for event in _with_stills(looked, stills, frame.captured_at):
            known = self._kept.pictures.get(event.stay.id, ())
            plate = self._parts.plates.plate_of(event.stay, readings)
            arrival = self._arrivals.get(event.stay.object_id, frame)
            proofs, kept = self._prover.prove(
                event,
                frame,
                arrival,
                plate=plate,
                known=known,
                pending=dict(memories),
                still=stills.get(event.stay.id),
            )
            memories.extend(kept)
            pictures.extend((proof.picture.sha256, proof.jpeg) for proof in proofs)
            new = tuple(proof.picture for proof in proofs)
            zone = self._zones[event.stay.zone]
            record = stay_record(event, camera=self._parts.name, zone=zone, plate=plate, pictures=known + new)
            said = self._voice.stay(record, event, frame.received_at)
            events.append(said)
            if new:
                wanted.append(
                    Wanted(
                        source=self._voice.source,
                        event=event,
                        said=record,
                        event_id=said.id,
                        zone=zone,
                        pictures=new,
                        recorded_at=frame.received_at,
                    )
                )
            self._keep_pictures(event, known + new)
        if events or time.monotonic() - self._remembered_at > REMEMBER_EVERY_S:
            self._put(events, pictures, memories, wanted)

    def _stills(self, looked: Looked, frame: Frame) -> dict[str, Frame]:
        """Full pictures that came, by stay; those of new overstays are sent for."""
        desk = self._still_desk
        if desk is None:
            return {}
        found = desk.collect(looked, frame)
        for event in looked.events:
            if event.turn is StayTurn.OVERSTAYED:
                desk.want(event.stay.id)
        return found

    def _read(self, looked: Looked, frame: Frame) -> dict[str, Reading]:
        """Read plates; returns all that is known, also of vehicles that went with this look."""
        before = self._kept.readings
        known = self._parts.plates.look(before, self._kept.frames, frame, looked)
        self._kept = msgspec.structs.replace(self._kept, readings=known.readings, frames=known.frames)
        self._waiting.update(known.memories)
        return {**before, **known.readings}

    def _keep_pictures(self, event: StayEvent, shown: tuple[Picture, ...]) -> None:
        kept = dict(self._kept.pictures)
        kept.pop(event.stay.id, None)
        if event.turn is not StayTurn.ENDED and shown:
            kept[event.stay.id] = shown
        self._kept = msgspec.structs.replace(self._kept, pictures=kept)

    def _put(
        self,
        events: Sequence[Spoken] = (),
        pictures: Sequence[tuple[str, bytes]] = (),
        memories: Sequence[tuple[str, bytes]] = (),
        wanted: Sequence[Wanted] = (),
    ) -> None:
        """Spool observations, pictures, the seal under them and the memory they rest on, all or none."""
        under_way = {stay.zone for stay in self._kept.memory.stays}
        zones = {name: text for name, text in self._zone_texts.items() if name in under_way}
        self._kept = msgspec.structs.replace(self._kept, zones=zones)
        mine = (self._parts.name, msgspec.msgpack.encode(self._kept))
        said = list(events)
        sealing = nullcontext(Sealed()) if self._seal is None else self._seal.sealing(wanted)
        try:
            with sealing as sealed:
                said += sealed.events
                self._spool.put(
                    [(event.id, event.body) for event in said],
                    pictures,
                    [mine, *{**self._waiting, **dict(memories)}.items(), *sealed.memories],
                )
            self._waiting.clear()
        except StorageFull as exc:
            log.error("observations lost", camera=self._parts.name, n=len(said), why=str(exc))  # noqa: TRY400
        for event in said:
            metrics.OBSERVATIONS.labels(event.type).inc()
            log.info("observation", hop="edge", id=event.id, type=event.type, camera=self._parts.name)
        self._remembered_at = time.monotonic()

    def _show_live(self, looked: Looked, frame: Frame) -> None:
        now = time.monotonic()
        if self._preview_interval_s <= 0 or now - self._shown_at < self._preview_interval_s:
            return
        self._shown_at = now
        self._show("picture", evidence.preview(frame.pixels))
        self._show(
            "trail", trails.encode(self._parts.name, frame.captured_at, looked, self._parts.watch.rules)
        )

    def _lose(self, exc: SourceLost) -> None:
        unusable = isinstance(exc, SourceUnusable)
        self._turn_to(CameraState.UNUSABLE if unusable else CameraState.LOST, str(exc))
        metrics.SOURCE_LOST.labels(self._parts.name).inc()
        self._go_blind(BlindReason.NO_FRAMES)

    def _end(self, why: str, *, unusable: bool = False) -> None:
        """A recording's end ends no stay: nobody saw anything leave."""
        self._turn_to(CameraState.UNUSABLE if unusable else CameraState.ENDED, why)
        log.info("camera ended", camera=self._parts.name, why=why, looks=self._looks)
        if self._last_look_at is not None:
            self._go_blind(BlindReason.END_OF_RECORDING)

    def _go_blind(self, reason: BlindReason) -> None:
        now = datetime.now(UTC)
        at = self._last_look_at or now
        looked = watch.blind(self._kept.memory, reason, at)
        self._kept = msgspec.structs.replace(self._kept, memory=looked.memory)
        if looked.went_blind is not None:
            self._put([self._voice.blind(reason, looked.memory.blind_since or at, at, now)])

    def _remember(self) -> None:
        self._put()

    def _recall(self) -> Kept:
        body = self._spool.recall(self._parts.name)
        if body is None:
            return Kept()
        try:
            return _kept.decode(body)
        except msgspec.DecodeError as exc:
            log.warning("memory of another version, starting afresh", camera=self._parts.name, why=str(exc))
            return Kept()

    def _turn_to(self, state: CameraState, detail: str = "") -> None:
        if state is not self._state:
            self._state, self._since = state, datetime.now(UTC)
        self._detail = detail[:DETAIL_CHARS]


_kept = msgspec.msgpack.Decoder(Kept)


def _zone_of(text: str) -> Zone | None:
    """A zone as it was remembered; None where that was by a version whose zones this one cannot read."""
    try:
        return Zone.model_validate_json(text)
    except ValidationError:
        return None


def _with_stills(looked: Looked, stills: Mapping[str, Frame], at: datetime) -> list[StayEvent]:
    """What became true with a look; and of stays with nothing new but a full picture that they go on."""
    told = {event.stay.id for event in looked.events}
    shown = [stay for stay in looked.memory.stays if stay.id in stills and stay.id not in told]
    more = [
        StayEvent(turn=StayTurn.CONTINUES, stay=stay, at=at, why="photographed by the main stream")
        for stay in stays.told(shown, looked.memory.objects)
    ]
    return [*looked.events, *more]


def _wait_s(failures: int) -> float:
    return RECONNECT.wait_s(failures, random.random())  # noqa: S311 - jitter needs no cryptography
