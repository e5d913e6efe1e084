"""Brokers that are away, processes that are killed: nothing is lost and no case is doubled."""

import random
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import tomli_w
from parts_site import clearway, site_in, speaking
from sqlalchemy import select

from benchmarks.first_light import kills
from benchmarks.observations import stay, stays
from benchmarks.site import Box, free_ports, until
from cases.tables import observations
from clearway.roles import ORDER

CHILD = Path(__file__).parents[1] / "parts_box_child.py"


def test_a_broker_that_was_down_for_an_hour_costs_nothing(tmp_path):
    with site_in(tmp_path) as site:
        with Box(site).running() as box:
            expected = list(stays(900))
            for start in range(0, len(expected), 100):
                box.spool.put([(said.id, said.body) for said in expected[start : start + 100]])
            assert box.spool.health().events == 3600
            assert not box.link.connected.is_set()
            site.start("broker")
            site.start("ingest")
            until(lambda: site.reading.totals().observations >= 3600, within_s=60, what="all of them")
            until(lambda: box.spool.health().events == 0, within_s=30, what="all receipts")
        totals = site.reading.totals()
        assert (totals.observations, totals.dead_letters) == (3600, 0)
        # Every stay opened its case and closed it: in any other order it would have stayed open.
        assert (totals.cases_open, totals.cases_closed) == (0, 900)
        with site.database.read() as connection:
            assert set(connection.execute(select(observations.c.id)).scalars()) == {
                said.id for said in expected
            }


def test_kill_9_of_ingest_loses_nothing_and_doubles_no_case():
    """The same with twenty kills is a figure of the benchmarks."""
    figures = {figure.figure: figure.value for figure in kills(count=3, stay_count=150, seed=5)}
    assert figures == {"observations lost to kills": 0, "cases lost to kills": 0, "cases doubled by kills": 0}


def test_kill_9_of_the_box_loses_nothing_it_had_kept(tmp_path):
    dice, kept = random.Random(11), []
    with site_in(tmp_path) as site:
        site.start("broker")
        site.start("ingest")
        settings = site.mqtt_as("edge")
        password = settings.password.get_secret_value()
        environment = {"CLEARWAY_MQTT__PASSWORD": password, "PYTHONPATH": str(CHILD.parents[1])}
        for turn in range(4):
            last = turn == 3
            child = subprocess.Popen(
                [sys.executable, str(CHILD), str(tmp_path / "box.db"), settings.url, str(turn * 500),
                 "40" if last else "500"],
                stdout=subprocess.PIPE,
                text=True,
                env=environment,
            )  # fmt: skip
            if not last:
                kept += [child.stdout.readline() for _ in range(dice.randrange(50, 400))]
                child.kill()
            kept += [line for line in child.stdout if line.endswith("\n")]
            child.stdout.close()
            assert child.wait() == (0 if last else -9)
        ids = {line.split()[1] for line in kept if line.startswith("kept ")}
        until(lambda: site.reading.totals().observations >= len(ids), within_s=30, what="everything kept")
        with site.database.read() as connection:
            found = set(connection.execute(select(observations.c.id)).scalars())
        assert ids <= found
        cases = site.reading.cases(limit=10_000)
        assert len(cases) == len({case["dedup_key"] for case in cases})


def test_a_broker_that_is_killed_while_observations_flow_costs_nothing(tmp_path):
    with site_in(tmp_path) as site:
        site.start("broker")
        site.start("ingest")
        with Box(site).running() as box:
            until(box.link.connected.is_set, what="the connection")
            now, count = datetime.now(UTC), 150
            for number in range(count):
                box.spool.put([(said.id, said.body) for said in stay(number, now)])
                if number in {50, 100}:
                    site.kill("broker")
                    site.start("broker")
            until(lambda: site.reading.totals().observations >= count * 4, within_s=60, what="all of them")
        totals = site.reading.totals()
        assert (totals.observations, totals.cases_closed, totals.cases_open) == (count * 4, count, 0)


def test_a_second_worker_on_one_log_says_so_and_exits_78(tmp_path):
    with site_in(tmp_path) as site:
        site.start("broker")
        site.start("ingest")
        other = tmp_path / "other.toml"
        values = {
            "data_dir": str(tmp_path),
            "status": {"base_port": free_ports(len(ORDER))},
            "mqtt": {"url": site.settings.mqtt.url},
        }
        other.write_text(tomli_w.dumps(values), encoding="utf-8")
        done = clearway("ingest", "--settings", other, timeout_s=30)
        assert done.returncode == 78
        assert "clearway: log" in done.stderr
        assert str(tmp_path / "log.db") in done.stderr
        assert "Traceback" not in done.stderr
        # The first one does not notice.
        with speaking(site, "edge") as speaker:
            for said in stay(1, datetime.now(UTC)):
                assert speaker.say("clearway/v1/bench/box/observations", said.body)
            until(lambda: site.reading.totals().observations == 4, what="the first worker going on")


def test_ctrl_c_of_a_worker_under_load_ends_it_in_time_with_nothing_lost(tmp_path):
    with site_in(tmp_path) as site:
        site.start("broker")
        site.start("ingest")
        with Box(site).running() as box:
            expected = list(stays(500))
            box.spool.put([(said.id, said.body) for said in expected])
            until(lambda: site.reading.totals().observations > 0, what="the first ones")
            began = time.monotonic()
            assert site.stop("ingest") == 0
            assert time.monotonic() - began < 5
            site.start("ingest")
            until(lambda: site.reading.totals().observations == 2000, within_s=60, what="all of them")
        assert site.reading.totals().cases_closed == 500
