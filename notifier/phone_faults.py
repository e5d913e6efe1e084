"""How our own provider misbehaves on request: each way in which a real one was seen to."""

from dataclasses import dataclass, fields
from random import Random


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneFaults:
    """Chances, 0..1, that a request to send goes wrong in a certain way. Together at most 1.

    Attributes:
        timeout_after_accept: the message is kept, the answer comes too late.
        error_after_accept: the message is kept, the answer is a 500.
        error: nothing is kept, the answer is a 500.
        drop_after_accept: the message is kept, the connection breaks inside the answer.
        drop: nothing is kept, the connection breaks inside the answer.
        too_many: nothing is kept, the answer is a 429.
        slow: all is well, only late.
        slow_s: how late.
        hang_s: how late an answer is that comes too late. Longer than the client waits.
    """

    timeout_after_accept: float = 0.0
    error_after_accept: float = 0.0
    error: float = 0.0
    drop_after_accept: float = 0.0
    drop: float = 0.0
    too_many: float = 0.0
    slow: float = 0.0
    slow_s: float = 0.05
    hang_s: float = 30.0

    def pick(self, dice: Random) -> str:
        """The name of what goes wrong this time; empty when nothing does."""
        thrown = dice.random()
        for chance in fields(self)[:7]:
            thrown -= getattr(self, chance.name)
            if thrown < 0:
                return chance.name
        return ""
