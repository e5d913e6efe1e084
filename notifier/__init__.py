"""The voice: one message to one owner, once, within seconds; and nothing to anybody else.

`ladder` decides, `messages` writes, `owners` knows whom, `provider` sends; `dispatcher` is the loop around
them. `phone` is a provider of our own for a desk without credentials.
"""
