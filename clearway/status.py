"""`clearway status`: all roles of this machine at a glance."""

from typing import Any

import httpx

from clearway.roles import ORDER, status_port
from clearway.settings import Settings

TIMEOUT_S = 2.0


def gather(settings: Settings) -> list[dict[str, Any]]:
    """What each role says of itself; `up` is False for those that do not answer."""
    found = []
    with httpx.Client(timeout=TIMEOUT_S, trust_env=False) as client:
        for name in ORDER:
            url = f"http://127.0.0.1:{status_port(settings.status.base_port, name)}/status"
            try:
                answer = client.get(url)
                found.append({"up": answer.is_success} | answer.json())
            except (httpx.HTTPError, ValueError):
                found.append({"role": name, "up": False})
    return found


def glance(role: dict[str, Any]) -> str:
    """One role in a few words."""
    if not role["up"]:
        return "does not answer"
    if role["role"] == "edge":
        cameras = ", ".join(f"{item['camera']} {item['state']}" for item in role["cameras"]) or "no camera"
        sensors = ", ".join(f"{item['sensor']} {item['state']}" for item in role["sensors"])
        spool = role["spool"]
        waits = f"{spool['events']} observations and {spool['pictures']} pictures wait"
        lost = f", {spool['dropped_events']} lost" if spool["dropped_events"] else ""
        return "; ".join(
            part for part in (cameras, sensors, f"broker {role['broker']}", waits + lost) if part
        )
    hidden = {"role", "up", "pid", "version"}
    parts = [
        f"{name} {value}" for name, value in role.items() if name not in hidden and value not in ("", None)
    ]
    return "; ".join(parts) or "up"
