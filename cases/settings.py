"""What a user may set about cases."""

from pathlib import Path

from models.toml import FrozenModel


class CasesSettings(FrozenModel):
    """Of the ledger's rules.

    Attributes:
        scenes: folder with a city's own scene packs, one folder each (docs/scenes.md); they win over the
            shipped ones of the same name.
    """

    scenes: Path | None = None
