"""Registries of owners as tests start them: a database each, and an HTTPS server that wants a certificate."""

import contextlib
import datetime as dt
import http.server
import ipaddress
import json
import sqlite3
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from notifier.registries.database import SqlOwnerRegistry
from notifier.registries.mapping import Reader
from notifier.registries.service import HttpOwnerRegistry
from notifier.settings_sources import Columns, HttpSource, SqlSource

TOKEN = "not-a-secret"
KEY = b"k"

Rows = Mapping[str, list[dict[str, object]]]
"""By plate as registries write it: `phone`, and if wanted `language`, `role`, `opted_out`."""


def reader(name: str = "city", columns: Columns | None = None) -> Reader:
    return Reader(registry=name, columns=columns or Columns(), language="zh-CN", region="CN", key=KEY)


def as_rows(owners: Mapping[str, list[str]]) -> Rows:
    return {plate: [{"phone": number} for number in numbers] for plate, numbers in owners.items()}


# --- databases -------------------------------------------------------------------------------------------

TABLE = (
    "CREATE TABLE owners (place integer, plate text, phone text, language text, role text, opted_out text)"
)
QUERY = (
    "SELECT phone, language, role, opted_out FROM owners"
    " WHERE upper(replace(plate, '·', '')) = :plate ORDER BY place"
)
INSERT = "INSERT INTO owners VALUES ({0}, {0}, {0}, {0}, {0}, {0})"


def flat(rows: Rows) -> list[tuple[object, ...]]:
    each = [(plate, row) for plate, people in rows.items() for row in people]
    return [
        (place, plate, *(row.get(name) for name in ("phone", "language", "role", "opted_out")))
        for place, (plate, row) in enumerate(each)
    ]


def sqlite_file(path: Path, rows: Rows) -> str:
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(TABLE)
        connection.executemany(INSERT.format("?"), flat(rows))
    return f"sqlite:///{path}"


@contextlib.contextmanager
def sql_registry(url: str, **changes: object) -> Iterator[SqlOwnerRegistry]:
    source = SqlSource.model_validate({"name": "city", "url": url, "query": QUERY} | changes)
    registry = SqlOwnerRegistry(source, None, reader(columns=source.columns))
    try:
        yield registry
    finally:
        registry.close()


def fill_postgres(url: str, rows: Rows) -> None:
    import psycopg  # noqa: PLC0415 - an extra

    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS owners")
        connection.execute(TABLE)
        connection.cursor().executemany(INSERT.format("%s"), flat(rows))


# --- certificates ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Papers:
    """A certificate authority, and what it signed: the server's certificate and ours."""

    ca: Path
    server: Path
    client: Path
    stranger: Path


def make_papers(folder: Path) -> Papers:
    ca_key, ca = _certificate("test authority", None, None)
    other_key, other = _certificate("another authority", None, None)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ca.pem").write_bytes(ca.public_bytes(serialization.Encoding.PEM))
    for name, (signer_key, signer) in {
        "server": (ca_key, ca),
        "client": (ca_key, ca),
        "stranger": (other_key, other),
    }.items():
        key, certificate = _certificate(name, signer_key, signer)
        (folder / f"{name}.pem").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
    return Papers(*(folder / f"{name}.pem" for name in ("ca", "server", "client", "stranger")))


def _certificate(name, signer_key, signer):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if signer is None else signer.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=signer is None, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    signed_by = key if signer_key is None else signer_key
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(signed_by.public_key())
    return key, builder.add_extension(issuer, critical=False).sign(signed_by, hashes.SHA256())


# --- the HTTPS service -----------------------------------------------------------------------------------


@dataclass
class City:
    """A registry's server, and what it was asked."""

    port: int = 0
    scheme: str = "https"
    asked: list[tuple[str, str, bytes]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    answer: Callable[[http.server.BaseHTTPRequestHandler, str, bytes], None] | None = None

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"


@contextlib.contextmanager
def running_city(rows: Rows, papers: Papers | None = None) -> Iterator[City]:
    """A real HTTP server; with papers it speaks TLS and wants our certificate."""
    city = City(scheme="https" if papers else "http")
    known = {plate.replace("·", ""): people for plate, people in rows.items()}

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, *_: object) -> None: ...

        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers["Content-Length"])))

        def _answer(self, body: bytes) -> None:
            city.asked.append((self.command, self.path, body))
            city.headers.append(dict(self.headers))
            plate = unquote(self.path.partition("?")[0].rsplit("/", 1)[-1])
            if city.answer is not None:
                city.answer(self, plate, body)
            elif self.headers.get("Authorization") != f"Bearer {TOKEN}":
                say(self, 401, b"")
            else:
                say(self, 200, json.dumps({"data": {"owners": known.get(plate, [])}}).encode())

    class Server(http.server.ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None: ...  # clients that hang up are what is tested

    server = Server(("127.0.0.1", 0), Handler)
    if papers is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(papers.server)
        context.load_verify_locations(papers.ca)
        context.verify_mode = ssl.CERT_REQUIRED
        # The handshake is the connection's own thread's: one client without papers must not stop all others.
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    city.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield city
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def say(handler: http.server.BaseHTTPRequestHandler, status: int, body: bytes, **headers: str) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


@contextlib.contextmanager
def http_registry(city: City, papers: Papers | None = None, **changes: object) -> Iterator[HttpOwnerRegistry]:
    fields: dict[str, object] = {
        "name": "city",
        "url": f"{city.url}/vehicles/{{plate}}",
        "contacts": "data.owners",
        "timeout_s": 2.0,
        "retries": 0,
    }
    if papers is not None:
        fields |= {"ca_file": papers.ca, "client_cert": papers.client}
    source = HttpSource.model_validate(fields | changes)
    registry = HttpOwnerRegistry(source, TOKEN, None, reader(columns=source.columns))
    try:
        yield registry
    finally:
        registry.close()
