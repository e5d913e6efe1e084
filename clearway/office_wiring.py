"""The console's office: everything that page and API write with, from settings."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from sqlalchemy import select

from cases.clients.answers import Answers
from cases.clients.book import ClientBook
from cases.database import Database
from cases.ledger import Ledger
from cases.open311 import Service
from cases.people.book import PeopleBook
from cases.people.entry import Entry
from cases.people.sessions import SessionBook
from cases.policy import Policy
from cases.reports.desk import ReportDesk
from cases.reports.services import MatterName, services
from cases.responsibility.router import LedgerRouter
from cases.responsibility.tables import matters
from cases.scenes import Pack
from cases.silences import SilenceBook
from clearway.own_key import local_key
from console.desk import Desk
from console.office import Office
from console.reception import People
from console.settings import ConsoleSettings


def office(
    desk: Desk, database: Database, policies: Mapping[str, Policy], scenes: Iterable[Pack], language: str
) -> Office:
    """Everything that page and API write with.

    Args:
        desk: what is read.
        database: of the ledger.
        policies: the ladders, by name.
        scenes: name the matters that no catalogue names.
        language: of those names, `en` or `zh`.
    """
    router = LedgerRouter()
    packs = tuple(scenes)

    def known() -> Mapping[str, Service]:
        return reportable(database, policies, packs, language)

    return Office(
        desk=desk,
        ledger=Ledger(database, policies, router),
        reports=ReportDesk(database, policies, router),
        silences=SilenceBook(database),
        clients=ClientBook(database),
        answers=Answers(database),
        services=known,
    )


def people(database: Database, settings: ConsoleSettings, data_dir: Path) -> People | None:
    """Who may sign in, where the settings ask for a sign-in.

    Args:
        database: of the ledger.
        settings: of the console.
        data_dir: where the key of cookies is made, if none is configured.
    """
    if settings.sign_in == "off":
        return None
    own = settings.session_key
    key = local_key(data_dir / "session.key") if own is None else own.get_secret_value().encode()
    book = PeopleBook(database)
    return People(
        book=book,
        entry=Entry(database, book.passwords),
        sessions=SessionBook(database, settings.limits),
        key=key,
    )


def reporting(
    database: Database, policies: Mapping[str, Policy], scenes: Iterable[Pack], language: str
) -> tuple[ReportDesk, Mapping[str, Service]]:
    """Where reports go, and what can be reported; arguments as of `office`."""
    desk = ReportDesk(database, policies, LedgerRouter())
    return desk, reportable(database, policies, scenes, language)


def reportable(
    database: Database, policies: Mapping[str, Policy], scenes: Iterable[Pack], language: str
) -> Mapping[str, Service]:
    """What people may report, by code; arguments as of `office`."""
    return services(policies, [*scene_names(scenes, language), *catalogue_names(database, language)])


def scene_names(scenes: Iterable[Pack], language: str) -> Iterator[MatterName]:
    """What scenes call their matters; of several with one matter, the last in their order."""
    for pack in scenes:
        name = pack.scene.name.zh if language == "zh" else pack.scene.name.en
        yield MatterName(pack.scene.matter, name)


def catalogue_names(database: Database, language: str) -> list[MatterName]:
    """What the city's catalogue calls its matters, who leads, and up which ladder they go."""
    mine = matters.c.name_zh if language == "zh" else matters.c.name_en
    query = select(matters.c.code, mine.label("name"), matters.c.lead_unit, matters.c.policy)
    with database.read() as connection:
        rows = connection.execute(query.where(matters.c.area == "").order_by(matters.c.place)).all()
    return [MatterName(row.code, row.name or "", row.lead_unit or "", row.policy or "") for row in rows]
