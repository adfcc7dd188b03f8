"""The app of the exported cases for adapters (docs/frameworks/your-own.md), as a Django project.

For a server: django_cases:wsgi, with the environment and the database of django_site.py. Run as a program, it fills that
database with a permission.
"""

import threading
from collections.abc import Iterator

import django_site  # noqa: F401, it configures Django
from django.conf import settings

settings.ROOT_URLCONF = __name__
# Requests name hosts that are not this project's.
settings.ALLOWED_HOSTS = ["*"]

from django.core.exceptions import PermissionDenied  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import (  # noqa: E402
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotModified,
    HttpResponseRedirect,
    JsonResponse,
    StreamingHttpResponse,
)
from django.urls import path  # noqa: E402
from django.utils.cache import patch_vary_headers  # noqa: E402
from django.views.decorators.csrf import csrf_exempt  # noqa: E402
from latchkey_django import login_required, permission_required, staff_required, token_required  # noqa: E402


def show(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"email": request.user.email} if request.user.is_authenticated else {})


def show_caller(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"email": getattr(request.caller, "email", None)})


def show_public(request: HttpRequest) -> HttpResponse:
    response = show(request)
    response["Cache-Control"] = "public, max-age=60"
    patch_vary_headers(response, ["Accept"])
    return response


def own(request: HttpRequest) -> HttpResponse:
    response = HttpResponse("own")
    response.set_cookie("own", "1")
    return response


def stream(request: HttpRequest) -> StreamingHttpResponse:
    def pieces() -> Iterator[str]:
        yield "one"
        threading.Event().wait(20)

    return StreamingHttpResponse(pieces())


def hang(request: HttpRequest) -> HttpResponse:
    threading.Event().wait(20)
    return HttpResponse("late")


def fail(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("of a test")


def miss(request: HttpRequest) -> HttpResponse:
    raise Http404("of a test")


def refuse(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied("of a test")


urlpatterns = [
    path("open", csrf_exempt(show)),
    path("private", csrf_exempt(login_required(show))),
    path("staff", staff_required(show)),
    path("team", permission_required("cards.read")(show)),
    path("cards", token_required("cards.read")(show_caller)),
    path("echo", csrf_exempt(login_required(lambda request: HttpResponse(request.body)))),
    path("public", show_public),
    path("guarded/public", login_required(show_public)),
    path("own", own),
    path("stream", stream),
    path("unchanged", lambda request: HttpResponseNotModified()),
    path("moved", lambda request: HttpResponseRedirect("/open")),
    path("broken", fail),
    path("missing", miss),
    path("denied", refuse),
    path("hang", hang),
]

wsgi = get_wsgi_application()

if __name__ == "__main__":
    # What an administrator of the project says once: the group may read cards.
    from django.contrib.auth.models import Group, Permission
    from django.contrib.contenttypes.models import ContentType

    cards = ContentType.objects.create(app_label="cards", model="card")
    read = Permission.objects.create(codename="read", name="Can read cards", content_type=cards)
    Group.objects.create(name="team").permissions.add(read)
