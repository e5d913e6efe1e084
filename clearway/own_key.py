"""A secret of this machine, where none is configured."""

import contextlib
import os
import secrets
from pathlib import Path

KEY_BYTES = 32


def local_key(path: Path) -> bytes:
    """A key in a file: made once, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_bytes(KEY_BYTES))
    # A link never replaces: of two processes that start together, both use the key of the first.
    with contextlib.suppress(FileExistsError):
        path.hardlink_to(beside)
    beside.unlink()
    return path.read_bytes()
