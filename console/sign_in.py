"""The pages of signing in and out, and of choosing a password: plain HTML from the server, no script."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from cases.people import Person
from console.cookies import Cookies, is_same
from console.door import FORBIDDEN, PASSWORD, SEE_OTHER, SIGN_IN, SIGN_OUT, STILL, UNAVAILABLE
from console.keeper import Keeper
from console.origins import machine_of, masked
from console.reception import Reception
from console.render import Renderer
from console.visits import STATE, Visit, visit_of
from models.errors import ClearwayError, ConfigurationError

NEXT = re.compile(r"/(?:cases/[0-9A-Za-z-]{1,64}|areas|audit|password)?")
"""Where somebody may be sent after signing in: pages of the desk by name, never an address from outside."""
MAX_FORM = 8192
TOO_MANY = 429
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
"""These pages have no script, so none may run on them."""

Asking = Annotated[Visit, Depends(visit_of)]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form."""

    name: str
    label: str
    kind: str
    complete: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """The routes of signing in.

    Attributes:
        style: address of the style sheet.
        behind_proxy: whether a proxy says where requests come from.
    """

    reception: Reception
    keeper: Keeper
    cookies: Cookies
    renderer: Renderer
    style: str
    behind_proxy: bool

    def router(self) -> APIRouter:
        """The routes."""
        found = APIRouter(include_in_schema=False)
        found.add_api_route(SIGN_IN, self.show, methods=["GET"], response_model=None)
        found.add_api_route(SIGN_IN, self.take, methods=["POST"], response_model=None)
        found.add_api_route(SIGN_OUT, self.leave, methods=["POST"], response_model=None)
        found.add_api_route(PASSWORD, self.show_password, methods=["GET"], response_model=None)
        found.add_api_route(PASSWORD, self.take_password, methods=["POST"], response_model=None)
        found.add_api_route(STILL, self.still, methods=["GET"], response_model=None)
        return found

    async def show(self, request: Request) -> Response:
        """The page where people sign in."""
        wanted = safe_next(request.query_params.get("next", ""))
        if getattr(request.state, STATE, None) is not None:
            return RedirectResponse(wanted, SEE_OTHER)
        note = self.renderer.words.signed_out if "out" in request.query_params else ""
        return self._entry(request, wanted, note=note)

    async def take(self, request: Request) -> Response:
        """Name and password."""
        words, said = self.renderer.words, await _form(request)
        wanted, known = safe_next(said.get("next", "")), self.cookies.form_of(request.headers)
        if known is None or not is_same(said.get("form", ""), self.cookies.form_token(known)):
            return self._entry(request, wanted, fault=words.stale_form, status=FORBIDDEN)
        machine = machine_of(request.scope, request.headers, behind_proxy=self.behind_proxy)
        wait_s = self.reception.wait_s(machine)
        if wait_s > 0:
            answer = self._entry(request, wanted, fault=words.too_often, status=TOO_MANY)
            answer.headers["Retry-After"] = str(int(wait_s) + 1)
            return answer
        try:
            person = await self.reception.let_in(
                said.get("name", ""), said.get("password", ""), masked(machine)
            )
            if person is None:
                return self._entry(request, wanted, fault=words.wrong_entry, status=FORBIDDEN)
            return await self._welcome(request, person, wanted)
        except ClearwayError:
            return self._entry(request, wanted, fault=words.no_entry_now, status=UNAVAILABLE)

    async def leave(self, request: Request, visit: Asking) -> Response:
        """Sign out: the session ends in the ledger, and the browser forgets its cookie."""
        said = await _form(request)
        if visit.session is None or not is_same(said.get("form", ""), visit.form):
            return RedirectResponse("/", SEE_OTHER)
        machine = machine_of(request.scope, request.headers, behind_proxy=self.behind_proxy)
        await self.keeper.end(visit.session, masked(machine))
        answer = RedirectResponse(f"{SIGN_IN}?out=1", SEE_OTHER)
        self.cookies.drop(answer, self.cookies.session_name)
        return answer

    async def show_password(self, visit: Asking) -> Response:
        """The page where people choose a password."""
        return self._password(visit)

    async def take_password(self, request: Request, visit: Asking) -> Response:
        """The password so far, and the new one twice."""
        words, said = self.renderer.words, await _form(request)
        if visit.session is None or not is_same(said.get("form", ""), visit.form):
            return self._password(visit, fault=words.stale_form, status=FORBIDDEN)
        if said.get("new") != said.get("again"):
            return self._password(visit, fault=words.not_alike, status=FORBIDDEN)
        person = visit.session.person
        machine = machine_of(request.scope, request.headers, behind_proxy=self.behind_proxy)
        if self.reception.wait_s(machine) > 0:
            return self._password(visit, fault=words.too_often, status=TOO_MANY)
        try:
            proved = await self.reception.let_in(
                person.name, said.get("old", ""), masked(machine), what="password_proved"
            )
            if proved is None:
                return self._password(visit, fault=words.wrong_password, status=FORBIDDEN)
            changed = await self.reception.choose(proved, said.get("new", ""))
        except ConfigurationError as exc:
            fault = "; ".join(f"{one.problem}: {one.remedy}" for one in exc.faults)
            return self._password(visit, fault=f"{words.new_password} {fault}", status=FORBIDDEN)
        self.keeper.forget(changed)
        return await self._welcome(request, changed, "/")

    async def still(self) -> Response:
        """Nothing, to whoever is signed in: how an open page finds out that nobody is any more."""
        return Response(status_code=204)

    async def _welcome(self, request: Request, person: Person, wanted: str) -> Response:
        """A new session, always: one that was there before may be somebody else's idea."""
        before: Visit | None = getattr(request.state, STATE, None)
        if before is not None and before.session is not None:
            await self.keeper.end(before.session)
        _, token = await self.keeper.begin(person)
        answer = RedirectResponse(PASSWORD if person.must_change else wanted, SEE_OTHER)
        self.cookies.keep_session(answer, token)
        self.cookies.drop(answer, self.cookies.form_name)
        return answer

    def _entry(
        self, request: Request, wanted: str, *, fault: str = "", note: str = "", status: int = 200
    ) -> Response:
        words = self.renderer.words
        token = self.cookies.form_of(request.headers) or self.cookies.fresh()
        fields = (
            Field("name", words.person_name, "text", "username"),
            Field("password", words.person_password, "password", "current-password"),
        )
        answer = self._page(
            status,
            heading=words.sign_in,
            lead=words.sign_in_lead,
            fault=fault,
            note=note,
            action=SIGN_IN,
            form=self.cookies.form_token(token),
            hidden={"next": wanted},
            fields=fields,
            press=words.sign_in,
            back=False,
        )
        self.cookies.keep_form(answer, token)
        return answer

    def _password(self, visit: Visit, *, fault: str = "", status: int = 200) -> Response:
        words = self.renderer.words
        fields = (
            Field("old", words.old_password, "password", "current-password"),
            Field("new", words.new_password, "password", "new-password", words.password_hint),
            Field("again", words.again, "password", "new-password"),
        )
        return self._page(
            status,
            heading=words.choose_password,
            lead=words.must_change if visit.must_change else "",
            fault=fault,
            note="",
            action=PASSWORD,
            form=visit.form,
            hidden={},
            fields=fields,
            press=words.take_password,
            back=not visit.must_change,
        )

    def _page(self, status: int, **values: object) -> Response:
        html = self.renderer.html("entry", datetime.now(UTC), style=self.style, **values)
        headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store"}
        return HTMLResponse(str(html), status, headers)


def safe_next(wanted: str) -> str:
    """Where to go after signing in: a page of the desk, else its first one."""
    return wanted if NEXT.fullmatch(wanted) else "/"


async def _form(request: Request) -> dict[str, str]:
    """The fields of a form; of one that is too long or none at all, nothing."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MAX_FORM:
            return {}
    try:
        found = parse_qs(body.decode("ascii"), keep_blank_values=True, max_num_fields=20)
    except ValueError:
        return {}
    return {name: values[0] for name, values in found.items()}
