"""Evidence from the seal at the kerb to a file that a stranger checks: real broker, stream and commands."""

from parts_site import clearway, site_in

from benchmarks.site import Box, until
from benchmarks.tampering import SOURCE, empty_of, say, shots_of, turn_of
from detectors.stays import StayTurn
from edge.clock import Clock
from edge.seal import Seal


def test_sealed_evidence_walks_to_the_ledger_and_out_into_a_file(tmp_path):
    with site_in(tmp_path, edge={"site": "harbour", "device": "box-1"}) as site:
        site.start("broker", "ingest")
        clock = Clock()
        with Box(site, clock=clock).running() as box:
            seal = Seal(box.spool, tmp_path / "box.key", clock, SOURCE.rpartition("/")[0], "clearway test")
            say(box.spool, seal, turn_of(0, StayTurn.OVERSTAYED)[0], shots_of(0))
            until(site.reading.cases, what="the case")
            until(lambda: clock.offset() is not None, what="the centre's clock")
            say(box.spool, seal, turn_of(0, StayTurn.ENDED)[0], [empty_of(1)])
            until(lambda: not (box.spool.health().events + box.spool.health().pictures), what="receipts")
        (case,) = site.reading.cases()
        until(lambda: len(site.reading.packets(case["id"])) == 2, what="both packets")
        first, second = (packet.manifest for packet in site.reading.packets(case["id"]))
        assert (first.clock_offset_s, second.previous is None) == (None, False)
        # One machine, one clock: the offset is nothing, and the error says how well that is known.
        assert abs(second.clock_offset_s) <= second.clock_error_s < 5
        out = tmp_path / "case.zip"
        done = clearway("packet", case["number"], "-o", out, "-s", site.file, timeout_s=200)
        assert done.returncode == 0, done.stderr
        done = clearway("verify", out, "--key", seal.public, timeout_s=200)
        assert done.returncode == 0, done.stdout
        assert site.reading.conditions() == []
        assert site.reading.totals().dead_letters == 0
