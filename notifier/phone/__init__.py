"""The phone on the desk: a provider of our own for trials and tests, and its misbehaviour."""
