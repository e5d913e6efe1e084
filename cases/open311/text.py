"""Open311's records as bytes: JSON, and XML as the standard lays it out."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as ET

import msgspec

JSON, XML = "application/json; charset=utf-8", "text/xml; charset=utf-8"
DISCOVERY_NAMESPACE = "http://open311.org/spec/discovery/v1"
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, not even escaped."""
_ONE_OF = {
    "services": "service",
    "service_requests": "request",
    "errors": "error",
    "attributes": "attribute",
    "values": "value",
    "endpoints": "endpoint",
    "formats": "format",
}
"""What one entry of a list is called."""


def as_json(value: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> bytes:
    """A record or a list of them."""
    return msgspec.json.encode(value)


def as_xml(root: str, value: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> bytes:
    """A record or a list of them below a root of that name, with the declaration the standard wants.

    Args:
        root: `services`, `service_definition`, `service_requests`, `errors` or `discovery`.
        value: what it holds. None becomes an empty element, as the standard's examples have it.
    """
    element = ET.Element(root, {"xmlns": DISCOVERY_NAMESPACE} if root == "discovery" else {})
    _fill(element, root, value)
    body: bytes = ET.tostring(element, encoding="utf-8", xml_declaration=True)
    return body


def _fill(element: ET.Element, name: str, value: object) -> None:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            _fill(ET.SubElement(element, key), key, inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _fill(ET.SubElement(element, _ONE_OF[name]), _ONE_OF[name], inner)
    elif isinstance(value, bool):
        element.text = str(value).lower()
    elif value is not None:
        element.text = _NOT_XML.sub("", str(value))
