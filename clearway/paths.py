"""Reading files that a user named: every failure says which file and what to do."""

from pathlib import Path

from models.errors import ConfigurationError


def read_text(path: Path) -> str:
    """A file's text.

    Raises:
        ConfigurationError: it is missing, unreadable or not UTF-8.
    """
    try:
        text = read_bytes(path).decode()
    except UnicodeDecodeError as exc:
        raise ConfigurationError.of(str(path), "is not UTF-8 text", "save it as UTF-8") from exc
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_bytes(path: Path) -> bytes:
    """A file's bytes.

    Raises:
        ConfigurationError: it is missing or unreadable.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError as exc:
        raise ConfigurationError.of(str(path), "no such file", "give an existing file") from exc
    except OSError as exc:
        raise ConfigurationError.of(
            str(path), f"cannot be read: {exc.strerror}", "check its permissions"
        ) from exc
