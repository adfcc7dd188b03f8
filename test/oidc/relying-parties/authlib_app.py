"""An app off the domain by Authlib and Flask. Authlib has no back-channel logout."""

import os
import secrets
import socket
from urllib.parse import urlencode, urlsplit

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import OAuth
from authlib.integrations.requests_client import OAuth2Session
from flask import Flask, make_response, redirect, session
from werkzeug.serving import make_server

ISSUER = os.environ["ISSUER"]
URL = os.environ["OWN_URL"]
CLIENT = {
    "client_id": os.environ["AUTH_CLIENT_ID"],
    "client_secret": os.environ["AUTH_CLIENT_SECRET"],
}

# Python asks DNS for names under localhost, unlike browsers (RFC 6761, section 6.3).
resolve = socket.getaddrinfo


def resolve_localhost(host, *args, **options):
    local = isinstance(host, str) and host.endswith(".localhost")
    return resolve("127.0.0.1" if local else host, *args, **options)


socket.getaddrinfo = resolve_localhost

app = Flask(__name__)
app.secret_key = secrets.token_bytes(32)
provider = OAuth(app).register(
    "latchkey",
    **CLIENT,
    server_metadata_url=f"{ISSUER}/.well-known/openid-configuration",
    client_kwargs={"scope": "openid profile email", "code_challenge_method": "S256"},
)
# In memory, by visit: the tokens together are too long for a cookie.
visits = {}


def tokens():
    return visits.get(session.get("visit"))


def page(headers=None):
    kept = tokens()
    name = kept["email"] if kept else "a stranger"
    body = f'<!doctype html><html lang="en"><title>App</title><h1>Hello, {name}</h1>'
    return make_response(body, 200, headers or {})


@app.get("/")
def home():
    return page()


@app.get("/token")
def token():
    kept = tokens()
    return page({"x-token": kept["access_token"] if kept else ""})


@app.get("/login")
def login():
    return provider.authorize_redirect(f"{URL}/callback")


@app.get("/callback")
def callback():
    # State, nonce, PKCE, and the signature and claims of the ID token.
    given = provider.authorize_access_token()
    session["visit"] = secrets.token_urlsafe()
    visits[session["visit"]] = {**given, "email": given["userinfo"]["email"]}
    return redirect("/")


@app.get("/refresh")
def refresh():
    kept = tokens()
    if kept:
        metadata = provider.load_server_metadata()
        client = OAuth2Session(**CLIENT)
        try:
            fresh = client.refresh_token(metadata["token_endpoint"], refresh_token=kept["refresh_token"])
            visits[session["visit"]] = {**kept, **fresh}
        except AuthlibBaseError:
            del visits[session["visit"]]
    return redirect("/token")


@app.get("/logout")
def logout():
    kept = visits.pop(session.pop("visit", None), None)
    if not kept:
        return redirect("/")
    params = {"id_token_hint": kept["id_token"], "post_logout_redirect_uri": f"{URL}/"}
    return redirect(f"{provider.load_server_metadata()['end_session_endpoint']}?{urlencode(params)}")


server = make_server("127.0.0.1", urlsplit(URL).port, app, threaded=True)
print("listening", flush=True)
server.serve_forever()
