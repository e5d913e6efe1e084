"""What an audit entry's hash covers, and how a part of it can be blanked without breaking it.

Texts and values that may name a person are not hashed themselves: the entry's hash covers a salted
commitment in place of each. Whoever has value and salt can check the commitment; once both are gone, the
commitment stays and says nothing (docs/adr/0011).
"""

import hashlib
import os
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

FORMAT = "clearway-trail/1"
GENESIS = "0" * 64
"""What the first entry of a chain names as the one before."""

PERSONAL = frozenset(
    {
        *("appearance", "body", "contact", "contact_mask", "contacts", "dedup_key", "description", "email"),
        *("mask", "media", "media_url", "phone", "pictures_list", "plate", "plate_text", "plates"),
        *("recipient", "reporter", "text"),
    }
)
"""Fields of `before` and `after` with a commitment of their own: a plate goes, the state beside it stays."""

WHY, BEFORE, AFTER = "why", "before", "after"
SALT, HASH = "salt:", "hash:"
_canonical = msgspec.json.Encoder(order="sorted")
_MODULUS = 1 << 256


class Sealable(msgspec.Struct, frozen=True, kw_only=True):
    """One entry, with its place in a chain.

    Attributes:
        chain: the case's id; else `day:…` or `subject:…`.
        number: within the chain, from 1.
        previous: hash of the entry before, `GENESIS` for the first.
        day: under which day's seal it falls (UTC).
        leaves: for each part with a commitment of its own (`why`, `before`, `after`, `after.plate` …) its
            salt, or what is left of it once it was purged: the commitment.
    """

    chain: str
    number: int
    previous: str
    day: str
    case_id: str | None
    at: datetime
    actor: str
    what: str
    why: str
    cause: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    leaves: Mapping[str, str] = msgspec.field(default_factory=dict)


def canonical(value: Any) -> bytes:  # noqa: ANN401 - whatever JSON can say
    """The one spelling in which values are hashed: keys in order, no spaces, UTF-8."""
    return _canonical.encode(value)


def digest(data: bytes) -> str:
    """SHA-256, hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def moment(at: datetime) -> str:
    """A time as it is hashed: UTC, microseconds."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def salted(why: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> dict[str, str]:
    """Fresh salts for every part of an entry that has a commitment of its own."""
    paths = [WHY] if why else []
    for name, value in ((BEFORE, before), (AFTER, after)):
        if value is not None:
            paths.append(name)
            paths.extend(f"{name}.{key}" for key in value if key in PERSONAL and value[key] is not None)
    return {path: f"{SALT}{os.urandom(16).hex()}" for path in paths}


def commitment(salt: str, path: str, value: Any) -> str:  # noqa: ANN401 - a text or a JSON value
    """What stands for a value in the entry's hash."""
    return digest(canonical([FORMAT, salt, path, value]))


def entry_hash(entry: Sealable) -> str:
    """The hash of one entry: the next one names it, and its day's seal covers it."""
    said = {
        "format": FORMAT,
        "chain": entry.chain,
        "number": entry.number,
        "previous": entry.previous,
        "day": entry.day,
        "case": entry.case_id,
        "at": moment(entry.at),
        "actor": entry.actor,
        "what": entry.what,
        "cause": entry.cause,
        WHY: _of_leaf(entry.leaves, WHY, entry.why),
        BEFORE: _of_value(entry.leaves, BEFORE, entry.before),
        AFTER: _of_value(entry.leaves, AFTER, entry.after),
    }
    return digest(canonical(said))


def purged(entry: Sealable) -> frozenset[str]:
    """The parts of an entry of which only the commitment is left."""
    return frozenset(path for path, mark in entry.leaves.items() if mark.startswith(HASH))


def blanked(entry: Sealable, paths: Iterable[str]) -> Sealable:
    """The entry without some of its parts: same hash, nothing to be learnt about them.

    Args:
        entry: as it was written.
        paths: parts with a salt; others, and those purged before, are left alone.
    """
    for path in sorted(paths):  # `after` before `after.plate`: the whole takes its parts along
        if not entry.leaves.get(path, "").startswith(SALT):
            continue
        whole, _, key = path.partition(".")
        value: dict[str, Any] | None = {BEFORE: entry.before, AFTER: entry.after}.get(whole)
        leaves = dict(entry.leaves)
        if path == WHY:
            leaves[WHY] = f"{HASH}{_of_leaf(entry.leaves, WHY, entry.why)}"
            entry = msgspec.structs.replace(entry, why="", leaves=leaves)
            continue
        if value is None:
            continue
        if key:
            leaves[path] = f"{HASH}{commitment(_salt(leaves[path]), path, value[key])}"
            kept: dict[str, Any] | None = value | {key: None}
        else:
            leaves[path] = f"{HASH}{_of_value(entry.leaves, path, value)}"
            leaves = {name: mark for name, mark in leaves.items() if not name.startswith(f"{path}.")}
            kept = None
        if whole == BEFORE:
            entry = msgspec.structs.replace(entry, before=kept, leaves=leaves)
        else:
            entry = msgspec.structs.replace(entry, after=kept, leaves=leaves)
    return entry


def added(total: str, hashes: Iterable[str]) -> str:
    """The sum of hashes, whatever their order: how an unfinished day is counted."""
    return f"{(int(total, 16) + sum(int(one, 16) for one in hashes)) % _MODULUS:064x}"


class Tree:
    """The root over a day's entries, one after the other (the tree of RFC 6962, in a list of its edges)."""

    def __init__(self) -> None:
        self.count = 0
        self._edges: list[bytes] = []

    def add(self, row: int, entry: str) -> None:
        """The next entry: its row's id, so that rows cannot change places, and its hash."""
        node = hashlib.sha256(b"\x00" + f"{row} {entry}".encode()).digest()
        self.count += 1
        size = self.count
        while not size & 1:
            node = hashlib.sha256(b"\x01" + self._edges.pop() + node).digest()
            size >>= 1
        self._edges.append(node)

    @property
    def root(self) -> str:
        """Of all entries so far."""
        if not self._edges:
            return hashlib.sha256(b"").hexdigest()
        node = self._edges[-1]
        for edge in reversed(self._edges[:-1]):
            node = hashlib.sha256(b"\x01" + edge + node).digest()
        return node.hex()


def _of_leaf(leaves: Mapping[str, str], path: str, value: Any) -> Any:  # noqa: ANN401 - a text or JSON
    mark = leaves.get(path)
    if mark is None:
        return value
    return mark[len(HASH) :] if mark.startswith(HASH) else commitment(_salt(mark), path, value)


def _of_value(leaves: Mapping[str, str], path: str, value: dict[str, Any] | None) -> Any:  # noqa: ANN401
    """A mapping's commitment, in which its personal fields are commitments already."""
    if value is None:
        return _of_leaf(leaves, path, None)
    kept: dict[str, Any] = dict(value)
    for name in value:
        part = f"{path}.{name}"
        if part in leaves:
            kept[name] = {"commitment": _of_leaf(leaves, part, value[name])}
    return _of_leaf(leaves, path, kept)


def _salt(mark: str) -> str:
    return mark.removeprefix(SALT)
