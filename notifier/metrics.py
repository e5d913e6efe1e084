"""What the notifier counts, for `/metrics`."""

from prometheus_client import Counter, Gauge, Histogram

NOTICES = Counter("clearway_notices_total", "Ends and turns of notices, by outcome.", ["outcome"])
LATENCY = Histogram(
    "clearway_overstay_to_sms_seconds",
    "From the device's receipt of the decisive frame to the provider's acceptance.",
    # The promise is 1 s, the goal 0.3 s; what is slower waited for a provider.
    buckets=(0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800, 3600),
)
WAITING = Gauge("clearway_notices_waiting", "Steps and notices that are due and not dealt with.")
PROVIDER_CLOSED = Gauge("clearway_provider_closed", "1 while the provider refuses our account.")
REGISTRY_LEFT_ALONE = Gauge(
    "clearway_owner_registry_left_alone", "1 while a registry fails and is left alone.", ["registry"]
)
LOOK_UPS = Counter(
    "clearway_owner_look_ups_total",
    "Look-ups by registry: found, nobody, remembered, failed, left_alone (after failures), limited.",
    ["registry", "outcome"],
)
