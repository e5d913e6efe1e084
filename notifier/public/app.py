"""The public page as an application: which address does what."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from models.errors import ClearwayError
from notifier.links import PATH
from notifier.public.gate import Gate
from notifier.public.page import PublicPage
from notifier.public.pages import STYLE, STYLE_PATH
from notifier.public.parts import Parts
from notifier.senders.callbacks import INBOUND_PATH, STATUS_PATH

ROBOTS = "User-agent: *\nDisallow: /\n"
FOR_EVER = "public, max-age=31536000, immutable"


def public_app(page: PublicPage, parts: Parts) -> ASGIApp:
    """The page behind its gate."""

    async def style(_: Request) -> Response:
        return Response(STYLE, media_type="text/css", headers={"Cache-Control": FOR_EVER})

    async def robots(_: Request) -> Response:
        return PlainTextResponse(ROBOTS)

    async def health(_: Request) -> Response:
        return PlainTextResponse("ok")

    app = Starlette(
        routes=[
            Route(f"{PATH}{{token}}", page.case, methods=["GET"]),
            Route(f"{PATH}{{token}}/picture.jpg", page.picture, methods=["GET"]),
            Route(f"{PATH}{{token}}/moved", page.moved, methods=["POST"]),
            Route(f"{PATH}{{token}}/not-mine", page.confirm, methods=["GET"]),
            Route(f"{PATH}{{token}}/not-mine", page.not_mine, methods=["POST"]),
            Route(f"{PATH}{{token}}/objection", page.objection, methods=["POST"]),
            Route(STATUS_PATH, parts.calls.status, methods=["POST"]),
            Route(INBOUND_PATH, parts.calls.inbound, methods=["POST"]),
            Route(STYLE_PATH, style, methods=["GET"]),
            Route("/robots.txt", robots, methods=["GET"]),
            Route("/health", health, methods=["GET"]),
        ],
        exception_handlers={HTTPException: page.nothing, ClearwayError: page.down, Exception: page.failed},
    )
    app.router.redirect_slashes = False
    return Gate(
        app,
        parts.clients,
        page.refuse,
        behind_proxy=parts.settings.behind_proxy,
        encrypted=parts.settings.public_url.startswith("https://"),
    )
