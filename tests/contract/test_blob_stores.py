"""One behaviour for every place where evidence is kept."""

import hashlib
from concurrent.futures import ThreadPoolExecutor

import pytest

from cases.evidence.blobs import FileBlobStore, MemoryBlobStore
from models.errors import BadRecord, StorageFull

JPEG = b"\xff\xd8 a picture \xff\xd9"
SHA256 = hashlib.sha256(JPEG).hexdigest()


@pytest.fixture(params=["memory", "file"])
def store(request, tmp_path):
    return MemoryBlobStore() if request.param == "memory" else FileBlobStore(tmp_path / "blobs")


def test_what_was_put_can_be_got(store):
    store.put(SHA256, JPEG)
    assert store.get(SHA256) == JPEG


def test_what_never_came_is_none(store):
    assert store.get(SHA256) is None


def test_putting_it_again_is_harmless(store):
    for _ in range(3):
        store.put(SHA256, JPEG)
    assert store.get(SHA256) == JPEG


@pytest.mark.parametrize(
    "sha256",
    [
        pytest.param("0" * 64, id="of other bytes"),
        pytest.param(SHA256.upper(), id="in capitals"),
        pytest.param(SHA256[:12], id="cut short"),
        pytest.param("", id="empty"),
        pytest.param("../../etc/cron.d/x", id="that climbs"),
    ],
)
def test_an_address_that_is_not_the_hash_is_refused_and_nothing_is_kept(store, sha256):
    with pytest.raises(BadRecord) as caught:
        store.put(sha256, JPEG)
    assert caught.value.field == "sha256"
    assert store.get(SHA256) is None


def test_changed_bytes_never_replace_the_true_ones(store):
    store.put(SHA256, JPEG)
    with pytest.raises(BadRecord):
        store.put(SHA256, JPEG + b"x")
    assert store.get(SHA256) == JPEG


def test_many_may_put_the_same_picture_at_once(store):
    with ThreadPoolExecutor(8) as pool:
        for outcome in [pool.submit(store.put, SHA256, JPEG) for _ in range(32)]:
            outcome.result()
    assert store.get(SHA256) == JPEG


def test_a_file_is_whole_or_not_there(tmp_path):
    store = FileBlobStore(tmp_path)
    store.put(SHA256, JPEG)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [store.path(SHA256)]


def test_what_a_crash_left_beside_is_no_picture(tmp_path):
    store = FileBlobStore(tmp_path)
    beside = store.path(SHA256)
    beside.parent.mkdir()
    beside.with_name(f".{beside.name}.0a1b").write_bytes(JPEG[:3])
    assert store.get(SHA256) is None
    store.put(SHA256, JPEG)
    assert store.get(SHA256) == JPEG


def test_pictures_outlive_the_process(tmp_path):
    FileBlobStore(tmp_path).put(SHA256, JPEG)
    assert FileBlobStore(tmp_path).get(SHA256) == JPEG


def test_a_place_that_takes_no_file_says_so(tmp_path):
    (tmp_path / "blobs").write_text("in the way")
    with pytest.raises(StorageFull, match="cannot be kept"):
        FileBlobStore(tmp_path / "blobs").put(SHA256, JPEG)


def test_a_rename_that_fails_leaves_nothing_beside(tmp_path):
    store = FileBlobStore(tmp_path)
    store.path(SHA256).parent.mkdir()
    dangling = store.path(SHA256)
    dangling.symlink_to(tmp_path / "nowhere")
    store.put(SHA256, JPEG)
    assert store.get(SHA256) == JPEG
    assert [path.name for path in dangling.parent.iterdir()] == [dangling.name]
