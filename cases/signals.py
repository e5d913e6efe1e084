"""What a case system says of a case, as commands: accepted, on scene, done. Pure.

Systems skip steps, say things late and say them twice. So a signal brings a case as far as it says, through
the states in between, and changes nothing when the case is that far already.
"""

from collections.abc import Iterator
from enum import StrEnum

from cases.commands import Accept, Assess, Command, Done, Start
from cases.states import Resolution, State


class Word(StrEnum):
    """What a case system can say."""

    ACCEPTED = "accepted"
    ON_SCENE = "on_scene"
    DONE = "done"


_WAY = (State.DISCOVERED, State.ASSESSED, State.ACCEPTED, State.HANDLING)
_REACHES = {Word.ACCEPTED: State.ACCEPTED, Word.ON_SCENE: State.HANDLING, Word.DONE: State.ACCEPTED}
"""How far a case must have come; a department may be done without ever saying that it arrived."""


def commands_for(state: State, word: Word, resolution: Resolution, why: str) -> Iterator[Command]:
    """The commands that bring a case from where it is to what was said.

    Args:
        state: of the case.
        word: what was said.
        resolution: how it ended, for `done`.
        why: in the system's words.
    """
    if state not in _WAY:
        return
    way: tuple[Command, ...] = (Assess(why=why), Accept(why=why), Start(why=why))
    yield from way[_WAY.index(state) : _WAY.index(_REACHES[word])]
    if word is Word.DONE:
        yield Done(resolution=resolution, why=why)
