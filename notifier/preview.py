"""What owners would read: messages of an example or of a real case, with the room they take."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import msgspec

from cases.notices.records import CaseView
from cases.policy import Does, Policy, Step
from models.errors import ConfigurationError
from models.toml import nearest
from notifier.links import PATH, TOKEN_LENGTH
from notifier.messages import Message, Messages, example_case

LANGUAGES = ("zh-CN", "en")
"""Those that every shipped message is written in."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One message of a preview.

    Attributes:
        step: of the ladder.
        asked: the language that was asked for; the message's own may be a relative of it.
    """

    step: str
    asked: str
    message: Message


def told_steps(policy: Policy, only: str | None = None) -> tuple[Step, ...]:
    """The steps of a ladder that tell the owner; just one of them, if named.

    Raises:
        ConfigurationError: none of that name does.
    """
    found = tuple(step for step in policy.step if step.does is Does.NOTIFY_OWNER)
    if only is None:
        return found
    names = [step.id for step in found]
    if only not in names:
        known = f"known: {', '.join(names)}" if names else f"policy {policy.name!r} tells no owner"
        raise ConfigurationError.of(
            f"policy {policy.name!r}", f"no step {only!r} tells the owner", nearest(only, names) or known
        )
    return tuple(step for step in found if step.id == only)


def policy_of(matter: str, policies: Iterable[Policy]) -> Policy:
    """The ladder of a matter; a ladder's own name does too.

    Raises:
        ConfigurationError: there is none.
    """
    known = tuple(policies)
    by_name = {policy.name: policy for policy in known} | {policy.matter: policy for policy in known}
    if matter not in by_name:
        hint = nearest(matter, list(by_name)) or f"known: {', '.join(sorted({one.matter for one in known}))}"
        raise ConfigurationError.of("--matter", f"no matter {matter!r}", hint)
    return by_name[matter]


def shown(
    messages: Messages, case: CaseView, steps: Iterable[Step], languages: Iterable[str], *, link: str = ""
) -> tuple[Shown, ...]:
    """The messages of these steps in these languages.

    Raises:
        ConfigurationError: a template is missing or cannot be rendered.
    """
    spoken = tuple(languages)
    return tuple(
        Shown(step.id, language, messages.render(case, step, language, link=link))
        for step in steps
        for language in spoken
    )


def example_link(public_url: str) -> str:
    """A link as long as a real one that opens nothing; empty where no public page is served."""
    return f"{public_url}{PATH}{'0' * TOKEN_LENGTH}" if public_url else ""


def example(matter: str, *, place: str = "", plate: str = "") -> CaseView:
    """A typical case of a matter, with a place and a plate of one's own."""
    case = example_case(matter)
    if place:
        case = replace(case, place=place)
    if plate and case.plate is not None:
        case = replace(case, plate=msgspec.structs.replace(case.plate, text=plate))
    return case
