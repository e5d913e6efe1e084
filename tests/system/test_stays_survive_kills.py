"""An edge box that is killed again and again while a car stands before its camera: one stay, one case."""

import random
import shutil
import time
from pathlib import Path

import cv2
import pytest
from parts_site import site_in

from benchmarks.rtsp_bench import serving
from benchmarks.site import until
from models import envelope
from models.records import EndedBy, StayBegan, StayEnded, StayOverstayed

CLIP = Path(__file__).parents[1] / "clips" / "shopping-mast-noon-parks-and-leaves.mp4"
BEGAN_S, OVERSTAYED_S, LEFT_S, LENGTH_S = 12, 32, 58, 84
"""As the clip's truth tells."""

SHOWN_S = 300
EMPTY_S = range(66, 80)
"""The empty place of these seconds is shown again and again until then, however slow the machine."""

START_S = 5.0
"""More than writing the pictures takes."""


def write_pictures(folder: Path) -> int:
    """A camera that shows the picture of the second; when the clip's first second comes, Unix time."""
    folder.mkdir()
    clip = cv2.VideoCapture(str(CLIP))
    rate = round(clip.get(cv2.CAP_PROP_FPS))
    seconds = []
    for _ in range(LENGTH_S):
        for _ in range(rate):
            assert clip.grab()
        seconds.append(clip.retrieve()[1])
    clip.release()
    first = int(time.time() + START_S)
    for second in range(SHOWN_S):
        shown = second if second < EMPTY_S.stop else EMPTY_S[(second - EMPTY_S.start) % len(EMPTY_S)]
        pixels = seconds[shown].copy()
        pixels[0, 0] = second % 250  # a camera never sends the same picture twice
        cv2.imwrite(str(folder / f"{(first + second) % SHOWN_S:03d}.jpg"), pixels)
    return first


@pytest.mark.timeout(300)
def test_kill_9_of_the_box_in_the_middle_of_a_stay_leaves_one_stay_and_one_case(tmp_path):
    dice = random.Random(4)
    shutil.copy(CLIP.with_suffix(".toml"), tmp_path / "plan.toml")
    site_folder, pictures = tmp_path / "site", tmp_path / "pictures"
    site_folder.mkdir()
    pictures.mkdir()
    with serving(pictures) as cameras:
        camera = {
            "name": CLIP.stem,
            "source": cameras.picture("gate"),
            "manner": "snapshot",
            "plan": str(tmp_path / "plan.toml"),
        }
        with site_in(site_folder, edge={"camera": [camera], "plates": "none"}) as site:
            site.start("broker", "ingest")
            site.start("edge")
            began = write_pictures(pictures / "gate")
            # Before it is told, between beginning and overstay, and twice after: each at an odd moment.
            for second in (BEGAN_S + 1, BEGAN_S + 9, OVERSTAYED_S + 3, OVERSTAYED_S + 14):
                at = began + second + dice.random()
                until(lambda at=at: time.time() >= at, within_s=60, what="the moment")
                site.kill("edge")
                site.start("edge")
            until(lambda: site.reading.totals().cases_closed == 1, within_s=120, what="the case being closed")
            site.stop("edge")
            (case,) = site.reading.cases()
            file = site.reading.case(case["id"])
            told = [envelope.decode(row["body"].encode()).data for row in file["observations"]]
        said = [record for record in told if isinstance(record, StayBegan | StayOverstayed | StayEnded)]
        assert len({record.stay_id for record in said}) == 1
        assert sum(isinstance(record, StayOverstayed) for record in said) == 1
        (ended,) = [record for record in said if isinstance(record, StayEnded)]
        assert ended.ended_by is EndedBy.LEFT
        # A box that was down when the car came sees it when it is back, and the dwell is not begun anew.
        stood_s = (ended.ended_at - ended.began_at).total_seconds()
        assert LEFT_S - BEGAN_S - 15 <= stood_s <= LEFT_S - BEGAN_S + 15
        assert case["resolution"] == "left"
