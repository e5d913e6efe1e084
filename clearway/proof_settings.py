"""What a user may set about the audit."""

from pydantic import SecretStr

from models.errors import ConfigurationError
from models.signing import SigningKey
from models.toml import FrozenModel


class AuditSettings(FrozenModel):
    """Of the audit's seals.

    Attributes:
        seal_key: signs each day's seal: an Ed25519 key in PEM (`CLEARWAY_AUDIT__SEAL_KEY`); lines may be
            parted by a backslash and an n. Without one, seals are hashes only.
    """

    seal_key: SecretStr | None = None

    def signer(self) -> SigningKey | None:
        """The key, read.

        Raises:
            ConfigurationError: it is none.
        """
        if self.seal_key is None:
            return None
        pem = self.seal_key.get_secret_value().replace("\\n", "\n")
        try:
            return SigningKey.of_pem(pem.encode())
        except ValueError as exc:
            remedy = "make one with `openssl genpkey -algorithm ed25519`"
            raise ConfigurationError.of(
                "environment", str(exc), remedy, key="CLEARWAY_AUDIT__SEAL_KEY"
            ) from exc
