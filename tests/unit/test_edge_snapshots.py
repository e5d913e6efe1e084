"""A picture over HTTP: asked for once a look, never taken twice, by whatever way the camera lets us in."""

import base64
import hashlib
import inspect
import re
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2
import httpx
import pytest
from factories import texture
from parts_video import closed_port, served, silent_server

from edge.sources import Pace, Patience, Stretch, VideoSource, snapshot
from edge.sources.fetching import Fetcher, Other, Page, Unchanged, is_whole
from edge.sources.fetching import _translated as translated
from edge.sources.snapshot import SnapshotCamera
from models.errors import SourceLost, SourceUnusable

QUICK = Patience(open_s=1.0, read_s=1.0, picture_s=2.0)
USER, PASSWORD = "admin", "p@ss:w/ord"


def jpeg(seed):
    _, data = cv2.imencode(".jpg", texture(seed))
    return data.tobytes()


class Answers:
    """What a camera answers, one after the other; the last again and again."""

    def __init__(self, *answers, login=None):
        self.answers = list(answers)
        self.login = login
        self.asked = []
        self.connections = set()

    def next(self):
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def parted(header):
    return dict(re.findall(r'(\w+)="?([^",]+)"?', header))


def digest_is_right(header, method):
    said = parted(header)
    ha1 = hashlib.md5(f"{USER}:gate:{PASSWORD}".encode()).hexdigest()  # noqa: S324 - the protocol's
    ha2 = hashlib.md5(f"{method}:{said['uri']}".encode()).hexdigest()  # noqa: S324
    text = f"{ha1}:{said['nonce']}:{said['nc']}:{said['cnonce']}:{said['qop']}:{ha2}"
    return said["response"] == hashlib.md5(text.encode()).hexdigest()  # noqa: S324


@contextmanager
def camera(answers):
    """A camera's web server; its address without the scheme."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            answers.asked.append(dict(self.headers))
            answers.connections.add(self.client_address)
            if not self.let_in():
                self.reply(401, b"", {"WWW-Authenticate": CHALLENGES[answers.login]})
                return
            status, body, headers = answers.next()
            self.reply(status, body, headers)

        def let_in(self):
            said = self.headers.get("Authorization", "")
            if answers.login is None:
                return True
            if answers.login == "basic":
                return said == "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
            return said.startswith("Digest ") and digest_is_right(said, "GET")

        def reply(self, status, body, headers):
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if "Content-Length" not in headers:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}/snap.jpg"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


CHALLENGES = {"basic": 'Basic realm="gate"', "digest": 'Digest realm="gate", qop="auth", nonce="abc123"'}


def picture(seed, **headers):
    return 200, jpeg(seed), {"Content-Type": "image/jpeg"} | headers


def looks(source, most):
    found, stop = [], threading.Event()
    for item in source.frames(stop):
        found.append(item)
        if len(found) == most:
            stop.set()
    return found


def test_every_new_picture_is_a_look_over_one_connection():
    answers = Answers(*(picture(seed) for seed in range(5)))
    with camera(answers) as address:
        found = looks(SnapshotCamera(f"http://{address}", Pace(0.01), QUICK), most=4)
    assert len({item.luma().tobytes() for item in found}) == 4
    assert len(answers.connections) == 1
    assert all(abs((item.captured_at - datetime.now(UTC)).total_seconds()) < 5 for item in found)
    assert found[0].pixels.shape == (240, 320, 3)
    assert found[0].luma(80).shape == (60, 80)


def test_the_same_bytes_are_no_new_look():
    answers = Answers(picture(1), picture(1), picture(1), picture(2))
    with camera(answers) as address:
        found = looks(SnapshotCamera(f"http://{address}", Pace(0.01), QUICK), most=2)
    assert len(answers.asked) >= 4
    assert found[0].luma().tobytes() != found[1].luma().tobytes()


def test_a_camera_that_gives_nothing_else_is_looked_at_so_that_it_is_found_frozen(monkeypatch):
    monkeypatch.setattr(snapshot, "REPEAT_S", 0.05)
    answers = Answers(picture(1))
    with camera(answers) as address:
        found = looks(SnapshotCamera(f"http://{address}", Pace(0.01), QUICK), most=3)
    assert len({item.luma().tobytes() for item in found}) == 1
    assert found[0].captured_at < found[1].captured_at < found[2].captured_at
    assert len(answers.asked) > 3


def test_the_camera_is_asked_only_for_what_is_new():
    answers = Answers(picture(1, ETag='"one"'), (304, b"", {}), picture(2, ETag='"two"'))
    with camera(answers) as address, Fetcher(f"http://{address}", QUICK) as fetcher:
        said = [fetcher.fetch() for _ in range(3)]
    assert [type(item) for item in said] == [Page, Unchanged, Page]
    assert [asked.get("If-None-Match") for asked in answers.asked] == [None, '"one"', '"one"']


@pytest.mark.parametrize("login", ["basic", "digest"])
def test_it_logs_in_the_way_the_camera_asks_for(login):
    answers = Answers(*(picture(seed) for seed in range(4)), login=login)
    with camera(answers) as address:
        found = looks(SnapshotCamera(f"http://admin:p%40ss%3Aw%2Ford@{address}", Pace(0.01), QUICK), most=3)
    assert len(found) == 3
    refused = sum("Authorization" not in asked for asked in answers.asked)
    assert refused <= 2


@pytest.mark.parametrize("login", ["basic", "digest"])
def test_a_wrong_password_is_unusable_and_is_not_told(login):
    answers = Answers(picture(1), login=login)
    with camera(answers) as address:
        with pytest.raises(SourceUnusable, match="right user and password") as caught:
            looks(SnapshotCamera(f"http://admin:hunter2@{address}", Pace(0.01), QUICK), most=1)
        assert address in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ((404, b"", {}), "404"),
        ((500, b"", {}), "500"),
        ((200, b"<html>log in</html>", {"Content-Type": "text/html"}), "no picture"),
        ((200, b'{"error": 1}' * 20, {"Content-Type": "application/json"}), "no picture"),
        ((200, jpeg(1)[:-200], {"Content-Type": "image/jpeg"}), "half a picture"),
        ((200, b"", {"Content-Type": "image/jpeg"}), "half a picture"),
    ],
)
def test_what_is_no_picture_is_lost_and_says_why(answer, why):
    with camera(Answers(answer)) as address, pytest.raises(SourceLost, match=why) as caught:
        looks(SnapshotCamera(f"http://{address}", Pace(0.01), QUICK), most=1)
    assert type(caught.value) is SourceLost


def test_one_failure_between_good_pictures_is_no_loss():
    answers = Answers(picture(1), (503, b"", {}), (200, jpeg(9)[:-90], {}), picture(2))
    with camera(answers) as address:
        assert len(looks(SnapshotCamera(f"http://{address}", Pace(0.01), QUICK), most=2)) == 2


def test_failures_without_end_are():
    answers = Answers(picture(1), (503, b"", {}))
    with camera(answers) as address, pytest.raises(SourceLost, match="503"):
        looks(SnapshotCamera(f"http://{address}", Pace(0.05), QUICK), most=2)


def test_zeros_behind_the_end_are_part_of_some_cameras_pictures():
    assert is_whole(jpeg(1) + b"\0" * 100)
    assert not is_whole(jpeg(1)[:-2])
    assert not is_whole(b"")


def test_a_picture_without_a_content_type_is_known_by_its_bytes():
    with camera(Answers((200, jpeg(1), {}))) as address, Fetcher(f"http://{address}", QUICK) as fetcher:
        assert isinstance(fetcher.fetch(), Page)


def test_a_stream_behind_the_address_is_not_read_on():
    endless = (200, b"--frame\r\n", {"Content-Type": "multipart/x-mixed-replace; boundary=frame"})
    with camera(Answers(endless)) as address, Fetcher(f"http://{address}", QUICK) as fetcher:
        assert fetcher.fetch() == Other("multipart/x-mixed-replace")


def test_an_address_is_asked_what_it_is(video, tmp_path):
    cv2.imwrite(str(tmp_path / "gate.jpg"), texture(1))
    with served(tmp_path) as address:
        (picture_of_it,) = looks(VideoSource(f"{address}/gate.jpg", Pace(0.01), QUICK), most=1)
    with served(video.parent) as address:
        (frame_of_it,) = looks(VideoSource(f"{address}/{video.name}", Pace(0.01), QUICK), most=1)
    assert picture_of_it.pixels.shape == frame_of_it.pixels.shape == (240, 320, 3)


def test_an_overloaded_box_asks_more_rarely():
    stretch = Stretch()
    stretch.factor = 10.0
    answers = Answers(*(picture(seed) for seed in range(30)))
    with camera(answers) as address:
        source = SnapshotCamera(f"http://{address}", Pace(0.02), QUICK, stretch=stretch)
        found = looks(source, most=3)
    assert (found[2].captured_at - found[0].captured_at).total_seconds() > 0.3
    assert found[0].spacing_s == pytest.approx(0.2)


def test_nobody_there_is_lost_by_name():
    with pytest.raises(SourceLost, match=r"127\.0\.0\.1"):
        looks(SnapshotCamera(f"http://a:b@127.0.0.1:{closed_port()}/snap", Pace(0.01), QUICK), most=1)
    with silent_server() as port, pytest.raises(SourceLost, match=f"127.0.0.1:{port}"):
        looks(SnapshotCamera(f"http://a:b@127.0.0.1:{port}/snap", Pace(0.01), QUICK), most=1)


@pytest.mark.parametrize("address", ["http://host:port/x", "http://\0/"])
def test_an_address_that_is_none_is_unusable(address):
    with pytest.raises(SourceUnusable, match="is no address"):
        looks(SnapshotCamera(address, Pace(0.01), QUICK), most=1)


def library_errors():
    """Every exception the HTTP library can raise of its own."""
    found = {kind for _, kind in inspect.getmembers(httpx, inspect.isclass) if issubclass(kind, Exception)}
    # Cookies are never asked for by name, and an error status is not raised but read.
    return sorted(found - {httpx.CookieConflict, httpx.HTTPStatusError}, key=str)


def made(kind):
    try:
        return kind("made up")
    except TypeError:
        return kind()


@pytest.mark.parametrize("kind", library_errors(), ids=lambda kind: kind.__name__)
def test_no_exception_of_the_library_comes_through(kind):
    with pytest.raises(SourceLost, match=r"^camera-7 "), translated("camera-7"):
        raise made(kind)
