"""The owner registry as a CSV file that somebody keeps in a spreadsheet."""

from pathlib import Path
from threading import Lock

import structlog

from models.errors import ConfigurationError, Fault, RegistryDown
from notifier.owners import UNSTATED, Contact, Found, Reason, normalise_plate
from notifier.registries.sheet import Manner, Sheet, read_sheet

_log = structlog.get_logger()


class CsvOwnerRegistry:
    """Owners from a CSV file, read again when it changes.

    Columns: `plate`, `phone`, and if wanted `language`, `role`, `opted_out`; `name` is ignored. A plate may
    stand on several lines. Replace the file by renaming a new one into its place.

    Args:
        path: the file, UTF-8.
        manner: how it is read.
        name: of the registry.
    """

    kind = "file"

    def __init__(self, path: Path, manner: Manner, name: str = "owners") -> None:
        self.name = name
        self.path = path
        self._manner = manner
        self._lock = Lock()
        self._reading = Lock()
        self._seen: tuple[int, int] | None = None
        self._contacts: dict[str, tuple[Contact, ...]] | None = None

    def check(self) -> tuple[Fault, ...]:
        """Read the file as at start-up.

        Returns:
            Doubts: numbers in no known range, numbers that are not encrypted. No reason to stop.

        Raises:
            ConfigurationError: with every fault; no number is repeated in them.
        """
        with self._lock:
            signature = self._signature()
            sheet = self._read()
            if sheet.faults:
                raise ConfigurationError(tuple(sheet.faults))
            self._contacts = sheet.contacts
            self._seen = signature
            return tuple(sheet.doubts)

    def find(self, plate: str, reason: Reason = UNSTATED) -> Found:  # noqa: ARG002 - a file keeps no account
        """See `OwnerRegistry`. A changed file that is broken is reported once, and the old list serves on.

        Raises:
            RegistryDown: no list was ever read. That must not look like "nobody owns this vehicle".
        """
        with self._lock:
            signature = self._signature()
            changed, self._seen = signature != self._seen, signature
        if changed:
            # A long list takes seconds: the old one serves on for all others. Of two who read, the later one
            # reads what is newest, and is the one that counts.
            with self._reading:
                self._reload()
        with self._lock:
            if self._contacts is None:
                problem = f"was never readable: the file {self.path}; `clearway check` says why"
                raise RegistryDown(self.name, problem)
            return Found(contacts=self._contacts.get(normalise_plate(plate), ()), registry=self.name)

    def _reload(self) -> None:
        sheet = self._read()
        if sheet.faults:
            shown = [str(fault) for fault in sheet.faults[:5]]
            count, kept = len(sheet.faults), len(self._contacts or ())
            _log.error("owners_not_reloaded", registry=self.name, faults=shown, count=count, kept=kept)
            return
        with self._lock:
            self._contacts = sheet.contacts
        _log.info("owners_loaded", registry=self.name, plates=len(sheet.contacts), doubtful=len(sheet.doubts))

    def _signature(self) -> tuple[int, int] | None:
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size

    def _read(self) -> Sheet:
        return read_sheet(self.path, self._manner)
