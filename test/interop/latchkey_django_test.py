"""The parts of clients/django/latchkey_django.py, with a server of its own as the auth service.

Usage: python3 latchkey_django_test.py. Reads hostile return addresses from the file that HOSTILE_NEXTS names.
"""

import asyncio
import base64
import hmac
import json
import logging
import os
import signal
import tempfile
import threading
import time
import unittest
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from unittest import mock

folder = tempfile.TemporaryDirectory()
os.environ.update(
    DATABASE=f"{folder.name}/django.sqlite3",
    LOGIN_URL="http://auth.demo.localhost:4000/login?theme=dark&next=x",
    OWN_URL="http://app1.demo.localhost:4001",
)

import django_site  # noqa: E402, F401  It configures Django.
import latchkey_django as lk  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import ec, rsa  # noqa: E402
from django.contrib.auth.models import Group, User  # noqa: E402
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
        }
        self.delay = 0.0
        service = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                path = self.path.partition("?")[0]
                service.counts[path] = service.counts.get(path, 0) + 1
                time.sleep(service.delay)
                status, body, cookies = service.answers[path]
                data = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                for cookie in cookies:
                    self.send_header("Set-Cookie", cookie)
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = answer

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
        }
        with override_settings(**{f"LATCHKEY_{name}": value for name, value in wrong.items()}):
            with self.assertRaises(ImproperlyConfigured) as raised:
                lk.read_settings()
        for name in wrong:
            self.assertIn(f"LATCHKEY_{name} ", str(raised.exception))

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
