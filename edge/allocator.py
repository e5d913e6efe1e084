"""How the box's process takes memory from the system and gives it back.

Every camera has threads of its own, and the C library gives each thread a heap of its own in which freed
pictures stay. With one heap, and pictures taken from the system one by one, a camera more took 38
instead of 64 MB (`python -m benchmarks edge --only memory`, with and without the call in
`benchmarks/edge_ways.py`; it has become less since).
"""

import ctypes
import sys

PICTURE_BYTES = 256 * 1024
"""Whatever is larger is a picture or part of one, and goes back to the system as soon as it is free."""

_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8
"""Of glibc's `malloc.h`."""


def give_pictures_back() -> bool:
    """Have it so from now on. To be called before the first thread starts.

    Returns:
        Whether this machine's C library can do it; others do as they always did.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        tell = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # another C library than glibc
        return False
    return bool(tell(_M_ARENA_MAX, 1)) and bool(tell(_M_MMAP_THRESHOLD, PICTURE_BYTES))
