"""Phone numbers at rest: encrypted for one plate, with keys that can be replaced one after the other.

Fernet (AES-128-CBC and HMAC-SHA256) from `cryptography`. The plate is encrypted along with the number, so a
number cannot be moved to another plate's line.
"""

from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from models.errors import ConfigurationError

MARK = "enc:"
"""How an encrypted number begins. No number does."""
_BETWEEN = "\n"
VARIABLE = "CLEARWAY_NOTIFIER__REGISTRY__KEYS"


class Unreadable(ValueError):  # noqa: N818 - what the cell is
    """An encrypted number that cannot be read. The message holds neither number nor key."""


class NumberCipher:
    """Encrypts numbers, and reads them again.

    Args:
        keys: 32 bytes in base64 each; the first encrypts, all decrypt.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        fernets = [Fernet(key.encode()) for key in keys]
        self._newest, self._all = fernets[0], MultiFernet(fernets)

    def seal(self, plate: str, number: str) -> str:
        """A number as it stands in a file.

        Args:
            plate: as it is compared (`normalise_plate`).
            number: in E.164 form.
        """
        return MARK + self._newest.encrypt(f"{plate}{_BETWEEN}{number}".encode()).decode()

    def unseal(self, plate: str, cell: str) -> str:
        """The number of a cell.

        Raises:
            Unreadable: another key, another plate, or damaged.
        """
        return _number(self._all, plate, cell)

    def is_newest(self, plate: str, cell: str) -> bool:
        """Whether the newest key encrypted it."""
        try:
            _number(self._newest, plate, cell)
        except Unreadable:
            return False
        return True


def open_cipher(keys: str) -> NumberCipher:
    """The cipher of keys as the environment holds them, with commas between.

    Raises:
        ConfigurationError: one is no key. It is not repeated.
    """
    found = [key.strip() for key in keys.split(",") if key.strip()]
    problem = "" if found else "is empty"
    try:
        if found:
            return NumberCipher(found)
    except ValueError:
        problem = "holds something that is no key of 32 bytes in base64"
    raise ConfigurationError.of("environment", problem, "make one: clearway owners key", key=VARIABLE)


def new_key() -> str:
    """A fresh key."""
    return Fernet.generate_key().decode()


def is_sealed(cell: str) -> bool:
    """Whether a cell holds an encrypted number."""
    return cell.startswith(MARK)


def _number(fernet: Fernet | MultiFernet, plate: str, cell: str) -> str:
    try:
        text = fernet.decrypt(cell.removeprefix(MARK).encode()).decode()
    except (InvalidToken, ValueError) as exc:
        raise Unreadable("cannot be decrypted with the keys at hand") from exc
    of_plate, _, number = text.partition(_BETWEEN)
    if of_plate != plate:
        raise Unreadable("was encrypted for another plate")
    return number
