"""Logging: one canonical JSON line per unit of work, in one form for our own and for libraries' loggers."""

import logging
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

import msgspec
import structlog

MAX_BYTES = 20 * 1024 * 1024
KEPT_FILES = 3
NOISY = (
    "amqtt",
    "transitions",
    "faust",
    "mode",
    "aiokafka",
    "alembic",
    "watchfiles",
    "twilio",
    "httpx",
    "httpcore",
    "asyncio",
)
"""Libraries whose information is not ours to repeat; their warnings are."""


def set_up(role: str, level: str, file: Path | None = None) -> None:
    """Log to a rotating file, or to standard error: JSON for machines, colours on a terminal.

    Args:
        role: bound to every line.
        level: least severity of our own lines.
        file: where to; standard error without one.
    """
    number = logging.getLevelNamesMapping()[level.upper()]
    handler: logging.Handler
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(file, maxBytes=MAX_BYTES, backupCount=KEPT_FILES, encoding="utf-8")
    else:
        handler = logging.StreamHandler(sys.stderr)
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    to_terminal = file is None and sys.stderr.isatty()
    last = structlog.dev.ConsoleRenderer() if to_terminal else _json
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *([] if to_terminal else [structlog.processors.format_exc_info]),
                last,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(number)
    for name in NOISY:
        logging.getLogger(name).setLevel(max(number, logging.WARNING))
    structlog.configure(
        processors=[
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        # Filters before anything is built: a line that is not wanted costs next to nothing.
        wrapper_class=structlog.make_filtering_bound_logger(number),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(role=role)


_encoder = msgspec.json.Encoder(enc_hook=str)


def _json(_logger: object, _name: str, line: Any) -> str:  # noqa: ANN401 - structlog's signature
    return _encoder.encode(line).decode()
