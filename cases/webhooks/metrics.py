"""What the relay counts, for `/metrics`."""

from prometheus_client import Counter, Gauge, Histogram

ATTEMPTS = Counter(
    "clearway_connect_attempts_total",
    "Tries to hand a case event over, by outcome.",
    ["subscription", "outcome"],
)
DELIVERED = Counter("clearway_connect_delivered_total", "Case events handed over.", ["subscription"])
WAITING = Gauge("clearway_connect_waiting", "Case events not handed over yet.", ["subscription"])
DEAD = Gauge("clearway_connect_dead", "Case events given up; see `clearway webhooks dead`.", ["subscription"])
PAUSED = Gauge(
    "clearway_connect_paused", "1 while a receiver that keeps failing is paused.", ["subscription"]
)
LATENCY = Histogram(
    "clearway_connect_seconds",
    "From the change of the case to the receiver's answer.",
    ["subscription"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 600, 3600, 86_400, 172_800),
)
