"""What several folders of tests share."""

import logging

import pytest
import structlog
from parts_video import write_video


@pytest.fixture(autouse=True)
def _no_debug_lines():
    """A test that fails shows what happened, not every id that was sent; and sets up logs for itself only."""
    before = structlog.get_config()
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO), cache_logger_on_first_use=False
    )
    yield
    structlog.contextvars.clear_contextvars()
    structlog.configure(**before)


@pytest.fixture(scope="session")
def video(tmp_path_factory):
    """Six seconds of a moving square, ten frames a second."""
    return write_video(tmp_path_factory.mktemp("video") / "square.mp4")
