"""Messages into a file: for a dry run beside the real thing, and for a site without a provider.

One JSON line each, with the masked number and the text. The file is what it took: it can be asked, and the
same notice is never in it twice, whoever was killed in between.
"""

import fcntl
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import TypeVar

import msgspec

from models.errors import ConfigurationError, DeliveryDelayed
from notifier.numbers import Phone

R = TypeVar("R")

LONGEST_S = 10.0
"""A disk that takes longer for one line is stuck."""


class FileSender:
    """Appends messages to a file.

    Args:
        path: JSON lines; made when it is missing.
        echo: say each message on the standard output as well.

    Raises:
        ConfigurationError: the file cannot be written, or holds something else.
    """

    name = "file"
    longest_s = LONGEST_S

    def __init__(self, path: Path, *, echo: bool = False) -> None:
        self._path = path
        self._echo = echo
        self._lock = Lock()
        self._known: dict[str, str] = {}
        self._read_to = 0
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("ab+", buffering=0)
        except OSError as exc:
            raise _unusable(path, f"cannot be written: {exc.strerror}") from exc
        try:
            self._under_lock(self._catch_up)
        except (OSError, msgspec.DecodeError) as exc:
            self._file.close()
            raise _unusable(path, "holds no messages") from exc

    def send(self, phone: Phone, body: str, reference: str) -> str:
        """See `Sender`."""
        line = {
            "id": f"FILE-{reference}",
            "at": datetime.now(UTC).isoformat(),
            "to": phone.mask,
            "text": body,
            "reference": reference,
        }
        written = msgspec.json.encode(line) + b"\n"

        def add() -> str:
            self._catch_up()
            if reference not in self._known:
                self._append(written)
                self._catch_up()
                if self._echo:
                    sys.stdout.write(f"to {phone.mask}: {body}\n")
                    sys.stdout.flush()
            return self._known[reference]

        try:
            return self._under_lock(add)
        except OSError as exc:
            raise DeliveryDelayed(f"the messages' file cannot be written: {exc.strerror}") from exc
        except msgspec.DecodeError as exc:
            raise DeliveryDelayed("the messages' file holds something else") from exc

    def find(
        self,
        phone: Phone,  # noqa: ARG002 - the reference is enough
        body: str,  # noqa: ARG002 - the same
        reference: str,
        *,
        since: datetime,  # noqa: ARG002 - the same
        known: frozenset[str],  # noqa: ARG002 - the same
    ) -> str | None:
        """See `Sender`."""
        try:
            self._under_lock(self._catch_up)
        except (OSError, msgspec.DecodeError) as exc:
            raise DeliveryDelayed("the messages' file cannot be read") from exc
        return self._known.get(reference)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _under_lock(self, work: Callable[[], R]) -> R:
        """One writer at a time, of this process and of all others."""
        with self._lock:
            fcntl.flock(self._file, fcntl.LOCK_EX)
            try:
                return work()
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)

    def _append(self, written: bytes) -> None:
        while written:
            written = written[self._file.write(written) :]
        os.fsync(self._file.fileno())

    def _catch_up(self) -> None:
        """Read what others wrote; half a line is of somebody who was killed, and was never a message."""
        self._file.seek(self._read_to)
        fresh = self._file.read()
        whole = fresh.rfind(b"\n") + 1
        for line in fresh[:whole].splitlines():
            said = msgspec.json.decode(line, type=_Line)
            self._known[said.reference] = said.id
        self._read_to += whole
        if whole < len(fresh):
            os.ftruncate(self._file.fileno(), self._read_to)


def _unusable(path: Path, problem: str) -> ConfigurationError:
    return ConfigurationError.of(str(path), problem, "give another file", key="sms.file")


class _Line(msgspec.Struct):
    id: str
    reference: str
