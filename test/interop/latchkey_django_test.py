"""The parts of clients/django/latchkey_django.py, with a server of its own as the auth service.

Usage: python3 latchkey_django_test.py, with the address of a Postgres in DATABASE or on SQLite. Reads hostile return addresses from the file that HOSTILE_NEXTS names.
"""

import asyncio
import base64
import hmac
import json
import logging
import os
import pickle
import secrets
import signal
import tempfile
import threading
import time
import unittest
import uuid
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from unittest import mock
from urllib.parse import parse_qs

CLIENT_ID = "A" * 22
CLIENT_SECRET = f"lks_{'0' * 43}3GTfko"

folder = tempfile.TemporaryDirectory()
os.environ.setdefault("DATABASE", f"{folder.name}/django.sqlite3")
os.environ.update(
    LOGIN_URL="http://auth.demo.localhost:4000/login?theme=dark&next=x",
    OWN_URL="http://app1.demo.localhost:4001",
    LATCHKEY=json.dumps(
        {
            "LATCHKEY_AUTH_CLIENT_ID": CLIENT_ID,
            "LATCHKEY_AUTH_CLIENT_SECRET": CLIENT_SECRET,
            "LATCHKEY_SCOPES": ["auth.view_group", "auth.view_user"],
        }
    ),
)

import django_site  # noqa: E402, F401  It configures Django.
import latchkey_django as lk  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import ec, rsa  # noqa: E402
from django.contrib.auth.models import Group, Permission, User  # noqa: E402
from django.core.exceptions import ImproperlyConfigured  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.test import AsyncClient, Client, RequestFactory, override_settings  # noqa: E402
from jwt.algorithms import ECAlgorithm, RSAAlgorithm  # noqa: E402

logging.getLogger("latchkey").setLevel(logging.CRITICAL)
logging.getLogger("django").setLevel(logging.CRITICAL)
EC = ECAlgorithm(ECAlgorithm.SHA256)


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class SigningKey:
    """A key that signs any token for a test."""

    def __init__(self, kid: str) -> None:
        self.kid, self.key = kid, ec.generate_private_key(ec.SECP256R1())
        numbers = self.key.public_key().public_numbers()
        x, y = (encode(number.to_bytes(32, "big")) for number in (numbers.x, numbers.y))
        self.jwk = {"kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": kid, "alg": "ES256", "use": "sig"}

    def sign(self, claims: dict, typ: str = "at+jwt") -> str:
        header = {"alg": "ES256", "kid": self.kid, "typ": typ}
        signed = ".".join(encode(json.dumps(part).encode()) for part in (header, claims))
        return f"{signed}.{encode(EC.sign(signed.encode(), self.key))}"


ISSUER = "http://auth.demo.localhost:4000"
KEY = SigningKey("key-1")
ADA = "0b6f1c2e-4a86-4d62-9f5c-0a1b2c3d4e5f"


def claims_of(sub: str = ADA, **changes) -> dict:
    now = int(time.time())
    common = {"iss": ISSUER, "sub": sub, "sid": "session-1", "jti": "1", "iat": now, "exp": now + 300}
    user = {f"user_{name}": value for name, value in {"uuid": sub, "email": "ada@example.com"}.items()}
    names = {"user_first_name": "Ada", "user_last_name": "Lovelace", "user_is_staff": False, "user_is_superuser": False}
    return {**common, **user, **names, "aud": "demo.localhost", "token_type": "access", "user_version": 1, **changes}


def refresh_of(sub: str = ADA, **changes) -> str:
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": ISSUER, "sub": sub, "sid": "session-1", "jti": "1", "iat": now, "exp": now + 999}
    return KEY.sign({**claims, "token_type": "refresh", **changes}, "rt+jwt")


class AuthService:
    """Answers what a test says, and counts requests by path."""

    def __init__(self) -> None:
        self.counts: dict = {}
        self.answers = {
            "/.well-known/jwks.json": (200, {"keys": [KEY.jwk]}, []),
            "/revocations": (200, {"last": 0, "entries": []}, []),
            "/refresh": (503, {}, []),
            "/introspect": (200, {"active": False}, []),
            "/permissions": (204, b"", []),
        }
        self.delay = 0.0
        # What was sent to a path, and with which credentials.
        self.sent: dict = {}
        # The status of each answer, by path.
        self.statuses: dict = {}
        service = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                path = self.path.partition("?")[0]
                service.counts[path] = service.counts.get(path, 0) + 1
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                service.sent.setdefault(path, []).append((body, self.headers.get("Authorization")))
                time.sleep(service.delay)
                status, body, cookies = service.answers[path]
                service.statuses.setdefault(path, []).append(status)
                data = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                for cookie in cookies:
                    self.send_header("Set-Cookie", cookie)
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PUT = answer

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://anything.localhost:{self.server.server_address[1]}"


class WithService(unittest.TestCase):
    def setUp(self) -> None:
        self.service = AuthService()
        given = {"LATCHKEY_AUTH_INTERNAL_URL": self.service.url, "LATCHKEY_POLL_EVERY": 0.2}
        self.override = override_settings(**given)
        self.override.enable()
        self.latchkey = lk.latchkey(lk.read_settings())
        self.now = [1000.0]

    def tearDown(self) -> None:
        self.override.disable()
        self.service.server.shutdown()
        self.service.server.server_close()
        # Groups of later tests are not published to this one.
        lk.instances.clear()

    def reason(self, call) -> str:
        try:
            call()
        except lk.TokenRefused as refused:
            return refused.reason
        return "accepted"

    def client(self, **names: str) -> Client:
        made = Client()
        for name, value in names.items():
            made.cookies[f"jwt.{name}"] = value
        return made


class Keys(WithService):
    def keys(self) -> lk.Keys:
        clock = mock.patch.object(lk.time, "monotonic", lambda: self.now[0])
        clock.start()
        self.addCleanup(clock.stop)
        return lk.Keys(lk.read_settings())

    def count(self) -> int:
        return self.service.counts.get("/.well-known/jwks.json", 0)

    def test_good_keys_survive_empty_and_broken_sets(self):
        keys = self.keys()
        self.assertEqual(keys.get("key-1").alg, "ES256")
        private = {**KEY.jwk, "d": "AA"}
        for answer in (
            (200, {"keys": []}, []),
            (200, {"keys": [KEY.jwk, KEY.jwk]}, []),
            (200, {"keys": [private]}, []),
            (200, {"keys": [{**KEY.jwk, "use": "enc"}, {**KEY.jwk, "alg": "HS256"}, 7, None]}, []),
            (200, b"<html>", []),
            (200, b"[" * 60_000, []),
            (200, b" " * 70_000, []),
            (500, {"keys": [KEY.jwk]}, []),
            (302, {"keys": [KEY.jwk]}, []),
        ):
            self.service.answers["/.well-known/jwks.json"] = answer
            self.now[0] += 301
            self.assertEqual(self.reason(lambda: keys.get("other")), "keys_unavailable")
            self.assertEqual(keys.get("key-1").alg, "ES256")

    def test_keys_are_fetched_once_in_thirty_seconds_and_unknown_ones_are_remembered(self):
        keys = self.keys()
        for kid in [f"unknown-{number}" for number in range(50)]:
            self.assertEqual(self.reason(lambda: keys.get(kid)), "unknown_key")
        self.assertEqual(self.count(), 1)
        self.now[0] += 31
        self.assertEqual(self.reason(lambda: keys.get("unknown-0")), "unknown_key")
        self.assertEqual(self.count(), 1, "it is remembered")
        self.reason(lambda: keys.get("unknown-1"))
        self.assertEqual(self.count(), 2, "it was never asked for")

    def test_threads_share_one_fetch(self):
        keys, found = self.keys(), []
        self.service.delay = 0.2
        threads = [threading.Thread(target=lambda: found.append(keys.get("key-1"))) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual((len(found), self.count()), (20, 1))

    def test_old_keys_are_refreshed_in_the_background(self):
        keys = self.keys()
        keys.get("key-1")
        self.now[0] += 301
        keys.get("key-1")
        eventually(lambda: self.count() == 2)

    def test_published_keys_count_at_once_and_removed_ones_never_again(self):
        keys, new = self.keys(), SigningKey("key-2")
        keys.get("key-1")
        keys.add(new.jwk)
        self.assertEqual(keys.get("key-2").alg, "ES256")
        self.now[0] += 31
        self.reason(lambda: keys.get("key-3"))
        self.assertEqual(keys.get("key-2").alg, "ES256", "an older, cached set is no reason to drop it")
        keys.remove("key-1")
        self.now[0] += 301
        self.reason(lambda: keys.get("key-3"))
        self.assertEqual(self.reason(lambda: keys.get("key-1")), "unknown_key")

    def test_short_rsa_keys_are_skipped(self):
        for size, expected in ((1024, None), (2048, "RS256")):
            public = rsa.generate_private_key(65537, size).public_key()
            jwk = {**json.loads(RSAAlgorithm.to_jwk(public)), "kid": "rsa", "use": "sig", "key_ops": ["verify"]}
            found = lk.read_key(jwk)
            self.assertEqual(found and found[1].alg, expected)


class Tokens(WithService):
    def verified(self, token: str, typ: str = "at+jwt") -> str:
        return self.reason(lambda: lk.verify(token, typ, self.latchkey.keys, lk.read_settings()))

    def test_every_other_kind_of_token_is_refused(self):
        now, valid, stranger = int(time.time()), KEY.sign(claims_of()), SigningKey("key-1")
        head, payload, signature = valid.split(".")

        def with_header(**changes) -> str:
            header = {"alg": "ES256", "kid": "key-1", "typ": "at+jwt", **changes}
            signed = f"{encode(json.dumps(header).encode())}.{payload}"
            return f"{signed}.{encode(EC.sign(signed.encode(), KEY.key))}"

        hmac_header = encode(json.dumps({"alg": "HS256", "kid": "key-1", "typ": "at+jwt"}).encode())
        public = json.dumps(KEY.jwk).encode()
        hmac_input = f"{hmac_header}.{payload}"
        with_secret = f"{hmac_input}.{encode(hmac.digest(public, hmac_input.encode(), 'sha256'))}"
        self.assertEqual(self.verified(valid), "accepted")
        for expected, token in (
            ("malformed", ""),
            ("malformed", "garbage"),
            ("malformed", "ä.ö.ü"),
            ("malformed", f"{valid}="),
            ("malformed", f"{valid}."),
            ("malformed", f"{valid}.x.y"),
            ("malformed", f"{head}.{payload}."),
            ("malformed", f"{encode(b'[]')}.{payload}.{signature}"),
            ("malformed", f"{encode(b'[' * 2000)}.{payload}.{signature}"),
            ("malformed", f"{encode(b'{' + bytes([255]) + b'}')}.{payload}.{signature}"),
            ("malformed", f"{head}.{encode(b'{%s: NaN}' % json.dumps('a').encode())}.{signature}"),
            ("too_large", KEY.sign(claims_of(user_first_name="x" * 5000))),
            ("unsupported_header", with_header(kid=None)),
            ("unsupported_header", with_header(kid="../key")),
            ("unsupported_header", with_header(crit=["exp"])),
            ("unsupported_header", with_header(typ=7)),
            ("wrong_type", with_header(typ="JWT")),
            ("wrong_type", with_header(typ="id+jwt")),
            ("wrong_type", with_header(typ="logout+jwt")),
            ("wrong_type", refresh_of()),
            ("unknown_key", with_header(kid="key-2")),
            ("wrong_algorithm", with_header(alg="none")),
            ("wrong_algorithm", with_header(alg="RS256")),
            ("wrong_algorithm", with_secret),
            ("bad_signature", stranger.sign(claims_of())),
            ("bad_signature", with_header(jwk=stranger.jwk).rpartition(".")[0] + "." + signature),
            ("bad_signature", f"{head}.{payload}.{encode(bytes(64))}"),
            ("bad_signature", f"{head}.{payload}.{encode(bytes([1] * 8))}"),
            ("bad_claims", KEY.sign(claims_of(token_type="refresh"))),
            ("bad_claims", KEY.sign(claims_of(aud=["demo.localhost"]))),
            ("bad_claims", KEY.sign(claims_of(user_uuid="11111111-2222-3333-4444-555555555555"))),
            ("wrong_issuer", KEY.sign(claims_of(iss="http://evil.example"))),
            ("wrong_audience", KEY.sign(claims_of(aud="evil.example"))),
            ("wrong_audience", KEY.sign(claims_of(aud="p1.demo.localhost"))),
            ("wrong_audience", KEY.sign(claims_of(aud=ISSUER))),
            ("not_yet_valid", KEY.sign(claims_of(iat=now + 40, exp=now + 400))),
            ("expired", KEY.sign(claims_of(iat=now - 400, exp=now - 31))),
        ):
            self.assertEqual((token[:60], self.verified(token)), (token[:60], expected))
            answer = self.client(access=token).get("/notes") if token.isascii() else None
            self.assertEqual(answer and answer.status_code, 401 if answer else None)
        self.assertEqual(self.verified(KEY.sign(claims_of(iat=now - 400, exp=now - 20))), "accepted")
        self.assertEqual(self.verified(valid, "rt+jwt"), "wrong_type")
        self.assertEqual(self.verified(refresh_of(), "rt+jwt"), "accepted")
        self.assertEqual(self.verified(refresh_of(aud="demo.localhost"), "rt+jwt"), "wrong_audience")

    def test_flipped_bits_are_refused_everywhere(self):
        token = KEY.sign(claims_of())
        self.assertEqual(self.verified(token), "accepted")
        for at in range(len(token)):
            changed = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
            self.assertNotEqual(self.verified(changed), "accepted")

    def test_claims_of_wrong_types_are_refused(self):
        junk = (None, True, 1, 1.5, -1, 2**60, "", [], {}, "x")
        for name, valid in claims_of(groups=["a"], email_verified=True).items():
            for value in junk:
                if type(value) is type(valid) or name in ("user_first_name", "user_last_name") and value == "":
                    continue
                reason = self.verified(KEY.sign(claims_of(**{name: value})))
                self.assertEqual((name, value, reason), (name, value, "bad_claims"))

    def test_cookies_are_read_from_the_raw_header(self):
        header = 'jwt.access=a ; xjwt.access=b;\tjwt.access="c"; jwt.access; JWT.access=d;jwt.access=e=f'
        self.assertEqual(lk.read_cookies(header.replace(" ;", ";"), "jwt.access"), ["a", '"c"', "e=f"])


class TheFeed(WithService):
    def verdict(self, *entries: dict, **changes) -> str:
        feed = lk.Feed(lk.read_settings(), self.latchkey.keys, lambda: None)
        for entry in entries:
            feed._add({"id": 1, "exp": int(time.time()) + 300, **entry})
        feed._sweep()
        return feed.verdict(lk.access_token("key-1", claims_of(iat=100, exp=10**10, user_version=5, **changes)))

    def test_verdicts(self):
        sid, sub = {"sid": "session-1"}, {"sub": ADA}
        other = {"sub": "11111111-2222-3333-4444-555555555555"}
        for entries, expected in (
            ([], "good"),
            ([sid], "revoked"),
            ([{"sid": "session-2"}], "good"),
            ([{**sid, "exp": 1}], "good"),
            ([{**sid, "before": 200, "version": 6}], "stale"),
            ([{**sid, "before": 200, "version": 5}], "good"),
            ([{**sid, "before": 101}], "stale"),
            ([{**sid, "before": 100}], "good"),
            ([{**sid, "before": 101}, {**sid, "before": 50, "version": 1}], "stale"),
            ([{**sub, "before": 200, "version": 6}], "revoked"),
            ([{**sub, "before": 200, "version": 5}], "good"),
            ([{**sub, "before": 200, "version": 6, "kept": "session-1"}], "good"),
            ([{**sub, "before": 9, "version": 6, "kept": "session-1"}, {**sub, "before": 2, "version": 6}], "revoked"),
            ([{**sub, "deleted": True}], "revoked"),
            ([{**other, "deleted": True}, {"token": "x"}, {**sub, "tokens": "changed"}], "good"),
            ([{"sid": 7}, {"jwk": 7}, {"kid": "key-1"}, {}], "good"),
        ):
            self.assertEqual((entries, self.verdict(*entries)), (entries, expected))

    def test_it_reads_page_after_page_and_follows_a_restored_service(self):
        feed, pages = lk.Feed(lk.read_settings(), self.latchkey.keys, lambda: None), []
        entry = {"exp": int(time.time()) + 300, "sid": "session-1"}
        for last, entries in ((1000, [entry] * 1000), (1500, []), (3, [entry])):
            self.service.answers["/revocations"] = (200, {"last": last, "entries": entries}, [])
            pages.append((feed._poll(), feed.last))
        self.assertEqual(pages, [(True, 1000), (False, 1500), (False, 3)])

    def test_a_stale_feed_refuses_only_if_the_setting_says_so(self):
        for setting, expected in (("accept", 200), ("refuse", 503)):
            with override_settings(LATCHKEY_WHEN_FEED_IS_STALE=setting):
                client = self.client(access=KEY.sign(claims_of()))
                self.assertEqual(client.get("/notes").status_code, 200)
                feed = lk.latchkey(lk.read_settings()).feed
                with mock.patch.object(feed, "heard_at", -100.0), mock.patch.object(feed, "_poll", lambda: 1 / 0):
                    time.sleep(0.3)
                    feed.heard_at = float("-inf")
                    self.assertEqual(client.get("/notes").status_code, expected)

    @unittest.skipUnless(hasattr(os, "fork"), "needs fork")
    def test_a_forked_process_polls_by_itself(self):
        client = self.client(access=KEY.sign(claims_of()))
        self.assertEqual(client.get("/notes").status_code, 200)
        connection.close()
        child = os.fork()
        if child == 0:
            signal.alarm(20)
            code = 1
            try:
                feed = self.latchkey.feed
                was_idle = feed.thread is None and not feed.first_poll.is_set()
                answer = client.get("/notes").status_code
                code = 0 if was_idle and answer == 200 and feed.thread.is_alive() else 2
            finally:
                os._exit(code)
        self.assertEqual(os.waitpid(child, 0)[1], 0)


class Users(WithService):
    def setUp(self) -> None:
        super().setUp()
        User.objects.all().delete()
        self.users = lk.LocalUsers(lk.read_settings())

    def sync(self, sub: str = ADA, **changes):
        return self.users.sync(lk.access_token("key-1", claims_of(sub, **changes)))

    def statements(self, **changes) -> list:
        from django.db import reset_queries

        with override_settings(DEBUG=True):
            reset_queries()
            self.sync(**changes)
            return [query["sql"].split()[0] for query in connection.queries]

    def test_only_changes_are_written_and_in_one_statement(self):
        self.sync()
        self.assertNotIn("UPDATE", self.statements())
        changed = {"user_version": 2, "user_first_name": "Augusta", "user_is_staff": True}
        self.assertEqual(self.statements(**changed).count("UPDATE"), 1)
        self.assertNotIn("UPDATE", self.statements(**changed))
        self.assertTrue(User.objects.get().is_staff)

    def test_an_older_token_changes_nothing(self):
        now = int(time.time())
        self.sync(user_version=3, user_is_staff=True, iat=now)
        self.sync(user_version=4, user_is_staff=False, iat=now)
        for version, iat in ((3, now + 5), (4, now - 1)):
            self.assertFalse(lk.LocalUsers(lk.read_settings()).sync(
                lk.access_token("key-1", claims_of(user_version=version, iat=iat, user_is_staff=True))
            ).is_staff)
        self.assertFalse(User.objects.get().is_staff)

    def test_a_row_with_a_password_keeps_it_and_its_order_in_the_process(self):
        user = User.objects.create_user(ADA, password="of the project")
        self.sync(user_version=4)
        self.sync(user_version=3, user_is_staff=True)
        user.refresh_from_db()
        self.assertEqual((user.first_name, user.is_staff), ("Ada", False))
        self.assertTrue(user.check_password("of the project"))

    def test_new_rows_have_no_usable_password_and_send_a_signal(self):
        from django.db.models.signals import post_save

        seen: list = []
        post_save.connect(lambda instance, created, **_: seen.append(created), sender=User, weak=False)
        self.sync()
        self.sync(user_version=2, user_first_name="x" * 200)
        user = User.objects.get()
        self.assertEqual((seen, user.has_usable_password(), len(user.first_name)), ([True], False, 150))

    def test_groups_are_in_step_unless_the_project_keeps_its_own(self):
        own = Group.objects.get_or_create(name="own")[0]
        user = self.sync(groups=["editors", "authors"])
        user.groups.add(own)
        self.sync(groups=["editors"], user_version=2)
        self.assertEqual([group.name for group in user.groups.all()], ["editors"])
        with override_settings(LATCHKEY_SYNC_GROUPS=False):
            lk.LocalUsers(lk.read_settings()).sync(lk.access_token("key-1", claims_of(user_version=3)))
        self.assertEqual([group.name for group in user.groups.all()], ["editors"])

    def test_first_requests_at_once_make_one_row(self):
        for _ in range(5):
            sub, rows = str(uuid.uuid4()), []

            def visit() -> None:
                rows.append(self.sync(sub).pk)
                connection.close()

            threads = [threading.Thread(target=visit) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual((len(rows), len(set(rows))), (8, 1))

    def test_a_row_can_be_required_beforehand(self):
        with override_settings(LATCHKEY_PROVISIONING="existing"):
            client = self.client(access=KEY.sign(claims_of()))
            self.assertEqual(client.get("/notes").status_code, 403)
            User.objects.create_user(ADA)
            self.assertEqual(client.get("/notes").status_code, 200)

    def test_an_error_of_the_database_is_no_sign_out(self):
        client = self.client(access=KEY.sign(claims_of()))
        with mock.patch.object(lk.LocalUsers, "find", side_effect=lk.DatabaseError("gone")):
            self.assertEqual(client.get("/notes").status_code, 503)
        self.assertEqual(client.get("/notes").status_code, 200)


class Requests(WithService):
    def renewing(self, *more: str) -> str:
        access = KEY.sign(claims_of(jti="new"))
        cookies = [f"jwt.access={access}; Path=/; HttpOnly", f"jwt.refresh={refresh_of(jti='new')}; Path=/", *more]
        self.service.answers["/refresh"] = (200, {}, cookies)
        return access

    def test_threads_share_one_renewal(self):
        self.renewing()
        self.service.delay = 0.3
        refresh, answers = refresh_of(), []

        def visit() -> None:
            answers.append(self.client(refresh=refresh).get("/notes"))
            connection.close()

        threads = [threading.Thread(target=visit) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual([answer.status_code for answer in answers], [200] * 10)
        self.assertEqual(self.service.counts["/refresh"], 1)
        self.assertTrue(all({"jwt.access", "jwt.refresh"} <= set(answer.cookies) for answer in answers))

    def test_both_cookies_and_two_of_one_name_leave_as_they_came(self):
        self.renewing("old=; Domain=a.example; Max-Age=0", "old=; Max-Age=0; Path=/")
        answer = Client(raise_request_exception=False).get("/fail", HTTP_COOKIE=f"jwt.refresh={refresh_of()}")
        lines = [cookie.output(header="").strip() for cookie in answer.cookies.values()]
        self.assertEqual((answer.status_code, lines), (500, self.service.answers["/refresh"][2]))

    def test_only_an_explicit_401_signs_out(self):
        clear = ["jwt.access=; Max-Age=0", "jwt.refresh=; Max-Age=0"]
        cases = ((401, clear, 401), (500, [], 503), (200, [], 503), (404, [], 503), (409, [], 401))
        for status, cookies, expected in cases:
            self.service.answers["/refresh"] = (status, {}, cookies)
            answer = self.client(refresh=refresh_of()).get("/notes")
            self.assertEqual((answer.status_code, len(answer.cookies)), (expected, len(cookies)))

    def test_an_async_server_joins_cookies_and_serves_views_of_both_kinds(self):
        async def visit(path: str):
            client = AsyncClient()
            access = KEY.sign(claims_of())
            return await client.get(path, cookie=f"jwt.access={access}")

        for path in ("/async", "/notes", "/"):
            answer = asyncio.run(visit(path))
            self.assertEqual((answer.status_code, json.loads(answer.content)["name"]), (200, "Ada Lovelace"))
        anonymous = asyncio.run(AsyncClient().get("/async"))
        self.assertEqual(anonymous.status_code, 401)

    def test_cookies_of_an_async_server_may_come_in_parts(self):
        request = RequestFactory().get("/", HTTP_COOKIE="a=1,b=2")
        request.scope = {"headers": [(b"cookie", b"a=1"), (b"accept", b"*/*"), (b"cookie", b"b=2")]}
        self.assertEqual(lk.cookie_header(request), "a=1; b=2")

    def test_a_session_of_django_belongs_to_one_user(self):
        other = "11111111-2222-3333-4444-555555555555"
        ada, eve = KEY.sign(claims_of()), KEY.sign(claims_of(other, user_email="eve@example.com", sid="session-2"))

        def basket(client: Client, token: str, query: str = "") -> str:
            client.cookies["jwt.access"] = token
            return client.get(f"/basket{query}").json()["basket"]

        client = Client()
        client.get("/basket?add=apples")
        planted = client.cookies["sessionid"].value
        self.assertEqual(basket(client, ada), "apples")
        self.assertEqual(basket(client, ada, "?add=pears"), "pears")
        self.assertNotEqual(client.cookies["sessionid"].value, planted)
        spy = Client()
        spy.cookies["sessionid"] = planted
        self.assertIsNone(spy.get("/basket").json()["basket"])
        self.assertEqual(basket(client, ada), "pears")
        with mock.patch.object(self.latchkey.feed, "is_trusted", lambda: False):
            basket(client, ada)
        self.assertEqual(basket(client, ada), "pears", "an outage is no sign-out")
        self.assertIsNone(basket(client, eve))
        self.assertEqual(basket(client, eve, "?add=nuts"), "nuts")
        del client.cookies["jwt.access"]
        self.assertIsNone(client.get("/basket").json()["basket"])

    def test_refusals_keep_the_parameters_of_the_login_page(self):
        answer = Client().get("/notes?a=b", HTTP_ACCEPT="text/html")
        login = "http://auth.demo.localhost:4000/login?theme=dark&next="
        self.assertEqual(answer["Location"], f"{login}http%3A%2F%2Fapp1.demo.localhost%3A4001%2Fnotes%3Fa%3Db")

    def test_hostile_return_addresses_lead_to_the_start_page_or_stay_here(self):
        file, settings = os.environ.get("HOSTILE_NEXTS"), lk.read_settings()
        lines = Path(file).read_text(encoding="utf-8").split("\n") if file else []
        for line in [*lines, "//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)"]:
            self.assertTrue(lk.own_page(line, settings).startswith(f"{settings.own_url}/"), line)

    def test_cookies_of_the_view_win_over_those_of_a_renewal(self):
        response = HttpResponse()
        response.set_cookie("jwt.access", "")
        lk.add_cookies(response, ("jwt.access=a; Path=/", "jwt.refresh=b; Path=/"))
        self.assertEqual([cookie.value for cookie in response.cookies.values()], ["", "b"])

    def test_under_refresh_cookie_auth_a_refresh_cookie_counts_for_nothing(self):
        self.renewing()
        with override_settings(LATCHKEY_REFRESH_COOKIE="auth"):
            self.assertEqual(self.client(refresh=refresh_of()).get("/notes").status_code, 401)
        self.assertNotIn("/refresh", self.service.counts)

    def test_guards_work_with_the_users_of_django_s_own_tests(self):
        middleware = "django.contrib.auth.middleware.AuthenticationMiddleware"
        names = [middleware if "atchkey" in name else name for name in django_site.settings.MIDDLEWARE]
        with override_settings(MIDDLEWARE=names):
            client = Client()
            self.assertEqual(client.get("/notes").status_code, 401)
            client.force_login(User.objects.get_or_create(username="tester")[0])
            self.assertEqual(client.get("/notes").status_code, 200)

    def test_foreign_origins_are_refused_and_trusted_ones_pass(self):
        make = RequestFactory().post
        with override_settings(LATCHKEY_TRUSTED_ORIGINS=["https://app2.example.com"]):
            settings = lk.read_settings()
            for headers, expected in (
                ({}, True),
                ({"HTTP_ORIGIN": "https://app2.example.com", "HTTP_SEC_FETCH_SITE": "same-site"}, True),
                ({"HTTP_ORIGIN": "https://app3.example.com"}, False),
                ({"HTTP_ORIGIN": "null"}, False),
                ({"HTTP_SEC_FETCH_SITE": "same-site"}, False),
                ({"HTTP_SEC_FETCH_SITE": "none"}, True),
            ):
                self.assertEqual(lk.is_same_origin(make("/", **headers), settings), expected)


def opaque(prefix: str = "lk_") -> str:
    """A new token with a right checksum."""
    start = prefix + "".join(secrets.choice(lk.BASE62) for _ in range(43))
    return start + checksum_of(start)


def checksum_of(text: str) -> str:
    number, digits = zlib.crc32(text.encode()), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        digits = lk.BASE62[digit] + digits
    return digits


class Programs(WithService):
    """API tokens, and access tokens that a program sends as its own."""

    def setUp(self) -> None:
        super().setUp()
        User.objects.all().delete()
        Group.objects.all().delete()

    def answer(self, **changes) -> None:
        """What the auth service says about every token."""
        claims = claims_of(email_verified=True)
        for name in ("aud", "sid", "exp"):
            del claims[name]
        own = {"jti": "token-1", "token_type": "api_token", "token_name": "Backup", "scope": "auth.view_group"}
        said = {"active": True, **claims, **own, **changes}
        self.service.answers["/introspect"] = (200, {name: one for name, one in said.items() if one is not None}, [])

    def answer_for_app(self, **changes) -> None:
        user = {name: None for name in claims_of() if name.startswith("user_")}
        self.answer(**user, email_verified=None, sub="app:reports", app="reports", **changes)

    def send(self, path: str, token: str, client=None, method: str = "get", **headers):
        return getattr(client or Client(), method)(path, HTTP_AUTHORIZATION=f"Bearer {token}", **headers)

    def asked(self) -> int:
        return self.service.counts.get("/introspect", 0)

    def may_view_groups(self) -> None:
        group = Group.objects.get_or_create(name="team")[0]
        group.permissions.set(Permission.objects.filter(codename__in=("view_group", "view_user")))

    def test_a_token_is_asked_about_once_and_counts_alone(self):
        self.answer(groups=["team"])
        token = opaque()
        eve = KEY.sign(claims_of("11111111-2222-3333-4444-555555555555", sid="session-2"))
        for scheme in ("Bearer", "bearer", "BEARER "):
            client = self.client(access=eve, refresh=refresh_of(exp=1))
            answer = client.get("/notes", HTTP_AUTHORIZATION=f"{scheme} {token}", REMOTE_ADDR="192.0.2.7")
            self.assertEqual((answer.status_code, json.loads(answer.content)["username"]), (200, ADA))
            self.assertEqual((answer.headers["Cache-Control"], dict(answer.cookies)), ("private, no-store", {}))
        self.assertEqual(self.asked(), 1)
        body, authorization = self.service.sent["/introspect"][0]
        self.assertEqual(parse_qs(body), {"token": [token], "remote_address": ["192.0.2.7"]})
        self.assertEqual(base64.b64decode(authorization[6:]).decode(), f"{CLIENT_ID}:{CLIENT_SECRET}")
        self.assertNotIn("/refresh", self.service.counts)
        user = User.objects.get()
        self.assertEqual((user.email, [group.name for group in user.groups.all()]), ("ada@example.com", ["team"]))

    def test_an_async_view_knows_the_user_of_a_token(self):
        self.answer()
        token = opaque()
        answer = asyncio.run(AsyncClient().get("/async", authorization=f"Bearer {token}"))
        self.assertEqual((answer.status_code, json.loads(answer.content)["name"]), (200, "Ada Lovelace"))

    def test_wrong_tokens_are_401_on_every_view_and_never_a_redirect(self):
        token, cookie = opaque(), KEY.sign(claims_of())
        for header, error in (
            (f"Bearer {token[:-1]}", "invalid_token"),
            (f"Bearer {token[:-1]}{'0' if token[-1] != '0' else '1'}", "invalid_token"),
            (f"Bearer {token}x", "invalid_token"),
            (f"Bearer {token}, Bearer {token}", "invalid_request"),
            (f"Bearer {token},Bearer x", "invalid_request"),
            (f"Basic eA==, Bearer {token}", "invalid_request"),
        ):
            for path in ("/open", "/notes"):
                client = self.client(access=cookie)
                answer = client.get(path, HTTP_AUTHORIZATION=header, HTTP_ACCEPT="text/html")
                self.assertEqual((header, answer.status_code), (header, 401))
                self.assertEqual(answer.headers["Content-Type"], "application/problem+json")
                self.assertIn(f'error="{error}"', answer.headers["WWW-Authenticate"])
        self.assertEqual(self.asked(), 0)
        for _ in range(3):
            answer = self.send("/open", token)
            self.assertEqual(answer.status_code, 401)
        self.assertEqual(self.asked(), 1, "a refusal is remembered")

    def test_an_unavailable_auth_service_is_503_and_not_anonymous(self):
        self.answer()
        good = self.service.answers["/introspect"]
        for wrong in (
            (500, {}, []),
            (200, b"<html>", []),
            (200, {"active": "yes"}, []),
            (200, {**good[1], "iss": "http://evil.example"}, []),
            (200, {**good[1], "user_uuid": "11111111-2222-3333-4444-555555555555"}, []),
            (200, {**good[1], "scope": None}, []),
            (401, {"error": "invalid_client"}, []),
            (302, {}, []),
        ):
            self.service.answers["/introspect"] = wrong
            answer = self.send("/open", opaque())
            self.assertEqual((wrong, answer.status_code, answer.headers["Retry-After"]), (wrong, 503, "5"))
        self.service.answers["/introspect"] = good
        with mock.patch.object(lk.LocalUsers, "find", side_effect=lk.DatabaseError("gone")):
            self.assertEqual(self.send("/open", opaque()).status_code, 503)

    def test_the_feed_drops_a_token_and_those_of_a_changed_or_deleted_user(self):
        self.answer()
        now, token = int(time.time()), opaque()
        other = "11111111-2222-3333-4444-555555555555"
        entries = [{"token": "token-1"}, {"sub": ADA, "tokens": "changed"}, {"sub": ADA, "deleted": True}]
        self.assertEqual(self.send("/notes", token).status_code, 200)
        for at, entry in enumerate([{"token": "token-2"}, {"sub": other, "tokens": "changed"}, *entries]):
            self.latchkey.feed._add({"id": at, "exp": now + 300, **entry})
            self.assertEqual(self.send("/notes", token).status_code, 200)
            self.assertEqual(self.asked(), max(1, at))
        self.service.answers["/introspect"] = (200, {"active": False}, [])
        self.assertEqual(self.send("/notes", token).status_code, 200)
        self.latchkey.feed._add({"id": 9, "exp": now + 300, "token": "token-1"})
        self.assertEqual(self.send("/notes", token).status_code, 401)

    def test_a_revocation_that_comes_before_the_answer_counts(self):
        self.answer()
        feed, original, seen = self.latchkey.feed, self.latchkey.api_tokens._ask, []

        def ask(*given):
            """The first answer is overtaken by the news that the token was revoked."""
            found = original(*given)
            if not seen:
                feed._add({"id": 1, "exp": int(time.time()) + 300, "token": "token-1"})
                self.service.answers["/introspect"] = (200, {"active": False}, [])
            seen.append(found and found.id)
            return found

        with mock.patch.object(self.latchkey.api_tokens, "_ask", ask):
            self.assertEqual(self.send("/notes", opaque()).status_code, 401)
        self.assertEqual(seen, ["token-1", None])

    def test_an_answer_counts_for_ten_minutes_and_thirty_seconds_without_the_feed(self):
        self.answer()
        tokens, feed = self.latchkey.api_tokens, self.latchkey.feed
        feed.start()
        token, clock = opaque(), [time.monotonic()]
        with mock.patch.object(lk.time, "monotonic", lambda: clock[0]):
            for is_live, seconds, asked in ((True, 0, 1), (True, 599, 1), (True, 2, 2), (False, 29, 2), (False, 2, 3)):
                clock[0] += seconds
                with mock.patch.object(tokens, "feed_is_live", lambda: is_live):
                    self.assertEqual(tokens.get(token, {}).id, "token-1")
                self.assertEqual((seconds, self.asked()), (seconds, asked))
        self.answer(exp=int(time.time()) + 2)
        short = opaque()
        self.assertEqual(tokens.get(short, {}).exp, self.service.answers["/introspect"][1]["exp"])
        self.service.answers["/introspect"] = (200, {"active": False}, [])
        eventually(lambda: self.reason(lambda: tokens.get(short, {})) == "inactive_token")

    def test_threads_share_one_question(self):
        self.answer()
        self.service.delay = 0.3
        token, answers = opaque(), []

        def visit() -> None:
            answers.append(self.send("/notes", token).status_code)
            connection.close()

        threads = [threading.Thread(target=visit) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual((answers, self.asked()), ([200] * 10, 1))

    def test_too_many_questions_at_once_are_503(self):
        self.answer()
        turns = self.latchkey.api_tokens.turns
        for _ in range(lk.MOST_QUESTIONS):
            self.assertTrue(turns.acquire(timeout=0))
        self.assertEqual(self.send("/notes", opaque()).status_code, 503)
        turns.release()
        self.assertEqual(self.send("/notes", opaque()).status_code, 200)

    def test_scopes_narrow_what_a_user_may_do(self):
        self.may_view_groups()
        self.answer(groups=["team"])
        token = opaque()
        self.assertEqual(self.send("/permitted", token).status_code, 200)
        self.assertEqual(
            json.loads(self.send("/rights", token).content),
            {
                "has_perm": ["auth.view_group"],
                "has_perms": False,
                "modules": ["auth"],
                "all": ["auth.view_group"],
                "groups": ["auth.view_group"],
            },
        )
        self.answer(groups=["team"], scope="auth.view_user", user_version=2)
        other = opaque()
        refused = self.send("/permitted", other)
        self.assertEqual((refused.status_code, json.loads(refused.content)["scope"]), (403, "auth.view_group"))
        self.assertIn('error="insufficient_scope"', refused.headers["WWW-Authenticate"])
        # A scope without the permission.
        self.answer(groups=[], user_version=3)
        for path in ("/permitted", "/cards"):
            self.assertEqual(self.send(path, opaque()).status_code, 403)

    def test_a_superuser_s_token_has_its_scopes_alone_and_opens_no_admin(self):
        self.answer(user_is_staff=True, user_is_superuser=True)
        token = opaque()
        rights = json.loads(self.send("/rights", token).content)
        self.assertEqual((rights["has_perm"], rights["all"]), (["auth.view_group"], ["auth.view_group"]))
        for path in ("/admin/", "/admin/auth/group/", "/admin/login/", "/staff", "/editors"):
            answer = self.send(path, token)
            self.assertEqual((path, answer.status_code), (path, 403))
            self.assertIn('error="insufficient_scope"', answer.headers["WWW-Authenticate"])
        cookie = KEY.sign(claims_of(user_is_staff=True, user_is_superuser=True))
        self.assertEqual(self.client(access=cookie).get("/admin/auth/group/").status_code, 200)

    def test_a_narrowed_user_can_be_pickled_and_saved(self):
        self.may_view_groups()
        user = self.latchkey.users.sync(lk.access_token("key-1", claims_of(groups=["team"])))
        copy = pickle.loads(pickle.dumps(lk.narrowed(user, ("auth.view_group",))))
        self.assertEqual((copy.has_perm("auth.view_group"), copy.has_perm("auth.view_user")), (True, False))
        copy.first_name = "Augusta"
        copy.save()
        self.assertEqual(User.objects.get().first_name, "Augusta")
        self.assertTrue(User.objects.get().has_perm("auth.view_user"))

    def test_a_required_token_is_told_and_no_cookie_replaces_it(self):
        self.may_view_groups()
        cookie = KEY.sign(claims_of(groups=["team"]))
        for client in (Client(), self.client(access=cookie)):
            answer = client.get("/cards", HTTP_ACCEPT="text/html")
            challenge = 'Bearer realm="http://app1.demo.localhost:4001", scope="auth.view_group"'
            self.assertEqual((answer.status_code, answer.headers["WWW-Authenticate"]), (401, challenge))
        self.assertIn('error="invalid_token"', self.send("/cards", "of-something-else").headers["WWW-Authenticate"])
        self.answer(groups=["team"])
        token = opaque()
        for path in ("/cards", "/any-token"):
            said = json.loads(self.send(path, token).content)
            self.assertEqual((path, said), (path, {"caller": ADA, "is_service": False}))

    def test_the_token_of_another_app_has_no_row_and_is_no_person(self):
        self.answer_for_app()
        token = opaque()
        for path in ("/cards", "/any-token"):
            said = json.loads(self.send(path, token).content)
            self.assertEqual((path, said), (path, {"caller": "reports", "is_service": True}))
        for path, status in (("/notes", 403), ("/staff", 403), ("/permitted", 403), ("/admin/", 403), ("/open", 200)):
            self.assertEqual((path, self.send(path, token).status_code), (path, status))
        self.assertEqual(json.loads(self.send("/", token).content), {"method": "GET"})
        self.assertEqual(User.objects.count(), 0)
        self.answer_for_app(scope="", jti="token-2")
        self.assertEqual(self.send("/cards", opaque()).status_code, 403)

    def test_a_user_who_is_disabled_here_stays_out_with_a_token(self):
        self.answer()
        token = opaque()
        self.assertEqual(self.send("/notes", token).status_code, 200)
        User.objects.update(is_active=False)
        for path in ("/notes", "/any-token"):
            self.assertEqual((path, self.send(path, token).status_code), (path, 403))
            self.assertEqual((path, self.send(path, opaque()).status_code), (path, 403))
        self.assertEqual(self.send("/open", token).status_code, 200)

    def test_forms_of_programs_need_no_csrf_token_and_those_of_browsers_do(self):
        self.answer()
        strict, cookie = Client(enforce_csrf_checks=True), KEY.sign(claims_of())
        sibling = {"HTTP_ORIGIN": "http://app9.demo.localhost", "HTTP_SEC_FETCH_SITE": "same-site"}
        for token in (opaque(), cookie):
            self.assertEqual(self.send("/form", token, strict, "post", **sibling).status_code, 200)
        for token in ("of-something-else", KEY.sign(claims_of(iat=1, exp=2))):
            self.assertEqual(self.send("/form", token, strict, "post").status_code, 403)
        strict.cookies["jwt.access"] = cookie
        self.assertEqual(strict.post("/form").status_code, 403)
        self.assertEqual(self.send("/form", "of-something-else", strict, "post").status_code, 403)

    def test_bearer_tokens_of_other_kinds_are_the_project_s_own(self):
        stranger = SigningKey("theirs").sign(claims_of(iss="https://login.example"))
        cookie = KEY.sign(claims_of())
        for token in ("of-something-else", stranger, "lkx_1", "xlk_1"):
            self.assertEqual(self.send("/open", token).status_code, 200)
            self.assertEqual(json.loads(self.send("/", token).content), {"method": "GET"})
            refused = self.send("/notes", token, HTTP_ACCEPT="text/html")
            self.assertEqual((refused.status_code, self.asked()), (401, 0))
            self.assertIn('error="invalid_token"', refused.headers["WWW-Authenticate"])
            self.assertEqual(self.send("/notes", token, self.client(access=cookie)).status_code, 200)
            # A proxy may add one to the requests of browsers.
            page = self.send("/notes", token, HTTP_SEC_FETCH_SITE="none", HTTP_ACCEPT="text/html")
            self.assertEqual(page.status_code, 302)
        for header in ("Basic bGtfMTIz", "Digest username=lk_1", ""):
            answer = self.client(access=cookie).get("/notes", HTTP_AUTHORIZATION=header)
            self.assertEqual((header, answer.status_code), (header, 200))

    def test_an_access_token_counts_as_a_bearer_token_and_is_not_rescued_by_a_cookie(self):
        token = KEY.sign(claims_of())
        answer = self.send("/notes", token)
        self.assertEqual((answer.status_code, dict(answer.cookies)), (200, {}))
        for wrong in (f"{token[:-6]}AAAAAA", KEY.sign(claims_of(iat=1, exp=2)), KEY.sign(claims_of(aud="evil.example"))):
            client = self.client(access=token, refresh=refresh_of())
            refused = self.send("/notes", wrong, client)
            self.assertEqual((refused.status_code, self.service.counts.get("/refresh")), (401, None))
            self.assertIn('error="invalid_token"', refused.headers["WWW-Authenticate"])
            self.assertEqual(json.loads(self.send("/", wrong, client).content), {"method": "GET"})
        self.assertEqual(self.send("/notes", refresh_of()).status_code, 401)

    def test_without_credentials_tokens_are_refused_and_cookies_work(self):
        with override_settings(LATCHKEY_AUTH_CLIENT_ID="", LATCHKEY_AUTH_CLIENT_SECRET="", LATCHKEY_SCOPES=[]):
            answer = self.send("/open", opaque())
            self.assertEqual(answer.status_code, 401)
            self.assertIn("it is not registered", json.loads(answer.content)["detail"])
            self.assertEqual(self.client(access=KEY.sign(claims_of())).get("/notes").status_code, 200)
        self.assertEqual(self.asked(), 0)

    def test_the_log_says_at_debug_why_a_token_was_refused_and_never_the_token(self):
        unknown, without_scope = opaque(), opaque()
        with self.assertLogs("latchkey", "DEBUG") as seen:
            self.send("/open", unknown)
            self.answer_for_app(scope="")
            self.send("/cards", without_scope)
            self.send("/notes", "of-something-else")
        lines = "\n".join(seen.output)
        for cause in ("inactive_token", "no_scope", "foreign_bearer"):
            self.assertRegex(lines, f'"cause": "{cause}".*"setting": "')
        for token in (unknown, without_scope, "of-something-else"):
            self.assertNotIn(token, lines)

    def published(self) -> list:
        return [json.loads(body)["permissions"] for body, _ in self.service.sent.get("/permissions", [])]

    def test_the_scopes_are_published_and_again_when_a_group_changes(self):
        Client().get("/open")
        eventually(lambda: self.published())
        view = {"name": "auth.view_group", "description": "Can view group", "groups": []}
        self.assertEqual(self.published()[-1][0], view)
        self.may_view_groups()
        eventually(lambda: self.published()[-1][0] == {**view, "groups": ["team"]})
        self.service.answers["/permissions"] = (500, {}, [])
        Group.objects.get(name="team").permissions.clear()
        eventually(lambda: self.service.statuses["/permissions"][-1] == 500)
        self.service.answers["/permissions"] = (204, b"", [])
        eventually(lambda: self.service.statuses["/permissions"][-1] == 204)
        self.assertEqual(self.published()[-1][0], view)

    def test_a_server_that_loads_the_project_and_forks_starts_no_thread_before(self):
        lk.instances.clear()
        client = Client()
        client.handler.load_middleware()
        made = lk.latchkey(lk.read_settings())
        self.assertEqual([made.publication.thread, made.feed.thread, self.published()], [None, None, []])
        client.get("/open")
        eventually(lambda: self.published())

    def test_a_guard_names_only_scopes_that_tokens_can_have(self):
        with self.assertRaises(ImproperlyConfigured) as raised:
            lk.token_required("auth.view_group", "auth.vew_user")
        self.assertIn("auth.vew_user to LATCHKEY_SCOPES", str(raised.exception))


class TheSettings(unittest.TestCase):
    def test_all_problems_are_told_at_once(self):
        wrong = {
            "LOGIN_URL": "auth.example.com",
            "OWN_URL": "https://app1.example.com/path",
            "POLL_EVERY": "5",
            "PROVISIONING": "all",
            "COOKIE_PREFIX": "__Host-jwt",
            "TRUSTED_ORIGINS": "https://app2.example.com",
            "LOGINURL": "https://auth.example.com/login",
            "AUTH_CLIENT_ID": "too-short",
            "AUTH_CLIENT_SECRET": CLIENT_SECRET[:-1] + "x",
            "SCOPES": ["view_group"],
        }
        with override_settings(**{f"LATCHKEY_{name}": value for name, value in wrong.items()}):
            with self.assertRaises(ImproperlyConfigured) as raised:
                lk.read_settings()
        for name in wrong:
            self.assertIn(f"LATCHKEY_{name} ", str(raised.exception))
        self.assertNotIn(CLIENT_SECRET[:20], str(raised.exception))

    def test_credentials_come_together_and_are_in_no_message(self):
        for missing in ("ID", "SECRET"):
            with override_settings(**{f"LATCHKEY_AUTH_CLIENT_{missing}": ""}):
                with self.assertRaises(ImproperlyConfigured) as raised:
                    lk.read_settings()
            self.assertIn("LATCHKEY_AUTH_CLIENT_ID and LATCHKEY_AUTH_CLIENT_SECRET", str(raised.exception))
        self.assertNotIn("lks_", repr(lk.read_settings()))

    def test_names_of_cookies_follow_the_address_of_the_auth_service(self):
        for login, prefix, expected in (
            ("https://auth.example.com/login", None, "__Secure-jwt.access"),
            ("http://auth.example.com/login", None, "jwt.access"),
            ("https://auth.example.com/login", "org.breakthesystem.jwt", "org.breakthesystem.jwt.access"),
        ):
            with override_settings(LATCHKEY_LOGIN_URL=login, LATCHKEY_COOKIE_PREFIX=prefix):
                self.assertEqual(lk.Latchkey(lk.read_settings()).access_name, expected)


def eventually(condition) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("it did not happen")
        time.sleep(0.02)


if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    try:
        unittest.main(verbosity=2)
    finally:
        folder.cleanup()
