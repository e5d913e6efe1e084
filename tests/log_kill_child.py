"""A worker on the embedded log that tells what it did, until it is killed. Run by the kill test.

Usage: python log_kill_child.py LOG FIRST_NUMBER|drain

Says `stored N` after the log promised number N, `seen N` after the agent has worked on it, and, when it
was told to drain, `table {…}` once everything is consumed.
"""

import asyncio
import itertools
import json
import sys

from log_servers import Server

KEYS = 7


def tell(what: str) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


async def live(path: str, first: str) -> None:
    app = Server(f"sqlitelog://{path}").app("clearway-kill", broker_commit_interval=0.05)
    topic = app.topic("looks", key_type=bytes, value_type=bytes, value_serializer="raw")
    newest = app.Table("newest", default=int)

    @app.agent(topic)
    async def work(stream):
        async for event in stream.events():
            number = int(event.value)
            key = event.key.decode()
            newest[key] = max(newest[key], number)
            tell(f"seen {number}")

    await app.start()
    if first == "drain":
        await drained(app)
        await app.stop()
        tell(f"table {json.dumps(dict(newest))}")
    else:
        await store_on(topic, int(first))


async def drained(app) -> None:
    log = app.transport.log

    def behind() -> bool:
        committed = log.committed("clearway-kill")
        return any(committed.get(lane, 0) < log.next_offset(lane) for lane in log.lanes("looks"))

    while behind():
        await app.consumer.commit()
        await asyncio.sleep(0.02)


async def store_on(topic, first: int) -> None:
    async def store(number: int) -> None:
        sent = await topic.send(key=b"%d" % (number % KEYS), value=b"%d" % number)
        await sent
        tell(f"stored {number}")

    for start in itertools.count(first, 5):
        await asyncio.gather(*map(store, range(start, start + 5)))


if __name__ == "__main__":
    asyncio.run(live(*sys.argv[1:]))
