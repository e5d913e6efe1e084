"""Who could reach the console by its settings, and whether that is meant: asked before it starts."""

import ssl

from console.settings import ConsoleSettings, is_loopback
from models.errors import ConfigurationError, Fault

SOURCE = "console"


def require_safe_entry(settings: ConsoleSettings) -> None:
    """Refuse settings that would let in whoever comes, or send passwords in the clear.

    Raises:
        ConfigurationError: with every fault.
    """
    faults = [*_of_address(settings), *_of_header(settings), *_of_tls(settings)]
    if faults:
        raise ConfigurationError(tuple(faults))


def _of_address(settings: ConsoleSettings) -> list[Fault]:
    if is_loopback(settings.host):
        return []
    reached = f"{settings.host!r} can be reached from outside"
    if settings.sign_in == "password":
        if settings.is_https:
            return []
        remedy = (
            "name tls_certificate and tls_key, or set behind_proxy = true where a reverse proxy speaks "
            "https in front of it"
        )
        problem = f"{reached}, and passwords would travel there in plain http"
    elif settings.sign_in == "header":
        problem = f"{reached}, and there everybody could say who they are in {settings.operator_header!r}"
        remedy = "keep host = '127.0.0.1', with the reverse proxy on this machine"
    else:
        problem = f"{reached}, and the console has no sign-in"
        remedy = "set sign_in = 'password' (docs/sign-in.md), or keep host = '127.0.0.1'"
    return [Fault(SOURCE, 0, "host", problem, remedy)]


def _of_header(settings: ConsoleSettings) -> list[Fault]:
    by_header = settings.sign_in == "header"
    if by_header and not settings.operator_header:
        problem, remedy = "sign_in = 'header' needs one", "name it, as operator_header = 'X-Forwarded-User'"
        return [Fault(SOURCE, 0, "operator_header", problem, remedy)]
    if settings.operator_header and not by_header:
        problem = f"nobody listens to it while sign_in = {settings.sign_in!r}"
        remedy = "set sign_in = 'header', or take operator_header out"
        return [Fault(SOURCE, 0, "operator_header", problem, remedy)]
    return []


def _of_tls(settings: ConsoleSettings) -> list[Fault]:
    if (settings.tls_certificate is None) != (settings.tls_key is None):
        lacking = "tls_key" if settings.tls_key is None else "tls_certificate"
        return [Fault(SOURCE, 0, lacking, "is missing beside the other one", f"name {lacking} too")]
    if settings.tls_certificate is None or settings.tls_key is None:
        return []
    try:
        # An empty passphrase, so that nobody is asked for one in the middle of a start.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(
            settings.tls_certificate, settings.tls_key, password=""
        )
    except (OSError, ValueError) as exc:
        problem = f"{settings.tls_certificate} and {settings.tls_key} cannot be used: {exc}"
        remedy = "name a PEM file with the certificate, and one with its key without a passphrase"
        return [Fault(SOURCE, 0, "tls_certificate", problem, remedy)]
    return []
