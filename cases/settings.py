"""What a user may set about cases."""

from pathlib import Path

from cases.answers.doubts import DoubtRule
from models.toml import FrozenModel


class CasesSettings(FrozenModel):
    """Of the ledger's rules.

    Attributes:
        scenes: folder with a city's own scene packs, one folder each (docs/scenes.md); they win over the
            shipped ones of the same name.
        doubts: from how many owners who say "it is not mine" on a zone's notices are doubted.
    """

    scenes: Path | None = None
    doubts: DoubtRule = DoubtRule()
