"""The language of Clearway: records, ids, units, geometry, topics, wire format and errors.

Everything here is a value or a pure function. Nothing reads a clock, a file or a socket, so every other
room may import it and every rule built on it can be tested with two literals.
"""
