"""Numbers in files: encrypted, for one plate each, with keys that can be replaced."""

import csv
from io import StringIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import ConfigurationError
from notifier.owners import normalise_plate
from notifier.registries.cipher import NumberCipher, Unreadable, is_sealed, new_key, open_cipher
from notifier.registries.csv_file import CsvOwnerRegistry
from notifier.registries.sealing import Tally, encrypted, read, replace, rotated, tallied
from notifier.registries.sheet import Manner, read_sheet

OLD, NEW = new_key(), new_key()
TEXT = 'plate,name,phone,colour\n浙B·12345,"Wang, Wei",138 0000 0001,red\n\n浙B2,Li,+8613800000002,\n'


def manner(cipher: NumberCipher | None = None, **changes) -> Manner:
    return Manner(language="zh-CN", region="CN", key=b"k", cipher=cipher, **changes)


def numbers(text: str, cipher: NumberCipher) -> dict[str, str]:
    rows = csv.DictReader(StringIO(text))
    return {
        normalise_plate(row["plate"]): cipher.unseal(normalise_plate(row["plate"]), row["phone"])
        for row in rows
    }


def test_an_encrypted_file_shows_no_number_and_everything_else_as_it_was():
    text = encrypted(TEXT, "owners.csv", NumberCipher([OLD]), "CN")
    assert "1380000" not in text.replace(" ", "")
    assert '浙B·12345,"Wang, Wei",enc:' in text
    assert text.endswith(",\n")
    assert numbers(text, NumberCipher([OLD])) == {"浙B12345": "+8613800000001", "浙B2": "+8613800000002"}
    assert tallied(text, "owners.csv", NumberCipher([OLD])) == Tally(newest=2)


def test_what_is_encrypted_already_stays_so_and_new_lines_join():
    cipher = NumberCipher([OLD])
    once = encrypted(TEXT, "f", cipher, "CN")
    assert encrypted(once, "f", cipher, "CN") == once
    more = encrypted(once + "浙B3,Zhao,13800000003,\n", "f", cipher, "CN")
    assert more.startswith(once)
    assert tallied(more, "f", cipher) == Tally(newest=3)


def test_a_key_is_replaced_without_a_gap():
    before = encrypted(TEXT, "f", NumberCipher([OLD]), "CN")
    both = open_cipher(f"{NEW}, {OLD}")
    assert tallied(before, "f", both) == Tally(older=2)
    after = rotated(before, "f", both)
    assert rotated(after, "f", both) == after
    assert tallied(after, "f", both) == Tally(newest=2)
    assert numbers(after, NumberCipher([NEW])) == numbers(before, NumberCipher([OLD]))
    with pytest.raises(ConfigurationError, match="cannot be decrypted"):
        tallied(after, "f", NumberCipher([OLD]))


def test_a_number_moved_to_another_line_is_no_longer_one():
    cipher = NumberCipher([OLD])
    cell = cipher.seal("浙B12345", "+8613800000001")
    with pytest.raises(Unreadable, match="another plate"):
        cipher.unseal("浙B99999", cell)


@pytest.mark.parametrize(
    "keys", ["", " , ", "short", pytest.param(f"{OLD},short", id="one of two"), "ä" * 44]
)
def test_what_is_no_key_is_said_and_not_repeated(keys):
    with pytest.raises(ConfigurationError) as caught:
        open_cipher(keys)
    assert "CLEARWAY_NOTIFIER__REGISTRY__KEYS" in str(caught.value)
    assert "short" not in str(caught.value)


def test_all_lines_that_cannot_be_encrypted_are_named_and_no_number_is_repeated():
    text = "plate,phone\n浙B1,1389999000011112\n浙B2,13800000001\n浙B3\n"
    with pytest.raises(ConfigurationError) as caught:
        encrypted(text, "owners.csv", NumberCipher([OLD]), "CN")
    assert [fault.line for fault in caught.value.faults] == [2, 4]
    assert "1389999" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "name\n", "plate\n浙B1\n", 'plate,phone\n"浙B1,1\n'])
def test_a_file_that_is_none_is_refused(text):
    with pytest.raises(ConfigurationError):
        encrypted(text or "x\n", "owners.csv", NumberCipher([OLD]), "CN")


def test_a_file_with_byte_order_mark_and_windows_lines_keeps_its_lines(tmp_path):
    path = tmp_path / "owners.csv"
    path.write_bytes("\ufeffplate,phone\r\n浙B1,13800000001\r\n".encode())
    cipher = NumberCipher([OLD])
    replace(path, encrypted(read(path), str(path), cipher, "CN"))
    assert path.read_bytes().endswith(b"\r\n")
    (contact,) = CsvOwnerRegistry(path, manner(cipher)).find("浙B1").contacts
    assert contact.phone.reveal() == "+8613800000001"


def test_a_replaced_file_keeps_its_rights_and_a_new_one_is_its_owners_alone(tmp_path):
    old, fresh = tmp_path / "old.csv", tmp_path / "new.csv"
    old.write_text("x", encoding="utf-8")
    old.chmod(0o640)
    replace(old, "y")
    replace(fresh, "y")
    assert old.stat().st_mode & 0o777 == 0o640
    assert fresh.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new.csv", "old.csv"]


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    with pytest.raises(ConfigurationError, match="cannot be written"):
        replace(tmp_path / "none" / "owners.csv", "x")


# --- reading --------------------------------------------------------------------------------------------


def test_plain_numbers_are_a_warning_with_the_way_out(tmp_path):
    path = tmp_path / "owners.csv"
    path.write_text(TEXT, encoding="utf-8")
    (doubt,) = read_sheet(path, manner()).doubts
    assert "2 number(s) stand there unencrypted" in doubt.problem
    assert "clearway owners encrypt owners.csv" in doubt.remedy


def test_plain_numbers_are_refused_where_the_settings_forbid_them(tmp_path):
    path = tmp_path / "owners.csv"
    path.write_text(TEXT, encoding="utf-8")
    with pytest.raises(ConfigurationError, match="unencrypted"):
        CsvOwnerRegistry(path, manner(plain=False)).check()


@pytest.mark.parametrize(
    ("cipher", "said"), [(None, "there is no key"), (NumberCipher([NEW]), "cannot be decrypted")]
)
def test_a_file_that_cannot_be_decrypted_is_no_file_without_owners(tmp_path, cipher, said):
    path = tmp_path / "owners.csv"
    path.write_text(encrypted(TEXT, "f", NumberCipher([OLD]), "CN"), encoding="utf-8")
    sheet = read_sheet(path, manner(cipher))
    assert [fault.line for fault in sheet.faults] == [2, 4]
    assert said in sheet.faults[0].problem


def test_role_and_wish_for_silence_are_read_and_an_unknown_role_is_a_fault(tmp_path):
    path = tmp_path / "owners.csv"
    path.write_text(
        "plate,phone,role,opted_out\nA1,13800000001,Fleet,no\nA1,13800000002,,2025-01-01\n", "utf-8"
    )
    fleet, owner = CsvOwnerRegistry(path, manner()).find("A1").contacts
    assert (fleet.role.value, fleet.opted_out, owner.role.value, owner.opted_out) == (
        "fleet",
        False,
        "owner",
        True,
    )
    path.write_text("plate,phone,role\nA1,13800000001,boss\n", "utf-8")
    (fault,) = read_sheet(path, manner()).faults
    assert (fault.line, fault.key, "owner, driver, fleet" in fault.remedy) == (2, "role", True)


cell = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)
known = st.sampled_from(["13800000001", "浙B12345", "enc:", "enc:gAAAAA", "owner", "yes", '"', ",", "\n"])


@settings(deadline=None)
@given(st.lists(st.lists(cell | known, max_size=5), max_size=6), st.booleans())
def test_whatever_stands_in_a_file_it_is_read_or_its_faults_are_named(tmp_path_factory, rows, named):
    path = tmp_path_factory.getbasetemp() / "fuzz.csv"
    head = "plate,phone,language,role,opted_out\n" if named else ""
    path.write_bytes((head + "\n".join(",".join(row) for row in rows)).encode())
    cipher = NumberCipher([OLD])
    sheet = read_sheet(path, manner(cipher))
    assert not (sheet.faults and sheet.contacts) or all(fault.problem for fault in sheet.faults)
    for contacts in sheet.contacts.values():
        assert all(contact.phone.reveal().startswith("+") for contact in contacts)
    try:
        text = encrypted(read(path), "fuzz.csv", cipher, "CN")
    except ConfigurationError:
        return
    cells = [row["phone"] for row in csv.DictReader(StringIO(text)) if "phone" in row and any(row.values())]
    assert named is False or all(is_sealed(one or "enc:") for one in cells)


@given(st.binary(max_size=200))
def test_whatever_bytes_a_file_holds_it_is_read_or_refused(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "bytes.csv"
    path.write_bytes(data)
    sheet = read_sheet(path, manner())
    assert sheet.faults or not sheet.contacts
