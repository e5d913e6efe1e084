"""What the public page counts, for `/metrics`."""

from prometheus_client import Counter, Gauge

REQUESTS = Counter("clearway_public_requests_total", "Requests to the public page, by outcome.", ["outcome"])
ANSWERS = Counter("clearway_public_answers_total", "What owners answered; repeats are not.", ["kind"])
CALLBACKS = Counter(
    "clearway_public_callbacks_total", "What providers told, by outcome.", ["kind", "outcome"]
)
DOUBTED = Gauge("clearway_zones_doubted", "Zones of which several owners say: not my vehicle.")
REVIEWS = Gauge("clearway_reviews_waiting", "Open cases that wait for a person, after: not my vehicle.")
