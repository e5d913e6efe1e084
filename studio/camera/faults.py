"""What goes wrong with a camera, as data: which fault, from when until when, how badly."""

from collections.abc import Iterable
from typing import Literal

from pydantic import Field, field_validator, model_validator

from models.toml import FrozenModel

FaultKind = Literal[
    "shake",
    "dirt",
    "covered",
    "frozen",
    "black",
    "drop-out",
    "flicker",
    "sudden-light",
    "compression",
]

BLINDING: frozenset[FaultKind] = frozenset({"covered", "frozen", "black", "drop-out"})
"""What leaves nobody able to tell from the pictures what stands in the street."""


class CameraFault(FrozenModel):
    """One thing that goes wrong.

    Attributes:
        kind: shake: the mast in the wind or beside a lorry. dirt: drops and dust on the glass. covered: a
            hand, a leaf or a bag before it. frozen: the same picture again and again, its clock standing.
            black: no picture, but still a caption. drop-out: no frames at all. flicker: lamps beating with
            the shutter. sudden-light: a floodlight or a cloud, until the automatic exposure has followed.
            compression: too few bits.
        from_s, until_s: seconds from the clip's start; `until_s` is the first good second again.
        strength: up to 1; below zero only for sudden-light, which then darkens.
    """

    kind: FaultKind
    from_s: float = Field(ge=0)
    until_s: float
    strength: float = Field(default=0.5, ge=-1, le=1)

    @field_validator("strength")
    @classmethod
    def _is_something(cls, strength: float) -> float:
        if strength == 0:
            raise ValueError("is no fault at all; give a strength above 0")
        return strength

    @model_validator(mode="after")
    def _makes_sense(self) -> "CameraFault":
        if self.until_s <= self.from_s:
            raise ValueError("ends before it begins; give `until_s` a later second than `from_s`")
        if self.strength < 0 and self.kind != "sudden-light":
            raise ValueError(f"{self.kind} has no opposite; give a strength above 0")
        return self

    def lasts_at(self, second: float) -> bool:
        """Whether it is going on."""
        return self.from_s <= second < self.until_s


def blind_spans(
    faults: Iterable[CameraFault], duration_s: float
) -> tuple[tuple[float, float, FaultKind], ...]:
    """When a camera cannot tell, and why: (from, until, kind) in order, cut off at the clip's end."""
    spans = [
        (fault.from_s, min(fault.until_s, duration_s), fault.kind)
        for fault in faults
        if fault.kind in BLINDING and fault.from_s < duration_s
    ]
    return tuple(sorted(spans))
