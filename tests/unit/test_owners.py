import os

import pytest
from structlog.testing import capture_logs

from clearway.own_key import local_key
from models.errors import ConfigurationError, RegistryDown
from notifier.owners import normalise_plate
from notifier.registries.csv_file import CsvOwnerRegistry
from notifier.registries.sheet import Manner

KEY = b"k" * 32


def registry(path) -> CsvOwnerRegistry:
    return CsvOwnerRegistry(path, Manner(language="zh-CN", region="CN", key=KEY))


def write(path, text: str, encoding: str = "utf-8", age_s: int = 0):
    path.write_bytes(text.encode(encoding))
    stat = path.stat()
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns - age_s * 10**9))
    return path


@pytest.mark.parametrize("text", ["浙B·12345", "浙b 12345", "浙B-12345", "浙B・12345", " 浙B12345 "])
def test_a_plate_is_the_same_however_it_is_written(text):
    assert normalise_plate(text) == "浙B12345"


@pytest.mark.parametrize(
    ("text", "place", "problem", "remedy"),
    [
        pytest.param("plate,telephone\n", (1, "phone"), "no such column", "first line", id="column"),
        pytest.param(
            "plate,phone\n浙B1,\n", (2, "phone"), "not a phone number", "such as 138", id="no phone"
        ),
        pytest.param("plate,phone\n浙B1,12\n", (2, "phone"), "digits", "such as 138", id="short phone"),
        pytest.param("plate,phone\n,13800000001\n", (2, "plate"), "is empty", "delete", id="no plate"),
        pytest.param(
            "plate,phone,language\n浙B1,13800000001,中文\n",
            (2, "language"),
            "no language tag",
            "zh-CN",
            id="tag",
        ),
        pytest.param('plate,phone\n"浙B1,13800000001\n', (0, ""), "not CSV", "quote", id="open quote"),
    ],
)
def test_a_faulty_owner_file_is_named_with_line_column_and_remedy(tmp_path, text, place, problem, remedy):
    path = write(tmp_path / "owners.csv", text)
    with pytest.raises(ConfigurationError) as caught:
        registry(path).check()
    (fault,) = caught.value.faults
    assert (fault.source, fault.line, fault.key) == (str(path), *place)
    assert problem in fault.problem
    assert remedy in fault.remedy


def test_all_faults_are_said_at_once_and_no_number_is_repeated(tmp_path):
    path = write(
        tmp_path / "owners.csv", "plate,phone\n浙B1,138999900001111\n浙B2,13800000001\n,13800000002\n"
    )
    with pytest.raises(ConfigurationError) as caught:
        registry(path).check()
    assert [fault.line for fault in caught.value.faults] == [2, 4]
    assert "1389999" not in str(caught.value)
    assert "13800000002" not in str(caught.value)


def test_a_file_of_another_encoding_is_refused_with_the_way_out(tmp_path):
    path = write(tmp_path / "owners.csv", "plate,phone\n浙B12345,13800000001\n", "gb18030")
    with pytest.raises(ConfigurationError, match="CSV UTF-8"):
        registry(path).check()


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(ConfigurationError, match="cannot be read"):
        registry(tmp_path / "none.csv").check()


def test_a_number_in_no_known_range_is_a_doubt_and_no_fault(tmp_path):
    path = write(tmp_path / "owners.csv", "plate,phone\n浙B1,+447700900123\n")
    owners = registry(path)
    doubt, unencrypted = owners.check()
    assert (doubt.line, doubt.key) == (2, "phone")
    assert "unencrypted" in unencrypted.problem
    assert len(owners.find("浙B1").contacts) == 1


def test_a_spreadsheet_with_byte_order_mark_blank_lines_and_more_columns_is_read(tmp_path):
    text = "\ufeffPlate , Phone,colour\r\n浙B·12345,138 0000 0001,red\r\n,,\r\n\r\n"
    assert (
        registry(write(tmp_path / "owners.csv", text)).find("浙B12345").contacts[0].mask == "+86 138****0001"
    )


def test_an_owner_added_while_running_is_found(tmp_path):
    path = write(tmp_path / "owners.csv", "plate,phone\n浙B1,13800000001\n", age_s=10)
    owners = registry(path)
    owners.check()
    assert owners.find("浙B2").contacts == ()
    write(path, "plate,phone\n浙B1,13800000001\n浙B2,13800000002\n")
    assert len(owners.find("浙B2").contacts) == 1


@pytest.mark.parametrize("spoil", ["plate,phone\n浙B1,oops\n", None], ids=["broken", "gone"])
def test_a_file_spoilt_while_running_is_reported_once_and_the_old_list_serves_on(tmp_path, spoil):
    path = write(tmp_path / "owners.csv", "plate,phone\n浙B1,13800000001\n", age_s=10)
    owners = registry(path)
    owners.check()
    path.unlink() if spoil is None else write(path, spoil)
    with capture_logs() as logs:
        assert len(owners.find("浙B1").contacts) == 1
        assert len(owners.find("浙B1").contacts) == 1
    assert [(line["event"], line["log_level"]) for line in logs] == [("owners_not_reloaded", "error")]


@pytest.mark.parametrize("text", ["plate,phone\n浙B1,oops\n", None], ids=["broken", "missing"])
def test_a_list_that_was_never_read_does_not_say_that_nobody_owns_the_vehicle(tmp_path, text):
    path = tmp_path / "owners.csv"
    if text is not None:
        write(path, text, age_s=10)
    owners = registry(path)
    for _ in range(2):
        with pytest.raises(RegistryDown, match="never readable"):
            owners.find("浙B1")
    write(path, "plate,phone\n浙B1,13800000001\n")
    assert len(owners.find("浙B1").contacts) == 1


def test_the_key_of_a_machine_is_made_once_and_is_nobody_elses(tmp_path):
    path = tmp_path / "deep" / "token.key"
    key = local_key(path)
    assert local_key(path) == key
    assert len(key) == 32
    assert path.stat().st_mode & 0o077 == 0
    assert list(path.parent.iterdir()) == [path]
