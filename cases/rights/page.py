"""All that is kept of one plate as a file for the person who asked: JSON for programs, HTML for people."""

import io
import zipfile
from importlib import resources
from typing import Any

import msgspec
from jinja2 import Environment, StrictUndefined

JSON_NAME, PAGE_NAME = "data.json", "index.html"


def pack(gathered: dict[str, Any]) -> bytes:
    """The ZIP file of what `cases.rights.gather` found: `index.html` and `data.json`."""
    data = msgspec.json.format(msgspec.json.encode(gathered), indent=2)
    found = io.BytesIO()
    with zipfile.ZipFile(found, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(JSON_NAME, data)
        archive.writestr(PAGE_NAME, page(gathered))
    return found.getvalue()


def page(gathered: dict[str, Any]) -> str:
    """The readable page, in English and Chinese side by side; every value is escaped."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["moment"] = _moment
    text = resources.files("cases.rights").joinpath("rights.html.j2").read_text(encoding="utf-8")
    return environment.from_string(text).render(**msgspec.to_builtins(gathered))


def _moment(value: str | None) -> str:
    """A time as people read it, UTC."""
    return "" if value is None else value[:19].replace("T", " ")
