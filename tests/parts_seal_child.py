"""A box whose cameras seal one overstay after the other, until it is killed. Says `kept N` for each.

Usage: python parts_seal_child.py FOLDER FIRST_STAY CAMERAS STAYS_A_CAMERA
"""

import sys
import threading
from pathlib import Path

import numpy as np

from benchmarks.tampering import SOURCE, say, turn_of
from detectors.look import Frame
from detectors.stays import StayTurn
from edge import evidence
from edge.clock import Clock
from edge.seal import Seal
from edge.spool import Spool


def main(folder: str, first: str, cameras: str, count: str) -> None:
    spool = Spool(Path(folder) / "box.db", 512 * 1024 * 1024)
    seal = Seal(spool, Path(folder) / "box.key", Clock(), SOURCE.rpartition("/")[0], "clearway test")
    each = int(count)
    threads = [
        threading.Thread(target=look, args=(spool, seal, int(first) + camera * each, each))
        for camera in range(int(cameras))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sys.stdout.write("done\n")


def look(spool: Spool, seal: Seal, first: int, count: int) -> None:
    """One camera: stays that begin, overstay and end, as `edge.camera` spools them."""
    for number in range(first, first + count):
        for turn in (StayTurn.OVERSTAYED, StayTurn.ENDED):
            event, _ = turn_of(number, turn)
            frame = Frame(np.full((8, 8, 3), number % 250, np.uint8), event.at, event.at)
            say(spool, seal, event, [evidence.close_up(frame, (0.0, 0.0, 1.0, 1.0))])
            sys.stdout.write(f"kept {event.stay.id} {turn.value}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
