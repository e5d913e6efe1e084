"""What a network trained on real pictures finds of rendered ones."""

import msgspec
import numpy as np

from studio.camera.clip import write_clip
from studio.filming.realism import with_truth

SIZE_WH = (160, 96)


def truth_line(number):
    return msgspec.json.encode({"frame": number, "t": round(number / 10, 3), "objects": []})


def test_pictures_after_a_drop_out_keep_their_own_truth(tmp_path):
    grey = [np.full((96, 160, 3), 40 + 8 * number, np.uint8) for number in range(20)]
    shown = [None if 5 <= number < 12 else picture for number, picture in enumerate(grey)]
    write_clip(tmp_path / "c.mp4", shown, fps=10, size=SIZE_WH, crf=20)
    first = {"scene": "s", "street": "s", "view": "v", "light": "noon", "seed": 1, "fps": 10, "size": SIZE_WH}
    first |= {"zones": [], "stays": [], "plates": {}, "duration_s": 2.0}
    lines = [msgspec.json.encode(first), *map(truth_line, range(20))]
    (tmp_path / "c.truth.jsonl").write_bytes(b"\n".join(lines))
    pairs = list(with_truth(tmp_path / "c.mp4", tmp_path / "c.truth.jsonl"))
    assert [truth.frame for _, truth in pairs] == [*range(5), *range(12, 20)]
    assert all(abs(float(pixels.mean()) - (40 + 8 * truth.frame)) < 4 for pixels, truth in pairs)
