"""The console as people meet it: a real process, a real ledger, a real browser."""

import asyncio
import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import cv2
import httpx
import msgspec
import numpy as np
import pytest
from factories import arrival, plate
from playwright.sync_api import Browser, Page, expect, sync_playwright

from cases.blobs import FileBlobStore
from cases.database import Database
from cases.ledger import Condition, DeadLetter, Ledger
from cases.life import Resolution, SignalKind
from cases.live import LiveBoard
from cases.notices import Intent, NoticeBook
from cases.policy import builtin_policies
from models.records import (
    CameraHealth,
    CameraState,
    DeviceStatus,
    Picture,
    PictureRole,
    Plate,
    PlateSource,
    SensorHealth,
    SensorKind,
    SpoolHealth,
    Trail,
    TrailObject,
    TrailZone,
    ZoneKind,
)

CHROMIUM = "/usr/bin/chromium"
HOSTILE = '<script>document.title = "owned"</script><img src=x onerror="document.title=\'owned\'">'
SOURCE = "/harbour/box-1/north-gate"
QUIET = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
RUN = """
import asyncio, signal, sys
from pathlib import Path
from cases.blobs import FileBlobStore
from cases.database import Database
from cases.live import LiveBoard
from console.app import Console
from console.desk import Desk
from console.settings import ConsoleSettings

async def main(root, settings):
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    database = Database(f"sqlite:///{root}/ledger.db")
    desk = Desk(database, LiveBoard(root / "live"), FileBlobStore(root / "blobs"), settings)
    console = Console(desk)
    await console.serve(stop, started=lambda address: print(address, flush=True))
    print(console.status(), flush=True)

asyncio.run(main(Path(sys.argv[1]), ConsoleSettings.model_validate_json(sys.argv[2])))
"""


# --- a made-up street ------------------------------------------------------------------------------


def street(cars: tuple[tuple[int, int, float, tuple[int, int, int]], ...]) -> np.ndarray:
    """A drawn street, 1280x720 BGR, with cars at (x, y of the wheels, size, colour)."""
    picture = np.zeros((720, 1280, 3), np.uint8)
    for row in range(300):
        picture[row] = (np.array([214, 190, 160]) * (1 - row / 900)).astype(np.uint8)
    _facade(picture, 0, 470, (96, 116, 140))
    _facade(picture, 490, 1280, (120, 128, 130))
    cv2.rectangle(picture, (120, 190), (330, 372), (58, 62, 66), -1)
    cv2.rectangle(picture, (132, 202), (318, 372), (74, 86, 96), -1)
    cv2.putText(picture, "FIRE  GATE", (146, 182), cv2.FONT_HERSHEY_DUPLEX, 0.9, (235, 238, 240), 1, cv2.LINE_AA)
    _polygon(picture, [(0, 372), (1280, 372), (1280, 420), (0, 420)], (150, 154, 156))
    _polygon(picture, [(0, 420), (1280, 420), (1280, 720), (0, 720)], (84, 82, 80))
    _polygon(picture, [(110, 420), (345, 420), (420, 560), (20, 560)], (92, 90, 92))
    for step in range(7):
        left = 20 + step * 58
        _polygon(picture, [(left, 560), (left + 14, 560), (118 + step * 35, 420), (110 + step * 35, 420)], (60, 190, 225))
    cv2.line(picture, (0, 422), (1280, 422), (176, 180, 182), 5, cv2.LINE_AA)
    for x in range(-40, 1320, 150):
        _polygon(picture, [(x, 618), (x + 82, 618), (x + 76, 627), (x - 8, 627)], (214, 218, 220))
    for car in cars:
        _car(picture, *car)
    noise = np.random.default_rng(7).normal(0, 3.2, picture.shape)
    grainy = np.clip(cv2.GaussianBlur(picture, (3, 3), 0) + noise, 0, 255)
    return grainy.astype(np.uint8)


def _facade(picture: np.ndarray, left: int, right: int, colour: tuple[int, int, int]) -> None:
    cv2.rectangle(picture, (left, 40), (right, 372), colour, -1)
    for x in range(left + 30, right - 60, 84):
        for y in range(64, 330, 92):
            lit = (x * 7 + y * 3) % 5 == 0
            cv2.rectangle(picture, (x, y), (x + 46, y + 58), (120, 196, 232) if lit else (92, 82, 70), -1)
            cv2.rectangle(picture, (x, y), (x + 46, y + 58), (176, 178, 178), 2, cv2.LINE_AA)


def _polygon(picture: np.ndarray, points: list[tuple[float, float]], colour: tuple[int, int, int]) -> None:
    cv2.fillPoly(picture, [np.array(points, np.int32)], colour, cv2.LINE_AA)


def _car(picture: np.ndarray, x: int, y: int, size: float, colour: tuple[int, int, int]) -> None:
    def at(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
        return [(x + px * size, y + py * size) for px, py in points]

    dark = tuple(int(part * 0.7) for part in colour)
    cv2.ellipse(picture, (int(x + 100 * size), y), (int(112 * size), int(10 * size)), 0, 0, 360, (52, 50, 48), -1, cv2.LINE_AA)
    body = [(2, -8), (0, -34), (10, -44), (46, -50), (70, -76), (138, -76), (168, -50), (194, -44), (200, -30), (198, -8)]
    _polygon(picture, at(body), colour)
    _polygon(picture, at([(2, -8), (1, -20), (199, -20), (198, -8)]), dark)
    _polygon(picture, at([(54, -50), (74, -71), (101, -71), (101, -50)]), (70, 62, 54))
    _polygon(picture, at([(107, -50), (107, -71), (134, -71), (157, -50)]), (70, 62, 54))
    for wheel in (44, 158):
        centre = (int(x + wheel * size), int(y - 10 * size))
        cv2.circle(picture, centre, int(18 * size), (34, 34, 34), -1, cv2.LINE_AA)
        cv2.circle(picture, centre, int(9 * size), (150, 152, 154), -1, cv2.LINE_AA)


WHITE, BLUE, RED = (226, 228, 230), (150, 96, 52), (52, 58, 168)
STREET = ((150, 520, 1.15, WHITE), (760, 548, 1.2, BLUE), (420, 690, 1.45, RED))
ZONES = (
    TrailZone(zone="fire-lane-1", kind=ZoneKind.FIRE_LANE, polygon=((0.085, 0.583), (0.27, 0.583), (0.33, 0.78), (0.012, 0.78))),
    TrailZone(zone="kerb-east", kind=ZoneKind.NO_PARKING, polygon=((0.52, 0.60), (0.985, 0.60), (0.985, 0.79), (0.5, 0.79))),
)


def jpeg(picture: np.ndarray, quality: int = 86) -> bytes:
    return cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
