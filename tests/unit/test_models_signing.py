"""Ed25519: what was signed holds, and nothing else does."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from models.signing import KEY_BYTES, SIGNATURE_BYTES, SigningKey, holds, strict

KEY = SigningKey.new()
SIGNATURE = KEY.sign(b"a car stood here")


@given(st.binary(max_size=100))
def test_a_signature_holds_for_its_message_and_key(message):
    assert holds(KEY.public, KEY.sign(message), message)
    assert not holds(SigningKey.new().public, KEY.sign(message), message)
    assert not holds(KEY.public, KEY.sign(message), message + b"!")


@given(st.integers(0, 87), st.characters(codec="utf-8"))
def test_no_other_spelling_of_a_signature_holds(at, letter):
    other = SIGNATURE[:at] + letter + SIGNATURE[at + 1 :]
    assert holds(KEY.public, other, b"a car stood here") == (other == SIGNATURE)


def test_base64_itself_would_let_characters_change():
    """The last letter before the padding holds bits that no byte needs."""
    letter = SIGNATURE[85]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    twin = SIGNATURE[:85] + alphabet[alphabet.index(letter) ^ 1] + "=="
    assert base64.b64decode(twin) == base64.b64decode(SIGNATURE)
    assert not holds(KEY.public, twin, b"a car stood here")


@pytest.mark.parametrize(
    "text", ["", "====", "烟" * 44, "A" * 43, "A" * 44, " " + "A" * 43, "A" * 43 + "=\n"]
)
def test_what_is_not_32_bytes_in_their_one_spelling_is_no_key(text):
    assert (strict(text, KEY_BYTES) is None) == (text != "A" * 43 + "=")
    assert not holds(text, SIGNATURE, b"a car stood here")


def test_sizes():
    assert (len(KEY.public), len(SIGNATURE)) == (44, 88)
    assert len(base64.b64decode(SIGNATURE)) == SIGNATURE_BYTES


def test_a_key_is_kept_and_taken_up_again():
    assert SigningKey.of_pem(KEY.pem()).public == KEY.public


@pytest.mark.parametrize(
    "pem", [b"", b"a letter", KEY.pem()[:-40]], ids=["nothing", "a letter", "a key cut short"]
)
def test_what_is_no_key_is_refused(pem):
    with pytest.raises(ValueError, match="no private key"):
        SigningKey.of_pem(pem)


def test_a_key_of_another_kind_is_refused():
    other = generate_private_key(SECP256R1())
    pem = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(ValueError, match="none of Ed25519"):
        SigningKey.of_pem(pem)
