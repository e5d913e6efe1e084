"""The public page's settings, its links and its place among the processes of a machine."""

from datetime import timedelta

import pytest
from factories import NOON
from parts_office import fresh_ledger
from pydantic import ValidationError

from cases.scenes import builtin_scenes
from clearway import public_wiring, voice_wiring
from clearway.settings import Settings, load
from clearway.stack import Extras, jobs
from models.errors import ConfigurationError
from notifier.links import BadLink
from notifier.settings_public import PublicSettings

NOTICE = "0b0e3f6c-8f6f-5a6e-9a41-c1ea4a7c1ea4"
URL = "https://way.example.org"


@pytest.mark.parametrize("url", ["", URL, URL + "/", "http://127.0.0.1:8090", "http://192.168.1.7:8090"])
def test_addresses_that_can_be_used(url):
    assert PublicSettings(public_url=url).public_url == url.rstrip("/")


@pytest.mark.parametrize(
    ("url", "says"),
    [
        pytest.param("way.example.org", "no address", id="no scheme"),
        pytest.param("ftp://way.example.org", "no address", id="another scheme"),
        pytest.param(URL + "/city", "no path", id="a path"),
        pytest.param(URL + "?x=1", "no address", id="a query"),
        pytest.param("http://way.example.org", "not encrypted", id="in the clear"),
    ],
)
def test_addresses_that_cannot(url, says):
    with pytest.raises(ValidationError, match=says):
        PublicSettings(public_url=url)


@pytest.fixture
def site(tmp_path):
    def _site(text=""):
        path = tmp_path / "site.toml"
        path.write_text(f'data_dir = "data"\n{text}', encoding="utf-8")
        return path, load(path)

    return _site


def test_without_an_address_there_are_no_links_and_no_process(site, tmp_path):
    path, settings = site()
    assert voice_wiring.links(settings) is None
    assert "public" not in {job.name for job in jobs(settings, path, Extras(), to_files=True)}
    with pytest.raises(ConfigurationError, match=r"set public\.public_url"):
        public_wiring.public_role(settings, fresh_ledger(tmp_path), builtin_scenes())


def test_with_one_there_are_both_where_messages_go_out(site):
    path, settings = site(f'[public]\npublic_url = "{URL}"\n')
    assert voice_wiring.links(settings).make(NOTICE, NOON).startswith(f"{URL}/c/")
    assert "public" in {job.name for job in jobs(settings, path, Extras(), to_files=True)}
    silent = jobs(settings, path, Extras(notifier=False), to_files=True)
    assert "public" not in {job.name for job in silent}


def test_every_process_of_a_machine_reads_the_links_of_the_others(site):
    _, settings = site(f'[public]\npublic_url = "{URL}"\n')
    link = voice_wiring.links(settings).make(NOTICE, NOON)
    found = voice_wiring.links(settings).read(link.rpartition("/")[2], NOON)
    assert found.notice_id == NOTICE


def test_a_new_key_reads_what_the_one_before_sealed(site, monkeypatch):
    _, settings = site(f'[public]\npublic_url = "{URL}"\n')

    def links(key, before=""):
        monkeypatch.setenv("CLEARWAY_PUBLIC__LINK_KEY", key)
        monkeypatch.setenv("CLEARWAY_PUBLIC__LINK_KEY_BEFORE", before)
        return voice_wiring.links(site(f'[public]\npublic_url = "{URL}"\n')[1])

    old = links("one", "zero").make(NOTICE, NOON).rpartition("/")[2]
    assert links("two", "one").read(old, NOON + timedelta(days=1)).notice_id == NOTICE
    with pytest.raises(BadLink):
        links("two", "none").read(old, NOON)
    assert settings.public.wanted


def test_keys_are_never_read_from_a_file(site):
    with pytest.raises(ConfigurationError, match="secrets are never read from a file"):
        site(f'[public]\npublic_url = "{URL}"\nlink_key = "x"\n')


def test_the_role_is_made_from_settings(site, tmp_path):
    _, settings = site(f'[public]\npublic_url = "{URL}"\n')
    role = public_wiring.public_role(settings, fresh_ledger(tmp_path), builtin_scenes())
    assert role.status()["listening"] == ""
    assert isinstance(settings, Settings)
