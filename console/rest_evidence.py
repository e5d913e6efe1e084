"""What proves a case, over the REST API. Evidence shows plates: it is for those who may see them."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Response

from cases.clients import Client
from console.office import Office
from console.rest_access import CaseId, Reader
from console.rest_problem import Faulty
from console.rest_views import Evidence, PictureLink
from console.views import CaseLine

AT = Annotated[CaseId, Path(description="Id of a case, or its number as `CW-000012` or `12`.")]
_FILE: dict[int | str, dict[str, Any]] = {200: {"content": {"application/octet-stream": {}}}}


def _sees_plates(client: Reader) -> Client:
    if not client.sees_plates:
        raise Faulty(403, "evidence shows plates: it needs cases:write, export or admin")
    return client


Viewer = Annotated[Client, Depends(_sees_plates)]


def evidence(office: Office) -> APIRouter:
    """The routes."""
    router = APIRouter(tags=["evidence"])
    desk = office.desk

    @router.get("/cases/{case_id}/evidence")
    def get_evidence(_: Viewer, case_id: AT) -> Evidence:
        """What proves a case, as links."""
        row = desk.search.require(case_id)
        packets = len(desk.reading.packets(row["id"]))
        base = f"/api/v1/cases/{row['id']}"
        line = CaseLine.at(row, datetime.now(UTC))
        pictures = tuple(
            PictureLink(
                role=one.role,
                sha256=one.sha256,
                captured_at=one.captured_at,
                href=f"{base}/pictures/{one.sha256}.jpg",
            )
            for one in line.pictures
        )
        archive = f"{base}/evidence.zip" if packets else None
        return Evidence(pictures=pictures, sealed_packets=packets, archive=archive)

    @router.get("/cases/{case_id}/evidence.zip", response_class=Response, responses=_FILE)
    def get_archive(_: Viewer, case_id: AT) -> Response:
        """The sealed evidence."""
        packed = desk.packed(desk.search.require(case_id)["id"])
        if packed is None:
            raise Faulty(404, "this case has no sealed evidence here")
        headers = {"Cache-Control": "no-store", "Content-Disposition": 'attachment; filename="evidence.zip"'}
        return Response(packed.data, media_type="application/zip", headers=headers)

    @router.get("/cases/{case_id}/pictures/{sha256}.jpg", response_class=Response, responses=_FILE)
    def get_picture(
        _: Viewer, case_id: AT, sha256: Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
    ) -> Response:
        """A picture of a case."""
        row = desk.search.require(case_id)
        if all(picture["sha256"] != sha256 for picture in row["pictures"]):
            raise Faulty(404, "this is no picture of the case")
        found = desk.blobs.get(sha256)
        if found is None:
            raise Faulty(404, "this picture has not arrived, or was purged")
        return Response(found, media_type="image/jpeg", headers={"Cache-Control": "no-store"})

    return router
