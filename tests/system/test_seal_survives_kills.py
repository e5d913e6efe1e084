"""kill -9 of a box that seals: no gap in its chain, no number twice, a packet for every overstay kept."""

import os
import random
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

from edge.spool import Spool
from models import envelope
from models.packet import opened
from models.records import EvidenceSealed, StayEnded, StayOverstayed

CHILD = Path(__file__).parents[1] / "parts_seal_child.py"
KILLS = 6


def test_kill_9_of_a_sealing_box_neither_tears_nor_forks_its_chain(tmp_path):
    dice, kept = random.Random(7), set()
    for turn in range(KILLS + 1):
        last = turn == KILLS
        child = subprocess.Popen(
            [sys.executable, str(CHILD), str(tmp_path), str(turn * 10_000), "3", "5" if last else "3000"],
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": str(CHILD.parents[1])},
        )
        lines = []
        if not last:
            wanted = dice.randrange(1, 60)
            while len(lines) < wanted and (line := child.stdout.readline()):
                lines += [line] * line.startswith("kept ")
            child.kill()
        lines += [line for line in child.stdout if line.endswith("\n")]
        child.stdout.close()
        assert child.wait() == (0 if last else -9)
        kept |= {tuple(line.split()[1:]) for line in lines if line.startswith("kept ")}

    spool = Spool(tmp_path / "box.db", 512 * 1024 * 1024)
    events = [envelope.decode(entry.body) for entry in spool.events(limit=1_000_000)]
    spool.close()
    packets = [opened(event.data, event.source) for event in events if isinstance(event.data, EvidenceSealed)]
    assert [packet.manifest.number for packet in packets] == list(range(1, len(packets) + 1))
    assert all(after.manifest.previous == before.sha256 for before, after in pairwise(packets))
    assert len({packet.manifest.chain for packet in packets}) == 1
    proven = [packet.manifest.event_id for packet in packets]
    turns = {event.id for event in events if isinstance(event.data, StayOverstayed | StayEnded)}
    # A packet and the observation it proves were kept together, or neither was.
    assert set(proven) == turns
    assert len(proven) == len(turns)
    assert kept <= {(packet.manifest.stay_id, packet.manifest.turn) for packet in packets}
    assert len(kept) > KILLS
