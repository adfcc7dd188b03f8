"""The article's own middleware in a Django project, and SimpleJWT with REST framework, with tokens of an auth service.

Usage: python3 article_site.py SETTINGS. SETTINGS is the JSON of SIMPLE_JWT. Reads {"access": ..., "refresh": ...,
"login_url": ..., "own_url": ...} from stdin, and prints what each kind of project answers.
"""

import json
import sys
from pathlib import Path

import django
from django.conf import settings

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "clients/django"))
given = json.load(sys.stdin)
PREFIX = "org.breakthesystem.jwt"

settings.configure(
    SECRET_KEY="of a test",
    ALLOWED_HOSTS=["testserver"],
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "rest_framework"],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "article_site.ArticleMiddleware",
    ],
    ROOT_URLCONF="article_site",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    USE_TZ=True,
    SIMPLE_JWT=json.loads(sys.argv[1]),
    LATCHKEY_LOGIN_URL=given["login_url"],
    LATCHKEY_OWN_URL=given["own_url"],
    LATCHKEY_COOKIE_PREFIX=PREFIX,
)
sys.modules["article_site"] = sys.modules["__main__"]
django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.http import JsonResponse  # noqa: E402
from django.test import Client, override_settings  # noqa: E402
from django.urls import path  # noqa: E402
from rest_framework.decorators import api_view, authentication_classes  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework_simplejwt.authentication import JWTAuthentication  # noqa: E402
from rest_framework_simplejwt.exceptions import TokenError  # noqa: E402
from rest_framework_simplejwt.tokens import AccessToken  # noqa: E402


class ArticleMiddleware:
    """Signs in the user of the cookie, and keeps a row by uuid."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        token = request.COOKIES.get(f"{PREFIX}.access")
        if token:
            try:
                claims = AccessToken(token)
            except TokenError:
                return self.get_response(request)
            names = ("email", "first_name", "last_name", "is_staff", "is_superuser")
            defaults = {name: claims[f"user_{name}"] for name in names}
            request.user = User.objects.update_or_create(username=claims["user_uuid"], defaults=defaults)[0]
        return self.get_response(request)


def who(request):
    return JsonResponse({"username": request.user.username, "email": getattr(request.user, "email", "")})


@api_view()
@authentication_classes([JWTAuthentication])
def api(request):
    return Response({"username": request.user.username})


urlpatterns = [path("", who), path("api", api)]


def visit(url: str, **headers: str):
    answer = Client().get(url, **headers)
    return json.loads(answer.content) if answer.status_code == 200 else answer.status_code


def cookie(name: str, token: str) -> dict:
    return {"HTTP_COOKIE": f"{PREFIX}.{name}={token}"}


call_command("migrate", verbosity=0)
article = [visit("/", **cookie("access", given[name])) for name in ("access", "refresh")]
bearer = [visit("/api", HTTP_AUTHORIZATION=f"Bearer {given[name]}") for name in ("access", "refresh")]
ours = [*settings.MIDDLEWARE[:1], "latchkey_django.LatchkeyMiddleware"]
with override_settings(MIDDLEWARE=ours):
    latchkey = [visit("/", **cookie("access", given[name])) for name in ("access", "refresh")]
    renewed = Client().get("/", **cookie("refresh", given["refresh"]))
print(
    json.dumps(
        {
            "article": article,
            "bearer": bearer,
            "latchkey": latchkey,
            "renewed": [json.loads(renewed.content), sorted(renewed.cookies)],
            "rows": User.objects.count(),
        }
    )
)
