"""Whom of those that a registry knows a notice goes to: one pure function with a readable answer.

Whatever comes out as "nobody" ends the step, and the ladder goes on with the department
(`cases.notices.instead`): no owner, too many, a plate of another country, only people who want no messages.
"""

from dataclasses import dataclass

from notifier.contact_role import ContactRole
from notifier.owners import Contact, Found
from notifier.settings_owners import WhomSettings


@dataclass(frozen=True, slots=True)
class Chosen:
    """Whom to write to.

    Attributes:
        contacts: nobody, or everybody who is told.
        why: for the case; holds no number.
    """

    contacts: tuple[Contact, ...]
    why: str


def choose(found: Found, rule: WhomSettings) -> Chosen:
    """Decide on an answer of the registries.

    Args:
        found: what they say.
        rule: who is written to.
    """
    if why := _nobody(found, rule):
        return Chosen((), f"{why}: the department decides")
    told = _willing(found.contacts, rule)
    left_out = len(found.contacts) - len(told)
    roles = ", ".join(contact.role.value for contact in told)
    return Chosen(told, f"told: {roles}" + (f"; {left_out} left out" if left_out else ""))


def described(found: Found) -> str:
    """What was found, for the audit: who said so, how fresh it is, how many there are."""
    if found.foreign:
        return f"not asked: the plate is of {found.foreign}"
    fresh = "" if found.age_s is None else f" (remembered for {found.age_s:.0f} s)"
    roles = ", ".join(contact.role.value for contact in found.contacts)
    count = f"{len(found.contacts)} contact(s): {roles}" if found.contacts else "nobody"
    unusable = f", {found.unusable} without a usable number" if found.unusable else ""
    unasked = f"; not answering: {', '.join(found.unasked)}" if found.unasked else ""
    return f"{found.registry or 'no registry'}{fresh} knows {count}{unusable}{unasked}"


def _nobody(found: Found, rule: WhomSettings) -> str:
    """Why nobody is written to; empty when somebody is."""
    if not found.contacts:
        return _nobody_known(found)
    if len(found.contacts) > rule.most:
        return f"{len(found.contacts)} contacts for one plate, more than {rule.most}: which of them drives?"
    owners = sum(contact.role is ContactRole.OWNER for contact in found.contacts)
    if owners > 1 and rule.several_owners == "department":
        return f"{owners} owners for one plate"
    if all(contact.opted_out for contact in found.contacts):
        return "the owner wants no messages (opted out at the registry)"
    if not _willing(found.contacts, rule):
        known = sorted({contact.role.value for contact in found.contacts})
        return f"only {', '.join(known)} known for this plate, who gets no messages"
    return ""


def _nobody_known(found: Found) -> str:
    if found.foreign:
        return f"a foreign plate ({found.foreign}), which no registry here knows"
    if found.unusable:
        return "the registry has no usable number for this plate"
    return "no owner known for this plate"


def _willing(contacts: tuple[Contact, ...], rule: WhomSettings) -> tuple[Contact, ...]:
    return tuple(contact for contact in contacts if contact.role in rule.tell and not contact.opted_out)
