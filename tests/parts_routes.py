"""Every address that an app answers, as its own router has them: of a new one nobody can forget."""

import re

FILLED = {"sha256": "0" * 64}


def routes_of(app, prefix: str = "") -> list[list[str]]:
    """`[kind, method, path]` of all routes, those of mounted apps too; places in a path are filled."""
    found = []
    for route in app.routes:
        included = getattr(route, "original_router", None)
        if included is not None:
            found += routes_of(included, prefix)
            continue
        path = prefix + re.sub(r"\{(\w+)(?::\w+)?\}", lambda place: FILLED.get(place[1], "x"), route.path)
        inner = _inner(route)
        if getattr(route, "methods", None):
            found += [["http", method, path] for method in sorted(route.methods)]
        elif inner is not None:
            found += routes_of(inner, path.rstrip("/"))
        elif "/_nicegui_ws" in path:
            found += [["http", "GET", f"{path}/socket.io/?EIO=4&transport=polling"]]
            found += [["websocket", "GET", f"{path}/socket.io/?EIO=4&transport=websocket"]]
        else:
            found += [["http", "GET", f"{path.rstrip('/')}/x"]]
    return found


def _inner(route):
    """The app with routes of its own that is mounted there, below whatever stands around it."""
    inner = getattr(route, "app", None)
    while inner is not None and not hasattr(inner, "routes"):
        inner = getattr(inner, "_app", getattr(inner, "app", None))
    return inner
