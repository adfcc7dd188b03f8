"""A Django project in a folder: its settings, as far as people need them."""

from pathlib import Path

import django
from django.conf import settings


def start(database: Path, hashers: list[str]) -> None:
    """Sets Django up, with a new database. The first of the hashers is preferred, as in a project's settings."""
    settings.configure(
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(database)}},
        PASSWORD_HASHERS=[f"django.contrib.auth.hashers.{name}" for name in hashers],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        SECRET_KEY="of a test",
    )
    django.setup()

    from django.core.management import call_command

    call_command("migrate", verbosity=0)
