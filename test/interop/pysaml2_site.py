"""A site that signs its users in by pysaml2, for one user at a time in each browser."""

import json
import os
import sys
import traceback
import uuid
from http.cookies import SimpleCookie
from urllib.parse import parse_qs
from wsgiref.simple_server import make_server

from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT
from saml2.client import Saml2Client
from saml2.config import SPConfig
from saml2.metadata import entity_descriptor

URL = os.environ["SITE_URL"]

config = SPConfig().load(
    {
        "entityid": f"{URL}/metadata",
        "service": {
            "sp": {
                "endpoints": {
                    "assertion_consumer_service": [(f"{URL}/acs", BINDING_HTTP_POST)],
                    "single_logout_service": [
                        (f"{URL}/slo", BINDING_HTTP_REDIRECT),
                        (f"{URL}/slo", BINDING_HTTP_POST),
                    ],
                },
                "authn_requests_signed": True,
                "logout_requests_signed": True,
                "logout_responses_signed": True,
                "want_response_signed": True,
                "want_assertions_signed": True,
                "allow_unsolicited": True,
                "signing_algorithm": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
                "digest_algorithm": "http://www.w3.org/2001/04/xmlenc#sha256",
                "name_id_format": ["urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"],
            }
        },
        "key_file": os.environ["SITE_KEY"],
        "cert_file": os.environ["SITE_CERT"],
        "encryption_keypairs": [
            {"key_file": os.environ["SITE_KEY"], "cert_file": os.environ["SITE_CERT"]}
        ],
        "metadata": {"local": [os.environ["IDP"]]},
        "xmlsec_binary": "/usr/bin/xmlsec1",
        "accepted_time_diff": 60,
    }
)
client = Saml2Client(config=config)
IDP = list(client.metadata.identity_providers())[0]

# By cookie: the NameID of the user, and what was asserted.
visits = {}
outstanding = {}


def site(environ, start_response):
    cookies = SimpleCookie(environ.get("HTTP_COOKIE", ""))
    visit = cookies["visit"].value if "visit" in cookies else str(uuid.uuid4())
    headers = [("Set-Cookie", f"visit={visit}; Path=/"), ("Content-Type", "text/html; charset=utf-8")]
    query = {name: values[0] for name, values in parse_qs(environ.get("QUERY_STRING", "")).items()}
    if environ["REQUEST_METHOD"] == "POST":
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)).decode()
        query.update({name: values[0] for name, values in parse_qs(body).items()})

    def page(text):
        start_response("200 OK", headers)
        return [f"<!doctype html><title>Files</title><h1>{text}</h1>".encode()]

    def go(to):
        start_response("303 See Other", [*headers, ("Location", to)])
        return [b""]

    def send(info):
        if info.get("method") == "GET" or info.get("status") == 303:
            return go(dict(info["headers"])["Location"])
        start_response("200 OK", headers)
        data = info["data"]
        return [(data if isinstance(data, str) else "".join(data)).encode()]

    path = environ["PATH_INFO"]
    if path == "/metadata":
        start_response("200 OK", [("Content-Type", "application/samlmetadata+xml")])
        return [str(entity_descriptor(config)).encode()]
    if path == "/acs":
        response = client.parse_authn_request_response(query["SAMLResponse"], BINDING_HTTP_POST, outstanding)
        visits[visit] = {
            "name_id": response.name_id,
            "identity": response.ava,
            "session": response.session_info()["session_index"],
        }
        return go(f"{URL}/")
    if path == "/logout":
        if visit not in visits:
            return page("Hello, stranger")
        name_id = visits.pop(visit)["name_id"]
        for binding, info in client.global_logout(name_id).values():
            return send({**info, "method": "GET" if binding == BINDING_HTTP_REDIRECT else "POST"})
        return go(f"{URL}/?loggedout")
    if path == "/slo":
        binding = BINDING_HTTP_REDIRECT if environ["REQUEST_METHOD"] == "GET" else BINDING_HTTP_POST
        if "SAMLResponse" in query:
            response = client.parse_logout_request_response(query["SAMLResponse"], binding)
            return page(f"Signed out: {response.status_ok()}")
        name_id = visits.pop(visit)["name_id"] if visit in visits else None
        info = client.handle_logout_request(
            query["SAMLRequest"],
            name_id,
            binding,
            relay_state=query.get("RelayState", ""),
        )
        return send(info)
    if visit in visits:
        asserted = visits[visit]
        return page(json.dumps({"name_id": asserted["name_id"].text, **asserted["identity"]}))
    if "loggedout" in query:
        return page("Hello, stranger")
    request_id, info = client.prepare_for_authenticate(
        entityid=IDP, relay_state="/", binding=BINDING_HTTP_REDIRECT
    )
    outstanding[request_id] = "/"
    return go(dict(info["headers"])["Location"])


def telling(environ, start_response):
    """Says on the page what went wrong, for the output of the tests."""
    try:
        return site(environ, start_response)
    except Exception:
        start_response("500 Internal Server Error", [("Content-Type", "text/plain; charset=utf-8")])
        return [traceback.format_exc().encode()]


if __name__ == "__main__":
    make_server("127.0.0.1", int(sys.argv[1]), telling).serve_forever()
