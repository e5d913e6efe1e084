"""The full picture on demand: the main stream is opened only for a still, the small one is watched.

A still comes seconds later than the look that wanted it, and from another stream: what it shows must be held
against that look before it proves anything (`likeness`).
"""

import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass

from detectors import picture
from detectors.look import Frame, JpegPicture
from edge.sources import Patience, Stills, without_credentials
from edge.sources.address import Kind, kind_of
from edge.sources.decoded import DecodedPicture
from edge.sources.fetching import Fetcher, Page
from edge.sources.hardware import decoder_of
from edge.sources.stream import opened, pieces
from edge.sources.web import shows_a_picture
from models.errors import SourceLost, SourceUnusable
from models.units import BoxXyxy

STILL_S = 5.0
"""A still that takes longer shows another moment. Most cameras send a keyframe at once or in two seconds."""

PATIENCE = Patience(open_s=STILL_S, read_s=STILL_S, picture_s=STILL_S)
AT_ONCE = 2
"""Main streams open at a time: a street that is blocked all at once must not take the box's network."""


class MainStream:
    """One keyframe of a stream: opens it, waits for the first, closes it.

    Args:
        address: `rtsp://…`, or a video over HTTP.
        decoder: `auto`, `off`, or the name of the circuits that decode.
    """

    def __init__(self, address: str, decoder: str = "off", patience: Patience = PATIENCE) -> None:
        self._address = address
        self._name = without_credentials(address)
        self._decoder = decoder
        self._patience = patience
        self._briefly = True

    def grab(self, stop: threading.Event) -> Frame:
        """See `Stills`. After a failure the other way of opening is tried: not all say what they send."""
        try:
            return self._first(stop)
        except SourceLost:
            self._briefly = not self._briefly
            raise

    def _first(self, stop: threading.Event) -> Frame:
        until = time.monotonic() + self._patience.picture_s
        with opened(self._address, self._patience, briefly=self._briefly) as (container, stream):
            decoder = decoder_of(stream, self._decoder, "all")
            for piece in pieces(container, stream):
                if stop.is_set() or time.monotonic() > until:
                    break
                if not piece.packet.is_keyframe:
                    continue
                # Emptied at once: some decoders hold a picture back for its successors.
                found = decoder.decode(piece.packet) or decoder.decode(None)
                if found:
                    return Frame(DecodedPicture(found[0]), piece.received_at, piece.received_at)
                decoder.flush_buffers()
        raise SourceLost(f"{self._name} gave no whole picture in {self._patience.picture_s:g} s")


class Snapshot:
    """One picture over HTTP.

    Args:
        address: of the picture.
    """

    def __init__(self, address: str, patience: Patience = PATIENCE) -> None:
        self._address = address
        self._patience = patience

    def grab(self, stop: threading.Event) -> Frame:
        """See `Stills`."""
        del stop  # one request, which ends by itself
        with Fetcher(self._address, self._patience) as fetcher:
            page = fetcher.fetch()
        if not isinstance(page, Page):
            raise SourceUnusable(f"{without_credentials(self._address)} gives no picture")
        return Frame(JpegPicture(page.data), page.at, page.at)


class MainCamera:
    """A web address is asked once what it is; everything else is a stream."""

    def __init__(self, address: str, decoder: str = "off", patience: Patience = PATIENCE) -> None:
        self._address = address
        self._patience = patience
        self._stills: Stills | None = None
        self._stream = MainStream(address, decoder, patience)

    def grab(self, stop: threading.Event) -> Frame:
        """See `Stills`."""
        if self._stills is None:
            self._stills = self._told_apart()
        return self._stills.grab(stop)

    def _told_apart(self) -> Stills:
        is_web = kind_of(self._address) is Kind.WEB
        if is_web and shows_a_picture(self._address, self._patience):
            return Snapshot(self._address, self._patience)
        return self._stream


class ScriptedStills:
    """Gives the frames it was given, one a time; then fails as told."""

    def __init__(self, frames: list[Frame], failure: SourceLost | None = None) -> None:
        self._frames = list(frames)
        self._failure = failure or SourceLost("the script is over")

    def grab(self, stop: threading.Event) -> Frame:
        """See `Stills`."""
        del stop
        if not self._frames:
            raise self._failure
        return self._frames.pop(0)


def likeness(look: Frame, still: Frame, box_xyxy: BoxXyxy) -> float:
    """How much a still shows in a place what a look showed there, -1..1: `detectors.picture.similarity`.

    At `detectors.picture.SAME` and above it is the same vehicle in the same view. Below, the vehicle has
    left, something stands in front, or the two streams show different parts of the street: then the still
    proves nothing about the look.
    """
    return picture.similarity(picture.patch(look.luma(), box_xyxy), picture.patch(still.luma(), box_xyxy))


@dataclass(frozen=True, slots=True)
class Errand:
    """A still that was fetched, or why it was not.

    Attributes:
        key: what it was wanted for, as it was asked.
        still: None where there is none.
        why: it is not there; empty where it is.
    """

    key: str
    still: Frame | None
    why: str = ""


class Errands:
    """Fetches stills beside the looks: a look that waited for one would hold up all other cameras.

    One for each camera, whatever its stills are for: many cameras serve one stream at a time and no more.

    Args:
        stills: where they come from.
        at_once: shared by the cameras of a box, so that only so many main streams are open.
        start: starts a thread; the default is a daemon.
    """

    def __init__(
        self,
        stills: Stills,
        at_once: threading.Semaphore | None = None,
        start: Callable[[Callable[[], None]], None] | None = None,
    ) -> None:
        self._stills = stills
        self._at_once = at_once or threading.Semaphore(AT_ONCE)
        self._start = start or _in_the_background
        self._lock = threading.Lock()
        self._asked: list[str] = []
        self._done: list[Errand] = []
        self._is_running = False
        self._stop = threading.Event()

    def ask(self, key: str) -> None:
        """Want a still; asking again before it is there changes nothing."""
        with self._lock:
            if key not in self._asked:
                self._asked.append(key)
            if self._is_running:
                return
            self._is_running = True
        self._start(self._run)

    def collect(self, keys: Collection[str]) -> tuple[Errand, ...]:
        """What was fetched for these since the last call, oldest first."""
        with self._lock:
            done = tuple(errand for errand in self._done if errand.key in keys)
            self._done = [errand for errand in self._done if errand.key not in keys]
            return done

    def stop(self) -> None:
        """Fetch nothing more."""
        self._stop.set()

    def _run(self) -> None:
        """One still answers everything that was asked for before it was taken."""
        while True:
            with self._lock:
                asked = tuple(self._asked)
                if not asked or self._stop.is_set():
                    self._is_running = False
                    return
            still, why = self._fetched()
            with self._lock:
                self._asked = [key for key in self._asked if key not in asked]
                self._done += [Errand(key, still, why) for key in asked]

    def _fetched(self) -> tuple[Frame | None, str]:
        with self._at_once:
            try:
                return self._stills.grab(self._stop), ""
            except SourceLost as exc:
                return None, str(exc)
            except Exception as exc:  # noqa: BLE001 - a still that fails as nobody foresaw costs no camera
                return None, f"the still failed: {exc!r}"


def _in_the_background(work: Callable[[], None]) -> None:
    threading.Thread(target=work, daemon=True).start()
