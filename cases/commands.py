"""What people and their systems may tell a case. Wishes: `cases.life.step` grants or refuses them."""

from dataclasses import dataclass

from cases.states import DismissReason, Resolution


@dataclass(frozen=True, slots=True, kw_only=True)
class _Command:
    """Something wished of one case.

    Attributes:
        why: the reason, in the person's own words; at most 1000 characters.
    """

    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assess(_Command):
    """It is real, and ours: `discovered` becomes `assessed`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accept(_Command):
    """The department takes it: `assessed` becomes `accepted`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start(_Command):
    """Somebody is on scene: `accepted` becomes `handling`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done(_Command):
    """The department is done with it: `accepted` or `handling` becomes `closed`."""

    resolution: Resolution


@dataclass(frozen=True, slots=True, kw_only=True)
class Dismiss(_Command):
    """It was no case; why is needed."""

    reason: DismissReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge(_Command):
    """It is the same incident as another open case, which goes on; why is needed.

    Attributes:
        into: id of that other case.
    """

    into: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver(_Command):
    """Another department leads from now on, and has to accept it; why is needed."""

    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Assist(_Command):
    """Another department is asked to help; why is needed."""

    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Return(_Command):
    """The department gives it back: to whoever handed it over, else to be assessed anew; why is needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalate(_Command):
    """One area up; why is needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decide(_Command):
    """A person grants or refuses what a step asked for; why is needed.

    Attributes:
        step: id of the ladder's `request_decision` step, or `penalty` for a decision nobody asked for.
    """

    step: str
    granted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment(_Command):
    """Something said about it, also after it was closed; why is what is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Review(_Command):
    """A person has looked at an owner's "it is not mine"; why is needed.

    Attributes:
        theirs: it is theirs after all: they are told on.
        keep_open: it is not, and the department goes on with the case; else it is dismissed (`wrong_plate`).
    """

    theirs: bool
    keep_open: bool = False


Command = (
    Assess
    | Accept
    | Start
    | Done
    | Dismiss
    | Merge
    | HandOver
    | Assist
    | Return
    | Escalate
    | Decide
    | Review
    | Comment
)

NEED_A_REASON = (Dismiss, Merge, HandOver, Assist, Return, Escalate, Decide, Review, Comment)

PENALTY = "penalty"
"""The decision that a person may take without being asked for it."""


def word_of(command: Command) -> str:
    """The command's name as APIs and messages write it: `hand_over` for `HandOver`."""
    name = type(command).__name__
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")
