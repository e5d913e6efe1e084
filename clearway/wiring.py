"""Settings in, roles out: the one place that chooses the real things.

Everything is imported where it is used: a process holds what its role needs, and is up the sooner for it.
"""

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from clearway.roles import AsyncRole, Role, ThreadedRole
from clearway.settings import Settings
from models.errors import ConfigurationError, Fault

BEHIND_THE_VOICE = 10
"""What a box adds to its niceness where it plays a recording as fast as it can: messages come first."""

if TYPE_CHECKING:
    from cases.database import Database
    from cases.policy import Policy
    from cases.scenes import Pack
    from detectors.network import Network
    from detectors.plate_grammar import Grammar
    from edge.agent import Agent
    from edge.plate_desk import Reads
    from models.plan import Plan


def scenes(settings: Settings) -> dict[str, "Pack"]:
    """The scene packs that ship, and a city's own which win over them.

    Raises:
        ConfigurationError: one of the city's own is wrong.
    """
    from cases.scenes import city_scenes

    return city_scenes(settings.cases.scenes)


def policies(settings: Settings) -> dict[str, "Policy"]:
    """The ladders of all scenes, and a city's own which win over them.

    Raises:
        ConfigurationError: one of the city's own is wrong.
    """
    from cases.policy import parse_policy
    from clearway import paths

    found = {name: pack.policy for name, pack in scenes(settings).items()}
    if settings.policies is not None:
        if not settings.policies.is_dir():
            remedy = "give a folder of .toml files"
            raise ConfigurationError.of(str(settings.policies), "is no folder", remedy, key="policies")
        for path in sorted(settings.policies.glob("*.toml")):
            policy = parse_policy(paths.read_text(path), str(path))
            found[policy.name] = policy
    return found


def database(settings: Settings, *, migrate: bool = False) -> "Database":
    """The ledger's database, at this program's version.

    Raises:
        ConfigurationError: it cannot be used, or was not migrated.
    """
    from cases.database import Database

    found = Database(settings.ledger_url)
    if migrate:
        found.migrate()
    else:
        found.require_current()
    return found


def broker_role(settings: Settings) -> Role:
    """The embedded broker."""
    from clearway import broker

    users = broker.read_users(os.environ.get(broker.USERS_VARIABLE, ""))
    embedded = broker.EmbeddedBroker(settings.broker.port, users)
    return AsyncRole(embedded.run, embedded.status)


def ingest_role(settings: Settings) -> Role:
    """Bridge and stream. Imported late: the stream's library is not needed by any other role."""
    from cases.evidence.blobs import FileBlobStore
    from cases.ledger import Ledger
    from cases.responsibility.router import LedgerRouter
    from clearway.proof_chores import Chores, beside
    from ingest.worker import Worker

    known = policies(settings)
    ledger = database(settings, migrate=True)
    worker = Worker(
        settings.ingest,
        settings.mqtt,
        settings.data_dir,
        Ledger(ledger, known, LedgerRouter()),
        frozenset(known),
    )
    shelf = FileBlobStore(settings.data_dir / "evidence")
    chores = Chores(ledger, settings.retention, shelf, settings.audit.signer())
    return AsyncRole(beside(worker.run, chores.run), lambda: worker.status() | chores.status())


def notifier_role(settings: Settings) -> Role:
    """Owner look-up and sending. Imported late: the provider's client is not needed by any other role."""
    from cases.scenes import message_texts
    from clearway import voice_wiring

    return voice_wiring.notifier_role(settings, database(settings), message_texts(scenes(settings).values()))


def public_role(settings: Settings) -> Role:
    """The public page, and what providers call back about."""
    from clearway.public_wiring import public_role

    return public_role(settings, database(settings), scenes(settings))


def console_role(settings: Settings) -> Role:
    """The desk."""
    from cases.database import Database
    from cases.evidence.blobs import FileBlobStore
    from cases.live import LiveBoard
    from clearway.office_wiring import office, people
    from console.app import Console
    from console.desk import Desk

    ledger = Database(settings.ledger_url)
    desk = Desk(
        ledger,
        LiveBoard(settings.data_dir / "live"),
        FileBlobStore(settings.data_dir / "evidence"),
        settings.console,
        settings.cases.doubts,
    )
    packs = scenes(settings).values()
    console = Console(
        desk,
        office(desk, ledger, policies(settings), packs, settings.console.language),
        people(ledger, settings.console, settings.data_dir),
    )
    return AsyncRole(console.serve, console.status)


def phone_role(settings: Settings, faults: Sequence[str] = (), seed: int | None = None) -> Role:
    """The phone on the desk: a local provider that shows what was sent, and fails as it is told.

    Args:
        settings: of the whole system.
        faults: as `notifier.phone.faults.parse_faults` reads them.
        seed: of its dice, for a run that can be repeated.

    Raises:
        ConfigurationError: a fault is unknown, or `sms.base_url` names no port of this machine.
    """
    from notifier.phone import server as phone
    from notifier.phone.faults import parse_faults
    from notifier.senders.callbacks import INBOUND_PATH

    port = urlsplit(settings.sms.base_url).port
    if port is None:
        problem = f"{settings.sms.base_url} names no port for the phone to listen on"
        remedy = 'set it to this machine, as "http://127.0.0.1:9470"'
        raise ConfigurationError.of("sms.base_url", problem, remedy, key="sms.base_url")
    chosen = parse_faults(faults)
    public_url = settings.public.public_url

    async def serve(stop: asyncio.Event) -> None:
        sms = settings.sms
        await phone.serve(
            port,
            sms.account_sid,
            sms.token.get_secret_value(),
            settings.data_dir / "phone.db",
            stop,
            faults=chosen,
            seed=seed,
            inbound_url=f"{public_url}{INBOUND_PATH}" if public_url else "",
        )

    return AsyncRole(serve, lambda: {"listening": f"127.0.0.1:{port}"})


def edge_role(settings: Settings) -> tuple[Role, "Agent"]:
    """The edge box, and the agent itself for its outcome."""
    from detectors.network import ScriptedNetwork
    from edge.allocator import give_pictures_back

    give_pictures_back()
    if any(camera.speed == "max" for camera in settings.edge.camera):
        os.nice(BEHIND_THE_VOICE)
    # A box with nothing but sensors looks at nothing.
    agent = edge_agent(settings, network(settings) if settings.edge.camera else ScriptedNetwork([]))
    return ThreadedRole(agent.run, agent.status), agent


def edge_agent(settings: Settings, net: "Network") -> "Agent":
    """An edge agent with a given network.

    Raises:
        ConfigurationError: a plan is wrong, or forbids what the network cannot find.
    """
    from clearway import __version__
    from edge.agent import Agent
    from edge.assemble import make_cameras

    plans = edge_plans(settings)
    reads = plate_reads(settings) if plans else None
    return Agent(
        settings.edge,
        settings.mqtt,
        settings.data_dir / "edge",
        __version__,
        lambda spool, show: make_cameras(settings.edge, net, spool, show, plans, reads=reads),
    )


def plate_reads(settings: Settings) -> "Reads | None":
    """What plates are read with on a box; None where the settings want none read.

    Raises:
        ConfigurationError: there is no such grammar, it has faults, or reading cannot start.
    """
    from detectors.plate_opening import open_plate_reader
    from edge.plate_desk import Reads

    found = grammar(settings)
    return None if found is None else Reads(open_plate_reader(found, threads=settings.edge.threads), found)


def grammar(settings: Settings) -> "Grammar | None":
    """Of the plates that are read; None where none are.

    Raises:
        ConfigurationError: there is no such grammar, or it has faults.
    """
    from detectors.plate_grammar import open_grammar
    from edge.settings import NO_PLATES

    edge = settings.edge
    return None if edge.plates == NO_PLATES else open_grammar(edge.plates, edge.grammars)


def edge_plans(settings: Settings) -> dict[str, "Plan"]:
    """The plan of every camera.

    Raises:
        ConfigurationError: with all faults of all plans.
    """
    from edge.assemble import load_plan

    plans: dict[str, Plan] = {}
    faults: list[Fault] = []
    for camera in settings.edge.camera:
        try:
            plans[camera.name] = load_plan(camera)
        except ConfigurationError as exc:
            faults.extend(exc.faults)
    if faults:
        raise ConfigurationError(tuple(faults))
    return plans


def network(settings: Settings) -> "Network":
    """The network that all cameras of a box share: the one named, else the one that ships.

    Raises:
        ConfigurationError: there is none, or it cannot be used.
    """
    edge = settings.edge
    return open_named(edge.network, size_px=edge.network_size_px, threads=edge.threads, runtime=edge.runtime)


def open_named(path: Path | None, **wishes: Any) -> "Network":  # noqa: ANN401 - of `open_network`
    """The network in a file, else the one that ships.

    Raises:
        ConfigurationError: there is none, or it cannot be used.
    """
    from detectors.opening import open_network
    from detectors.shipped import shipped_network

    path = path or shipped_network()
    if path is None:
        problem = "no network is named, and this copy of Clearway has none of its own"
        remedy = "give --network FILE.onnx (see docs/networks.md)"
        raise ConfigurationError.of("settings", problem, remedy, key="edge.network")
    return open_network(path, **wishes)


Maker = Callable[[Settings], Role]
ROLES: Mapping[str, Maker] = {
    "broker": broker_role,
    "ingest": ingest_role,
    "notifier": notifier_role,
    "public": public_role,
    "console": console_role,
    "phone": phone_role,
}
