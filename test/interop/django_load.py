"""Has a new Django read a fixture of people and groups, twice, and tell who is in it then.

Usage: python3 django_load.py FOLDER FIXTURE. Reads FOLDER/passwords.json, a list of [email, password], and prints what
Django has: its people, and whom it lets in by which of these.
"""

import json
import sys
from pathlib import Path

import django_project

folder = Path(sys.argv[1])

django_project.start(folder / "loaded.sqlite3", django_project.HASHERS)

from django.contrib.auth import authenticate, get_user_model  # noqa: E402
from django.contrib.auth.models import Group, Permission  # noqa: E402
from django.core.management import call_command  # noqa: E402

User = get_user_model()
# Somebody who is no business of the fixture, and has the key that it would give its first person if it gave keys.
User.objects.create(username="root", email="root@example.com")
# What Django allows its groups is no business of the fixture either.
Group.objects.create(name="editors").permissions.add(Permission.objects.first())
for _ in range(2):
    call_command("loaddata", sys.argv[2], verbosity=0)

known = {email: username for email, username in User.objects.values_list("email", "username")}
passwords = json.loads((folder / "passwords.json").read_text(encoding="utf-8"))
people = [
    {
        "username": user.username,
        "email": user.email,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "is_active": user.is_active,
        "is_staff": user.is_staff,
        "is_superuser": user.is_superuser,
        "date_joined": int(user.date_joined.timestamp()),
        "last_login": user.last_login and int(user.last_login.timestamp()),
        "has_usable_password": user.has_usable_password(),
        "groups": sorted(group.name for group in user.groups.all()),
    }
    for user in User.objects.order_by("email")
]
print(
    json.dumps(
        {
            "people": people,
            "groups": {group.name: group.permissions.count() for group in Group.objects.all()},
            "let_in": [
                email
                for email, password in passwords
                if authenticate(username=known[email], password=password) is not None
            ],
        }
    )
)
