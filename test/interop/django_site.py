"""A Django project in the family, with one middleware and two settings; the rest is Django's own.

Usage: python3 django_site.py migrate | python3 django_site.py runserver --noreload 127.0.0.1:4005,
or with a server for django_site:wsgi or django_site:asgi.
Environment: DATABASE (a file, or an address of Postgres), LOGIN_URL, OWN_URL, and settings of Latchkey as JSON in LATCHKEY.
"""

import json
import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "clients/django"))


def database(address: str) -> dict:
    """The settings of a SQLite file, or of `postgres://user:password@host:port/name`."""
    parts = urlsplit(address)
    if not parts.scheme.startswith("postgres"):
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": address, "OPTIONS": {"timeout": 20}}
    names = {"HOST": parts.hostname, "PORT": parts.port, "USER": parts.username, "PASSWORD": parts.password}
    return {"ENGINE": "django.db.backends.postgresql", "NAME": parts.path[1:], **names}


def configure() -> None:
    settings.configure(
        SECRET_KEY="of a test",
        ALLOWED_HOSTS=[urlsplit(os.environ["OWN_URL"]).hostname, "testserver"],
        INSTALLED_APPS=[f"django.contrib.{name}" for name in ("admin", "auth", "contenttypes", "sessions", "messages")],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "latchkey_django.LatchkeyMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
        ],
        ROOT_URLCONF=__name__,
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
        DATABASES={"default": database(os.environ["DATABASE"])},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        STATIC_URL="/static/",
        LATCHKEY_LOGIN_URL=os.environ["LOGIN_URL"],
        LATCHKEY_OWN_URL=os.environ["OWN_URL"],
        **{"LATCHKEY_SCOPES": [], **json.loads(os.environ.get("LATCHKEY", "{}"))},
    )


if not settings.configured:
    configure()
    import django

    django.setup()

from django.contrib import admin  # noqa: E402
from django.http import HttpRequest, HttpResponse, JsonResponse  # noqa: E402
from django.urls import path  # noqa: E402
from django.views.decorators.cache import cache_control  # noqa: E402
from django.views.decorators.csrf import csrf_exempt  # noqa: E402
from latchkey_django import (  # noqa: E402
    group_required,
    login_required,
    permission_required,
    staff_required,
    token_required,
)


def who(request: HttpRequest) -> JsonResponse:
    user = request.user
    names = {"name": user.get_full_name(), "username": user.username} if user.is_authenticated else {}
    response = JsonResponse({**names, "method": request.method})
    response["X-Process"] = str(os.getpid())
    return response


def fail(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("of a test")


def basket(request: HttpRequest) -> JsonResponse:
    """What the session holds; `?add=` puts something into it."""
    if "add" in request.GET:
        request.session["basket"] = request.GET["add"]
    return JsonResponse({"basket": request.session.get("basket")})


def caller(request: HttpRequest) -> JsonResponse:
    """Behind token_required: a user, or another app."""
    return JsonResponse({"caller": str(request.caller), "is_service": getattr(request.caller, "is_service", False)})


def rights(request: HttpRequest) -> JsonResponse:
    """What the user may do, asked in the ways that Django has."""
    user = request.user
    names = ("auth.view_group", "auth.view_user", "auth.add_group")
    return JsonResponse(
        {
            "has_perm": [name for name in names if user.has_perm(name)],
            "has_perms": user.has_perms(names),
            "modules": [app for app in ("auth", "sessions") if user.has_module_perms(app)],
            "all": sorted(user.get_all_permissions()),
            "groups": sorted(user.get_group_permissions()),
        }
    )


async def who_async(request: HttpRequest) -> JsonResponse:
    user = await request.auser()
    return JsonResponse({"name": user.get_full_name()})


urlpatterns = [
    path("admin/", admin.site.urls),
    path("", who),
    path("open", lambda request: HttpResponse("open")),
    path("notes", csrf_exempt(login_required(who))),
    path("public", cache_control(public=True, max_age=60)(login_required(who))),
    path("staff", staff_required(who)),
    path("editors", group_required("editors")(who)),
    path("permitted", permission_required("auth.view_group")(who)),
    path("fail", login_required(fail)),
    path("basket", basket),
    path("async", login_required(who_async)),
    path("form", login_required(who)),
    path("rights", login_required(rights)),
    path("cards", token_required("auth.view_group")(caller) if "auth.view_group" in settings.LATCHKEY_SCOPES else who),
    path("any-token", token_required()(caller)),
]

if __name__ == "django_site":
    from django.core.asgi import get_asgi_application
    from django.core.wsgi import get_wsgi_application

    wsgi, asgi = get_wsgi_application(), get_asgi_application()

if __name__ == "__main__":
    # Django imports the URLs by this name, which must not be loaded twice.
    sys.modules["django_site"] = sys.modules["__main__"]
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
