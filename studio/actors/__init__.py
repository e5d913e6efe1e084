"""Everybody and everything that comes and goes: vehicles, riders, people, stalls."""
