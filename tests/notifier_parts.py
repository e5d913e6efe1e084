"""What tests of the notifier stand on: a real phone server, a real ledger, owners with made-up numbers."""

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import factories
from parts_ledger import ledger_at

from cases.arrivals import Arrival
from cases.database import Database
from cases.ledger import Ledger
from cases.life import Resolution, SignalKind
from cases.notices.book import NoticeBook
from cases.policy import Policy, builtin_policies, parse_policy
from notifier.dispatcher import Dispatcher
from notifier.owners import MemoryOwnerRegistry, OwnerRegistry
from notifier.pace import PaceSettings
from notifier.phone.faults import PhoneFaults
from notifier.phone.server import phone_app, phone_server
from notifier.phone.store import PhoneStore
from notifier.senders.provider import TwilioSender
from notifier.senders.seam import Sender
from notifier.settings import NotifierSettings, RetrySettings, SmsSettings
from notifier.settings_limits import LimitSettings

ACCOUNT = "AC" + "0" * 32
TOKEN = "not-a-secret"
SENDER = "+15005550006"
HURRIED = RetrySettings(first_s=0.05, most_s=0.2, settle_s=0.3, closed_s=0.3)
AT_ANY_HOUR = LimitSettings(quiet_hours="")
"""Tests run at night too."""
UNHINDERED = PaceSettings(per_s=1000.0, burst=1000, trial_s=0.3)
ONE_STEP = parse_policy(
    'name = "one-step"\nmatter = "fire-lane-blocked"\nunit = "fire-brigade"\nquiet_gap_s = 300\n'
    "[storm]\nmost = 0\n"
    '[[step]]\nid = "notice"\ndoes = "notify_owner"\n',
    "one-step.toml",
)
THANKFUL = parse_policy(
    'name = "thankful"\nmatter = "fire-lane-blocked"\nunit = "fire-brigade"\nquiet_gap_s = 300\n'
    '[[step]]\nid = "notice"\ndoes = "notify_owner"\n'
    '[[step]]\nid = "thanks"\ndoes = "notify_owner"\nwhen = "left"\nonly_after = "notice"\n',
    "thankful.toml",
)
POLICIES: dict[str, Policy] = builtin_policies() | {"one-step": ONE_STEP, "thankful": THANKFUL}


def plate(number: int) -> str:
    return f"浙B{number:05d}"


def number(index: int) -> str:
    """A number in a range that is in use in shape only: nothing in these tests leaves the machine."""
    return f"+8613800{index:06d}"


def owners(count: int) -> MemoryOwnerRegistry:
    return MemoryOwnerRegistry({plate(index): [number(index)] for index in range(count)})


@dataclass
class RunningPhone:
    base_url: str
    store: PhoneStore

    def texts(self) -> list[tuple[str, str]]:
        """Recipient and text of every message it took."""
        return [(message.recipient, message.body) for message in self.store.recent(limit=100_000)]

    def sms(self, **changes: object) -> SmsSettings:
        return sms_settings(self.base_url, **changes)


def sms_settings(base_url: str, **changes: object) -> SmsSettings:
    fields = {
        "account_sid": ACCOUNT,
        "token": TOKEN,
        "sender": SENDER,
        "base_url": base_url,
        "timeout_s": 2.0,
    }
    return SmsSettings.model_validate(fields | changes)


@contextlib.contextmanager
def running_phone(
    db_path: Path, faults: PhoneFaults | None = None, seed: int = 0, inbound_url: str = ""
) -> Iterator[RunningPhone]:
    """The phone on the desk, in a thread, on a port of its own."""
    store = PhoneStore(db_path)
    app = phone_app(ACCOUNT, TOKEN, store, faults=faults, dice=Random(seed), inbound_url=inbound_url)
    server = phone_server(app)
    server.config.port = 0
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_until(lambda: server.started, 10, "the phone does not start")
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield RunningPhone(f"http://127.0.0.1:{port}", store)
    finally:
        server.should_exit = True
        thread.join(10)
        store.close()


def wait_until(holds: Callable[[], bool], within_s: float, otherwise: str) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.01)


async def eventually(holds: Callable[[], bool], within_s: float, otherwise: str) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, otherwise
        await asyncio.sleep(0.01)


@contextlib.contextmanager
def new_ledger(path: Path) -> Iterator[Database]:
    database = ledger_at(path)
    try:
        yield database
    finally:
        database.close()


def arrivals(index: int, policy: str = "one-step", **changes: object) -> list[Arrival]:
    """A vehicle overstays, just now."""
    now = datetime.now(UTC)
    fields: dict[str, object] = {
        "origin_id": f"stay-{index}",
        "dedup_key": f"north-gate/fire-lane-1/{index}",
        "policy": policy,
        "at": now,
        "recorded_at": now,
        "place": "宁波市江北区清河路88号北门",
        "plate": factories.plate(plate(index)),
    }
    return [factories.arrival(SignalKind.OBSERVED, **(fields | changes))]


def overstay(database: Database, index: int, policy: str = "one-step", **changes: object) -> str:
    """Open a case; returns its id."""
    applied = Ledger(database, POLICIES).apply(arrivals(index, policy, **changes), datetime.now(UTC))
    assert applied[0].case_id is not None
    return applied[0].case_id


def overstay_many(database: Database, indexes: range) -> None:
    batch = [arrival for index in indexes for arrival in arrivals(index)]
    Ledger(database, POLICIES).apply(batch, datetime.now(UTC))


def leave(database: Database, index: int, resolution: Resolution | None = Resolution.LEFT) -> None:
    """The vehicle leaves; or is lost from sight, when nobody saw it leave."""
    now = datetime.now(UTC)
    ended = factories.arrival(
        SignalKind.ENDED,
        origin_id=f"stay-{index}",
        dedup_key=f"north-gate/fire-lane-1/{index}",
        at=now,
        recorded_at=now,
        resolution=resolution,
    )
    Ledger(database, POLICIES).apply([ended], now)


def settings(**changes: object) -> NotifierSettings:
    fields: dict[str, object] = {
        "retry": HURRIED,
        "poll_interval_s": 0.02,
        "limits": AT_ANY_HOUR,
        "pace": UNHINDERED,
    }
    return NotifierSettings.model_validate(fields | changes)


@contextlib.asynccontextmanager
async def dispatching(
    database: Database, registry: OwnerRegistry, sender: Sender, chosen: NotifierSettings
) -> AsyncIterator[Dispatcher]:
    dispatcher = Dispatcher(NoticeBook(database), registry, sender, chosen)
    stop = asyncio.Event()
    running = asyncio.create_task(dispatcher.run(stop))
    try:
        yield dispatcher
    finally:
        stop.set()
        await running


@contextlib.contextmanager
def twilio_sender(sms: SmsSettings) -> Iterator[TwilioSender]:
    sender = TwilioSender(sms)
    try:
        yield sender
    finally:
        sender.close()
