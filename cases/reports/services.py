"""The matters that people may report: of all ladders, named by the city's catalogue where it has one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cases import storms
from cases.open311 import Service
from cases.policy import Policy


@dataclass(frozen=True, slots=True)
class MatterName:
    """What a matter is called, and who leads; empty where nobody said.

    Attributes:
        policy: the ladder that the catalogue names for it.
    """

    code: str
    name: str = ""
    unit: str = ""
    policy: str = ""


def services(policies: Mapping[str, Policy], names: Iterable[MatterName] = ()) -> dict[str, Service]:
    """What can be reported, by code: every matter that some ladder is there for.

    Args:
        policies: by name.
        names: what matters are called; later ones win over earlier ones, word by word.
    """
    found: dict[str, Service] = {}
    for name, policy in sorted(policies.items()):
        if name != storms.NAME and policy.matter not in found:
            found[policy.matter] = Service(
                code=policy.matter, name=_readable(policy.matter), unit=policy.unit, policy=name
            )
    for one in names:
        known = found.get(one.code)
        ladder = one.policy if one.policy in policies else ("" if known is None else known.policy)
        if ladder:
            found[one.code] = Service(
                code=one.code,
                name=one.name or (known.name if known else _readable(one.code)),
                unit=one.unit or (known.unit if known else policies[ladder].unit),
                policy=ladder,
            )
    return dict(sorted(found.items()))


def _readable(code: str) -> str:
    text = code.replace("-", " ").replace("_", " ").strip()
    return text[:1].upper() + text[1:]
