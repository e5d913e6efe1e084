"""The ZIP file that can be written in one way only."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.archive import Entry, read, write
from models.errors import BadRecord

NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=12)
ENTRIES = st.lists(
    st.builds(Entry, NAMES, st.binary(max_size=40)),
    min_size=1,
    max_size=4,
    unique_by=lambda entry: entry.name,
)
TWO = (Entry("README.txt", b"read me"), Entry("1/a.json", b"{}"))


@given(ENTRIES)
def test_what_is_read_is_what_was_written(entries):
    assert read(write(entries)) == tuple(entries)


@given(ENTRIES)
def test_any_zip_program_opens_it(entries):
    with zipfile.ZipFile(io.BytesIO(write(entries))) as opened:
        assert opened.testzip() is None
        assert [(name, opened.read(name)) for name in opened.namelist()] == [
            tuple(entry) for entry in entries
        ]


@given(ENTRIES, st.data())
def test_any_changed_byte_is_refused(entries, data):
    written = bytearray(write(entries))
    at = data.draw(st.integers(0, len(written) - 1))
    written[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(BadRecord):
        read(bytes(written))


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda data: data + b"\x00", id="a byte at the end"),
        pytest.param(lambda data: b"\x00" + data, id="a byte at the start"),
        pytest.param(lambda data: data[:-1], id="the last byte missing"),
        pytest.param(lambda data: data[:40], id="cut off in an entry"),
        pytest.param(lambda data: data[:10], id="cut off in a header"),
        pytest.param(lambda _data: b"", id="nothing"),
        pytest.param(lambda _data: b"\xff\xd8 a picture", id="a picture"),
        pytest.param(lambda data: data.replace(b"1/a.json", b"1/b.json", 1), id="one name of two"),
        pytest.param(lambda data: data.replace(b"1/a.json", b"1/\xff.json"), id="a name in no script"),
        pytest.param(lambda data: data.replace(b"read me", b"read us"), id="other content, old checksum"),
    ],
)
def test_whatever_it_would_not_have_written_is_refused(spoil):
    with pytest.raises(BadRecord):
        read(spoil(write(TWO)))


def test_a_file_of_another_zip_program_is_refused_and_says_so():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        packed.writestr("README.txt", b"read me")
    with pytest.raises(BadRecord, match="changed or packed anew"):
        read(buffer.getvalue())


def test_the_fault_is_named_by_its_byte():
    data = write(TWO)
    with pytest.raises(BadRecord, match=f"byte {len(data)}:"):
        read(data + b"more")


def test_two_entries_of_one_name_are_never_written():
    with pytest.raises(ValueError, match="one name"):
        write([TWO[0], TWO[0]])


def test_more_entries_than_the_format_counts_are_never_written():
    with pytest.raises(ValueError, match="more than 65535 entries"):
        write([Entry(str(number), b"") for number in range(65_536)])
