"""What an operator may do about a case as it is, and what each of these asks for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cases import commands
from cases.clients import Client
from cases.clients.scopes import needed_for, needed_for_kind
from cases.commands import NEED_A_REASON, Command
from cases.orders import ALLOWED
from cases.states import PEOPLE_SAY, DismissReason, Disowned, Resolution, State

Answers = Mapping[str, str]
"""What was filled in, by the name of the field; `why` among them."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One button.

    Attributes:
        word: of the command.
        make: the command from what was filled in.
        field: what is asked for besides the reason; empty for nothing.
        options: what can be chosen for it; empty for free text.
        leads_on: whether it is the way forward, and not aside.
    """

    word: str
    kind: type[Command]
    make: Callable[[Answers], Command]
    field: str = ""
    options: tuple[str, ...] = ()
    leads_on: bool = False

    @property
    def needs_reason(self) -> bool:
        """Whether a reason has to be given."""
        return issubclass(self.kind, NEED_A_REASON)

    def usable_by(self, who: Client) -> tuple[str, ...]:
        """The options that somebody may choose: a penalty is not for everybody."""
        asked = {"why": "-", "into": "-", "unit": "-"}
        return tuple(one for one in self.options if who.may(needed_for(self.make(asked | {self.field: one}))))


def _choice(
    kind: type[Command],
    make: Callable[[Answers], Command],
    field: str = "",
    options: tuple[str, ...] = (),
    *,
    leads_on: bool = False,
) -> Choice:
    name = kind.__name__
    word = "".join(f"_{sign.lower()}" if sign.isupper() else sign for sign in name).lstrip("_")
    return Choice(word, kind, make, field, options, leads_on)


GRANTED, REFUSED = "granted", "refused"
THEIRS, NOT_THEIRS, NOT_THEIRS_KEPT = "theirs", "not_theirs", "not_theirs_kept"

CHOICES: tuple[Choice, ...] = (
    _choice(commands.Assess, lambda said: commands.Assess(why=said["why"]), leads_on=True),
    _choice(commands.Accept, lambda said: commands.Accept(why=said["why"]), leads_on=True),
    _choice(commands.Start, lambda said: commands.Start(why=said["why"]), leads_on=True),
    _choice(
        commands.Done,
        lambda said: commands.Done(resolution=Resolution(said["resolution"]), why=said["why"]),
        "resolution",
        tuple(sorted(one.value for one in PEOPLE_SAY)),
        leads_on=True,
    ),
    _choice(
        commands.Review,
        lambda said: commands.Review(
            theirs=said["review"] == THEIRS, keep_open=said["review"] == NOT_THEIRS_KEPT, why=said["why"]
        ),
        "review",
        (THEIRS, NOT_THEIRS, NOT_THEIRS_KEPT),
        leads_on=True,
    ),
    _choice(
        commands.Dismiss,
        lambda said: commands.Dismiss(reason=DismissReason(said["dismissed_as"]), why=said["why"]),
        "dismissed_as",
        tuple(one.value for one in DismissReason),
    ),
    _choice(commands.HandOver, lambda said: commands.HandOver(unit=said["unit"], why=said["why"]), "unit"),
    _choice(commands.Assist, lambda said: commands.Assist(unit=said["unit"], why=said["why"]), "unit"),
    _choice(commands.Return, lambda said: commands.Return(why=said["why"])),
    _choice(commands.Escalate, lambda said: commands.Escalate(why=said["why"])),
    _choice(
        commands.Decide,
        lambda said: commands.Decide(
            step=said.get("step") or commands.PENALTY, granted=said["decision"] == GRANTED, why=said["why"]
        ),
        "decision",
        (GRANTED, REFUSED),
    ),
    _choice(commands.Merge, lambda said: commands.Merge(into=said["into"], why=said["why"]), "into"),
    _choice(commands.Comment, lambda said: commands.Comment(why=said["why"])),
)


def possible(state: str, who: Client, disowned: str = "") -> tuple[Choice, ...]:
    """The buttons of a case in a state that somebody may press, the way forward first.

    Args:
        state: of the case.
        who: asks.
        disowned: what is known of an owner's "it is not mine": only who waits for a finding gets its button.
    """
    now, asked = State(state), disowned == Disowned.WAITING
    return tuple(
        one
        for one in CHOICES
        if now in ALLOWED[one.kind]
        and who.may(needed_for_kind(one.kind))
        and (asked or one.kind is not commands.Review)
    )


def choice_of(word: str) -> Choice:
    """The button of a command."""
    return next(one for one in CHOICES if one.word == word)


def missing(choice: Choice, said: Answers) -> str:
    """The field that is still to be filled in; empty when none is."""
    if choice.field and not said.get(choice.field, "").strip():
        return choice.field
    return "why" if choice.needs_reason and not said.get("why", "").strip() else ""


__all__ = ["CHOICES", "Choice", "choice_of", "missing", "possible"]
