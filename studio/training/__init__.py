"""Pictures with boxes for teaching the network."""
