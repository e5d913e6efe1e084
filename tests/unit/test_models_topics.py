"""Topics: built and parsed in one place, and nothing hostile gets through."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import BadRecord
from models.topics import FROM_DEVICES, WITH_ITEM, Channel, Topic, subscription

NAMES = st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9_-]{0,63}\Z")


@given(NAMES, NAMES, st.sampled_from(Channel), NAMES)
def test_a_topic_parses_to_what_it_was_built_from(site, device, channel, item):
    topic = Topic(site, device, channel, item if channel in WITH_ITEM else "")
    assert Topic.parse(str(topic)) == topic


@pytest.mark.parametrize(
    ("topic", "text"),
    [
        (Topic("s", "d", Channel.OBSERVATIONS), "clearway/v1/s/d/observations"),
        (Topic("s", "d", Channel.EVIDENCE, "a" * 64), f"clearway/v1/s/d/evidence/{'a' * 64}"),
        (Topic("s", "d", Channel.PLANS, "north-gate"), "clearway/v1/s/d/plans/north-gate"),
    ],
)
def test_a_topic_reads_as_the_design_says(topic, text):
    assert str(topic) == text


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("clearway/v1", id="only the prefix"),
        pytest.param("clearway/v1/s/d", id="no channel"),
        pytest.param("clearway/v2/s/d/status", id="another version"),
        pytest.param("$SYS/broker/s/d/status", id="the broker's own"),
        pytest.param("clearway/v1/s/d/secrets", id="an unknown channel"),
        pytest.param("clearway/v1/s/d/OBSERVATIONS", id="another case"),
        pytest.param("clearway/v1/s/d/observations/", id="a slash too many"),
        pytest.param("clearway/v1/s/d/observations/x", id="a word too many"),
        pytest.param("clearway/v1/s/d/evidence", id="no picture"),
        pytest.param("clearway/v1/s/d/evidence/../x", id="climbs"),
        pytest.param("clearway/v1/../d/status", id="dots for a site"),
        pytest.param("clearway/v1/s/+/status", id="a wildcard"),
        pytest.param("clearway/v1/s/#", id="a wildcard for all"),
        pytest.param("clearway/v1//d/status", id="an empty site"),
        pytest.param("/clearway/v1/s/d/status", id="a slash in front"),
        pytest.param("clearway/v1/s/d\n/status", id="a line feed after the device"),
        pytest.param("clearway/v1/s/d/previews/cam\n", id="a line feed at the end"),
        pytest.param("clearway/v1/s/d/previews/c\x00m", id="a NUL"),
        pytest.param(f"clearway/v1/s/{'d' * 65}/status", id="an endless device"),
        pytest.param("clearway/v1/s/-d/status", id="a dash in front"),
        pytest.param("clearway/v1/s/门/status", id="another script"),
    ],
)
def test_a_topic_that_is_not_ours_is_refused(text):
    with pytest.raises(BadRecord) as caught:
        Topic.parse(text)
    assert caught.value.field == "topic"


@given(st.text() | st.lists(st.text(max_size=5), max_size=8).map("/".join))
def test_no_topic_raises_anything_but_a_bad_record(text):
    try:
        topic = Topic.parse(text)
    except BadRecord:
        return
    assert str(topic) == text


def matches(pattern: str, topic: str) -> bool:
    ours, theirs = pattern.split("/"), topic.split("/")
    return len(ours) == len(theirs) and all(a in {"+", b} for a, b in zip(ours, theirs, strict=True))


@given(NAMES, NAMES, st.sampled_from(Channel), NAMES, st.sampled_from(Channel))
def test_a_subscription_gets_its_channel_and_no_other(site, device, channel, item, wanted):
    topic = str(Topic(site, device, channel, item if channel in WITH_ITEM else ""))
    assert matches(subscription(wanted), topic) == (channel is wanted)
    assert matches(subscription(wanted, site, device), topic) == (channel is wanted)
    assert not matches(subscription(wanted, "other.site", device), topic)


def test_a_device_does_not_speak_for_the_centre():
    assert {Channel.RECEIPTS, Channel.PLANS}.isdisjoint(FROM_DEVICES)
