"""What the stream counts. Scraped at `/metrics` of its role."""

from prometheus_client import Counter, Gauge, Histogram

MESSAGES = Counter("clearway_ingest_messages_total", "MQTT messages taken in", ["channel"])
LOGGED = Counter("clearway_ingest_logged_total", "Observations put on the log")
APPLIED = Counter("clearway_ingest_applied_total", "Observations applied to the ledger", ["outcome"])
DEAD = Counter("clearway_ingest_dead_letters_total", "Bytes that could not be used", ["field"])
BATCH = Histogram(
    "clearway_ingest_batch_size", "Observations a ledger transaction", buckets=(1, 2, 5, 10, 20, 50, 100, 200)
)
WAITING = Gauge("clearway_ingest_waiting", "Observations read from the log and not yet applied")
APPLY_SECONDS = Histogram("clearway_ingest_apply_seconds", "One ledger transaction")
