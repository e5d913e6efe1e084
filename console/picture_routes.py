"""Pictures over HTTP: evidence by its hash, a case's sealed evidence, the last picture of each camera."""

import re

from fastapi import APIRouter, Depends, HTTPException, Request, Response

from console.desk import Desk
from console.visits import visit_of
from models.topics import NAME

SHA256 = re.compile(r"[0-9a-f]{64}")
FOR_EVER = "private, max-age=31536000, immutable"
"""The address of evidence is its content; `private`, because it shows people's cars."""
NEVER = "no-store"


def pictures(desk: Desk) -> APIRouter:
    """The routes. What is not the shape of a name or a hash never becomes a path."""
    router = APIRouter(default_response_class=Response, dependencies=[Depends(_sees_pictures)])

    @router.get("/evidence/{sha256}.jpg")
    def evidence(sha256: str) -> Response:
        found = desk.blobs.get(sha256) if SHA256.fullmatch(sha256) else None
        return _jpeg(found, FOR_EVER)

    @router.get("/cases/{case_id}/evidence.zip")
    def sealed(case_id: str) -> Response:
        packed = desk.packed(case_id)
        if packed is None:
            raise HTTPException(404, "this case has no sealed evidence here")
        headers = {
            "Cache-Control": NEVER,
            "Content-Disposition": 'attachment; filename="evidence.zip"',
            "X-Pictures-Missing": str(len(packed.missing)),
        }
        return Response(packed.data, media_type="application/zip", headers=headers)

    @router.get("/cases/{case_id}/shown/{sha256}.jpg")
    def shown(case_id: str, sha256: str) -> Response:
        """A picture for people outside the case."""
        found = desk.shown(case_id, sha256) if SHA256.fullmatch(sha256) else None
        return _jpeg(found, NEVER)

    @router.get("/live/{site}/{device}/{camera}.jpg")
    def live(site: str, device: str, camera: str) -> Response:
        names = (site, device, camera)
        found = desk.live.picture("/" + "/".join(names)) if all(map(NAME.fullmatch, names)) else None
        return _jpeg(found, NEVER)

    return router


def _sees_pictures(request: Request) -> None:
    """Every picture shows plates, and people: they are for those who work on cases."""
    if not visit_of(request).who.sees_plates:
        raise HTTPException(403, "pictures are shown to those who work on cases")


def _jpeg(data: bytes | None, cache: str) -> Response:
    if data is None:
        raise HTTPException(404, "there is no such picture")
    return Response(data, media_type="image/jpeg", headers={"Cache-Control": cache})
