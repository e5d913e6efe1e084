"""The naive way: ultralytics' tracker on every frame.

Runs by itself, in whatever Python has ultralytics: `python benchmarks/edge_tracker.py WISH`, with the wish
and the answer of `benchmarks.edge_ways`.
"""

import json
import os
import resource
import sys
import time


def main() -> None:
    """Track until the time is over, and print what it cost."""
    wish = json.loads(sys.argv[1])
    os.environ |= {"YOLO_AUTOINSTALL": "false", "OMP_NUM_THREADS": "1", "OPENCV_FFMPEG_LOGLEVEL": "-8"}
    import torch  # noqa: PLC0415 - after the environment is set
    from ultralytics import YOLO  # noqa: PLC0415

    torch.set_num_threads(1)
    begins = time.monotonic() + wish["warm_up_s"]
    ends = begins + wish["measure_s"]
    frames, cpu, wall = 0, 0.0, 0.0
    model = YOLO(wish["network"])
    for _ in model.track(source=wish["address"], stream=True, verbose=False, persist=True, device="cpu"):
        now = time.monotonic()
        if not wall and now >= begins:
            cpu, wall, frames = time.process_time(), now, 0
        frames += 1
        if now >= ends:
            break
    answer = {
        "cpu_s": time.process_time() - cpu,
        "wall_s": time.monotonic() - wall,
        "looks": frames,
        "network_runs": frames,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
