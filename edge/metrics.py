"""What an edge box counts. Scraped at `/metrics` of its role."""

from prometheus_client import Counter, Gauge, Histogram

LOOKS = Counter("clearway_edge_looks_total", "Frames looked at", ["camera"])
NETWORK_RUNS = Counter("clearway_edge_network_runs_total", "Looks that ran the network", ["camera"])
LOOK_SECONDS = Histogram("clearway_edge_look_seconds", "From frame to conclusions", ["camera"])
OBSERVATIONS = Counter("clearway_edge_observations_total", "Observations spooled", ["type"])
SOURCE_LOST = Counter("clearway_edge_source_lost_total", "Times a camera stopped giving frames", ["camera"])
SPOOL_WAITING = Gauge("clearway_edge_spool_waiting", "Entries without a receipt", ["kind"])
SPOOL_BYTES = Gauge("clearway_edge_spool_bytes", "Bytes that wait for a receipt")
SPOOL_DROPPED = Gauge("clearway_edge_spool_dropped", "Entries lost to a full spool", ["kind"])
CONNECTED = Gauge("clearway_edge_connected", "1 while the broker is connected")
