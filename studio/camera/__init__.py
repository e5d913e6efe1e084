"""The camera: lens, sensor, what goes wrong with it, and the clip it writes."""
