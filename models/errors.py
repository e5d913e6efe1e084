"""Every error Clearway raises on purpose, and what happens next.

```
ClearwayError
├── ConfigurationError   a settings file, plan, policy or flag is wrong  -> stop before starting, exit 78
├── BadRecord            bytes from outside that are not what they claim -> dead letter, never retried
├── SourceLost           a camera or recording stopped giving frames     -> back off with jitter, reopen
│   └── SourceUnusable   it never will: no file, no video in it          -> stop this camera, tell operators
├── TransportDown        the broker or the log cannot be reached         -> keep in the spool, retry
│   ├── LogDamaged       the embedded log cannot be read at all            -> stop, exit 78
│   └── RegistryDown     an owner registry cannot be asked now            -> this notice waits; others go on
├── Refused              what was asked of a case is impossible as it is  -> say so to whoever asked
├── NotAllowed           whoever asked may not do that                    -> say so, and what they would need
├── StorageFull          no room for another entry                       -> drop by rank, say so loudly
├── LogInUse             a second process wants the embedded log         -> stop, exit 78
├── TrainingBroken       a network's training could not go on             -> stop; `--resume` goes on
├── DeliveryDelayed      the provider may take it later                  -> back off, retry
│   └── OutcomeUnknown   it may or may not have taken it                 -> ask the provider before retrying
├── NobodyKnows          the same, and there is nobody to ask            -> never again; a person decides
└── DeliveryRefused      the provider never will                         -> record, next contact
    ├── OwnerOptedOut    this recipient wants no messages                -> record; never ask again
    └── ProviderClosed   it refuses everything: credentials, funds       -> stop sending, alert
```

Adapters turn foreign exceptions into these (`raise … from exc`), so nothing above an adapter names a
library. A message says what, which and what to do next.
"""

from dataclasses import dataclass

EXIT_CONFIGURATION = 78
"""`EX_CONFIG` of sysexits.h: the configuration is wrong and a restart will not help."""


class ClearwayError(Exception):
    """The root: catching it catches what Clearway foresaw, and nothing else."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in one file.

    Attributes:
        source: the file, as the user named it.
        line: 1-based line, or 0 where there is none to point at (a flag, a missing key).
        key: dotted path of the key, e.g. `zone[1].polygon`.
        problem: what is wrong.
        remedy: what to do about it.
    """

    source: str
    line: int
    key: str
    problem: str
    remedy: str = ""

    def __str__(self) -> str:
        where = f"{self.source}:{self.line}" if self.line else self.source
        key = f"{self.key}: " if self.key else ""
        remedy = f"; {self.remedy}" if self.remedy else ""
        return f"{where}: {key}{self.problem}{remedy}"


class ConfigurationError(ClearwayError):
    """Something the user wrote cannot be used. Carries every fault found, not only the first."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults

    @classmethod
    def of(cls, source: str, problem: str, remedy: str = "", *, key: str = "") -> "ConfigurationError":
        """One fault that belongs to no line."""
        return cls((Fault(source=source, line=0, key=key, problem=problem, remedy=remedy),))


class BadRecord(ClearwayError):  # noqa: N818 - named for what it is, as the dead-letter screen shows it
    """Bytes that came over the wire are not the record they claim to be.

    Attributes:
        field: path of the offending field, or `$` for the whole.
        problem: what is wrong with it.
    """

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


class SourceLost(ClearwayError):  # noqa: N818 - a state of the world rather than a fault of the program
    """A camera stopped giving frames; it may come back."""


class SourceUnusable(SourceLost):
    """There is nothing to read and there never will be: a missing file, a file without video."""


class TransportDown(ClearwayError):  # noqa: N818 - a state of the world
    """The broker or the log cannot be reached; what was to be sent is kept."""


class Refused(ClearwayError):  # noqa: N818 - names the answer, as the desk and the API give it
    """A command that is impossible for this case as it is. Nothing was changed; asking again does not help.

    Attributes:
        reason: what stands against it and what to do instead.
        state: the case's state; empty when there is no such case.
        command: what was asked (`accept`, `hand_over`, …).
    """

    def __init__(self, reason: str, *, state: str = "", command: str = "") -> None:
        asked = f"{command} refused for a case that is {state}: " if command and state else ""
        super().__init__(f"{asked}{reason}")
        self.reason = reason
        self.state = state
        self.command = command


class NotAllowed(ClearwayError):  # noqa: N818 - names the answer, as the desk and the API give it
    """Whoever asked may not do that: their scopes do not allow it, or they are signed in no longer."""


class StorageFull(ClearwayError):  # noqa: N818 - a state of the world
    """The disk, or the bound set for a store, leaves no room for another entry."""


class LogInUse(ClearwayError):  # noqa: N818 - a state of the world
    """Another process holds the embedded log. One worker owns it; a city uses Kafka."""


class LogDamaged(TransportDown):
    """The embedded log's file is no log, or no longer one. A restart does not help; a person has to look."""


class RegistryDown(TransportDown):
    """An owner registry cannot be asked now. It never means that nobody owns the vehicle.

    Attributes:
        registry: which one.
        wait_s: asking earlier than in so many seconds is of no use.
        limited: it was not asked: it would have been too often for this one case.
        alive: it answers, only not this.
    """

    def __init__(
        self,
        registry: str,
        problem: str,
        *,
        wait_s: float = 0.0,
        limited: bool = False,
        alive: bool = False,
    ) -> None:
        super().__init__(f"the owner registry {registry!r} {problem}")
        self.registry = registry
        self.wait_s = wait_s
        self.limited = limited
        self.alive = alive


class TrainingBroken(ClearwayError):  # noqa: N818 - a state of the world
    """Training began and could not go on: memory, disk, damaged weights. Finished epochs are kept."""


class DeliveryDelayed(ClearwayError):  # noqa: N818 - names the outcome of a notice
    """The provider did not take the message, and may take it later."""


class OutcomeUnknown(DeliveryDelayed):
    """The provider may have taken the message: ask before trying again."""


class NobodyKnows(ClearwayError):  # noqa: N818 - names the outcome of a notice
    """The provider may have taken the message and cannot be asked: sending again might double it."""


class DeliveryRefused(ClearwayError):  # noqa: N818 - names the outcome of a notice
    """The provider will never take this message to this recipient."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class OwnerOptedOut(DeliveryRefused):
    """The recipient told the provider that they want no messages (STOP)."""


class ProviderClosed(DeliveryRefused):
    """The provider refuses everything we send: wrong credentials, no funds, account suspended."""
