"""People who signed in with name and password are known by their cookie."""

from starlette.datastructures import Headers
from starlette.types import Scope

from cases.people.sessions import Session
from console.cookies import Cookies
from console.keeper import Keeper
from console.visits import Visit
from models.errors import ClearwayError


class ByCookie:
    """See `console.visits.Visits`.

    Args:
        cookies: reads them.
        keeper: knows who is signed in.
    """

    asks = True
    page = "/sign-in"
    refusal = "Sign in first."

    def __init__(self, cookies: Cookies, keeper: Keeper) -> None:
        self._cookies = cookies
        self._keeper = keeper

    async def of(self, scope: Scope, headers: Headers) -> Visit | None:  # noqa: ARG002 - see `Visits`
        """See `Visits`."""
        token = self._cookies.session_of(headers)
        session = None if token is None else await self._keeper.by_token(token)
        return None if token is None or session is None else self.visit(session, token)

    async def still(self, visit: Visit, *, surely: bool = False) -> bool:
        """See `Visits`."""
        if visit.session is None:
            return False
        try:
            return await self._keeper.by_digest(visit.session.digest, surely=surely) is not None
        except ClearwayError:
            if surely:
                raise
            return False

    async def note(self, visit: Visit) -> None:
        """See `Visits`."""
        if visit.session is not None:
            await self._keeper.note(visit.session.digest)

    def visit(self, session: Session, token: str) -> Visit:
        """Whoever is signed in by a session."""
        person = session.person
        return Visit(
            who=person.as_client(),
            display=person.display,
            role=person.role,
            session=session,
            form=self._cookies.form_token(token),
        )
