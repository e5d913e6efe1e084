"""Addresses of HTTP registries: made from templates, and never led to another host."""

from collections.abc import Mapping
from urllib.parse import quote, urljoin, urlsplit

from notifier.registries.mapping import Misfit
from notifier.settings_sources import PLACEHOLDER


def filled(template: str, values: Mapping[str, str], *, quoted: bool = False) -> str:
    """A template with its placeholders filled in; one of a URL cannot become a path or a question."""
    return PLACEHOLDER.sub(
        lambda found: quote(values[found[1]], safe="") if quoted else values[found[1]], template
    )


def same_house(url: str, onward: str) -> str:
    """Where a redirect leads, if it stays at the same scheme, host and port.

    Raises:
        Misfit: it leads elsewhere: plate and credentials would follow, into the network we stand in at worst.
    """
    try:
        target = urljoin(url, onward)
        old, new = urlsplit(url), urlsplit(target)
        same = (old.scheme, old.hostname, old.port) == (new.scheme, new.hostname, new.port)
    except ValueError:
        same = False
    if not same:
        raise Misfit("sends us to another host, which is refused")
    return target
