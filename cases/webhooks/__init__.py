"""Webhooks: every change of a case, signed and in order, to the systems that subscribed to it."""
