"""Dark, rain, snow and water as they come over a frame."""
