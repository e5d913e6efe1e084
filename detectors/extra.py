"""The extra `clearway[ultralytics]`, imported in this one place: quiet, and without calling out.

Left alone, the library installs packages in the middle of a look, reports each run to its makers, and
fetches fonts and networks. Whoever wants one of these sets the variable himself: what is set, stays.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from models.errors import ConfigurationError

QUIET = {
    "YOLO_AUTOINSTALL": "false",  # would pip-install what it misses
    "YOLO_OFFLINE": "true",  # would report runs and look for updates
    "YOLO_VERBOSE": "false",  # would print beside our own progress and results
}
"""What the library reads when it is first imported."""

INSTALL = "install torch and torchvision, then pip install 'clearway[ultralytics]' (docs/networks.md)"


def ultralytics(source: str, remedy: str = INSTALL) -> Any:  # noqa: ANN401 - the library has no types
    """The library itself.

    Args:
        source: what needs it, for the message.
        remedy: what to do where it is missing.

    Raises:
        ConfigurationError: the extra is not installed, or does not fit the PyTorch beside it.
    """
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    try:
        import ultralytics as library  # noqa: PLC0415 - an extra: absent on edge boxes

        library.YOLO  # noqa: B018 - the library imports PyTorch only when this is asked for
    except (ImportError, OSError, RuntimeError) as exc:
        # RuntimeError: a torchvision that does not fit torch fails at import with one.
        problem = f"needs ultralytics, which cannot be imported: {exc}"
        raise ConfigurationError.of(source, problem, remedy) from exc
    return library


@contextmanager
def by_itself() -> Iterator[None]:
    """Keep the library from fetching a font and from reporting to whatever trackers are installed.

    Both happen in every training and export; neither has a switch. `ultralytics` must have been called.
    """
    from ultralytics.data import utils as reading  # noqa: PLC0415 - the extra
    from ultralytics.utils import callbacks  # noqa: PLC0415 - the extra

    font, trackers = reading.check_font, callbacks.add_integration_callbacks
    reading.check_font, callbacks.add_integration_callbacks = (lambda *_: None), (lambda *_: None)
    try:
        yield
    finally:
        reading.check_font, callbacks.add_integration_callbacks = font, trackers
