"""Asks the project of django_site.py by Django's own test client, while the auth service runs.

Reads `{"access", "refresh", "token"}` as JSON, and prints what the client got, by the name of each question.
"""

import json
import sys

import django_site  # noqa: F401, it configures Django
from django.test import Client

given = json.load(sys.stdin)


def told(response) -> dict:
    cookies = sorted(response.cookies)
    return {"status": response.status_code, "cookies": cookies, "text": response.content.decode()}


def signed_in(*names: str) -> Client:
    client = Client()
    for name in names:
        client.cookies[f"jwt.{name}"] = given[name]
    return client


bearer = {"HTTP_AUTHORIZATION": f"Bearer {given['token']}"}
strict = Client(enforce_csrf_checks=True)
print(
    json.dumps(
        {
            "anonymous": told(Client().get("/notes")),
            "known": told(signed_in("access", "refresh").get("/notes")),
            "renewed": told(signed_in("refresh").post("/notes")),
            "failed": told(Client(raise_request_exception=False).get("/fail", **bearer)),
            "token": told(strict.post("/form", **bearer)),
            "scope": told(Client().get("/permitted", **bearer)),
            "admin": told(Client().get("/admin/", **bearer)),
        }
    )
)
