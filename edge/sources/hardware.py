"""Decoders: the machine's own circuits, where it has any that the video library can use, or the processor."""

from functools import cache
from typing import Any, Literal

import av
import av.error
import structlog
from av.codec.hwaccel import HWAccel, hwdevices_available

SELF_CONTAINED = frozenset({"rawvideo"})
"""Needs more than its name: the size and format stand only in the stream's own decoder."""

log = structlog.get_logger("clearway.edge")


def decoder_of(stream: Any, decoder: str, loop_filter: Literal["all", "none"]) -> Any:  # noqa: ANN401
    """A decoder for a stream, with one thread: cameras are many, so each has no need of several cores.

    Args:
        stream: the library's stream.
        decoder: `auto` for any circuits there are, `off`, or their name, such as `cuda` or `vaapi`.
        loop_filter: `none` smooths no block edges.
    """
    own = stream.codec_context
    if own.name in SELF_CONTAINED:
        own.thread_count = 1
        return own
    context = _accelerated(own.name, decoder) or av.CodecContext.create(own.name, "r")
    context.extradata = own.extradata
    context.thread_count = 1
    if loop_filter == "none":
        context.options = {"skip_loop_filter": "all"}
    return context


def _accelerated(codec: str, decoder: str) -> Any | None:  # noqa: ANN401
    names = {"auto": hwdevices_available(), "off": []}.get(decoder, [decoder])
    for name in names:
        if not _usable(name, codec):
            continue
        context = av.CodecContext.create(codec, "r", hwaccel=HWAccel(name, allow_software_fallback=True))
        log.debug("decoding in hardware", device=name, codec=codec)
        return context
    if decoder not in {"auto", "off"}:
        _say_once(decoder, codec)
    return None


@cache
def _usable(name: str, codec: str) -> bool:
    """Whether such circuits are here and know the codec; asked once, for asking opens the device."""
    if name not in hwdevices_available():
        return False
    try:
        context = av.CodecContext.create(codec, "r", hwaccel=HWAccel(name, allow_software_fallback=True))
    except (av.error.FFmpegError, NotImplementedError) as exc:
        log.debug("no such circuits", device=name, codec=codec, why=str(exc))
        return False
    return bool(context.is_hwaccel)


@cache
def _say_once(decoder: str, codec: str) -> None:
    log.warning(
        "no such circuits on this machine, the processor decodes",
        decoder=decoder,
        codec=codec,
        known=hwdevices_available(),
    )
