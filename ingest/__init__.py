"""The stream: MQTT bridge, the Faust app, the embedded log, deduplication."""
