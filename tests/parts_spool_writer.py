"""Puts observations into a spool and says each id once it is kept, until it is killed.

Usage: python parts_spool_writer.py SPOOL FIRST_NUMBER
"""

import itertools
import sys
from pathlib import Path

from edge.spool import Spool


def main(path: str, first: str) -> None:
    spool = Spool(Path(path), 64 * 1024 * 1024)
    for number in itertools.count(int(first)):
        name, picture = f"event-{number:06d}", f"picture-{number:06d}"
        body = name.encode()
        spool.put([(name, body * 40)], [(picture, b"jpeg" * 500)], [("newest", body)])
        sys.stdout.write(f"{name}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
