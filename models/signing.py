"""Ed25519 signatures (RFC 8032). The only file that names the cryptography library.

Keys and signatures are texts in base64: 44 characters for a public key, 88 for a signature. Each has exactly
one spelling here: base64 itself would let some of its last characters change without changing a byte.
"""

import base64
import binascii

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

KEY_BYTES = 32
SIGNATURE_BYTES = 64


class SigningKey:
    """A private key: whoever holds it can sign as its device."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    @classmethod
    def new(cls) -> "SigningKey":
        """A key nobody has had before."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def of_pem(cls, pem: bytes) -> "SigningKey":
        """A key as it was kept.

        Raises:
            ValueError: it is no Ed25519 key in PEM (PKCS #8) without a passphrase.
        """
        try:
            key = load_pem_private_key(pem, password=None)
        except (ValueError, TypeError) as exc:
            raise ValueError(f"is no private key in PEM without a passphrase: {exc}") from exc
        if not isinstance(key, Ed25519PrivateKey):
            raise ValueError("is a private key, but none of Ed25519")  # noqa: TRY004 - of its content
        return cls(key)

    @property
    def public(self) -> str:
        """What others check its signatures with: 44 characters of base64."""
        raw = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return base64.b64encode(raw).decode()

    def pem(self) -> bytes:
        """The private key as a file keeps it. Never logged, never sent."""
        return self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def sign(self, message: bytes) -> str:
        """The signature under a message: 88 characters of base64."""
        return base64.b64encode(self._key.sign(message)).decode()


def holds(key: str, signature: str, message: bytes) -> bool:
    """Whether the holder of `key` signed exactly this message."""
    raw_key, raw_signature = strict(key, KEY_BYTES), strict(signature, SIGNATURE_BYTES)
    if raw_key is None or raw_signature is None:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(raw_key).verify(raw_signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def strict(text: str, size: int) -> bytes | None:
    """The bytes of a text in base64, or None unless it is the one spelling of so many bytes."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):  # ValueError: not even ASCII
        return None
    return raw if len(raw) == size and base64.b64encode(raw).decode() == text else None
