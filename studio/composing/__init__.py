"""Laying sprites over the empty street in linear light."""
