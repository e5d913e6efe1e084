"""The sums behind the edge's figures; what they are made of is measured elsewhere."""

import argparse

import pytest

from benchmarks import edge
from benchmarks.edge_ways import Cost
from benchmarks.rtsp_bench import Cameras

COSTS = {
    "floor": Cost(cpu_s=3.0, wall_s=60.0, looks=60, network_runs=0, peak_mb=50),
    "picture-floor": Cost(cpu_s=1.2, wall_s=60.0, looks=60, network_runs=0, peak_mb=50),
    "ours": Cost(cpu_s=3.6, wall_s=60.0, looks=60, network_runs=6, peak_mb=200),
    "recorders": Cost(cpu_s=36.0, wall_s=60.0, looks=300, network_runs=200, peak_mb=300),
    "track": Cost(cpu_s=66.0, wall_s=60.0, looks=600, network_runs=600, peak_mb=900),
}


@pytest.fixture
def bench(tmp_path, monkeypatch):
    weights = tmp_path / "net.pt"
    weights.touch()
    wanted = argparse.Namespace(
        network=weights, measure_s=60.0, warm_up_s=15.0, group=25, tracker=weights, tracker_python="python"
    )
    made = edge._Bench(wanted, Cameras(1, 2, 3), tmp_path / "plan.toml")
    asked = []

    def run(_command, wish):
        asked.append(wish)
        cost = COSTS[wish.way]
        more = 25 * (wish.cameras - 1)
        return Cost(
            cost.cpu_s * wish.cameras, cost.wall_s, cost.looks, cost.network_runs, cost.peak_mb + more
        )

    monkeypatch.setattr(made, "_run", run)
    monkeypatch.setattr(edge.subprocess, "run", lambda *_, **__: argparse.Namespace(returncode=0))
    made.asked = asked
    return made


def figures(found):
    return {figure.figure: figure for figure in found}


def test_ours_is_held_against_its_floor_and_the_usual_ways(bench):
    found = figures(bench.source("main-h264"))
    assert found["main-h264: floor"].value == pytest.approx(0.05)
    assert found["main-h264: ours"].note == "17 cameras a core"
    assert found["main-h264: ours over the floor"].value == pytest.approx(1.2)
    assert found["main-h264: looks that ran the network"].value == pytest.approx(0.1)
    assert found["main-h264: recorders over ours"].value == pytest.approx(10)
    # A core did ten frames a second of the twenty-five that come.
    assert found["main-h264: tracker over ours"].value == pytest.approx(66 / 600 * 25 / 0.06)
    assert found["main-h264: tracker over ours"].holds is False


def test_the_usual_ways_are_measured_once_and_on_the_main_stream(bench):
    for source in ("main-h264", "sub-h264", "picture"):
        list(bench.source(source))
    others = [wish for wish in bench.asked if wish.way in {"recorders", "track"}]
    assert [wish.way for wish in others] == ["recorders", "track"]
    assert all("main-h264" in wish.address for wish in others)


def test_a_small_stream_has_the_main_one_behind_it_and_a_picture_a_floor_of_its_own(bench):
    list(bench.source("sub-h264"))
    list(bench.source("picture"))
    ours = [wish for wish in bench.asked if wish.way == "ours"]
    assert ours[0].main == "rtsp://127.0.0.1:1/main-h264.mp4/play_count_0"
    assert ours[1].address == "http://127.0.0.1:2/picture.jpg"
    assert [wish.way for wish in bench.asked if "floor" in wish.way] == ["floor", "picture-floor"]


def test_memory_is_what_each_further_camera_adds(bench):
    found = figures(bench.memory())
    assert found["peak memory per added camera"].value == pytest.approx(25)
    assert found["processor time per camera, of five against one"].value == pytest.approx(1)


def test_without_the_tracker_the_rest_is_measured(bench, capsys):
    bench._wanted.tracker = bench._wanted.tracker.with_name("none.pt")
    found = figures(bench.source("main-h264"))
    assert "main-h264: tracker over ours" not in found
    assert "left out: the tracker" in capsys.readouterr().err


def test_figures_of_a_machine_that_was_busy_are_said_to_be(bench, monkeypatch, capsys):
    list(bench.memory())
    said = capsys.readouterr().err
    assert "too busy" in said
    monkeypatch.setattr(bench, "_run", lambda *_: COSTS["ours"])
    bench._measure(edge.Wish("ours", "rtsp://camera"))
    assert capsys.readouterr().err == ""


def test_the_bars_are_stated_for_one_dwell():
    assert edge._with_dwell("[[zone]]\ndwell_s = 15\nid = 1") == "[[zone]]\ndwell_s = 30\nid = 1\n"
