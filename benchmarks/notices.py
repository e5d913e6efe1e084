"""The figures of the notices: faults and kills, latency, telephone numbers, unsure plates."""

from benchmarks.notices_kills import kills
from benchmarks.notices_latency import latency
from benchmarks.notices_plates import plates
from benchmarks.notices_scan import scan

PARTS = {"kills": kills, "latency": latency, "scan": scan, "plates": plates}
"""In the order in which they run."""
