"""Commands as the REST API takes them, and as the ledger does."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from cases import commands
from cases.states import PEOPLE_SAY, DismissReason, Resolution
from console.rest_access import CaseId, Line, Why
from console.rest_problem import Faulty
from models.units import NAME_PATTERN

Unit = Annotated[Line, StringConstraints(min_length=1, max_length=100)]


class Order(BaseModel):
    """Something wished of a case.

    Attributes:
        why: the reason, in the person's own words; most commands need one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    why: Why = ""


class AssessOrder(Order):
    """It is real, and ours."""

    command: Literal["assess"]

    def order(self) -> commands.Command:
        """As the ledger takes it."""
        return commands.Assess(why=self.why)


class AcceptOrder(Order):
    """The department takes it."""

    command: Literal["accept"]

    def order(self) -> commands.Command:
        """As the ledger takes it."""
        return commands.Accept(why=self.why)


class StartOrder(Order):
    """Somebody is on scene."""

    command: Literal["start"]

    def order(self) -> commands.Command:
        """As the ledger takes it."""
        return commands.Start(why=self.why)


class DoneOrder(Order):
    """The department is done with it."""

    command: Literal["done"]
    resolution: Resolution

    def order(self) -> commands.Command:
        """As the ledger takes it."""
        return commands.Done(resolution=said(self.resolution, "body.resolution"), why=self.why)


class DismissOrder(Order):
    """It was no case."""

    command: Literal["dismiss"]
    reason: DismissReason

    def order(self) -> commands.Command:
        """As the ledger takes it."""
        return commands.Dismiss(reason=self.reason, why=self.why)


class MergeOrder(Order):
    """It is the same incident as another open case, which goes on; `into` is that case's id."""

    command: Literal["merge"]
    into: CaseId

    def order(self) -> commands.Command:
        """As the ledger takes it."""
        return commands.Merge(into=self.into, why=self.why)


class HandOverOrder(Order):
    """Another department leads from now on."""

    command: Literal["hand_over"]
    unit: Unit

    def order(self) -> commands.Command:
        """As the ledger takes it."""
        return commands.HandOver(unit=self.unit, why=self.why)


class AssistOrder(Order):
    """Another department is asked to help."""

    command: Literal["assist"]
    unit: Unit

    def order(self) -> commands.Command:
        """As the ledger takes it."""
        return commands.Assist(unit=self.unit, why=self.why)


class ReturnOrder(Order):
    """The department gives it back."""

    command: Literal["return"]

    def order(self) -> commands.Command:
        """As the ledger takes it."""
        return commands.Return(why=self.why)


class EscalateOrder(Order):
    """One area up."""

    command: Literal["escalate"]

    def order(self) -> commands.Command:
        """As the ledger takes it."""
        return commands.Escalate(why=self.why)


class DecideOrder(Order):
    """A person grants or refuses what a step asked for, or `penalty`."""

    command: Literal["decide"]
    step: Annotated[str, StringConstraints(pattern=NAME_PATTERN)]
    granted: bool

    def order(self) -> commands.Command:
        """As the ledger takes it."""
        return commands.Decide(step=self.step, granted=self.granted, why=self.why)


class ReviewOrder(Order):
    """A person has looked at an owner's "it is not mine".

    Attributes:
        theirs: it is theirs after all: they are told on.
        keep_open: it is not, and the department goes on; else the case is dismissed for its wrong plate.
    """

    command: Literal["review"]
    theirs: bool
    keep_open: bool = False

    def order(self) -> commands.Command:
        """As the ledger takes it."""
        return commands.Review(theirs=self.theirs, keep_open=self.keep_open, why=self.why)


class CommentOrder(Order):
    """Something said about it, also after it was closed."""

    command: Literal["comment"]

    def order(self) -> commands.Command:
        """As the ledger takes it."""
        return commands.Comment(why=self.why)


AnyOrder = Annotated[
    AssessOrder
    | AcceptOrder
    | StartOrder
    | DoneOrder
    | DismissOrder
    | MergeOrder
    | HandOverOrder
    | AssistOrder
    | ReturnOrder
    | EscalateOrder
    | DecideOrder
    | ReviewOrder
    | CommentOrder,
    Field(discriminator="command"),
]


def said(resolution: Resolution, field: str) -> Resolution:
    """A resolution that people may say.

    Raises:
        Faulty: only machines, or a dismissal, end a case like that.
    """
    if resolution not in PEOPLE_SAY:
        usable = ", ".join(sorted(PEOPLE_SAY))
        raise Faulty.of(
            field, f"{resolution.value} is not for people to say; use one of {usable}, or dismiss it"
        )
    return resolution
