"""An edge box without cameras that spools whole stays and sends them, until it is killed.

Says `kept ID` once the spool has an observation. Its password is in CLEARWAY_MQTT__PASSWORD.

Usage: python parts_box_child.py SPOOL BROKER_URL FIRST_STAY STAYS
"""

import os
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from benchmarks.observations import stay
from edge.courier import Courier
from edge.link import Link
from edge.spool import Spool
from models.connection import MqttSettings
from models.records import Receipt


def main(path: str, url: str, first: str, count: str) -> None:
    spool = Spool(Path(path), 64 * 1024 * 1024)
    mqtt = MqttSettings(url=url, username="edge", password=os.environ["CLEARWAY_MQTT__PASSWORD"])
    link = Link(mqtt, "clearway-bench-box", ["clearway/v1/bench/box/receipts"])
    courier = Courier(spool, link, "bench", "box", 2.0)
    threading.Thread(target=courier.run, args=(threading.Event(),), daemon=True).start()
    threading.Thread(target=take, args=(link, courier), daemon=True).start()
    link.start()
    for number in range(int(first), int(first) + int(count)):
        for said in stay(number, datetime.now(UTC)):
            spool.put([(said.id, said.body)])
            sys.stdout.write(f"kept {said.id}\n")
            sys.stdout.flush()
        time.sleep(0.002)
    while spool.health().events:
        time.sleep(0.05)
    sys.stdout.write("done\n")
    sys.stdout.flush()
    link.stop()


def take(link: Link, courier: Courier) -> None:
    while True:
        message = link.inbox.get()
        courier.receipt(msgspec.json.decode(message.payload, type=Receipt).ids)
        link.acknowledge(message)


if __name__ == "__main__":
    main(*sys.argv[1:])
