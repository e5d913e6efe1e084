import subprocess
import sys

PROGRAM = """
import threading
import numpy as np
from edge.allocator import give_pictures_back

def resident_mb():
    return int(open("/proc/self/statm").read().split()[1]) * 4096 / 1e6

assert give_pictures_back()
def work():
    for _ in range(3):
        pictures = [np.ones((1080, 1920, 3), np.uint8) for _ in range(4)]
    waiting.wait()
    done.wait()
threads = [threading.Thread(target=work) for _ in range(8)]
waiting, done = threading.Barrier(9), threading.Event()
before = resident_mb()
for thread in threads:
    thread.start()
waiting.wait()
held = resident_mb() - before
done.set()
for thread in threads:
    thread.join()
print(held, resident_mb() - before)
"""


def test_pictures_that_are_free_go_back_to_the_system():
    told = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    held_mb, left_mb = map(float, told.stdout.split())
    assert held_mb > 8 * 4 * 6
    assert left_mb < 10
