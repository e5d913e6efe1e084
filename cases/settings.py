"""What a user may set about cases."""

from pathlib import Path

from pydantic import Field

from models.toml import FrozenModel


class DoubtRule(FrozenModel):
    """From when on the notices of a zone are doubted.

    Attributes:
        answers: so many owners said "it is not mine" …
        days: … within so many days.
    """

    answers: int = Field(default=2, ge=1, le=1000)
    days: float = Field(default=7.0, gt=0, le=366)


class CasesSettings(FrozenModel):
    """Of the ledger's rules.

    Attributes:
        scenes: folder with a city's own scene packs, one folder each (docs/scenes.md); they win over the
            shipped ones of the same name.
        doubts: from how many owners who say "it is not mine" on a zone's notices are doubted.
    """

    scenes: Path | None = None
    doubts: DoubtRule = DoubtRule()
