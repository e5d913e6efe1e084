"""The seam to whoever carries messages, and the simplest carrier there is."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from typing import Protocol

from models.errors import ClearwayError
from notifier.numbers import Phone


class Sender(Protocol):
    """Takes messages for delivery. Called from several threads at once.

    Attributes:
        name: stands in the ledger beside what it took, at most 20 characters.
        longest_s: after this a call has ended one way or another. Nobody asks about a message, and
            nobody sends it again, while a call about it may still be running.
    """

    @property
    def name(self) -> str:
        """See above."""

    @property
    def longest_s(self) -> float:
        """See above."""

    def send(self, phone: Phone, body: str, reference: str) -> str:
        """Hand one message over.

        Args:
            phone: its recipient.
            body: its text.
            reference: the notice's id: the same for every attempt at the same notice, and for no other.

        Returns:
            What the provider calls it.

        Raises:
            DeliveryDelayed: it was not taken, and may be later.
            OutcomeUnknown: it may have been taken: `find` before sending again.
            DeliveryRefused: it never will be, to this recipient.
            ProviderClosed: nothing will be, to anybody, until somebody mends the account.
        """

    def find(
        self, phone: Phone, body: str, reference: str, *, since: datetime, known: frozenset[str]
    ) -> str | None:
        """Ask whether a message was taken.

        Args:
            phone: its recipient.
            body: its text, as given to `send`.
            reference: the notice's id, as given to `send`.
            since: it was not sent before.
            known: ids that belong to other notices.

        Returns:
            What the provider calls it, or None when sending it (again) cannot make it two.

        Raises:
            DeliveryDelayed: it could not be asked.
            NobodyKnows: it can never be asked: a person decides.
            ProviderClosed: it does not answer us.
        """


@dataclass(frozen=True, slots=True)
class Sent:
    """A message as the memory carrier keeps it."""

    id: str
    phone: Phone
    body: str
    reference: str
    at: datetime


Script = Callable[[Phone, str], ClearwayError | None]


class MemorySender:
    """Keeps messages in memory, and fails as told.

    Args:
        before: asked before a message is kept; an error it returns is raised and nothing is kept.
        after: asked after it was kept; an error it returns is raised all the same, as when an answer
            is lost on its way back.
        asked: asked by `find`.
    """

    name = "memory"
    longest_s = 10.0

    def __init__(
        self, *, before: Script | None = None, after: Script | None = None, asked: Script | None = None
    ) -> None:
        self._before = before
        self._after = after
        self._asked = asked
        self._lock = Lock()
        self.sent: list[Sent] = []

    def send(self, phone: Phone, body: str, reference: str) -> str:
        """See `Sender`."""
        _play(self._before, phone, body)
        with self._lock:
            sent = Sent(f"MEM{len(self.sent):029d}", phone, body, reference, datetime.now(UTC))
            self.sent.append(sent)
        _play(self._after, phone, body)
        return sent.id

    def find(
        self,
        phone: Phone,
        body: str,
        reference: str,  # noqa: ARG002 - see below
        *,
        since: datetime,
        known: frozenset[str],
    ) -> str | None:
        """See `Sender`. Like a provider that knows nothing of our references, it compares messages."""
        _play(self._asked, phone, body)
        with self._lock:
            return next(
                (
                    sent.id
                    for sent in self.sent
                    if sent.phone == phone and sent.body == body and sent.at >= since and sent.id not in known
                ),
                None,
            )


def _play(script: Script | None, phone: Phone, body: str) -> None:
    if script is not None and (error := script(phone, body)) is not None:
        raise error
