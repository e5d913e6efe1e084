"""Units, backing off, the broker's address, and how faults read."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.backoff import Backoff
from models.connection import MqttSettings
from models.errors import ConfigurationError, Fault
from models.toml import parse
from models.units import utc


def test_a_time_is_the_same_instant_in_utc():
    there = datetime(2026, 11, 21, 20, 0, tzinfo=timezone(timedelta(hours=8)))
    assert utc(there) == there
    assert utc(there).tzinfo is UTC


def test_a_time_without_offset_is_refused_with_a_remedy():
    with pytest.raises(ValueError, match=r"no offset; give one, e\.g\. 2026-11-21T20:00:00\+00:00"):
        utc(datetime(2026, 11, 21, 20, 0))  # noqa: DTZ001 - that is the fault


@given(st.floats(0.01, 10), st.floats(0.01, 600), st.integers(1, 10**6), st.floats(0, 1))
def test_a_wait_is_bounded_and_never_shorter_than_half_its_bound(first_s, limit_s, failures, chance):
    wait_s = Backoff(first_s, limit_s).wait_s(failures, chance)
    bound_s = min(limit_s, first_s * 2.0 ** min(failures - 1, 30))
    assert bound_s / 2 <= wait_s <= bound_s <= limit_s


@given(st.floats(0.01, 10), st.floats(0.01, 600), st.integers(1, 100), st.floats(0, 1))
def test_a_wait_never_shrinks_with_more_failures(first_s, limit_s, failures, chance):
    backoff = Backoff(first_s, limit_s)
    assert backoff.wait_s(failures, chance) <= backoff.wait_s(failures + 1, chance)


@given(st.integers(1, 50), st.floats(0, 1), st.floats(0, 1))
def test_chance_spreads_the_waits_over_the_jitter(failures, chance, jitter):
    backoff = Backoff(jitter=jitter)
    longest_s, shortest_s = backoff.wait_s(failures, 0.0), backoff.wait_s(failures, 1.0)
    assert shortest_s == pytest.approx(longest_s * (1 - jitter))
    assert shortest_s <= backoff.wait_s(failures, chance) <= longest_s


@pytest.mark.parametrize(
    ("url", "address", "secure"),
    [
        ("mqtt://broker", ("broker", 1883), False),
        ("mqtts://broker", ("broker", 8883), True),
        ("mqtt://10.0.0.7:1884", ("10.0.0.7", 1884), False),
        ("mqtts://broker.city.example:65535", ("broker.city.example", 65535), True),
    ],
)
def test_the_brokers_address_is_read_from_its_url(url, address, secure):
    settings = MqttSettings(url=url)
    assert (settings.address, settings.secure) == (address, secure)


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("broker:1883", id="no scheme"),
        pytest.param("http://broker", id="another scheme"),
        pytest.param("mqtt://", id="no host"),
        pytest.param("mqtt://broker/path", id="a path"),
        pytest.param("mqtt://user:secret@broker", id="a password in the open"),
        pytest.param("mqtt://broker:x", id="a port in letters"),
        pytest.param("mqtt://broker:0", id="port 0"),
        pytest.param("mqtt://broker:99999", id="a port beyond 16 bits"),
        pytest.param(f"mqtt://broker:{'9' * 5000}", id="an endless port"),
    ],
)
def test_a_url_that_leads_nowhere_is_refused_before_starting(url):
    with pytest.raises(ConfigurationError) as caught:
        parse(f'url = "{url}"', "edge.toml", MqttSettings)
    (fault,) = caught.value.faults
    assert (fault.source, fault.line, fault.key) == ("edge.toml", 1, "url")


def test_credentials_need_a_name_and_files_are_paths(tmp_path):
    assert MqttSettings().credentials is None
    named = MqttSettings(username="box-1", password="secret", ca_file=tmp_path / "ca.pem")
    assert named.credentials == ("box-1", "secret")
    assert named.tls_files == (str(tmp_path / "ca.pem"), None, None)
    assert "secret" not in repr(named)


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (
            Fault("a.toml", 3, "zone[0].id", "is taken", "rename it"),
            "a.toml:3: zone[0].id: is taken; rename it",
        ),
        (Fault("a.toml", 0, "", "is not TOML"), "a.toml: is not TOML"),
    ],
)
def test_a_fault_says_what_which_and_what_to_do(fault, text):
    assert str(fault) == text


def test_a_configuration_error_shows_every_fault():
    error = ConfigurationError((Fault("a", 1, "x", "p"), Fault("a", 2, "y", "q")))
    assert str(error).splitlines() == ["a:1: x: p", "a:2: y: q"]
