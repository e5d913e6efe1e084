"""The whole walk on one machine: a street, its cases, and the phone that rings."""

import asyncio
import secrets
import shutil
import signal
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console as Terminal

from cases.database import Database
from cases.reading import Reading
from clearway import stack, wiring
from clearway.demo_site import (
    Wish,
    assumed_plates,
    free_ports,
    load_plan_of,
    make_folder,
    real_provider,
    settings_text,
    watchable,
    write_owners,
    write_plan,
)
from clearway.settings import Settings, load
from clearway.stack import Extras
from clearway.summary import summarise
from clearway.supervisor import Supervisor
from notifier.messages import case_number

QUIET_S = 1.0
"""Nothing new in the ledger and nothing due for this long: the walk is over."""
SETTLE_S = 20.0
"""After the recording's end: how long the last notices may take."""


async def play(wish: Wish) -> int:
    """Run the demo; the exit code.

    Raises:
        ConfigurationError: something the user gave cannot be used.
    """
    drawn = load_plan_of(wish)
    sms = real_provider(wish)
    folder, temporary = make_folder(wish)
    try:
        plan, left_out = watchable(drawn, wiring.open_named(wish.network).labels)
        if left_out:
            wish = replace(wish, plan=write_plan(folder / "plan.toml", plan, wish.plan))
        settings_file = folder / "settings.toml"
        plates = assumed_plates(plan, wish.plates)
        owners = wish.owners or write_owners(folder / "owners.csv", plates)
        ports = free_ports()
        settings_file.write_text(settings_text(wish, plan, plates, owners, ports, local=not sms), "utf-8")
        environment = {} if sms else {"CLEARWAY_SMS__TOKEN": secrets.token_urlsafe(24)}
        settings = load(settings_file)
        return await _Demo(
            wish, settings, settings_file, plates, environment, local=not sms, left_out=left_out
        ).run()
    finally:
        if temporary:
            shutil.rmtree(folder, ignore_errors=True)


class _Demo:
    def __init__(
        self,
        wish: Wish,
        settings: Settings,
        settings_file: Path,
        plates: Mapping[str, str],
        environment: dict[str, str],
        *,
        local: bool,
        left_out: list[str],
    ) -> None:
        self._wish = wish
        self._left_out = left_out
        self._settings = settings
        self._plates = plates
        self._say = Terminal(stderr=wish.as_json, highlight=False)
        extras = Extras(phone=local, sensor=True, environment=environment)
        jobs = stack.jobs(settings, settings_file, extras, to_files=True)
        self._supervisor = Supervisor(jobs, settings.status.base_port)
        self._local = local

    async def run(self) -> int:
        database = Database(self._settings.ledger_url)
        database.migrate()
        reading = Reading(database)
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        self._greet()
        codes: dict[str, int] = {}
        try:
            await self._until(stop, self._supervisor.start())
            if not stop.is_set():
                self._say.print(f"Watching. The desk is at [bold]{self._address()}[/]  (Ctrl-C ends)\n")
                await self._watch(reading, stop)
        finally:
            codes = await self._supervisor.stop()
        interrupted = stop.is_set()
        clean = all(code == 0 for code in codes.values()) and not any(self._supervisor.restarts().values())
        if self._wish.as_json:
            summary = summarise(reading, wiring.policies(self._settings))
            summary |= {
                "plates": "read, else assumed" if self._wish.reads_plates else "assumed, not read",
                "left_out": self._left_out,
                "processes": codes,
                "restarts": self._supervisor.restarts(),
                "interrupted": interrupted,
                "clean": clean,
            }
            _print_json(summary)
        else:
            self._farewell(codes, clean=clean)
        database.close()
        return 0 if clean else 1

    async def _until(self, stop: asyncio.Event, work: Any) -> None:  # noqa: ANN401 - any coroutine
        """Do something, unless the user ends it first."""
        working, stopping = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if working.done():
            working.result()
        else:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)

    async def _watch(self, reading: Reading, stop: asyncio.Event) -> None:
        """Tell what happens, until the user ends it or the recording and its last notices are over."""
        ending = asyncio.ensure_future(self._edge_is_done(reading))
        stopping = asyncio.ensure_future(stop.wait())
        fell = asyncio.ensure_future(self._supervisor.fell.wait())
        waits = {stopping, fell} | ({ending} if self._wish.until_end else set())
        seen, told = 0, set[str]()
        try:
            while True:
                done, _ = await asyncio.wait(waits, timeout=0.3, return_when=asyncio.FIRST_COMPLETED)
                seen = self._tell(reading, seen, told)
                if done:
                    return
        finally:
            for task in (ending, stopping, fell):
                task.cancel()

    async def _edge_is_done(self, reading: Reading) -> None:
        await self._supervisor.ended("edge")
        clock = asyncio.get_running_loop().time
        deadline = clock() + SETTLE_S
        seen, quiet_since = -1, clock()
        while clock() < deadline:
            observations = reading.totals().observations
            if observations != seen or reading.due_before(datetime.now(UTC)):
                seen, quiet_since = observations, clock()
            if clock() - quiet_since >= QUIET_S:
                return
            await asyncio.sleep(0.1)

    def _greet(self) -> None:
        wish = self._wish
        self._say.print(f"[bold]Clearway[/] plays {wish.camera}")
        for problem in self._left_out:
            self._say.print(f"[yellow]Not watched[/]: {problem}.")
        shown = ", ".join(f"{zone} = {plate}" for zone, plate in self._plates.items())
        if wish.reads_plates:
            self._say.print(f"Plates are read; until then they are [yellow]assumed[/]: {shown}")
        else:
            self._say.print(f"Plates are [yellow]assumed, not read[/], as no --owners are given: {shown}")
        if self._local:
            self._say.print("Messages go to the [yellow]phone on the desk[/], a local stand-in for Twilio.")
        else:
            self._say.print("[bold red]Messages go out for real[/], with your credentials.")

    def _address(self) -> str:
        return f"http://{self._settings.console.host}:{self._settings.console.port}"

    def _tell(self, reading: Reading, seen: int, told: set[str]) -> int:
        """One line for each thing that happened to a case or a notice since the last time."""
        numbers = {row["id"]: row for row in reading.cases(limit=1000)}
        for row in reversed(reading.feed(after=seen)):
            seen = max(seen, row["id"])
            case = numbers.get(row["case_id"])
            what = row["type"].split(".")[2]
            if case is None or what == "grew":
                continue
            name = f"{case_number(case['number'])} {case['zone']}"
            outcome = f" as {case['resolution']}" if what == "closed" else ""
            self._say.print(
                f"  [cyan]case[/]   {name}: {what.replace('_', ' ')}{outcome}  ({row['body']['why']})"
            )
        for notice in reversed(reading.notices()):
            if notice["state"] == "accepted" and notice["id"] not in told:
                told.add(notice["id"])
                name = f"{case_number(notice['case_number'])} {notice['zone']}"
                self._say.print(
                    f"  [green]sms[/]    {name}: {notice['step']} to {notice['mask']} "
                    f"after {notice['latency_s']:.2f} s\n         {notice['body']}"
                )
        return seen

    def _farewell(self, codes: Mapping[str, int], *, clean: bool) -> None:
        if clean:
            self._say.print("\nEverything ended cleanly.")
            return
        bad = ", ".join(f"{name} {code}" for name, code in codes.items() if code)
        self._say.print(
            f"\n[red]Not everything ended cleanly[/]: {bad or 'a process fell and was restarted'}."
        )
        self._say.print(f"Logs: {self._settings.data_dir / 'logs'}")


def _print_json(value: object) -> None:
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(value, enc_hook=str), indent=2).decode() + "\n")
