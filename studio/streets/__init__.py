"""Everything that never moves: streets as data, made into geometry."""
