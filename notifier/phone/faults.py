"""How our own provider misbehaves on request: each way in which a real one was seen to."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from random import Random

from models.errors import ConfigurationError
from models.toml import nearest

SECONDS = frozenset({"slow_s", "hang_s", "report_s"})
REQUEST = (
    "timeout_after_accept",
    "error_after_accept",
    "error",
    "drop_after_accept",
    "drop",
    "too_many",
    "slow",
)
"""What goes wrong with a request to send: one of these, or nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneFaults:
    """Chances, 0..1, that something goes wrong. Those of a request to send are together at most 1.

    Attributes:
        timeout_after_accept: the message is kept, the answer comes too late.
        error_after_accept: the message is kept, the answer is a 500.
        error: nothing is kept, the answer is a 500.
        drop_after_accept: the message is kept, the connection breaks inside the answer.
        drop: nothing is kept, the connection breaks inside the answer.
        too_many: nothing is kept, the answer is a 429.
        slow: all is well, only late.
        undelivered: the message was taken, and the network gives it back.
        failed: the message was taken, and never leaves the provider.
        report_lost: a report on a message's fate never comes.
        report_repeated: it comes twice.
        report_disordered: the reports on a message come in another order.
        slow_s: how late.
        hang_s: how late an answer is that comes too late. Longer than the client waits.
        report_s: between one report and the next.
    """

    timeout_after_accept: float = 0.0
    error_after_accept: float = 0.0
    error: float = 0.0
    drop_after_accept: float = 0.0
    drop: float = 0.0
    too_many: float = 0.0
    slow: float = 0.0
    undelivered: float = 0.0
    failed: float = 0.0
    report_lost: float = 0.0
    report_repeated: float = 0.0
    report_disordered: float = 0.0
    slow_s: float = 0.05
    hang_s: float = 30.0
    report_s: float = 0.05

    def pick(self, dice: Random) -> str:
        """The name of what goes wrong with a request this time; empty when nothing does."""
        thrown = dice.random()
        for name in REQUEST:
            thrown -= getattr(self, name)
            if thrown < 0:
                return name
        return ""


def parse_faults(words: Sequence[str]) -> PhoneFaults:
    """Read `name=chance` (0..1), or `name=seconds` for those that end in `_s`.

    Raises:
        ConfigurationError: a name is unknown, a value is none, or the chances do not fit together.
    """
    known = [field.name for field in fields(PhoneFaults)]
    values: dict[str, float] = {}
    for word in words:
        name, _, value = word.partition("=")
        if name not in known:
            hint = nearest(name, known) or f"there are {', '.join(known)}"
            raise ConfigurationError.of("--fault", f"no fault {name!r}", hint)
        values[name] = _number(name, value)
    if sum(values.get(name, 0.0) for name in REQUEST) > 1 + 1e-9:
        raise ConfigurationError.of(
            "--fault", "the chances of a request add up to more than 1", "lower one of them"
        )
    return PhoneFaults(**values)


def _number(name: str, value: str) -> float:
    most = 3600.0 if name in SECONDS else 1.0
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not 0 <= number <= most:
        remedy = f"write {name}=0.1; from 0 to {most:g}"
        raise ConfigurationError.of("--fault", f"{name}={value} is no {_kind(name)}", remedy)
    return number


def _kind(name: str) -> str:
    return "number of seconds" if name in SECONDS else "chance"
