"""From what somebody filled in to a report: every fault at once, each with its field."""

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from cases.reports import Channel, Report
from models.errors import BadRecord
from models.units import utc

MAX_DESCRIPTION = 4000
"""Open311's own bound."""
MAX_ADDRESS = 500
MAX_URL = 2000
MAX_REFERENCE = 128
CLOCK_MAY_BE_OFF = timedelta(minutes=10)
OLDEST = timedelta(days=366)
"""A hotline's list of a year; older reports are about something that nobody can act on."""
_SHOWN = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class FieldFault:
    """One field that cannot be used.

    Attributes:
        missing: whether it is not there at all.
    """

    field: str
    problem: str
    missing: bool = False


class BadReport(BadRecord):
    """A report that cannot be taken, with every fault of it."""

    def __init__(self, faults: tuple[FieldFault, ...]) -> None:
        super().__init__(faults[0].field, "; ".join(f"{fault.field}: {fault.problem}" for fault in faults))
        self.faults = faults


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What somebody filled in, as text; empty for what they left out.

    Attributes:
        names: what its own makers call these fields (`lon` is `long` in Open311), for the faults.
    """

    matter: str = ""
    lat: str = ""
    lon: str = ""
    address: str = ""
    description: str = ""
    media_url: str = ""
    reference: str = ""
    reported_at: datetime | None = None
    contacts: tuple[str, ...] = ()
    names: Mapping[str, str] | None = None

    def name(self, field: str) -> str:
        """What its makers call a field."""
        return (self.names or {}).get(field, field)


def read(
    form: Form, *, channel: Channel, reporter: str, now: datetime, matters: Mapping[str, object]
) -> Report:
    """Check a form.

    Args:
        form: what was filled in.
        channel: how it came.
        reporter: who passed it on.
        now: wall clock.
        matters: the codes that are known.

    Raises:
        BadReport: with every fault.
    """
    faults: list[FieldFault] = []

    def take(field: str, check: Callable[[], str]) -> str:
        try:
            return check()
        except ValueError as exc:
            faults.append(FieldFault(form.name(field), str(exc)))
            return ""

    matter = take("matter", lambda: clean(form.matter, 64))
    if not matter:
        faults.append(FieldFault(form.name("matter"), "is missing; say what it is about", missing=True))
    elif matter not in matters:
        known = ", ".join(sorted(matters)[:20])
        faults.append(FieldFault(form.name("matter"), f"{matter!r} is not known; known are: {known}"))
    address = take("address", lambda: clean(form.address, MAX_ADDRESS))
    position = _position(form, faults)
    if (
        position is None
        and not address
        and not {form.name("lat"), form.name("lon")} & {f.field for f in faults}
    ):
        faults.append(_no_position(form))
    report = Report(
        channel=channel,
        reporter=reporter[:100],
        matter=matter,
        reported_at=_time(form, now, faults),
        position_latlon=position,
        address=address,
        description=take("description", lambda: clean(form.description, MAX_DESCRIPTION)),
        media_url=take("media_url", lambda: _url(form.media_url)) or None,
        reference=take("reference", lambda: clean(form.reference, MAX_REFERENCE)) or None,
        contact_mask=", ".join(filter(None, map(mask, form.contacts)))[:200],
    )
    if faults:
        raise BadReport(tuple(faults))
    return report


def clean(text: str, longest: int) -> str:
    """A text of any script that can be kept: composed, without control characters or space around it.

    Raises:
        ValueError: it is too long, or no text at all (half a character).
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("holds half a character; send UTF-8") from None
    composed = unicodedata.normalize("NFC", text)
    found = "".join(sign for sign in composed if sign in "\n\t" or unicodedata.category(sign) != "Cc").strip()
    if len(found) > longest:
        raise ValueError(f"has {len(found)} characters, at most {longest} are kept")
    return found


def mask(contact: str) -> str:
    """What may be kept of a phone number or an address of mail: enough to recognise one's own.

    `13812340001` becomes `138****0001`, `ann@example.org` `a***@example.org`; anything else, a name say, is
    kept not at all.
    """
    contact = contact.strip()
    local, at, host = contact.rpartition("@")
    if at and local and host:
        shown = f"{local[0]}***@{host}"
        return shown if shown.isprintable() else ""
    digits = "".join(_SHOWN.findall(contact))
    if len(digits) < 5:  # noqa: PLR2004 - shorter than any subscriber's number
        return ""
    if len(digits) < 9:  # noqa: PLR2004 - a local number: its end alone
        return f"****{digits[-2:]}"
    return f"{digits[:3]}****{digits[-4:]}"


def _position(form: Form, faults: list[FieldFault]) -> tuple[float, float] | None:
    given = {"lat": form.lat.strip(), "lon": form.lon.strip()}
    if not any(given.values()):
        return None
    found: dict[str, float] = {}
    for field, bound in (("lat", 90.0), ("lon", 180.0)):
        name, value = form.name(field), _number(given[field])
        if not given[field]:
            faults.append(FieldFault(name, "is missing; a position has two numbers", missing=True))
        elif value is None or not -bound <= value <= bound:
            problem = f"{given[field][:40]!r} is no number of degrees from {-bound:g} to {bound:g}"
            faults.append(FieldFault(name, problem))
        else:
            found[field] = value
    if len(found) < 2:  # noqa: PLR2004 - both
        return None
    if found["lat"] == found["lon"] == 0:
        faults.append(
            FieldFault(form.name("lat"), "0, 0 is what a phone says that does not know where it is")
        )
        return None
    return found["lat"], found["lon"]


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _no_position(form: Form) -> FieldFault:
    lat, lon, address = form.name("lat"), form.name("lon"), form.name("address")
    return FieldFault(lat, f"a report needs a place: give {lat} and {lon}, or {address}", missing=True)


def _time(form: Form, now: datetime, faults: list[FieldFault]) -> datetime:
    if form.reported_at is None:
        return now
    name = form.name("reported_at")
    try:
        at = utc(form.reported_at)
    except (ValueError, OverflowError) as exc:
        faults.append(FieldFault(name, str(exc)))
        return now
    if at > now + CLOCK_MAY_BE_OFF:
        faults.append(
            FieldFault(name, f"{at.isoformat()} lies in the future; check the clock and the offset")
        )
    elif at < now - OLDEST:
        faults.append(FieldFault(name, f"{at.isoformat()} is more than a year ago"))
    return min(at, now)


def _url(text: str) -> str:
    """An address on the web, kept and shown to operators, never fetched from here.

    Raises:
        ValueError: it is none, or holds a password.
    """
    found = clean(text, MAX_URL)
    if not found:
        return ""
    parts = urlsplit(found)
    try:
        _ = parts.port
    except ValueError:
        raise ValueError(f"{found[:60]!r} is no address: its port is no number") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or any(sign.isspace() for sign in found):
        raise ValueError(f"{found[:60]!r} is no http or https address")
    if parts.username or parts.password:
        raise ValueError("holds a name or password; give an address that needs none")
    return found
