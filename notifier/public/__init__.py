"""The public side of the voice: the page behind the link in a message, and what providers call back about.

Whoever opens it signs in with the link alone, which names one notice and expires (`notifier.links`). Looking
never changes anything: telephones open links by themselves to show previews. It needs no JavaScript.
"""
