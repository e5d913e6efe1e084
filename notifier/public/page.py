"""The answers of the public page. GET and HEAD never change anything."""

import asyncio
import hashlib
import hmac
from collections import Counter
from dataclasses import dataclass
from urllib.parse import parse_qs

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import Scope

from cases.answers.book import LONGEST_TEXT, Answer
from cases.answers.disowning import AnswerKind, answerable
from cases.answers.reading import PublicCase
from cases.reports.form import clean
from models.errors import Refused, TransportDown
from notifier.links import PATH, BadLink, LinkExpired
from notifier.public import metrics
from notifier.public.gate import plain
from notifier.public.limits import Limiter, Rate
from notifier.public.pages import Visit
from notifier.public.parts import Parts
from notifier.public.view import View, view
from notifier.public.words import WORDS, language_for

WRONG_COSTS = 10.0
"""A link that is none of ours counts as so many requests: nobody tries many of them."""
RETRY_S = 60
FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 10

_log = structlog.get_logger("clearway.public")


@dataclass(frozen=True, slots=True)
class Opened:
    """A link that opened a case."""

    case: PublicCase
    view: View
    visit: Visit
    notice_id: str


class PublicPage:
    """The answers of the page."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        per_minute = parts.settings.page_per_minute
        self._looks, self._says = Limiter(Rate(per_minute)), Limiter(Rate(per_minute / 3))
        self.counted: Counter[str] = Counter()

    async def case(self, request: Request) -> Response:
        """The page of a case."""
        found = await self._open(request)
        return found if isinstance(found, Response) else self._page(found)

    async def picture(self, request: Request) -> Response:
        """Its picture."""
        found = await self._open(request)
        if isinstance(found, Response):
            return plain(found.status_code)
        picture = found.case.picture
        small = None if picture is None else await asyncio.to_thread(self._parts.thumbs.of, picture)
        return plain(404) if small is None else Response(small, media_type="image/jpeg")

    async def confirm(self, request: Request) -> Response:
        """The question before "this is not my vehicle" is taken."""
        found = await self._open(request)
        if isinstance(found, Response):
            return found
        if AnswerKind.NOT_MINE not in found.view.can:
            return _back(found.visit)
        return self._html("shown", self._parts.pages.confirm(found.view, found.visit))

    async def moved(self, request: Request) -> Response:
        """Take "I have moved it"."""
        return await self._say(request, AnswerKind.MOVED)

    async def not_mine(self, request: Request) -> Response:
        """Take "this is not my vehicle"."""
        return await self._say(request, AnswerKind.NOT_MINE)

    async def objection(self, request: Request) -> Response:
        """Take an objection."""
        found = await self._open(request, says=True)
        if isinstance(found, Response):
            return found
        words = WORDS[found.visit.language]
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
            return self._message(request, "bad", 415, language=found.visit.language)
        try:
            form = parse_qs((await request.body()).decode(), max_num_fields=MOST_FIELDS)
            text = clean(form.get("text", [""])[0].replace("\r\n", "\n"), 10 * LONGEST_TEXT)
        except ValueError:
            return self._message(request, "bad", 400, language=found.visit.language)
        if not text:
            return self._page(found, 422, fault=words["objection_empty"])
        if len(text) > LONGEST_TEXT:
            return self._page(found, 422, fault=words["objection_long"].format(n=len(text)), written=text)
        return await self._answer(request, found, AnswerKind.OBJECTION, text)

    async def nothing(self, request: Request, exc: Exception) -> Response:
        """What is answered where there is nothing, or nothing of that kind."""
        status = exc.status_code if isinstance(exc, HTTPException) else 404
        headers = exc.headers if isinstance(exc, HTTPException) else None
        found = self._message(request, "nothing", status)
        found.headers.update(headers or {})
        return found

    async def down(self, request: Request, exc: Exception) -> Response:
        """What is answered when the ledger cannot be reached, or cannot take what was said."""
        _log.error("public_page_failed", problem=str(exc))
        found = self._message(request, "down", 503 if isinstance(exc, TransportDown) else 500)
        found.headers["Retry-After"] = str(RETRY_S)
        return found

    async def failed(self, request: Request, _: Exception) -> Response:
        """What is answered when something went wrong that nobody foresaw; the gate logs it."""
        return self._message(request, "down", 500)

    def refuse(self, scope: Scope, status: int, wait_s: float) -> Response:
        """How the gate's refusals are worded."""
        name = "busy" if wait_s else "down" if status == 500 else "bad"  # noqa: PLR2004
        return self._message(Request(scope), name, status, seconds=wait_s)

    async def _say(self, request: Request, kind: AnswerKind) -> Response:
        found = await self._open(request, says=True)
        return found if isinstance(found, Response) else await self._answer(request, found, kind, "")

    async def _answer(self, request: Request, found: Opened, kind: AnswerKind, text: str) -> Response:
        parts, token = self._parts, found.visit.token
        client = hmac.new(parts.secret, f"client {request.state.client}".encode(), hashlib.sha256)
        answer = Answer(
            notice_id=found.notice_id,
            kind=kind,
            text=text,
            at=parts.clock(),
            client=client.hexdigest()[:16],
            token_sha=hashlib.sha256(token.encode()).hexdigest(),
        )
        words = WORDS[found.visit.language]
        try:
            outcome = await asyncio.to_thread(parts.book.answer, answer)
        except Refused:
            # Refused for another reason than its state, an objection is one too many.
            many = kind is AnswerKind.OBJECTION and answerable(found.case.state, kind)
            return self._page(found, 409, told=words["objection_many" if many else "over"])
        if outcome is None:
            return self._message(request, "gone", 410, language=found.visit.language)
        if not outcome.repeat:
            metrics.ANSWERS.labels(kind.value).inc()
            self.counted[kind.value] += 1
            _log.info(
                "owner_answered", case=outcome.case_id, kind=kind.value, doubted=outcome.doubt is not None
            )
        # See other: going back or reloading asks for the page, not for the answer again.
        return _back(found.visit)

    async def _open(self, request: Request, *, says: bool = False) -> Opened | Response:
        """The case behind a link; why there is none, as a page."""
        parts, token = self._parts, request.path_params["token"]
        try:
            link = parts.links.read(token, parts.clock())
        except LinkExpired:
            return self._message(request, "expired", 410)
        except BadLink:
            parts.clients.charge(request.state.client, WRONG_COSTS)
            return self._message(request, "forged", 404)
        wait_s = self._looks.take(link.notice_id) or (says and self._says.take(link.notice_id))
        if wait_s:
            busy = self._message(request, "busy", 429, seconds=wait_s)
            busy.headers["Retry-After"] = str(max(1, round(wait_s)))
            return busy
        case = await asyncio.to_thread(parts.reading.case, link.notice_id)
        if case is None:
            return self._message(request, "gone", 410)
        asked = request.query_params.get("lang", "")
        language = language_for(asked, case.language)
        visit = Visit(token=token, expires_at=link.expires_at, language=language, asked=bool(asked))
        return Opened(case, view(case), visit, link.notice_id)

    def _page(
        self, found: Opened, status: int = 200, *, told: str = "", fault: str = "", written: str = ""
    ) -> Response:
        html = self._parts.pages.case(found.view, found.visit, told=told, fault=fault, written=written)
        return self._html("shown" if status == 200 else "corrected", html, status)  # noqa: PLR2004

    def _message(
        self, request: Request, name: str, status: int, *, language: str = "", seconds: float = 0.0
    ) -> Response:
        asked = request.query_params.get("lang", "")
        accepted = request.headers.get("accept-language", "")
        language = language or language_for(asked, accepted, self._parts.fallback)
        return self._html(name, self._parts.pages.message(name, language, seconds=seconds), status)

    def _html(self, outcome: str, html: str, status: int = 200) -> Response:
        metrics.REQUESTS.labels(outcome).inc()
        return HTMLResponse(html, status)


def _back(visit: Visit) -> Response:
    query = f"?lang={visit.language}" if visit.asked else ""
    return RedirectResponse(f"{PATH}{visit.token}{query}", 303)
