"""What every owner registry does."""

import pytest

from notifier.owner_file import CsvOwnerRegistry
from notifier.owners import MemoryOwnerRegistry, OwnerRegistry

OWNERS = {
    "浙B·12345": ["13800000001"],
    "浙B00002": ["13800000002", "138 0000 0003", "+86 13800000002"],
}


def memory(_) -> OwnerRegistry:
    return MemoryOwnerRegistry(OWNERS, key=b"k")


def file(folder) -> OwnerRegistry:
    path = folder / "owners.csv"
    lines = [f"{plate},{number}" for plate, numbers in OWNERS.items() for number in numbers]
    path.write_text("\n".join(["plate,phone", *lines]), encoding="utf-8")
    return CsvOwnerRegistry(path, language="zh-CN", region="CN", key=b"k")


@pytest.fixture(params=[memory, file])
def registry(request, tmp_path) -> OwnerRegistry:
    return request.param(tmp_path)


@pytest.mark.parametrize("plate", ["浙B12345", "浙b·12345", "浙B-12345"])
def test_an_owner_is_found_however_the_plate_is_written(registry, plate):
    (contact,) = registry.find(plate)
    assert contact.phone.reveal() == "+8613800000001"
    assert contact.mask == "+86 138****0001"
    assert contact.language == "zh-CN"


@pytest.mark.parametrize("plate", ["浙B99999", "", "12345"])
def test_nobody_is_found_for_a_plate_that_is_not_there(registry, plate):
    assert registry.find(plate) == ()


def test_several_contacts_come_in_their_order_and_each_once(registry):
    numbers = [contact.phone.reveal() for contact in registry.find("浙B00002")]
    assert numbers == ["+8613800000002", "+8613800000003"]


def test_a_contact_has_the_same_token_at_every_look_up_and_shows_no_number(registry):
    first, again = registry.find("浙B12345"), registry.find("浙B12345")
    assert first == again
    assert "13800000001" not in repr(first)
    assert first[0].token == memory(None).find("浙B12345")[0].token
