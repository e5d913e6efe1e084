"""Notices: what is due, what is meant to be sent, what became of it, and who is told instead."""
