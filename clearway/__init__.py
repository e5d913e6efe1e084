"""The front door: command line, settings, logging and wiring. Imports everything; nobody imports it."""

from importlib.metadata import version

__version__ = version("clearway")
