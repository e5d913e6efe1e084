"""Case events on a Kafka topic: what may be set (`settings`), and who writes them there (`relay`)."""
