"""What an address says, and what of it is shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.sources.address import Kind, credentials_of, kind_of, without_credentials


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("rtsp://camera/1", Kind.STREAM),
        ("rtsps://camera/1", Kind.STREAM),
        ("RTSP://camera/1", Kind.STREAM),
        ("HTTP://camera/1", Kind.WEB),
        ("gopher-over-pigeon://camera/1", Kind.STREAM),
        ("http://camera/snap.jpg", Kind.WEB),
        ("https://camera/snap.jpg", Kind.WEB),
        ("/dev/video0", Kind.DEVICE),
        ("street.mp4", Kind.RECORDING),
        ("no such thing", Kind.RECORDING),
        ("s" * 5000, Kind.RECORDING),
        ("null\0null", Kind.RECORDING),
    ],
)
def test_an_address_tells_what_stands_behind_it(address, kind):
    assert kind_of(address) is kind


def test_a_folder_is_told_from_a_file(tmp_path):
    assert kind_of(str(tmp_path)) is Kind.FOLDER


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("http://host/snap?user=admin&pwd=hunter2&channel=1", "http://host/snap?user=***&pwd=***&channel=1"),
        ("http://host/snap?Password=p@ss", "http://host/snap?Password=***"),
        ("http://host/cgi?cmd=Snap;token=abc#x", "http://host/cgi?cmd=Snap;token=***#x"),
        ("https://u:p@host/snap?auth=QWxhZGRpbg==", "https://host/snap?auth=***"),
        (
            "rtsp://host/user=admin&password=hunter2&channel=1",
            "rtsp://host/user=admin&password=***&channel=1",
        ),
        ("rtsp://host/monkey=1", "rtsp://host/monkey=1"),
    ],
)
def test_credentials_in_the_query_are_not_shown_either(address, shown):
    assert without_credentials(address) == shown


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="/@"), min_size=4))
def test_no_password_before_the_host_is_ever_shown(password):
    shown = without_credentials(f"rtsp://admin:{password}@camera.example/stream")
    assert shown == "rtsp://camera.example/stream"


def test_user_and_password_are_taken_out_and_decoded():
    address, credentials = credentials_of("http://ad%40min:p%3Ass:w@host:81/a@b")
    assert address == "http://host:81/a@b"
    assert credentials == ("ad@min", "p:ss:w")
    assert credentials_of("http://host/snap") == ("http://host/snap", None)
