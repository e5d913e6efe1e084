import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clearway import broker
from clearway.broker import BrokerUser, matches, read_users, write_users
from clearway.roles import ORDER, status_port
from clearway.settings import load
from clearway.stack import Extras, jobs
from models.errors import ConfigurationError

SETTINGS = """
data_dir = "data"
[edge]
site = "harbour"
device = "box-1"
[[edge.sensor]]
name = "smoke-1"
topic = "hall/3/smoke"
"""
OWN = "clearway/v1/harbour/box-1"


@pytest.fixture
def site(tmp_path):
    path = tmp_path / "site.toml"

    def _site(text=SETTINGS, **extras):
        path.write_text(text, encoding="utf-8")
        made = jobs(load(path), path, Extras(**extras), to_files=True)
        return {job.name: job for job in made}

    return _site


@pytest.fixture
def users(site):
    return read_users(site()["broker"].environment[broker.USERS_VARIABLE])


@pytest.mark.parametrize(
    ("topic", "allowed", "lies_within"),
    [
        ("a/b/c", "a/b/c", True),
        ("a/b/c", "a/+/c", True),
        ("a/b/c", "a/#", True),
        ("a", "a/#", True),
        ("a/b/c", "#", True),
        ("a/b", "a/b/c", False),
        ("a/b/c", "a/b", False),
        ("a/b/c", "a/+", False),
        ("a/+/c", "a/+/c", True),
        ("a/+/c", "a/b/c", False),
        ("a/#", "a/#", True),
        ("a/b/#", "a/#", True),
        ("#", "a/#", False),
        ("a/#", "a/+", False),
        ("a/#", "a/b/#", False),
        ("+/b", "a/b", False),
        ("", "a", False),
        ("a//b", "a/+/b", True),
        ("A/b", "a/b", False),
    ],
)
def test_a_topic_or_a_filter_lies_within_what_is_allowed(topic, allowed, lies_within):
    assert matches(topic, allowed) is lies_within


def heard(topic, by):
    """Whether a subscriber of the filter hears the topic, by the words of the MQTT standard."""
    words, filters = topic.split("/"), by.split("/")
    if filters[-1] == "#":
        filters = filters[:-1]
        words = words[: len(filters)]
    return len(words) == len(filters) and all(
        one in ("+", other) for one, other in zip(filters, words, strict=True)
    )


WORD = st.sampled_from(["a", "b", ""])
TOPICS = st.lists(WORD, min_size=1, max_size=4).map("/".join)
FILTERS = st.tuples(
    st.lists(st.sampled_from(["a", "b", "", "+"]), min_size=1, max_size=4), st.sampled_from([[], ["#"]])
).map(lambda parts: "/".join([*parts[0], *parts[1]]))


@settings(max_examples=400)
@given(TOPICS, FILTERS, FILTERS)
def test_nobody_hears_through_an_allowed_filter_what_he_is_not_allowed(topic, asked, allowed):
    if matches(asked, allowed) and heard(topic, asked):
        assert heard(topic, allowed)


@settings(max_examples=300)
@given(TOPICS, FILTERS)
def test_a_topic_is_allowed_exactly_when_the_filter_hears_it(topic, allowed):
    assert matches(topic, allowed) is heard(topic, allowed)


def may(user, topic, how):
    return any(matches(topic, allowed) for allowed in getattr(user, how))


@pytest.mark.parametrize(
    ("who", "how", "topic", "allowed"),
    [
        ("edge", "publish", f"{OWN}/observations", True),
        ("edge", "publish", f"{OWN}/evidence/{'0' * 64}", True),
        ("edge", "publish", f"{OWN}/status", True),
        ("edge", "publish", f"{OWN}/trails", True),
        ("edge", "publish", f"{OWN}/previews/gate", True),
        ("edge", "publish", f"{OWN}/receipts", False),
        ("edge", "publish", f"{OWN}/plans/gate", False),
        ("edge", "publish", "clearway/v1/harbour/box-2/observations", False),
        ("edge", "publish", "clearway/v1/palace/box-1/observations", False),
        ("edge", "publish", "hall/3/smoke", False),
        ("edge", "subscribe", f"{OWN}/receipts", True),
        ("edge", "subscribe", f"{OWN}/plans/gate", True),
        ("edge", "subscribe", "hall/3/smoke", True),
        ("edge", "subscribe", "hall/4/smoke", False),
        ("edge", "subscribe", "clearway/v1/harbour/box-2/receipts", False),
        ("edge", "subscribe", "clearway/v1/+/+/receipts", False),
        ("edge", "subscribe", "#", False),
        ("ingest", "subscribe", "clearway/v1/+/+/observations", True),
        ("ingest", "publish", "clearway/v1/harbour/box-2/receipts", True),
        ("ingest", "publish", f"{OWN}/observations", False),
        ("sensor", "subscribe", "#", False),
        ("sensor", "publish", f"{OWN}/observations", False),
    ],
)
def test_each_role_speaks_for_itself_only(users, who, how, topic, allowed):
    assert may(users[who], topic, how) is allowed


def test_passwords_are_new_at_every_start_and_never_on_a_command_line(site):
    one, other = site(), site()
    first, second = (
        {name: job.environment.get("CLEARWAY_MQTT__PASSWORD") for name, job in made.items()}
        for made in (one, other)
    )
    assert first["edge"] != second["edge"]
    assert first["edge"] != first["ingest"]
    for job in one.values():
        assert not any(password in " ".join(job.arguments) for password in first.values() if password)


def test_no_role_but_the_broker_knows_the_others_passwords(site):
    made = site()
    assert broker.USERS_VARIABLE in made["broker"].environment
    assert all(broker.USERS_VARIABLE not in job.environment for name, job in made.items() if name != "broker")
    assert "CLEARWAY_MQTT__PASSWORD" not in made["console"].environment


def test_a_site_runs_what_its_settings_ask_for(site):
    assert list(site()) == ["broker", "ingest", "notifier", "console", "edge"]
    assert list(site("[broker]\nembedded = false\n")) == ["ingest", "notifier", "console"]
    assert list(site(phone=True, sensor=True)) == [
        "broker", "phone", "ingest", "notifier", "console", "sensor", "edge",
    ]  # fmt: skip


def test_a_site_tells_case_systems_where_its_settings_name_one(site):
    kafka = '[connect.kafka]\nbrokers = ["kafka.example:9092"]\n'
    assert "connect" in site("[broker]\nembedded = false\n" + kafka)


def test_with_a_broker_of_ones_own_the_credentials_are_ones_own(site):
    made = site(SETTINGS + "[broker]\nembedded = false\n")
    assert all("CLEARWAY_MQTT__PASSWORD" not in job.environment for job in made.values())


def test_the_edge_starts_last_and_may_end_when_its_recordings_do(site):
    made = site(SETTINGS.replace('device = "box-1"', 'device = "box-1"\nuntil_end = true'))
    assert made["edge"].ends
    assert made["edge"].stage > max(job.stage for name, job in made.items() if name != "edge")
    assert not any(job.ends for name, job in made.items() if name != "edge")


def test_every_process_logs_to_a_file_of_its_own(site, tmp_path):
    for name, job in site().items():
        where = job.arguments[job.arguments.index("--log-file") + 1]
        assert where == str(tmp_path / "data" / "logs" / f"{name}.log")


def test_every_role_has_a_status_port_of_its_own():
    assert len({status_port(9460, name) for name in ORDER}) == len(ORDER)


def test_users_travel_whole():
    users = {"edge": BrokerUser("s3cret", ("a/+",), ("b/#",)), "ingest": BrokerUser("other")}
    assert read_users(write_users(users)) == users


@pytest.mark.parametrize("text", ["", "{", "[]", json.dumps({"edge": {}}), json.dumps({"edge": 3})])
def test_users_that_cannot_be_read_are_refused(text):
    with pytest.raises(ConfigurationError, match=f"{broker.USERS_VARIABLE} is not a JSON object"):
        read_users(text)


def test_a_sensor_of_the_site_is_let_in_with_the_password_it_was_given(site, monkeypatch):
    monkeypatch.setenv("CLEARWAY_BROKER__SENSOR_PASSWORD", "told-to-the-gateway")
    sensor = read_users(site()["broker"].environment[broker.USERS_VARIABLE])["sensor"]
    assert sensor.password == "told-to-the-gateway"
    assert "hall/3/smoke" in sensor.publish
    assert sensor.subscribe == ()


def test_without_a_provider_there_is_no_notifier_and_everything_else_runs(site):
    assert set(site()) - set(site(notifier=False)) == {"notifier"}


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ('[[edge.sensor]]\nname = "smoke-2"\ntopic = "hall/3/smoke"\n', "topic 'hall/3/smoke' stands twice"),
        ('[[edge.sensor]]\nname = "smoke-1"\ntopic = "hall/4/smoke"\n', "name 'smoke-1' stands twice"),
    ],
)
def test_two_sensors_share_neither_name_nor_topic(site, more, what):
    with pytest.raises(ConfigurationError, match=what):
        site(SETTINGS + more)
