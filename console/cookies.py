"""Cookies of the desk: signed, for this host only, out of reach of scripts and of other sites.

The signature keeps made-up tokens away from the ledger; what a cookie is good for, the ledger says.
"""

import hashlib
import hmac
import secrets
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers
from starlette.responses import Response

FORM_LASTS_S = 3600
"""How long a sign-in page may stand open before it is sent."""


class Cookies:
    """Makes and reads cookies.

    Args:
        key: signs them.
        secure: whether browsers reach the desk by https.
    """

    def __init__(self, key: bytes, *, secure: bool) -> None:
        self._key = key
        self._secure = secure
        # With this prefix, browsers refuse it from any other host's page and without https (RFC 6265bis).
        prefix = "__Host-" if secure else ""
        self.session_name = f"{prefix}clearway"
        self.form_name = f"{prefix}clearway-form"

    def session_of(self, headers: Headers) -> str | None:
        """The token of a request's session cookie; None where there is none of ours."""
        return self._opened(headers, self.session_name)

    def form_of(self, headers: Headers) -> str | None:
        """What a browser got with a form before anybody was signed in."""
        return self._opened(headers, self.form_name)

    def keep_session(self, response: Response, token: str) -> None:
        """Let a browser keep a session until it closes."""
        self._set(response, self.session_name, self._sealed(self.session_name, token), None)

    def keep_form(self, response: Response, token: str) -> None:
        """Let a browser keep what its next form is held against, before anybody is signed in."""
        self._set(response, self.form_name, self._sealed(self.form_name, token), FORM_LASTS_S)

    @staticmethod
    def fresh() -> str:
        """Something that nobody can guess."""
        return secrets.token_urlsafe(32)

    def drop(self, response: Response, *names: str) -> None:
        """Let a browser forget cookies."""
        for name in names:
            self._set(response, name, "", 0)

    def form_token(self, token: str) -> str:
        """What a form has to carry, made from a cookie that no other page can read."""
        return self._mac("form", token)

    def _set(self, response: Response, name: str, value: str, max_age: int | None) -> None:
        response.set_cookie(
            name, value, max_age=max_age, path="/", secure=self._secure, httponly=True, samesite="strict"
        )

    def _opened(self, headers: Headers, name: str) -> str | None:
        # Of two cookies of one name none is believed: the second one was put there by somebody else.
        found = [value for line in headers.getlist("cookie") for value in _values(line, name)]
        if len(found) != 1:
            return None
        token, _, mac = found[0].rpartition(".")
        fits = is_same(mac, self._mac(name, token))
        return token if token and fits else None

    def _sealed(self, name: str, token: str) -> str:
        return f"{token}.{self._mac(name, token)}"

    def _mac(self, purpose: str, token: str) -> str:
        said = f"{purpose}\n{token}".encode()
        return hmac.new(self._key, said, hashlib.sha256).hexdigest()


def is_same(said: str, wanted: str) -> bool:
    """Whether somebody said the very thing; how long it takes says nothing about it."""
    return hmac.compare_digest(said.encode(), wanted.encode())


def _values(line: str, name: str) -> list[str]:
    found = []
    for part in line.split(";"):
        key, _, _ = part.partition("=")
        if key.strip() != name:
            continue
        try:
            found.append(SimpleCookie(part.strip())[name].value)
        except (CookieError, KeyError):
            continue
    return found
