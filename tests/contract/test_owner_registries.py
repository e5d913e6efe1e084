"""What every owner registry does."""

from contextlib import contextmanager

import pytest
from parts_postgres import running_postgres
from parts_registry import (
    KEY,
    as_rows,
    fill_postgres,
    http_registry,
    make_papers,
    running_city,
    sql_registry,
    sqlite_file,
)

from notifier.contact_role import ContactRole
from notifier.owners import MemoryOwnerRegistry, OwnerRegistry, Reason
from notifier.registries.chain import ChainedRegistry, Link
from notifier.registries.cipher import NumberCipher, new_key
from notifier.registries.csv_file import CsvOwnerRegistry
from notifier.registries.guarded import GuardedRegistry
from notifier.registries.sheet import Manner
from notifier.settings_sources import CacheSettings, LimitSettings

OWNERS = {
    "浙B·12345": ["13800000001"],
    "浙B00002": ["13800000002", "138 0000 0003", "+86 13800000002"],
}
ROWS = as_rows(OWNERS) | {
    "浙B00003": [
        {"phone": "13800000004", "language": "en", "role": "fleet"},
        {"phone": "13800000005", "role": "driver", "opted_out": "yes"},
    ]
}


@pytest.fixture(scope="module")
def postgres():
    with running_postgres() as url:
        yield url


@contextmanager
def memory(_folder, _request):
    yield MemoryOwnerRegistry(OWNERS, key=KEY)


def csv_text(cipher: NumberCipher | None = None) -> str:
    lines = ["plate,phone,language,role,opted_out"]
    for plate, people in ROWS.items():
        for row in people:
            number = str(row["phone"])
            if cipher is not None:
                number = cipher.seal(plate.replace("·", ""), number)
            lines.append(
                ",".join([plate, number, *(str(row.get(n, "")) for n in ("language", "role", "opted_out"))])
            )
    return "\n".join(lines)


@contextmanager
def file(folder, _request):
    path = folder / "owners.csv"
    path.write_text(csv_text(), encoding="utf-8")
    yield CsvOwnerRegistry(path, Manner(language="zh-CN", region="CN", key=KEY))


@contextmanager
def encrypted_file(folder, _request):
    path, cipher = folder / "owners.csv", NumberCipher([new_key()])
    path.write_text(csv_text(cipher), encoding="utf-8")
    assert "1380000" not in path.read_text(encoding="utf-8")
    yield CsvOwnerRegistry(path, Manner(language="zh-CN", region="CN", key=KEY, cipher=cipher, plain=False))


@contextmanager
def sqlite(folder, _request):
    with sql_registry(sqlite_file(folder / "owners.db", ROWS)) as registry:
        yield registry


@contextmanager
def postgresql(_folder, request):
    url = request.getfixturevalue("postgres")
    fill_postgres(url, ROWS)
    with sql_registry(url) as registry:
        yield registry


@contextmanager
def service(folder, _request):
    papers = make_papers(folder)
    with running_city(ROWS, papers) as city, http_registry(city, papers) as registry:
        yield registry


@contextmanager
def remembered(folder, request):
    limits = LimitSettings()
    with sqlite(folder, request) as registry:
        yield GuardedRegistry(registry, limits=limits, cache=CacheSettings())


@contextmanager
def chained(folder, request):
    with sqlite(folder, request) as registry:
        yield ChainedRegistry([Link(MemoryOwnerRegistry({}, key=KEY)), Link(registry)])


EVERY = [memory, file, encrypted_file, sqlite, postgresql, service, remembered, chained]
WITH_ROLES = EVERY[1:]


@pytest.fixture
def registry(request, tmp_path):
    with request.param(tmp_path, request) as found:
        yield found


def each(registries):
    return pytest.mark.parametrize("registry", registries, indirect=True, ids=lambda one: one.__name__)


@each(EVERY)
@pytest.mark.parametrize("plate", ["浙B12345", "浙b·12345", "浙B-12345"])
def test_an_owner_is_found_however_the_plate_is_written(registry: OwnerRegistry, plate):
    found = registry.find(plate)
    (contact,) = found.contacts
    assert contact.phone.reveal() == "+8613800000001"
    assert contact.mask == "+86 138****0001"
    assert contact.language == "zh-CN"
    assert contact.role is ContactRole.OWNER
    assert not contact.opted_out
    assert found.registry


@each(EVERY)
@pytest.mark.parametrize(
    "plate", ["浙B99999", "", "12345", "浙B12345' OR '1'='1", "../浙B12345", "%E6", "?a=b", "\x00"]
)
def test_nobody_is_found_for_a_plate_that_is_not_there(registry: OwnerRegistry, plate):
    found = registry.find(plate, Reason(case="CW-000001", purpose="a test"))
    assert found.contacts == ()
    assert found.unusable == 0


@each(EVERY)
def test_several_contacts_come_in_their_order_and_each_once(registry: OwnerRegistry):
    numbers = [contact.phone.reveal() for contact in registry.find("浙B00002").contacts]
    assert numbers == ["+8613800000002", "+8613800000003"]


@each(WITH_ROLES)
def test_role_language_and_wish_for_silence_are_told(registry: OwnerRegistry):
    fleet, driver = registry.find("浙B00003").contacts
    assert (fleet.role, fleet.language, fleet.opted_out) == (ContactRole.FLEET, "en", False)
    assert (driver.role, driver.language, driver.opted_out) == (ContactRole.DRIVER, "zh-CN", True)


@each(EVERY)
def test_a_contact_has_the_same_token_at_every_look_up_and_shows_no_number(registry: OwnerRegistry):
    first, again = registry.find("浙B12345"), registry.find("浙B12345")
    assert first.contacts == again.contacts
    assert "13800000001" not in repr(first)
    known = MemoryOwnerRegistry(OWNERS, key=KEY).find("浙B12345")
    assert first.contacts[0].token == known.contacts[0].token
