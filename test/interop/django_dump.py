"""Makes a Django project in a folder, with a person for each of its password hashers, and dumps them.

Usage: python3 django_dump.py FOLDER. Writes FOLDER/dump.json, FOLDER/dump.jsonl where this Django can, and
FOLDER/people.json: who has which password by which hasher.
"""

import json
import sys
import uuid
from pathlib import Path

import django

import django_project

folder = Path(sys.argv[1])

# Those of this Django that people may have had.
HASHERS = [
    *django_project.HASHERS,
    *(["ScryptPasswordHasher"] if django.VERSION >= (4, 0) else []),
]
# Nobody should have these any more; they have to be reset.
ABANDONED = ["MD5PasswordHasher"]

django_project.start(folder / "django.sqlite3", HASHERS + ABANDONED)

from django.contrib.auth import authenticate, get_user_model  # noqa: E402
from django.contrib.auth.hashers import get_hashers, make_password  # noqa: E402
from django.contrib.auth.models import Group  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.utils import timezone  # noqa: E402

User = get_user_model()
editors = Group.objects.create(name="editors")

people = []
for number, hasher in enumerate(get_hashers()):
    # Composed otherwise than in NFKC: Django hashes what is typed.
    password = f"an old cafe\u0301 by the sea {number}"
    username = str(uuid.uuid4()) if number % 2 == 0 else f"person-{number}"
    user = User.objects.create(
        username=username,
        email=f"Person-{number}@example.com",
        first_name="Zoë",
        last_name=f"Number {number}",
        is_staff=number == 1,
        is_superuser=number == 1,
        last_login=timezone.now(),
        password=make_password(password, hasher=hasher.algorithm),
    )
    if number < 2:
        user.groups.add(editors)
    assert authenticate(username=username, password=password) == user, hasher.algorithm
    # Django itself may have hashed it anew at that: it has to be the hash of this hasher.
    User.objects.filter(pk=user.pk).update(password=make_password(password, hasher=hasher.algorithm))
    people.append(
        {
            "algorithm": hasher.algorithm,
            "username": username,
            "email": user.email,
            "password": password,
            "is_superuser": user.is_superuser,
            "joined": int(user.date_joined.timestamp()),
            "groups": [group.name for group in user.groups.all()],
        }
    )

unusable = User.objects.create(username=str(uuid.uuid4()), email="robot@example.com", is_active=False)
unusable.set_unusable_password()
unusable.save()

call_command("dumpdata", "auth.user", "auth.group", output=str(folder / "dump.json"), verbosity=0)
natural = {"use_natural_foreign_keys": True, "verbosity": 0}
call_command("dumpdata", "auth.user", format="jsonl", output=str(folder / "dump.jsonl"), **natural)
(folder / "people.json").write_text(json.dumps(people), encoding="utf-8")
print(django.get_version())
