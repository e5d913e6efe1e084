"""How people come in, by the settings: nobody is asked, a password is, or a proxy said who they are."""

from dataclasses import dataclass

from fastapi import APIRouter

from console.cookies import Cookies
from console.door import SIGN_IN
from console.keeper import Keeper
from console.reception import People, Reception
from console.render import Renderer
from console.settings import ConsoleSettings
from console.sign_in import SignIn
from console.visits import AtHand, Visits
from console.visits_by_cookie import ByCookie
from console.visits_by_header import ByHeader
from models.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Entrance:
    """One way to come in.

    Attributes:
        visits: knows who comes.
        routes: pages of signing in, where there are any.
        public: paths that are for everybody.
    """

    visits: Visits
    routes: APIRouter | None = None
    public: tuple[str, ...] = ()


def entrance(settings: ConsoleSettings, people: People | None, renderer: Renderer, style: str) -> Entrance:
    """The way that the settings name.

    Args:
        settings: of the console.
        people: of the ledger; needed where anybody is asked.
        renderer: of the pages.
        style: address of the style sheet, which the sign-in page needs too.

    Raises:
        ConfigurationError: people are to be asked, and there is no ledger to know them.
    """
    if settings.sign_in == "off":
        return Entrance(AtHand())
    if people is None:
        problem = f"is {settings.sign_in!r}, and nothing here knows people"
        raise ConfigurationError.of("console", problem, "start it with a ledger", key="sign_in")
    if settings.sign_in == "header":
        return Entrance(ByHeader(settings.operator_header, settings.header_role, people.book))
    cookies = Cookies(people.key, secure=settings.is_https)
    keeper = Keeper(people.sessions, settings.limits)
    pages = SignIn(
        reception=Reception(people),
        keeper=keeper,
        cookies=cookies,
        renderer=renderer,
        style=style,
        behind_proxy=settings.behind_proxy,
    )
    return Entrance(ByCookie(cookies, keeper), pages.router(), (SIGN_IN, style))
