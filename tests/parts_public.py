"""What tests of the public page stand on: a case whose owner was told, the page, a provider's signature."""

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta

import cv2
import factories
import httpx
import numpy as np
from sqlalchemy import insert
from twilio.request_validator import RequestValidator

from cases.answers.book import AnswerBook
from cases.answers.reading import PublicReading
from cases.arrivals import Arrival
from cases.evidence.blobs import MemoryBlobStore
from cases.ledger import Ledger
from cases.life import Resolution, SignalKind
from cases.notices.book import NoticeBook
from cases.notices.optouts import OptOuts
from cases.policy import builtin_policies, parse_policy
from cases.tables import notices
from models.ids import notice_id
from models.records import Picture, PictureRole
from notifier.ledger_desk import LedgerDesk
from notifier.links import Links
from notifier.public.app import public_app
from notifier.public.limits import Limiter, Rate
from notifier.public.page import PublicPage
from notifier.public.pages import Names, Pages
from notifier.public.parts import Parts
from notifier.public.provider_calls import ProviderCalls
from notifier.public.signature import TwilioSignature
from notifier.public.thumbs import Thumbs
from notifier.settings_public import PublicSettings

BASE = "http://127.0.0.1:8090"
SECRET = "a provider's secret"
KEY = b"a key of links"
TOKEN_KEY = b"a key of tokens"
LINKS = Links(KEY, BASE, days=14)
PLACE = "宁波市江北区清河路88号北门"
NAMES = {"fire-lane-blocked": Names(en="Fire lane blocked", zh="消防通道被占用")}
LADDER = parse_policy(
    'name = "p"\nmatter = "fire-lane-blocked"\nunit = "fire-brigade"\nquiet_gap_s = 300\nassess = "always"\n'
    "archive_after_days = 1\nurgent = true\n[storm]\nmost = 0\n"
    '[[step]]\nid = "notice"\ndoes = "notify_owner"\n'
    '[[step]]\nid = "reminder"\ndoes = "notify_owner"\nafter_s = 600\n'
    '[[step]]\nid = "thanks"\ndoes = "notify_owner"\nwhen = "left"\nonly_after = "notice"\n',
    "p.toml",
)
POLICIES = builtin_policies() | {"p": LADDER}


def now():
    return datetime.now(UTC)


def ledger_of(database):
    return Ledger(database, POLICIES)


def street(seed=3, size_wh=(1280, 720)):
    """A picture with structure, as JPEG bytes."""
    dice = np.random.default_rng(seed)
    coarse = dice.integers(0, 255, (36, 64, 3), dtype=np.uint8)
    pixels = cv2.resize(coarse, size_wh, interpolation=cv2.INTER_NEAREST)
    return cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()


def picture_of(jpeg, role=PictureRole.OVERSTAY, private_xyxy=()):
    sha256 = hashlib.sha256(jpeg).hexdigest()
    return Picture(
        role=role, sha256=sha256, captured_at=now(), bytes=len(jpeg), private_xyxy=tuple(private_xyxy)
    )


def told(database, index=0, *, recipient=None, language="en", step="notice", **changes):
    """A case whose owner was told just now; the ids of case and notice."""
    at = now()
    fields = {
        "origin_id": f"stay-{index}",
        "dedup_key": f"north-gate/fire-lane-1/plate/浙B{index:05d}",
        "policy": "p",
        "at": at,
        "recorded_at": at,
        "place": PLACE,
        "plate": factories.plate(f"浙B{index:05d}"),
    } | changes
    signal = factories.signal(SignalKind.OBSERVED, **fields)
    (applied,) = ledger_of(database).apply([Arrival(signal, b"{}")], at)
    return applied.case_id, write_notice(
        database, applied.case_id, recipient or f"token-{index}", step=step, language=language
    )


def write_notice(database, case, recipient, *, step="notice", language="en"):
    """A notice that was sent; its id."""
    named, at = notice_id(case, step, recipient), now()
    row = {
        "id": named,
        "case_id": case,
        "step": step,
        "recipient": recipient,
        "mask": "+86 138****0001",
        "language": language,
        "body": "Move it",
        "state": "accepted",
        "why": "",
        "provider_id": f"SM{named[:8]}",
        "attempts": 1,
        "in_doubt": False,
        "intended_at": at,
        "accepted_at": at,
    }
    with database.write() as connection:
        connection.execute(insert(notices), [row])
    return named


def stands(database, index, *, seconds):
    """The camera sees it still, so many seconds from now."""
    at = now() + timedelta(seconds=seconds)
    signal = factories.signal(
        SignalKind.CONTINUES,
        origin_id=f"stay-{index}",
        dedup_key=f"north-gate/fire-lane-1/plate/浙B{index:05d}",
        policy="p",
        at=at,
        recorded_at=at,
    )
    ledger_of(database).apply([Arrival(signal, b"{}")], at)


def leave(database, index, resolution="left"):
    at = now()
    signal = factories.signal(
        SignalKind.ENDED,
        origin_id=f"stay-{index}",
        dedup_key=f"north-gate/fire-lane-1/plate/浙B{index:05d}",
        policy="p",
        at=at,
        recorded_at=at,
        resolution=None if resolution is None else Resolution(resolution),
    )
    ledger_of(database).apply([Arrival(signal, b"{}")], at)


class Shop:
    """The page over a ledger, asked without a network."""

    def __init__(self, database, blobs=None, clock=now, **changes):
        settings = PublicSettings.model_validate({"public_url": BASE, "contact": "12345"} | changes)
        self.blobs = blobs or MemoryBlobStore()
        clients = Limiter(Rate(settings.client_per_minute))
        self.opt_outs = OptOuts(database)
        self.calls = ProviderCalls(
            TwilioSignature(SECRET, settings.public_url),
            book=NoticeBook(database),
            ledger=LedgerDesk(database.together),
            opt_outs=self.opt_outs,
            token_key=TOKEN_KEY,
            clients=clients,
            clock=clock,
        )
        self.parts = Parts(
            links=LINKS,
            reading=PublicReading(database),
            book=AnswerBook(database),
            thumbs=Thumbs(self.blobs),
            pages=Pages("Asia/Shanghai", settings.contact, NAMES),
            calls=self.calls,
            clients=clients,
            settings=settings,
            secret=KEY,
            clock=clock,
            fallback="en",
        )
        self.page = PublicPage(self.parts)
        self.app = public_app(self.page, self.parts)

    def ask(self, method, path, *, client="192.0.2.7", **kwargs):
        async def asked():
            transport = httpx.ASGITransport(self.app, client=(client, 40_000))
            async with httpx.AsyncClient(transport=transport, base_url=BASE) as http:
                return await http.request(method, path, **kwargs)

        return asyncio.run(asked())

    def get(self, path, **kwargs):
        return self.ask("GET", path, **kwargs)

    def post(self, path, data=None, **kwargs):
        return self.ask("POST", path, data=data or {}, **kwargs)

    def callback(self, path, fields, *, secret=SECRET, query="", base=BASE):
        """A provider's request, signed."""
        address = f"{base}{path}" + (f"?{query}" if query else "")
        signature = RequestValidator(secret).compute_signature(address, fields)
        return self.post(
            path + (f"?{query}" if query else ""), fields, headers={"X-Twilio-Signature": signature}
        )


def path_of(notice, at=None):
    """Where a notice's link leads, without the host."""
    return LINKS.make(notice, at or now()).removeprefix(BASE)
