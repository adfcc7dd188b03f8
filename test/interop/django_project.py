"""A Django project in a folder: its settings, as far as people need them."""

from pathlib import Path

import django
from django.conf import settings

# Those that Latchkey knows, too; the first is preferred, as in a project's settings.
HASHERS = [
    "PBKDF2PasswordHasher",
    "PBKDF2SHA1PasswordHasher",
    "Argon2PasswordHasher",
    "BCryptSHA256PasswordHasher",
    "BCryptPasswordHasher",
]


def start(database: Path, hashers: list[str]) -> None:
    """Sets Django up, with a new database. What it hashes passwords with is given by name."""
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
