"""`python -m benchmarks NAME [--only PART] [--json]`; those in `ALONE` have options of their own."""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence

from benchmarks import agreement, edge, events, first_light, ledger, notices, plates, tampering
from benchmarks.figures import Figure, show
from clearway import logs

SUITES: dict[str, dict[str, Callable[[], Iterator[Figure]]]] = {
    "first-light": {
        "latency": first_light.latency,
        "throughput": first_light.throughput,
        "looks": first_light.looks,
        "kills": first_light.kills,
        "fresh-clone": first_light.fresh_clone,
    },
    "notices": dict(notices.PARTS),
    "tampering": {"tampering": tampering.tampering},
}


ALONE: dict[str, Callable[[Sequence[str]], int]] = {
    "agreement": agreement.main,
    "edge": edge.main,
    "events": events.main,
    "ledger": ledger.main,
    "plates": plates.main,
}
"""Those with options of their own."""


def main() -> int:
    """Run one suite; 0 when every bar was reached."""
    if sys.argv[1:2] and (alone := ALONE.get(sys.argv[1])) is not None:
        logs.set_up("benchmarks", "warning")
        return alone(sys.argv[2:])
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", choices=sorted([*SUITES, *ALONE]))
    parser.add_argument("--only", action="append", help="a part of the suite; may be repeated")
    parser.add_argument("--json", action="store_true", help="one JSON line each")
    arguments = parser.parse_args()
    parts = SUITES[arguments.name]
    wanted = arguments.only or list(parts)
    if unknown := set(wanted) - set(parts):
        parser.error(f"no part {min(unknown)!r}; parts: {', '.join(parts)}")
    logs.set_up("benchmarks", "warning")
    good = True
    for part in wanted:
        good &= show(parts[part](), as_json=arguments.json)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
