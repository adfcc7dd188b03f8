"""Latchkey for Django: with one middleware and two settings, `request.user` is the user of the family.

    MIDDLEWARE = [..., "latchkey_django.LatchkeyMiddleware", ...]  # in place of Django's AuthenticationMiddleware
    LATCHKEY_LOGIN_URL = "https://auth.example.com/login"
    LATCHKEY_OWN_URL = "https://app1.example.com"

Needs Django 3.2 or later, PyJWT and cryptography. docs/django.md of Latchkey explains settings, guards and limits.
"""

from __future__ import annotations

import asyncio
import base64
import functools
import hashlib
import hmac
import http.client
import json
import logging
import os
import re
import socket
import string
import threading
import time
import zlib
from concurrent.futures import Future
from dataclasses import dataclass, field
from html import escape
from http.cookies import Morsel
from typing import Any, Callable, NamedTuple, Optional
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from asgiref.sync import sync_to_async
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser, Group, Permission
from django.core.exceptions import ImproperlyConfigured
from django.db import Error as DatabaseError
from django.db import IntegrityError, connections, router, transaction
from django.db.models.signals import m2m_changed
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.cache import patch_vary_headers
from django.utils.functional import SimpleLazyObject
from jwt.algorithms import get_default_algorithms

logger = logging.getLogger("latchkey")

FEED_SILENCE = 45  # seconds without an answer after which the feed is stale
KEYS_MAX_AGE = 300
KEYS_COOLDOWN = 30
MOST_TOKENS = 20_000
MOST_SAME_NAME = 4
SESSION_OWNER = "latchkey_user"
CONTRACT = {"Latchkey-Contract": "2", "Accept": "application/json"}
FAILURES = (OSError, http.client.HTTPException, ValueError, RecursionError)
KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MARK = re.compile(r"\.latchkey\.(\d{1,15})\.(\d{1,15})$")
SCOPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}")
MOST_SCOPES = 200
BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
API_TOKEN_AGE = 600  # seconds that an answer about an API token counts
WITHOUT_FEED = 30  # seconds that it counts while nothing tells of revocations
REFUSED_FOR = 10  # seconds that a refusal counts
MOST_QUESTIONS = 32  # about API tokens at a time


# Settings


@dataclass(frozen=True)
class Settings:
    """The settings `LATCHKEY_…` of the project, checked and with defaults."""

    login_url: str
    own_url: str
    issuer: str
    auth_internal_url: str
    cookie_prefix: str
    refresh_cookie: str = "family"
    trusted_origins: tuple[str, ...] = ()
    clock_tolerance: float = 30
    poll_every: float = 5
    when_feed_is_stale: str = "accept"
    provisioning: str = "create"
    user_field: str = "username"
    sync_groups: bool = True
    auth_client_id: str = ""
    auth_client_secret: str = ""
    scopes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<Settings of {self.own_url}>"  # without the secret

    @property
    def host(self) -> str:
        return urlsplit(self.own_url).hostname or ""


def origin_of(url: Any) -> Optional[str]:
    """The origin of an http(s) URL, as browsers write it; `None` for anything else."""
    try:
        scheme, host, port = (parts := urlsplit(url)).scheme, parts.hostname, parts.port
    except (TypeError, ValueError, AttributeError):
        return None
    if scheme not in ("http", "https") or not host or "@" in parts.netloc:
        return None
    host = f"[{host}]" if ":" in host else host
    return f"{scheme}://{host}" + ("" if port in (None, 80 if scheme == "http" else 443) else f":{port}")


def read_settings() -> Settings:
    """Reads and checks all settings. Raises ImproperlyConfigured, which lists every problem."""
    problems: list[str] = []
    given = {
        name[9:].lower(): getattr(django_settings, name)
        for name in dir(django_settings)
        if name.startswith("LATCHKEY_")
    }
    known = list(Settings.__dataclass_fields__)
    problems += [f"LATCHKEY_{name.upper()} is not a setting." for name in given if name not in known]

    def check(fits: bool, problem: str) -> None:
        if not fits:
            problems.append(problem)

    def origin(name: str, default: str = "") -> str:
        value = given.get(name) or default
        found = origin_of(value)
        is_origin = found is not None and urlsplit(value).path in ("", "/") and not urlsplit(value).query
        check(is_origin, f"LATCHKEY_{name.upper()} must be an origin, for example https://app1.example.com.")
        return found or ""

    login_url = given.get("login_url", "")
    login_origin = origin_of(login_url) or ""
    check(login_origin != "", "LATCHKEY_LOGIN_URL must be a URL, for example https://auth.example.com/login.")
    issuer = origin("issuer", login_origin) if login_origin or given.get("issuer") else ""
    prefix = given.get("cookie_prefix") or ("__Secure-jwt" if issuer.startswith("https:") else "jwt")
    scopes = given.get("scopes", ())
    is_list = isinstance(scopes, (list, tuple)) and all(is_text(one, SCOPE) and "." in one for one in scopes)
    example = "a list of permissions of Django, for example ['cards.view_card']"
    check(is_list and len(scopes) <= MOST_SCOPES, f"LATCHKEY_SCOPES must be {example}.")
    trusted = [origin_of(one) for one in given.get("trusted_origins", ())]
    check(None not in trusted, "LATCHKEY_TRUSTED_ORIGINS must be a list of origins.")
    read = Settings(
        login_url=login_url,
        own_url=origin("own_url"),
        issuer=issuer,
        auth_internal_url=origin("auth_internal_url", issuer) if issuer else "",
        cookie_prefix=prefix,
        trusted_origins=tuple(str(one) for one in trusted),
        scopes=tuple(scopes) if is_list else (),
        **{name: given[name] for name in known[5:] if name in given and name not in ("trusted_origins", "scopes")},
    )
    valid_prefix = re.fullmatch(r"(?!(?i:__host-))[!#$%&'*+\-.0-9A-Z^_`a-z|~]{1,64}", str(prefix))
    check(bool(valid_prefix), "LATCHKEY_COOKIE_PREFIX can't start the name of a shared cookie.")
    for name, values in (
        ("refresh_cookie", ("family", "auth")),
        ("when_feed_is_stale", ("accept", "refuse")),
        ("provisioning", ("create", "existing")),
    ):
        check(getattr(read, name) in values, f"LATCHKEY_{name.upper()} must be {' or '.join(values)}.")
    for name, least, most in (("clock_tolerance", 0, 60), ("poll_every", 0.1, 3600)):
        value = getattr(read, name)
        fits = isinstance(value, (int, float)) and least <= value <= most
        check(fits, f"LATCHKEY_{name.upper()} must be a number of seconds from {least} to {most}.")
    # Values are not shown: each may be the other, or another secret.
    client, secret, remedy = read.auth_client_id, read.auth_client_secret, 'Issue both with "latchkey apps create".'
    check(bool(client) == bool(secret), f"Set LATCHKEY_AUTH_CLIENT_ID and LATCHKEY_AUTH_CLIENT_SECRET. {remedy}")
    is_client = not client or is_text(client, KEY_ID) and len(client) == 22
    check(is_client, f"LATCHKEY_AUTH_CLIENT_ID must be a client ID of 22 characters. {remedy}")
    is_secret = not secret or is_opaque("lks_", secret)
    check(is_secret, f'LATCHKEY_AUTH_CLIENT_SECRET must be a complete secret, which starts with "lks_". {remedy}')
    check(bool(client) or not read.scopes, f"LATCHKEY_SCOPES needs LATCHKEY_AUTH_CLIENT_ID. {remedy}")
    if problems:
        raise ImproperlyConfigured("\n  - ".join(["Latchkey can't start:", *problems]))
    return read


def is_opaque(prefix: str, text: Any) -> bool:
    """Whether the text has the form of a token or secret of this kind: 43 characters of base62, and their CRC-32."""
    if not is_text(text, re.compile(f"{prefix}[0-9A-Za-z]{{49}}")):
        return False
    rest, checksum = zlib.crc32(text[:-6].encode()), ""
    while len(checksum) < 6:
        rest, digit = divmod(rest, 62)
        checksum = BASE62[digit] + checksum
    return text.endswith(checksum)


# Log


class LimitedLog:
    """Warnings that strangers can cause: of each kind at most ten different ones a minute, each once."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.kinds: dict[tuple[str, str], tuple[float, set[str]]] = {}

    def warn(self, message: str, event: str, cause: str = "", **facts: Any) -> None:
        """Logs the message and its facts as JSON; the constant event and cause are for filters."""
        fields = {"event": event, **({"cause": cause} if cause else {}), **facts}
        line = f"{message} {json.dumps(fields, default=str)}"
        with self.lock:
            since, lines = self.kinds.get((event, cause), (0.0, set()))
            if not lines or time.monotonic() - since >= 60:
                since, lines = self.kinds[event, cause] = (time.monotonic(), set())
            if line in lines or len(lines) >= 10:
                return
            lines.add(line)
        logger.warning(line)


log = LimitedLog()


def log_refusal(message: str, event: str, cause: str, **facts: Any) -> None:
    """Logs what guards and tokens refuse every day, for those who look for the reason."""
    logger.debug("%s %s", message, json.dumps({"event": event, "cause": cause, **facts}, default=str))


# Requests to the auth service


class Answer(NamedTuple):
    """An answer of the auth service."""

    status: int
    content_type: str
    set_cookies: list[str]
    body: bytes


def connect(address: tuple[str, int], *rest: Any) -> socket.socket:
    """Opens a connection. Names under `localhost` lead to this machine, as in browsers (RFC 6761)."""
    host, port = address
    if host != "localhost" and not host.endswith(".localhost"):
        return socket.create_connection(address, *rest)
    try:
        return socket.create_connection(("127.0.0.1", port), *rest)
    except OSError:
        return socket.create_connection(("::1", port), *rest)


def fetch(
    method: str, url: str, headers: dict[str, str], timeout: float, most: int, content: Optional[bytes] = None
) -> Answer:
    """Sends one request without following redirects; raises one of FAILURES if there is no usable answer."""
    deadline = time.monotonic() + timeout
    parts = urlsplit(url)
    is_tls = parts.scheme == "https"
    kind = http.client.HTTPSConnection if is_tls else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port or (443 if is_tls else 80), timeout=timeout)
    connection._create_connection = connect  # type: ignore[attr-defined]
    try:
        connection.request(method, urlunsplit(("", "", parts.path, parts.query, "")), content, headers)
        if connection.sock:
            connection.sock.settimeout(max(0.1, deadline - time.monotonic()))
        response = connection.getresponse()
        body = b""
        while chunk := response.read1(65_536):
            body += chunk
            if len(body) > most or time.monotonic() > deadline:
                raise ValueError(f"the answer is too long or too slow ({len(body)} bytes)")
        set_cookies = response.headers.get_all("Set-Cookie") or []
        return Answer(response.status, response.headers.get_content_type(), set_cookies, body)
    finally:
        connection.close()


def read_json(answer: Answer) -> dict[str, Any]:
    """The object in a JSON answer."""
    if answer.status != 200 or not re.fullmatch(r"application/(jwk-set\+)?json", answer.content_type):
        raise ValueError(f"it answered {answer.status} with {answer.content_type}")
    value = json.loads(answer.body.decode("utf-8"))
    if not isinstance(value, dict):
        raise ValueError("its answer is not an object")
    return value


# Keys


class Key(NamedTuple):
    """A public key and the one algorithm it may be used with."""

    alg: str
    algorithm: Any
    key: Any


def read_key(jwk: Any) -> Optional[tuple[str, Key]]:
    """The key and its id, or `None` for an unsupported kind, a private or a weak key."""
    kinds = {("EC", "P-256"): "ES256", ("OKP", "Ed25519"): "EdDSA", ("RSA", None): "RS256"}
    if not isinstance(jwk, dict) or "d" in jwk or not is_text(jwk.get("kid"), KEY_ID):
        return None
    kind = str(jwk.get("kty"))
    alg = kinds.get((kind, None if kind == "RSA" else str(jwk.get("crv"))))
    operations = jwk.get("key_ops", ["verify"])
    if alg is None or jwk.get("alg", alg) != alg or jwk.get("use", "sig") != "sig" or "verify" not in operations:
        return None
    algorithm = get_default_algorithms()[alg]
    try:
        key = algorithm.from_jwk(json.dumps(jwk))
    except Exception:  # PyJWT and cryptography raise many kinds of errors for broken keys.
        return None
    return None if alg == "RS256" and key.key_size < 2048 else (jwk["kid"], Key(alg, algorithm, key))


class Keys:
    """The public keys of the auth service. Good ones stay in use through outages, empty and broken sets."""

    def __init__(self, settings: Settings) -> None:
        self.url = f"{settings.auth_internal_url}/.well-known/jwks.json"
        self.keys: dict[str, Key] = {}
        self.added: dict[str, float] = {}
        self.removed: set[str] = set()
        self.unknown: dict[str, float] = {}
        self.fetched_at = self.attempted_at = float("-inf")
        self.failing = False
        self.after_fork()

    def after_fork(self) -> None:
        self.lock, self.fetching = threading.Lock(), threading.Lock()

    def get(self, kid: str) -> Key:
        """The key; raises TokenRefused if it is unknown, or if the auth service was unavailable."""
        key = self.keys.get(kid)
        if key:
            if self._is_due() and time.monotonic() - self.fetched_at >= KEYS_MAX_AGE:
                threading.Thread(target=self._refresh, name="latchkey-keys", daemon=True).start()
            return key
        if kid in self.removed or time.monotonic() - self.unknown.get(kid, float("-inf")) < KEYS_MAX_AGE:
            raise TokenRefused("unknown_key")
        has_asked = self._refresh()
        if kid in self.keys:
            return self.keys[kid]
        if self.failing or not self.keys:
            raise TokenRefused("keys_unavailable")
        if has_asked:
            with self.lock:
                self.unknown[kid] = time.monotonic()
                if len(self.unknown) > 1000:
                    del self.unknown[next(iter(self.unknown))]
        raise TokenRefused("unknown_key")

    def add(self, jwk: Any) -> None:
        """Takes in a key that was just published."""
        found = read_key(jwk)
        if found and found[0] not in self.removed:
            with self.lock:
                self.added[found[0]] = time.monotonic()
                self.unknown.pop(found[0], None)
                self.keys = {found[0]: found[1], **self.keys}

    def remove(self, kid: str) -> None:
        """Drops a key permanently."""
        with self.lock:
            self.removed.add(kid)
            self.keys = {name: key for name, key in self.keys.items() if name != kid}

    def _is_due(self) -> bool:
        return time.monotonic() - self.attempted_at >= KEYS_COOLDOWN

    def _refresh(self) -> bool:
        """Fetches the keys, or waits for the thread that does; returns whether this one did."""
        with self.fetching:
            if not self._is_due():
                return False
            self.attempted_at = time.monotonic()
            try:
                self._use(read_json(fetch("GET", self.url, {"Accept": "application/json"}, 5, 65_536)))
                self.failing = False
            except FAILURES as error:
                self.failing = True
                message = "could not fetch the public keys; the last good ones stay in use"
                log.warn(message, "keys_unavailable", url=self.url, reason=error, setting="LATCHKEY_AUTH_INTERNAL_URL")
            return True

    def _use(self, key_set: dict[str, Any]) -> None:
        listed = key_set.get("keys")
        found = [key for key in map(read_key, listed if isinstance(listed, list) else ()) if key]
        if not found or len(dict(found)) != len(found):
            raise ValueError("its answer is not a set of usable keys with different ids")
        with self.lock:
            oldest = self.attempted_at - KEYS_MAX_AGE
            self.added = {kid: at for kid, at in self.added.items() if at > oldest and kid not in dict(found)}
            stay = [(kid, key) for kid, key in self.keys.items() if kid in self.added]
            self.keys = {kid: key for kid, key in [*found, *stay] if kid not in self.removed}
            self.fetched_at = time.monotonic()


# Tokens


class TokenRefused(Exception):
    """A token is not valid; `reason` never contains a part of it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass
class AccessToken:
    """The claims of a verified access token, and what this process knows about it."""

    sub: str
    sid: str
    iat: int
    exp: int
    kid: str
    version: Optional[int]
    email: str
    email_verified: bool
    first_name: str
    last_name: str
    is_staff: bool
    is_superuser: bool
    groups: tuple[str, ...]
    is_synced: bool = False
    refresh_token: str = ""  # known to belong to the same user

    @property
    def order(self) -> tuple[int, int]:
        """The higher one is newer."""
        return (self.version or 0, self.iat)


def is_text(value: Any, pattern: re.Pattern[str] = re.compile(r"(?s).+")) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value < 2**53


def decode(segment: str) -> bytes:
    """The bytes of canonical base64url (RFC 4648, section 5): no padding, no stray bits."""
    try:
        decoded = base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    except ValueError:
        raise TokenRefused("malformed") from None
    if not decoded or base64.urlsafe_b64encode(decoded).rstrip(b"=").decode() != segment:
        raise TokenRefused("malformed")
    return decoded


def refuse_constant(name: str) -> None:
    raise ValueError(name)


def read_object(data: bytes) -> dict[str, Any]:
    try:
        value = json.loads(data.decode("utf-8"), parse_constant=refuse_constant)
    except (ValueError, RecursionError):
        raise TokenRefused("malformed") from None
    if not isinstance(value, dict):
        raise TokenRefused("malformed")
    return value


def verify(token: str, typ: str, keys: Keys, settings: Settings) -> tuple[str, dict[str, Any]]:
    """The key's id and the claims of a valid token of this type: format, type, key, signature, then claims."""
    if len(token) > 4096:
        raise TokenRefused("too_large")
    segments = token.split(".")
    if len(segments) != 3:
        raise TokenRefused("malformed")
    header_bytes, payload_bytes, signature = map(decode, segments)
    header, claims = read_object(header_bytes), read_object(payload_bytes)
    alg, kid = header.get("alg"), header.get("kid")
    is_plain = isinstance(alg, str) and isinstance(header.get("typ"), str) and is_text(kid, KEY_ID)
    if not is_plain or "crit" in header:
        raise TokenRefused("unsupported_header")
    if header["typ"] != typ:
        raise TokenRefused("wrong_type")
    key = keys.get(str(kid))
    if alg != key.alg:
        raise TokenRefused("wrong_algorithm")
    if not key.algorithm.verify(token.rpartition(".")[0].encode(), key.key, signature):
        raise TokenRefused("bad_signature")
    check_claims(claims, typ, settings)
    return str(kid), claims


def check_claims(claims: dict[str, Any], typ: str, settings: Settings) -> None:
    """Checks the claims that both kinds of tokens have."""
    has_types = (
        all(is_text(claims.get(name)) for name in ("iss", "aud", "sid", "jti"))
        and is_text(claims.get("sub"), UUID)
        and is_count(claims.get("iat"))
        and is_count(claims.get("exp"))
        and claims["exp"] > claims["iat"]
        and claims.get("token_type") == ("access" if typ == "at+jwt" else "refresh")
    )
    if not has_types or (typ == "at+jwt" and not has_user(claims)):
        raise TokenRefused("bad_claims")
    if claims["iss"] != settings.issuer:
        raise TokenRefused("wrong_issuer")
    aud, host, now = claims["aud"], settings.host, time.time()
    if not (host == aud or host.endswith(f".{aud}") if typ == "at+jwt" else aud == settings.issuer):
        raise TokenRefused("wrong_audience")
    if claims["iat"] > now + settings.clock_tolerance:
        raise TokenRefused("not_yet_valid")
    if claims["exp"] <= now - settings.clock_tolerance:
        raise TokenRefused("expired")


def has_user(claims: dict[str, Any]) -> bool:
    """Whether the claims about the user are complete and of the right types."""
    groups = claims.get("groups", [])
    return (
        claims.get("user_uuid") == claims["sub"]
        and is_text(claims.get("user_email"))
        and isinstance(claims.get("user_first_name"), str)
        and isinstance(claims.get("user_last_name"), str)
        and isinstance(claims.get("user_is_staff"), bool)
        and isinstance(claims.get("user_is_superuser"), bool)
        and is_count(claims.get("user_version", 0))
        and isinstance(claims.get("email_verified", False), bool)
        and isinstance(groups, list)
        and all(map(is_text, groups))
    )


def access_token(kid: str, claims: dict[str, Any]) -> AccessToken:
    names = ("email", "first_name", "last_name", "is_staff", "is_superuser")
    return AccessToken(
        **{name: claims[name] for name in ("sub", "sid", "iat", "exp")},
        **{name: claims[f"user_{name}"] for name in names},
        kid=kid,
        version=claims.get("user_version"),
        email_verified=claims.get("email_verified", False),
        groups=tuple(claims.get("groups", ())),
    )


def read_cookies(header: str, name: str) -> list[str]:
    """Every value of one name in a raw Cookie header; a parser that keeps one would let a sibling host decide which."""
    pairs = (part.strip(" \t").partition("=") for part in header.split(";"))
    return [value for key, equals, value in pairs if equals and key == name]


# The revocation feed


class Ended(NamedTuple):
    """All older sessions of a user have ended, except `kept`."""

    version: int
    before: int
    kept: Optional[str]
    exp: int


class Stale(NamedTuple):
    """A session whose older tokens are outdated; those issued before `all_before` whatever their version."""

    version: int
    before: int
    all_before: int
    exp: int


class Feed:
    """What the auth service revoked, polled in a daemon thread of each process that has met a token."""

    def __init__(
        self,
        settings: Settings,
        keys: Keys,
        on_removed_key: Callable[[], None],
        on_tokens: Callable[[str], None] = lambda name: None,
    ) -> None:
        self.settings, self.keys, self.on_removed_key, self.on_tokens = settings, keys, on_removed_key, on_tokens
        self.url = f"{settings.auth_internal_url}/revocations"
        self.last, self.heard_at = 0, float("-inf")
        self.sessions: dict[str, int] = {}
        self.deleted: dict[str, int] = {}
        self.stale: dict[str, Stale] = {}
        self.ended: dict[str, tuple[Ended, ...]] = {}
        self.after_fork()

    def after_fork(self) -> None:
        self.lock, self.first_poll = threading.Lock(), threading.Event()
        self.thread: Optional[threading.Thread] = None

    def start(self) -> None:
        """Starts the thread of this process, once, and lets the first requests wait a second for its first poll."""
        if self.thread is None or not self.thread.is_alive():
            with self.lock:
                if self.thread is None or not self.thread.is_alive():
                    self.thread = threading.Thread(target=self._run, name="latchkey-feed", daemon=True)
                    self.thread.start()
        if not self.first_poll.is_set():
            self.first_poll.wait(1)
            self.first_poll.set()

    def is_live(self) -> bool:
        """Whether revocations arrive at this moment."""
        return time.monotonic() - self.heard_at < max(FEED_SILENCE, 3 * self.settings.poll_every)

    def is_trusted(self) -> bool:
        """Whether verdicts count: always, unless the feed is stale and the setting refuses that."""
        return self.settings.when_feed_is_stale == "accept" or self.is_live()

    def verdict(self, token: AccessToken) -> str:
        """`good`, `revoked`, or `stale`: its claims may be outdated, so renew it."""
        if token.sid in self.sessions or token.sub in self.deleted:
            return "revoked"
        for mark in self.ended.get(token.sub, ()):
            if mark.kept != token.sid and is_older(token, mark):
                return "revoked"
        outdated = self.stale.get(token.sid)
        if outdated and (token.iat < outdated.all_before or is_older(token, outdated)):
            return "stale"
        return "good"

    def _run(self) -> None:
        while True:
            try:
                while self._poll():
                    pass
                self.heard_at = time.monotonic()
            except Exception as error:  # The thread must outlive every kind of failure.
                message = "could not poll the revocation feed; trying again"
                facts = {"url": self.url, "reason": error, "setting": "LATCHKEY_AUTH_INTERNAL_URL"}
                log.warn(message, "feed_disconnected", **facts)
            self.first_poll.set()
            self._sweep()
            time.sleep(self.settings.poll_every)

    def _poll(self) -> bool:
        """Reads what is new; returns whether there may be more."""
        page = read_json(fetch("GET", f"{self.url}?since={self.last}", CONTRACT, 5, 16_000_000))
        last, entries = page.get("last"), page.get("entries")
        if not is_count(last) or not isinstance(entries, list):
            raise ValueError("its answer is not a page of the feed")
        for entry in entries:
            if isinstance(entry, dict) and is_count(entry.get("exp")):
                self._add(entry)
        self.last = last
        return len(entries) >= 1000

    def _add(self, entry: dict[str, Any]) -> None:
        sid, sub, exp, before = entry.get("sid"), entry.get("sub"), entry["exp"], entry.get("before")
        if is_text(sid):
            if before is None:
                self.sessions[sid] = max(exp, self.sessions.get(sid, 0))
            elif is_count(before):
                self._add_stale(sid, before, entry.get("version"), exp)
        elif is_text(sub, UUID):
            if entry.get("deleted") is True:
                self.deleted[sub] = exp
                self.on_tokens(sub)
            elif entry.get("tokens") == "changed":
                self.on_tokens(sub)
            elif is_count(before) and is_count(entry.get("version")):
                mark = Ended(entry["version"], before, entry.get("kept"), exp)
                self.ended[sub] = (*(one for one in self.ended.get(sub, ()) if one != mark), mark)
        elif is_text(entry.get("token")):
            self.on_tokens(entry["token"])
        elif entry.get("removed") is True and is_text(entry.get("kid"), KEY_ID):
            self.keys.remove(entry["kid"])
            self.on_removed_key()
        elif "jwk" in entry:
            self.keys.add(entry["jwk"])

    def _add_stale(self, sid: str, before: int, version: Any, exp: int) -> None:
        known = self.stale.get(sid, Stale(0, 0, 0, 0))
        new = Stale(version, before, 0, exp) if is_count(version) else Stale(0, before, before, exp)
        self.stale[sid] = Stale(*map(max, known, new))

    def _sweep(self) -> None:
        """Drops what no valid token can match any longer."""
        now = time.time()
        for sessions in (self.sessions, self.deleted):
            for name in [name for name, exp in sessions.items() if exp <= now]:
                del sessions[name]
        for name in [name for name, mark in self.stale.items() if mark.exp <= now]:
            del self.stale[name]
        for name in [name for name, marks in self.ended.items() if all(mark.exp <= now for mark in marks)]:
            del self.ended[name]


def is_older(token: AccessToken, mark: Any) -> bool:
    return token.iat < mark.before if token.version is None else token.version < mark.version


# Local users


class LocalUsers:
    """Rows of the project's own user model, kept in step with tokens by uuid."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.newest: dict[str, tuple[int, int]] = {}  # for rows that can't hold a mark

    def find(self, uuid: str) -> Any:
        return self._rows().filter(**{self.settings.user_field: uuid}).first()

    def _rows(self) -> Any:
        """All rows, where they are written: a replica may lag behind."""
        return get_user_model()._base_manager.using(router.db_for_write(get_user_model()))

    def sync(self, token: AccessToken) -> Any:
        """The row of a token's user, created or updated at need; `None` if it must exist beforehand and does not."""
        for attempt in range(4):
            row = self.find(token.sub)
            if row is None and self.settings.provisioning == "existing":
                return None
            try:
                row = self._create(token) if row is None else self._update(row, token)
            except IntegrityError:  # Another first request was faster, or another row has this email.
                if attempt == 3:
                    raise
                continue
            if row is not None:
                return row
        raise DatabaseError("the row keeps changing")

    def _facts(self, token: AccessToken) -> dict[str, Any]:
        """The fields of the user model that tokens decide about. `is_active` is the project's own."""
        fields = {one.name: one for one in get_user_model()._meta.concrete_fields}
        names = ("email", "first_name", "last_name", "is_staff", "is_superuser")
        facts = {name: getattr(token, name) for name in names if name in fields}
        for name in {"first_name", "last_name"} & facts.keys():
            facts[name] = facts[name][: fields[name].max_length]
        return facts

    def _create(self, token: AccessToken) -> Any:
        row = get_user_model()(**{self.settings.user_field: token.sub}, **self._facts(token))
        row.set_unusable_password()
        row.password = marked(row.password, token)
        with self._transaction():
            row.save(force_insert=True)
            self._sync_groups(row, token)
        return row

    def _transaction(self) -> Any:
        """Begins with a write: SQLite does not wait for others when a transaction that has read wants to write."""
        return transaction.atomic(using=router.db_for_write(get_user_model()))

    def _update(self, row: Any, token: AccessToken) -> Any:
        """The row in step with the token; `None` if another process changed it in the meantime."""
        mark = MARK.search(row.password)
        known = (int(mark[1]), int(mark[2])) if mark else self.newest.get(token.sub, (0, 0))
        if token.order < known:
            return row
        changes = {name: value for name, value in self._facts(token).items() if getattr(row, name) != value}
        has_other_groups = self._has_other_groups(row, token)
        if not changes and not has_other_groups and token.order[0] <= known[0]:
            return row
        if row.has_usable_password():
            self.newest[token.sub] = token.order
            if len(self.newest) > MOST_TOKENS:
                self.newest = {}
        else:
            changes["password"] = marked(row.password, token)
        if changes or has_other_groups:
            changes = changes or {self.settings.user_field: token.sub}
            before = {name: getattr(row, name) for name in changes}
            with self._transaction():
                if not self._rows().filter(pk=row.pk, **before).update(**changes):
                    return None
                if has_other_groups:
                    self._sync_groups(row, token)
            for name, value in changes.items():
                setattr(row, name, value)
        return row

    def _has_other_groups(self, row: Any, token: AccessToken) -> bool:
        if not self.settings.sync_groups or not hasattr(row, "groups"):
            return False
        return set(row.groups.values_list("name", flat=True)) != set(token.groups)

    def _sync_groups(self, row: Any, token: AccessToken) -> None:
        if self._has_other_groups(row, token):
            row.groups.set([Group.objects.get_or_create(name=name)[0] for name in token.groups])


def marked(password: str, token: AccessToken) -> str:
    """An unusable password that holds the order of the last token, so that no older one is written over it."""
    return MARK.sub("", password) + f".latchkey.{token.order[0]}.{token.order[1]}"


# API tokens


class ApiToken(NamedTuple):
    """An API token, as the auth service describes it; the user is `None` for another app's own token."""

    id: str
    name: str
    scopes: tuple[str, ...]
    sub: str
    app: str
    user: Optional[AccessToken]
    asked_at: float  # by the monotonic clock
    exp: Optional[int]


class ServiceUser(AnonymousUser):
    """Another app of the family that sent a token of its own. It has no row: `request.caller` of `token_required`."""

    is_authenticated = True
    is_anonymous = False
    is_service = True

    def __init__(self, token: ApiToken) -> None:
        self.app, self.token = token.app, token

    def __str__(self) -> str:
        return self.app

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, ServiceUser) and other.token.sub == self.token.sub

    def __hash__(self) -> int:
        return hash(self.token.sub)

    def has_perm(self, name: str, obj: Any = None) -> bool:
        """Whether the token has this scope."""
        return name in self.token.scopes


def has_scope(row: Any, scopes: tuple[str, ...], name: str, obj: Any = None) -> bool:
    return name in scopes and type(row).has_perm(row, name, obj)


def has_scopes(row: Any, scopes: tuple[str, ...], names: Any, obj: Any = None) -> bool:
    return all(has_scope(row, scopes, name, obj) for name in names)


def has_scope_of(row: Any, scopes: tuple[str, ...], app: str) -> bool:
    return any(name.startswith(f"{app}.") and has_scope(row, scopes, name) for name in scopes)


def permissions_of(row: Any, scopes: tuple[str, ...], method: str, obj: Any = None) -> set[str]:
    return {name for name in getattr(type(row), method)(row, obj) if name in scopes}


async def asynchronously(method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    return await sync_to_async(method)(*args, **kwargs)


def narrowed(row: Any, scopes: tuple[str, ...]) -> Any:
    """The row of an API token's user, who has only those permissions that are scopes of the token, superusers too."""
    if not hasattr(row, "has_perm"):
        return row
    methods = {"has_perm": has_scope, "has_perms": has_scopes, "has_module_perms": has_scope_of}
    own = {name: functools.partial(method, row, scopes) for name, method in methods.items()}
    for name in ("get_all_permissions", "get_group_permissions", "get_user_permissions"):
        own[name] = functools.partial(permissions_of, row, scopes, name)
    for name, method in own.items():
        for known, made in ((name, method), (f"a{name}", functools.partial(asynchronously, method))):
            if hasattr(type(row), known):
                setattr(row, known, made)
    return row


class ApiTokens:
    """Checks API tokens at the auth service (RFC 7662). An answer counts until the feed tells of a change."""

    def __init__(self, settings: Settings, feed_is_live: Callable[[], bool]) -> None:
        self.settings, self.feed_is_live = settings, feed_is_live
        self.url = f"{settings.auth_internal_url}/introspect"
        self.tokens: dict[str, ApiToken] = {}
        self.refused: dict[str, float] = {}
        self.drops, self.dropped = 0, dict[str, int]()
        self.after_fork()

    def after_fork(self) -> None:
        self.lock, self.turns = threading.Lock(), threading.BoundedSemaphore(MOST_QUESTIONS)
        self.flights: dict[str, Future[ApiToken]] = {}

    @property
    def credentials(self) -> str:
        """The value of an `Authorization` header (RFC 6749, section 2.3.1)."""
        pair = ":".join(quote(one, safe="") for one in (self.settings.auth_client_id, self.settings.auth_client_secret))
        return f"Basic {base64.b64encode(pair.encode()).decode()}"

    def drop(self, name: str) -> None:
        """Forgets the token of this id, or those of this user."""
        with self.lock:
            self.drops += 1
            self.dropped[name] = self.drops
            if len(self.dropped) > MOST_TOKENS:
                self.dropped = {"": self.drops}
            self.tokens = {key: one for key, one in self.tokens.items() if name not in (one.id, one.sub)}

    def get(self, token: str, use: dict[str, str]) -> ApiToken:
        """The token; raises TokenRefused, `unavailable` if the auth service can't be asked."""
        if not is_opaque("lk_", token):
            raise TokenRefused("malformed_token")
        if not self.settings.auth_client_id:
            message = "refused an API token: this project has no credentials to check it with"
            log.warn(message, "token_refused", "no_credentials", setting="LATCHKEY_AUTH_CLIENT_ID")
            raise TokenRefused("no_credentials")
        key = hashlib.sha256(token.encode()).hexdigest()
        known = self.tokens.get(key)
        if known and self._counts(known):
            return known
        with self.lock:
            if time.monotonic() < self.refused.get(key, float("-inf")):
                raise TokenRefused("inactive_token")
            flight = self.flights.get(key)
            if flight is None:
                own = self.flights[key] = Future()
        if flight is not None:
            return flight.result()
        try:
            found = self._ask_until_settled(key, token, use)
            own.set_result(found)
            return found
        except BaseException as error:
            own.set_exception(error)
            raise
        finally:
            with self.lock:
                self.flights.pop(key, None)

    def _counts(self, known: ApiToken) -> bool:
        age = time.monotonic() - known.asked_at
        is_over = known.exp is not None and time.time() >= known.exp
        return not is_over and age < (API_TOKEN_AGE if self.feed_is_live() else WITHOUT_FEED)

    def _ask_until_settled(self, key: str, token: str, use: dict[str, str]) -> ApiToken:
        """Asks, and asks again if the feed told of this token or its user before the answer was stored."""
        for _ in range(3):
            drops = self.drops
            found = self._ask(token, use)
            with self.lock:
                if found is None:
                    self.tokens.pop(key, None)
                    self.refused[key] = time.monotonic() + REFUSED_FOR
                    if len(self.refused) > MOST_TOKENS:
                        del self.refused[next(iter(self.refused))]
                    raise TokenRefused("inactive_token")
                # "" stands for all, when too many names were dropped to remember them.
                if any(self.dropped.get(name, 0) > drops for name in (found.id, found.sub, "")):
                    continue
                self.tokens[key] = found
                if len(self.tokens) > MOST_TOKENS:
                    del self.tokens[next(iter(self.tokens))]
                return found
        raise TokenRefused("unavailable")

    def _ask(self, token: str, use: dict[str, str]) -> Optional[ApiToken]:
        if not self.turns.acquire(timeout=2):
            message = "too many unknown API tokens at once, so some get 503: limit requests by address in the proxy"
            log.warn(message, "introspection_crowded", setting="limits of the proxy")
            raise TokenRefused("unavailable")
        try:
            asked_at = time.monotonic()
            form = urlencode({"token": token, **use})
            said = read_json(self.send("POST", self.url, "application/x-www-form-urlencoded", form))
            if said.get("active") is False:
                return None
            found = api_token(said, asked_at)
            if said.get("active") is not True or found is None or said["iss"] != self.settings.issuer:
                raise ValueError("its answer is not about an API token of this issuer")
            return found
        except FAILURES as error:
            message = "could not ask the auth service about an API token: its request gets 503"
            facts = {"url": self.url, "reason": error, "setting": "LATCHKEY_AUTH_INTERNAL_URL"}
            log.warn(message, "introspection_failed", **facts)
            raise TokenRefused("unavailable") from None
        finally:
            self.turns.release()

    def send(self, method: str, url: str, content_type: str, content: str) -> Answer:
        """Asks with the credentials of this project; raises TokenRefused if the auth service rejects those."""
        headers = {"Accept": "application/json", "Content-Type": content_type, "Authorization": self.credentials}
        answer = fetch(method, url, headers, 3, 65_536, content.encode())
        if answer.status == 401 and re.search(rb'"error"\s*:\s*"invalid_client"', answer.body):
            message = "the auth service refused the credentials of this project: API tokens get 503, cookies still work"
            log.warn(message, "client_rejected", setting="LATCHKEY_AUTH_CLIENT_ID, LATCHKEY_AUTH_CLIENT_SECRET")
            raise TokenRefused("unavailable")
        return answer


def api_token(said: dict[str, Any], asked_at: float) -> Optional[ApiToken]:
    """The token that an answer describes, or `None` if something is missing or has another type."""
    has_types = (
        said.get("token_type") == "api_token"
        and all(is_text(said.get(name)) for name in ("iss", "sub", "jti"))
        and all(isinstance(said.get(name), str) for name in ("scope", "token_name"))
        and is_count(said.get("iat"))
        and is_count(said.get("exp", 0))
    )
    is_of_app = "user_uuid" not in said and is_text(said.get("app"))
    if not has_types or not (is_of_app or is_text(said["sub"], UUID) and has_user(said)):
        return None
    # The answer describes the user as of now, in no session.
    claims = {**said, "sid": "", "iat": int(time.time()), "exp": said.get("exp", 0)}
    user = None if is_of_app else access_token("", claims)
    scopes, app = tuple(said["scope"].split()), said["app"] if is_of_app else ""
    return ApiToken(said["jti"], said["token_name"], scopes, said["sub"], app, user, asked_at, said.get("exp"))


def read_bearer(authorization: str) -> str:
    """The token of a header `Authorization: Bearer`, with the scheme in any case (RFC 6750, section 2.1)."""
    found = re.fullmatch(r"(?i:bearer) +([^\s,]+) *", authorization)
    return found[1] if found else ""


def is_our_access_token(token: str, settings: Settings) -> bool:
    """Judges by the form: nothing is verified."""
    segments = token.split(".")
    if len(segments) != 3 or len(token) > 4096:
        return False
    try:
        header, claims = (read_object(decode(segment)) for segment in segments[:2])
    except TokenRefused:
        return False
    return header.get("typ") == "at+jwt" and claims.get("iss") == settings.issuer


class Publication:
    """Tells the auth service the permissions of LATCHKEY_SCOPES and who has them: users choose scopes among them."""

    def __init__(self, settings: Settings, send: Callable[..., Answer]) -> None:
        self.settings, self.send = settings, send
        self.url = f"{settings.auth_internal_url}/permissions"
        self.is_due = False
        self.after_fork()

    def after_fork(self) -> None:
        self.lock, self.thread, self.was_started = threading.Lock(), None, False

    def start_once(self) -> None:
        """Publishes with the first request of a process, as a server may load the project and fork afterwards.

        A forked process inherits the locks of a database that a thread uses at that moment, and waits for ever.
        """
        if not self.was_started:
            self.was_started = True
            self.start()

    def start(self) -> None:
        """Publishes in the background. Requests never wait for it: nothing but the choice of scopes depends on it."""
        if not self.settings.scopes:
            return
        with self.lock:
            self.is_due = True
            if self.thread is None:
                self.thread = threading.Thread(target=self._run, name="latchkey-permissions", daemon=True)
                self.thread.start()

    def follow(self, action: str, **_: Any) -> None:
        """A group got or lost permissions (Django's signal m2m_changed)."""
        if action.startswith("post_"):
            transaction.on_commit(self.start, using=router.db_for_write(Group))

    def _run(self) -> None:
        failures = 0
        while True:
            with self.lock:
                if not self.is_due:
                    self.thread = None
                    return
                self.is_due = False
            if self._publish():
                failures = 0
                continue
            time.sleep(min(2**failures, 300))
            self.is_due, failures = True, failures + 1

    def _publish(self) -> bool:
        """Whether that is all, and not to be tried again."""
        try:
            content = json.dumps({"permissions": self._permissions()})
            answer = self.send("PUT", self.url, "application/json", content)
            if answer.status in (400, 413, 415, 422):
                message = "the auth service does not take the permissions of this project"
                log.warn(message, "publication_refused", status=answer.status, setting="LATCHKEY_SCOPES")
            elif answer.status != 204:
                raise ValueError(f"it answered {answer.status}")
            return True
        except TokenRefused:  # The log has the credentials already.
            return False
        except (*FAILURES, DatabaseError) as error:
            message = "could not publish the permissions of this project; trying again"
            setting = "DATABASES" if isinstance(error, DatabaseError) else "LATCHKEY_AUTH_INTERNAL_URL"
            log.warn(message, "publication_failed", url=self.url, reason=error, setting=setting)
            return False
        finally:
            connections.close_all()

    def _permissions(self) -> list[dict[str, Any]]:
        listed = []
        for scope in self.settings.scopes:
            app, _, codename = scope.partition(".")
            found = Permission.objects.filter(content_type__app_label=app, codename=codename)
            names = Group.objects.filter(permissions__in=found).order_by("name").values_list("name", flat=True)
            described = found.values_list("name", flat=True).first() or ""
            listed.append({"name": scope, "description": described, "groups": list(dict.fromkeys(names))[:200]})
        return listed


# Authentication


class Outcome(NamedTuple):
    """The token of a request's user, or the reason why there is none."""

    token: Optional[AccessToken]
    reason: str = ""
    renewable: bool = False
    refused: str = ""  # why a token was rejected


class Renewal(NamedTuple):
    """What the auth service answered to refresh tokens; the cookies go to the browser in every case."""

    reason: str
    access_token: str = ""
    set_cookies: tuple[str, ...] = ()


@dataclass
class RequestState:
    """What is known about a request's user: `request.latchkey`."""

    token: Optional[AccessToken] = None
    reason: str = "missing"
    set_cookies: tuple[str, ...] = ()
    refused: str = ""
    refused_tokens: tuple[str, ...] = field(default=(), repr=False)
    was_read: bool = False
    is_guarded: bool = False
    row: Any = field(default=None, repr=False)
    api_token: Optional[ApiToken] = None


HINTS = {
    "unknown_key": "LATCHKEY_AUTH_INTERNAL_URL",
    "bad_signature": "LATCHKEY_AUTH_INTERNAL_URL",
    "wrong_algorithm": "LATCHKEY_AUTH_INTERNAL_URL",
    "wrong_issuer": "LATCHKEY_LOGIN_URL",
    "wrong_audience": "LATCHKEY_OWN_URL here, COOKIE_DOMAIN at the auth service",
    "not_yet_valid": "the clock (NTP)",
}
EVERYDAY = ("expired", "keys_unavailable", "stale", "session_over")
# Rejections that a new token of the same issuer would meet as well.
HOPELESS = ("wrong_issuer", "wrong_audience", "not_yet_valid", "session_over")


class Latchkey:
    """Authenticates requests; one for each process and each set of settings."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.access_name = f"{settings.cookie_prefix}.access"
        self.refresh_name = f"{settings.cookie_prefix}.refresh"
        self.keys = Keys(settings)
        self.feed = Feed(settings, self.keys, self.forget, lambda name: self.api_tokens.drop(name))
        self.api_tokens = ApiTokens(settings, self.feed.is_live)
        self.publication = Publication(settings, self.api_tokens.send)
        self.users = LocalUsers(settings)
        self.tokens: dict[str, AccessToken] = {}
        self.after_fork(inner=False)

    def after_fork(self, inner: bool = True) -> None:
        """Replaces locks and threads, which a new process does not inherit."""
        self.lock = threading.Lock()
        self.flights: dict[str, Future[Renewal]] = {}
        if inner:
            for part in (self.keys, self.feed, self.api_tokens, self.publication):
                part.after_fork()

    def forget(self) -> None:
        """Has all tokens verified again."""
        with self.lock:
            self.tokens = {}

    def authenticate(self, request: HttpRequest) -> tuple[RequestState, Optional[HttpResponse]]:
        """The user of a request, and the response if it must not reach the project."""
        authorization = request.headers.get("Authorization", "")
        if re.search(r"[\s,]lk_", authorization) and re.search(r"(?i)(?:^|[\s,])bearer[\s,]", authorization):
            return self._from_api_token(read_bearer(authorization), request)
        bearer = read_bearer(authorization)
        if bearer and is_our_access_token(bearer, self.settings):
            return self._from_bearer(bearer, request), None
        header = cookie_header(request)
        access = read_cookies(header, self.access_name)
        refresh = read_cookies(header, self.refresh_name) if self.settings.refresh_cookie == "family" else []
        if not access and not refresh:
            self._hint(header)
            is_program = bearer and not {"Sec-Fetch-Site", "Origin"} & set(request.headers)
            return RequestState(reason="foreign_bearer" if is_program else "missing"), None
        self.feed.start()
        outcome = self._beside(self._from_tokens(access), refresh)
        is_renewable = outcome.token is None and outcome.renewable and bool(refresh)
        if (outcome.token or is_renewable) and not is_same_origin(request, self.settings):
            message = "refused an unsafe request from a page of another origin"
            setting = "LATCHKEY_OWN_URL, LATCHKEY_TRUSTED_ORIGINS"
            origin = request.headers.get("Origin", "")
            log.warn(message, "request_refused", "foreign_origin", origin=origin, setting=setting)
            return RequestState(reason="rejected"), forbidden(request, FOREIGN)
        first, renewal = outcome, Renewal("")
        if is_renewable:
            outcome, renewal = self._renew(refresh)
        state = RequestState(outcome.token, outcome.reason, renewal.set_cookies, outcome.refused or first.refused)
        state.refused_tokens = tuple(filter(None, [*access, renewal.access_token]))
        if state.token and not state.token.is_synced:
            self.admit(state)
        return state, None

    def _from_api_token(self, token: str, request: HttpRequest) -> tuple[RequestState, Optional[HttpResponse]]:
        """An API token counts alone: no cookie is looked at, and an invalid token makes no anonymous request."""
        if not token:
            detail = "Send one Authorization header with one token: Bearer lk_..."
            refused = token_challenge(401, "API token refused", detail, "invalid_request")
            return RequestState(reason="rejected"), refused
        use = {"remote_address": "REMOTE_ADDR", "forwarded_for": "HTTP_X_FORWARDED_FOR"}
        self.feed.start()
        try:
            sender = {name: request.META[key] for name, key in use.items() if request.META.get(key)}
            found = self.api_tokens.get(token, sender)
        except TokenRefused as refused:
            if refused.reason == "unavailable":
                return RequestState(reason="unavailable"), token_unavailable()
            setting = "apps and expiry of the API token, LATCHKEY_AUTH_CLIENT_ID"
            log_refusal("refused an API token", "token_refused", refused.reason, setting=setting)
            detail = REFUSED_TOKENS.get(refused.reason, INVALID_TOKEN)
            return RequestState(reason="rejected"), token_challenge(401, "API token refused", detail, "invalid_token")
        state = RequestState(found.user, "" if found.user else "service", api_token=found)
        csrf_exempt(request)
        if found.user and not found.user.is_synced:
            self.admit(state)
        return state, token_unavailable() if state.reason == "unavailable" else None

    def _from_bearer(self, token: str, request: HttpRequest) -> RequestState:
        """An access token that a program sent as its own; it counts alone, too."""
        self.feed.start()
        outcome = self._from_token(token)
        state = RequestState(outcome.token, outcome.reason, refused=outcome.refused, refused_tokens=(token,))
        if state.token:
            csrf_exempt(request)
            if not state.token.is_synced:
                self.admit(state)
        return state

    def admit(self, state: RequestState) -> None:
        """Finds the local row of a request's user, and forgets the user if the project does not let them in."""
        token = state.token
        if token is None:
            return
        try:
            row = self.users.find(token.sub) if token.is_synced else None
            row = row or self.users.sync(token)
        except (DatabaseError, ValueError) as error:
            message = "could not read or write the local user: check the database of this project"
            log.warn(message, "store_failed", reason=error, setting="DATABASES")
            state.token, state.reason = None, "unavailable"
            return
        token.is_synced = row is not None
        if row is None:
            message = "refused a signed-in user who is not registered here: add a row with this uuid to let them in"
            log.warn(message, "user_refused", "not_registered", uuid=token.sub, setting="LATCHKEY_PROVISIONING")
            state.token, state.reason = None, "not_registered"
        elif not row.is_active:
            message = "refused a signed-in user who is disabled here: set is_active of this row to let them in"
            log.warn(message, "user_refused", "inactive", uuid=token.sub, setting="is_active")
            state.token, state.reason = None, "inactive"
        else:
            state.row = narrowed(row, state.api_token.scopes) if state.api_token else row

    def _verified(self, token: str) -> AccessToken:
        """The claims of an access token that is valid at this moment; raises TokenRefused."""
        known = self.tokens.get(token)
        if known is None or time.time() >= known.exp + self.settings.clock_tolerance:
            known = access_token(*verify(token, "at+jwt", self.keys, self.settings))
            with self.lock:
                self.tokens[token] = known
                if len(self.tokens) > MOST_TOKENS:
                    del self.tokens[next(iter(self.tokens))]
            if known.kid in self.keys.removed:
                self.forget()
                raise TokenRefused("unknown_key")
        if not self.feed.is_trusted():
            message = 'refused all tokens: the revocation feed is stale, and LATCHKEY_WHEN_FEED_IS_STALE is "refuse"'
            log.warn(message, "token_refused", "feed_stale", setting="LATCHKEY_WHEN_FEED_IS_STALE")
            raise TokenRefused("keys_unavailable")
        verdict = self.feed.verdict(known)
        if verdict != "good":
            raise TokenRefused("session_over" if verdict == "revoked" else "stale")
        return known

    def _from_token(self, token: str) -> Outcome:
        try:
            return Outcome(self._verified(token))
        except TokenRefused as refused:
            self._log_refused(refused.reason, self.access_name)
            if refused.reason == "keys_unavailable":
                return Outcome(None, "unavailable")
            reason = "session_over" if refused.reason == "session_over" else "rejected"
            return Outcome(None, reason, refused.reason not in HOPELESS, refused.reason)

    def _from_tokens(self, tokens: list[str]) -> Outcome:
        """The user of these cookies of one name, if they all agree."""
        if len(tokens) > MOST_SAME_NAME:
            return self._conflict("too many cookies of one name")
        outcomes = [self._from_token(token) for token in dict.fromkeys(tokens)]
        valid = [outcome for outcome in outcomes if outcome.token]
        if len({outcome.token.sub for outcome in valid if outcome.token}) > 1:
            return self._conflict("access tokens of several users")
        unavailable = [outcome for outcome in outcomes if outcome.reason == "unavailable"]
        renewable = [outcome for outcome in outcomes if outcome.renewable]
        return [*valid, *unavailable, *renewable, *outcomes, Outcome(None, "missing", True)][0]

    def _beside(self, outcome: Outcome, refresh: list[str]) -> Outcome:
        """The same user, unless a valid refresh token beside the access token belongs to another one."""
        token = outcome.token
        if token is None or not refresh or refresh == [token.refresh_token]:
            return outcome
        if len(refresh) > MOST_SAME_NAME:
            return self._conflict("too many cookies of one name")
        owners = {claims["sub"] for _, claims in self._genuine(refresh)[0]}
        if owners - {token.sub}:
            return self._conflict("an access token and a refresh token of different users")
        if owners and len(refresh) == 1:
            token.refresh_token = refresh[0]
        return outcome

    def _genuine(self, refresh: list[str]) -> tuple[list[tuple[str, dict[str, Any]]], set[str]]:
        """The valid refresh tokens with their claims, and why the others are not."""
        genuine, reasons = [], set()
        for token in dict.fromkeys(refresh):
            try:
                genuine.append((token, verify(token, "rt+jwt", self.keys, self.settings)[1]))
            except TokenRefused as refused:
                reasons.add(refused.reason)
        return genuine, reasons

    def _renew(self, refresh: list[str]) -> tuple[Outcome, Renewal]:
        """The user after a renewal, and what came for the browser."""
        nothing = Renewal("")
        if len(refresh) > MOST_SAME_NAME:
            return self._conflict("too many cookies of one name"), nothing
        genuine, reasons = self._genuine(refresh)
        if not genuine:
            for reason in reasons:
                self._log_refused(reason, self.refresh_name)
            return Outcome(None, "unavailable" if "keys_unavailable" in reasons else "rejected"), nothing
        renewal = self._ask_once("; ".join(f"{self.refresh_name}={token}" for token, _ in genuine))
        if renewal.reason == "conflicting":
            return self._conflict("refresh tokens of several users"), nothing
        if renewal.reason:
            return Outcome(None, renewal.reason), renewal
        outcome = self._from_token(renewal.access_token)
        if outcome.reason == "rejected":
            message = "refused a token that was just issued: is the local clock ahead?"
            log.warn(message, "token_refused", "clock_ahead", setting="the clock (NTP)")
        return outcome, renewal

    def _ask_once(self, cookie: str) -> Renewal:
        """Requests of this process with the same refresh tokens share one request to the auth service."""
        with self.lock:
            flight = self.flights.get(cookie)
            if flight is None:
                own = self.flights[cookie] = Future()
        if flight is not None:
            return flight.result()
        renewal = Renewal("unavailable")
        try:
            renewal = self._ask(cookie)
        finally:
            with self.lock:
                self.flights.pop(cookie, None)
            own.set_result(renewal)
        return renewal

    def _ask(self, cookie: str) -> Renewal:
        """Only an explicit 401 ends a session; silence and errors are outages."""
        url = f"{self.settings.auth_internal_url}/refresh"
        try:
            answer = fetch("POST", url, {**CONTRACT, "Cookie": cookie}, 3, 65_536)
            lines = tuple(line for line in answer.set_cookies if line.isprintable())
            own = [line for line in lines if line.startswith(f"{self.access_name}=")]
            if answer.status == 409:
                return Renewal("conflicting")
            if answer.status == 200 and own:
                return Renewal("", own[0].partition("=")[2].partition(";")[0].strip(), lines)
            # A page instead of a problem comes from a proxy.
            if answer.status == 401 and answer.content_type != "text/html":
                return Renewal("session_over", set_cookies=lines)
            without = f", without the cookie {self.access_name}" if answer.status == 200 else ""
            reason = f"it answered {answer.status}{without}"
        except FAILURES as error:
            reason = str(error)
        message = "could not renew a session at the auth service"
        facts = {"url": url, "reason": reason, "setting": "LATCHKEY_AUTH_INTERNAL_URL, LATCHKEY_COOKIE_PREFIX"}
        log.warn(message, "renewal_failed", **facts)
        return Renewal("unavailable")

    def _conflict(self, what: str) -> Outcome:
        message = f"refused {what} in one request: a sibling host may have set a cookie of this name"
        log.warn(message, "token_refused", "conflicting", cookie=self.access_name)
        return Outcome(None, "conflicting", refused="conflicting")

    def _log_refused(self, reason: str, cookie: str) -> None:
        if reason not in EVERYDAY:
            setting = HINTS.get(reason, "LATCHKEY_COOKIE_PREFIX")
            log.warn(f"refused a token: {reason}", "token_refused", reason, cookie=cookie, setting=setting)

    def _hint(self, header: str) -> None:
        """Tells of a token under another name, which is what a wrong prefix looks like."""
        found = re.search(r"(?:^|;)[ \t]*([!-:<>-~]{1,64}\.access)=[\w-]+\.[\w-]+\.[\w-]+", header)
        if found:
            message = "a browser sent a token under another cookie name: use the COOKIE_PREFIX of the auth service"
            facts = {"found": found[1], "expected": self.access_name, "setting": "LATCHKEY_COOKIE_PREFIX"}
            log.warn(message, "settings_differ", "cookie_prefix", **facts)


instances: dict[Settings, Latchkey] = {}
instances_lock = threading.Lock()


def latchkey(settings: Settings) -> Latchkey:
    """The one instance of this process."""
    with instances_lock:
        return instances.get(settings) or instances.setdefault(settings, Latchkey(settings))


def after_fork() -> None:
    global instances_lock
    instances_lock, log.lock = threading.Lock(), threading.Lock()
    for instance in instances.values():
        instance.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=after_fork)


# Requests and responses


FOREIGN = "This request came from a page of another origin. Send it from a page of this app."
NO_PERMISSION = "You are signed in, but you don’t have permission to open this page."
REFUSED = {
    "not_registered": "You are signed in, but this app does not know your account. Ask its administrator for access.",
    "inactive": "You are signed in, but your account is disabled in this app. Ask the administrator of the app.",
    "service": "This is for people. An app’s own token is accepted only where API tokens are required.",
}
INVALID_TOKEN = "This API token is wrong, expired or revoked, or not for this app."
REFUSED_TOKENS = {
    "malformed_token": "This is not a complete API token: its length or its checksum is wrong.",
    "no_credentials": "This app can’t check API tokens: it is not registered.",
}
FOREIGN_BEARER = "This is not an API token, which starts with lk_, and not an access token of this family."
NO_API_TOKEN = "Send an API token as Authorization: Bearer lk_..."
LACKING = "This API token does not have the scopes that are required here."
BEYOND_SCOPES = "{} takes no API tokens. The app can guard this view with permission_required or token_required."
SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")


def cookie_header(request: HttpRequest) -> str:
    """The raw Cookie header; under ASGI it may come in several parts."""
    parts = [value for name, value in getattr(request, "scope", {}).get("headers", ()) if name == b"cookie"]
    return b"; ".join(parts).decode("latin-1") if parts else request.META.get("HTTP_COOKIE", "")


def is_same_origin(request: HttpRequest, settings: Settings) -> bool:
    """Whether an unsafe request is from a page of this origin, or not from a browser; SameSite does not tell."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if request.method in SAFE_METHODS or site in ("same-origin", "none"):
        return True
    return site is None if origin is None else origin in (settings.own_url, *settings.trusted_origins)


def is_navigation(request: HttpRequest) -> bool:
    """Whether a browser asked for a page, rather than a script for data."""
    headers = request.headers
    if headers.get("HX-Request") == "true" or headers.get("X-Requested-With") == "XMLHttpRequest":
        return False
    if "Sec-Fetch-Mode" in headers:
        return headers["Sec-Fetch-Mode"] == "navigate"
    return request.method != "OPTIONS" and "text/html" in headers.get("Accept", "").lower()


def own_page(address: Optional[str], settings: Settings) -> str:
    """This path or URL of the project's own; the start page for anything else."""
    if address and address.startswith("/"):
        address = settings.own_url + address
    if not address or origin_of(address) != settings.own_url or re.search(r"[^!-~]", address):
        return f"{settings.own_url}/"
    path = urlunsplit(("", "", *urlsplit(address)[2:4], "")).replace("\\", "%5C")
    return settings.own_url + (path if path.startswith("/") else f"/{path}")


def return_address(request: HttpRequest, settings: Settings) -> str:
    """The page to return to: this one, or the one that sent the form or the fragment's request."""
    is_fragment = request.headers.get("HX-Request") == "true"
    if not is_fragment and request.method in SAFE_METHODS:
        return settings.own_url + request.get_full_path()
    return own_page(request.headers.get("HX-Current-URL" if is_fragment else "Referer"), settings)


def rejection_note(state: RequestState, settings: Settings) -> str:
    """Tells the login page why a token was rejected. Only a holder of the token can seal it (RFC 5869)."""
    if not state.refused or not state.refused_tokens:
        return ""
    facts = {"v": 1, "reason": state.refused, "host": settings.host, "now": int(time.time())}
    parts = [base64.urlsafe_b64encode(json.dumps(facts).encode()).rstrip(b"=")]
    for token in list(dict.fromkeys(state.refused_tokens))[-5:]:
        key = hmac.digest(b"latchkey refusal note v1", token.encode("utf-8", "replace"), "sha256")
        seal = hmac.digest(key, parts[0] + b"\x01", "sha256")[:16]
        parts.append(base64.urlsafe_b64encode(seal).rstrip(b"="))
    return b".".join(parts).decode()


def login_link(settings: Settings, page: str, note: str, longest: int = 8000) -> str:
    """LATCHKEY_LOGIN_URL with its own parameters and `next`, which loses its query if the link gets too long."""
    parts = urlsplit(settings.login_url)
    own = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] not in ("next", "refused")]
    refused = [("refused", note)] if note else []

    def lead(target: str, *notice: tuple[str, str]) -> str:
        return urlunsplit(parts._replace(query=urlencode([*own, ("next", target), *notice, *refused])))

    shortened = ("notice", "address_shortened")
    for link in (lead(page), lead(page.partition("?")[0], shortened)):
        if len(link) <= longest:
            return link
    return lead(f"{settings.own_url}/", shortened)


def private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "private, no-store"
    patch_vary_headers(response, ["Cookie"])
    return response


def html(status: int, title: str, content: str, refresh: str = "") -> HttpResponse:
    """A page without styles and scripts, which a Content Security Policy would block."""
    lead = f'<meta http-equiv="refresh" content="0; url={escape(refresh)}">' if refresh else ""
    return private(
        HttpResponse(
            f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
            f'<meta name="viewport" content="width=device-width">{lead}</head>'
            f"<body><main><h1>{title}</h1>{content}</main></body></html>",
            status=status,
        )
    )


def problem(status: int, title: str, detail: str, **more: str) -> HttpResponse:
    """An error for programs (RFC 9457)."""
    body = {"type": "about:blank", "status": status, "title": title, "detail": detail, **more}
    return private(HttpResponse(json.dumps(body), status=status, content_type="application/problem+json"))


def refusal(request: HttpRequest, status: int, title: str, detail: str) -> HttpResponse:
    return html(status, title, f"<p>{detail}</p>") if is_navigation(request) else problem(status, title, detail)


def forbidden(request: HttpRequest, detail: str = NO_PERMISSION) -> HttpResponse:
    return refusal(request, 403, "Not allowed", detail)


def token_challenge(status: int, title: str, detail: str, error: str = "", scopes: Any = ()) -> HttpResponse:
    """The answer to a program that sent an API token, or should have (RFC 6750, section 3): never a redirect."""
    scope = " ".join(scopes)
    facts = {name: value for name, value in (("error", error), ("scope", scope)) if value}
    response = problem(status, title, detail, **facts)
    description = detail.replace("’", "'")
    parameters = {"realm": read_settings().own_url, "error": error, "error_description": error and description}
    listed = [f'{name}="{value}"' for name, value in {**parameters, "scope": scope}.items() if value]
    response["WWW-Authenticate"] = f"Bearer {', '.join(listed)}"
    return response


def token_unavailable() -> HttpResponse:
    detail = "The API token can’t be checked at the moment. Please try again in a few seconds."
    response = problem(503, "Temporarily unavailable", detail)
    response["Retry-After"] = "5"
    return response


def insufficient(scopes: Any, detail: str = LACKING) -> HttpResponse:
    setting = "scopes of the API token" if scopes else "permission_required or token_required"
    log_refusal("a guard refused an API token", "user_refused", "no_scope", scopes=list(scopes), setting=setting)
    return token_challenge(403, "Not allowed", detail, "insufficient_scope", scopes)


def csrf_exempt(request: HttpRequest) -> None:
    """Browsers send no bearer token by themselves, so no page of another origin can forge this request."""
    request._dont_enforce_csrf_checks = True


def challenge(request: HttpRequest, page: Optional[str] = None) -> HttpResponse:
    """The answer to an anonymous request: the way to the login page, or why that would not help."""
    settings, state = read_settings(), state_of(request)
    reason = state.reason
    if reason in REFUSED:
        return forbidden(request, REFUSED[reason])
    if reason == "foreign_bearer":
        log_refusal("a guard refused a foreign bearer token", "token_refused", reason, setting="the guard of this view")
        return token_challenge(401, "Not signed in", FOREIGN_BEARER, "invalid_token")
    if reason == "unavailable":
        detail = "Your sign-in can’t be checked at the moment. Please try again in a few seconds."
        response = refusal(request, 503, "Temporarily unavailable", detail)
        response["Retry-After"] = "5"
        return response
    page = page or return_address(request, settings)
    note = rejection_note(state, settings)
    link = login_link(settings, page, note)
    is_safe = request.method in SAFE_METHODS
    if is_navigation(request):
        if is_safe and len(link) <= 2048:
            return private(HttpResponseRedirect(link))
        lost = "" if is_safe else "<p>Your input was not saved.</p>"
        response = html(401, "Please sign in", f'{lost}<p><a href="{escape(link)}">Sign in</a></p>', link)
    else:
        detail = "Sign in at login_url, then repeat the request."
        response = problem(401, "Not signed in", detail, login_url=link)
        if request.headers.get("HX-Request") == "true":
            response["HX-Redirect"] = login_link(settings, page, note, 2048)
    error = "" if reason == "missing" else ', error="invalid_token"'
    response["WWW-Authenticate"] = f'Bearer realm="{settings.own_url}"{error}'
    return response


class CookieLine(Morsel):  # type: ignore[type-arg]
    """A `Set-Cookie` value exactly as the auth service sent it."""

    def __init__(self, line: str) -> None:
        super().__init__()
        name, _, rest = line.partition("=")
        value = rest.partition(";")[0].strip()
        self.set(name, value, value)
        self.line = line

    def OutputString(self, attrs: Any = None) -> str:
        return self.line


def add_cookies(response: HttpResponse, lines: tuple[str, ...]) -> None:
    """Adds the lines, two of one name included; cookies that the view itself set win."""
    own = set(response.cookies)
    for index, line in enumerate(lines):
        cookie = CookieLine(line)
        if cookie.key not in own:
            key = cookie.key if cookie.key not in response.cookies else f"{cookie.key} {index}"
            dict.__setitem__(response.cookies, key, cookie)


def state_of(request: HttpRequest) -> RequestState:
    return getattr(request, "latchkey", None) or RequestState()


def empty_session(request: HttpRequest, state: RequestState) -> None:
    """Django's session belongs to one user: it is emptied when another one comes, or after a sign-out."""
    session = getattr(request, "session", None)
    if session is None or django_settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return
    is_known = state.token is not None or state.reason in ("missing", "session_over")
    if is_known and session.get(SESSION_OWNER) not in (None, state.token and state.token.sub):
        session.flush()


def own_session(request: HttpRequest, state: RequestState) -> None:
    """Notes whose session it is, under a new key: another one may have been planted."""
    session = getattr(request, "session", None)
    if session is None or state.token is None or not session.modified or session.is_empty():
        return
    if session.get(SESSION_OWNER) != state.token.sub:
        session.cycle_key()
        session[SESSION_OWNER] = state.token.sub


class LatchkeyMiddleware(AuthenticationMiddleware):
    """Sets `request.user`. A subclass of Django's own, which the admin's system check asks for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        super().__init__(get_response)
        self.latchkey = latchkey(read_settings())
        m2m_changed.connect(self.latchkey.publication.follow, Group.permissions.through)

    def process_request(self, request: HttpRequest) -> Optional[HttpResponse]:
        self.latchkey.publication.start_once()
        state, response = self.latchkey.authenticate(request)
        request.latchkey = state
        empty_session(request, state)
        request.user = SimpleLazyObject(lambda: self._user(state))
        request.auser = sync_to_async(lambda: self._user(state))
        return response

    def _user(self, state: RequestState) -> Any:
        state.was_read = True
        if state.token and state.row is None:
            self.latchkey.admit(state)
        return AnonymousUser() if state.row is None else state.row

    def process_view(self, request: HttpRequest, *_: Any) -> Optional[HttpResponse]:
        """Sends the admin's own pages about passwords and sessions to the auth service."""
        match, settings = request.resolver_match, self.latchkey.settings
        name = match.url_name if match and match.app_names[-1:] == ["admin"] else None
        if match and "admin" in match.app_names and state_of(request).api_token:
            return insufficient((), BEYOND_SCOPES.format("The admin"))
        if name == "logout":
            start = urlencode({"next": f"{settings.own_url}/"})
            return private(HttpResponseRedirect(f"{settings.issuer}/logout?{start}"))
        if name in ("password_change", "password_change_done"):
            return private(HttpResponseRedirect(f"{settings.issuer}/account"))
        if name != "login":
            return None
        index = request.path.rpartition("login/")[0]
        page = own_page(request.GET.get("next") or index, settings)
        if not request.user.is_authenticated:
            return challenge(request, page)
        return private(HttpResponseRedirect(page)) if request.user.is_staff else forbidden(request)

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        state = state_of(request)
        own_session(request, state)
        add_cookies(response, state.set_cookies)
        if state.set_cookies or (state.was_read and not response.has_header("Cache-Control")):
            private(response)
        elif state.was_read:
            patch_vary_headers(response, ["Cookie"])
            if state.is_guarded:
                parts = [part.strip() for part in response["Cache-Control"].split(",")]
                shared = re.compile(r"(?i)public|s-maxage|proxy-revalidate|private|$")
                own = [part for part in parts if not shared.match(part)]
                response["Cache-Control"] = ", ".join(["private", *own])
        return response


# Guards


def decorate(check: Callable[[HttpRequest], Optional[HttpResponse]]) -> Callable[..., Any]:
    """A decorator for views, also async ones: `check` returns the response to those who may not enter."""

    def decorator(view: Callable[..., Any]) -> Callable[..., Any]:
        if asyncio.iscoroutinefunction(view):

            @functools.wraps(view)
            async def guarded_async(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
                return await sync_to_async(check)(request) or await view(request, *args, **kwargs)

            return guarded_async

        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            return check(request) or view(request, *args, **kwargs)

        return guarded

    return decorator


def guard(test: Callable[[Any], bool], in_person: str = "", scopes: tuple[str, ...] = ()) -> Callable[..., Any]:
    """Only users who pass the test get in; `in_person` is the name of a guard that no scope of a token opens."""

    def check(request: HttpRequest) -> Optional[HttpResponse]:
        state = state_of(request)
        state.is_guarded = True
        if not request.user.is_authenticated:
            return challenge(request)
        if state.api_token and in_person:
            return insufficient((), BEYOND_SCOPES.format(in_person))
        lacking = [name for name in scopes if state.api_token and name not in state.api_token.scopes]
        if lacking:
            return insufficient(lacking)
        return None if test(request.user) else forbidden(request)

    return decorate(check)


login_required = guard(lambda user: True)
staff_required = guard(lambda user: user.is_staff, "staff_required")


def group_required(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Lets in members of at least one of these groups, and superusers."""
    return guard(lambda user: user.is_superuser or user.groups.filter(name__in=names).exists(), "group_required")


def permission_required(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Lets in users who have all these permissions of Django, for example through their groups, and superusers."""
    return guard(lambda user: user.has_perms(names), scopes=names)


def token_required(*scopes: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Lets in API tokens that have all these scopes. `request.caller` is the user, or a ServiceUser for another app.

    Raises ImproperlyConfigured for a name that LATCHKEY_SCOPES lacks: no token could have it.
    """
    unknown = [name for name in scopes if name not in read_settings().scopes]
    if unknown:
        raise ImproperlyConfigured(f"token_required: add {', '.join(unknown)} to LATCHKEY_SCOPES.")

    def check(request: HttpRequest) -> Optional[HttpResponse]:
        state, is_known = state_of(request), request.user.is_authenticated
        state.is_guarded = True
        if state.reason in ("unavailable", "not_registered", "inactive"):
            return challenge(request)
        if state.api_token is None:
            if read_bearer(request.headers.get("Authorization", "")):
                return token_challenge(401, "API token refused", NO_API_TOKEN, "invalid_token")
            return token_challenge(401, "API token required", NO_API_TOKEN, scopes=scopes)
        lacking = [name for name in scopes if name not in state.api_token.scopes]
        if lacking:
            return insufficient(lacking)
        request.caller = request.user if is_known else ServiceUser(state.api_token)
        # A scope is what the token may do; whether its user still may is the project's to say.
        return None if not scopes or request.caller.has_perms(scopes) else forbidden(request)

    return decorate(check)
