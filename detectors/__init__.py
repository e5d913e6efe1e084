"""The eye: a look goes in, observations come out.

Every rule here is a pure step over a frozen state; only the networks touch anything outside, and they
read one model file at start.
"""
