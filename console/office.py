"""What the desk can do besides reading: commands, reports, and who may use the API."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cases.clients.answers import Answers
from cases.clients.book import ClientBook
from cases.ledger import Ledger
from cases.open311 import Service
from cases.reports.desk import ReportDesk
from cases.silences import SilenceBook
from console.desk import Desk


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """Everything that page and API write with. Every method of these blocks: call them in a thread.

    Attributes:
        desk: what is read.
        ledger: takes commands.
        reports: takes reports of people.
        silences: where no steps are taken for a while.
        clients: who may use the API.
        answers: what was answered under which idempotency key.
        services: what people may report, by code; asked anew each time, since a city may import a catalogue.
    """

    desk: Desk
    ledger: Ledger
    reports: ReportDesk
    silences: SilenceBook
    clients: ClientBook
    answers: Answers
    services: Callable[[], Mapping[str, Service]]
