"""The box at the kerb: cameras and sensors in, observations out, nothing lost on the way."""
