"""`clearway` in a process of its own that notes every name it asks the network for: `FILE ARGUMENTS…`."""

import socket
import sys
from pathlib import Path

from clearway.cli import run

asked = Path(sys.argv[1])


def refuse(*names: object, **_: object) -> None:
    """Nobody is there."""
    with asked.open("a", encoding="utf-8") as lines:
        lines.write(f"{names}\n")
    raise OSError("this test has no network")


socket.getaddrinfo = refuse
socket.socket.connect = refuse
run(sys.argv[2:])
