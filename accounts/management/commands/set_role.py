"""`manage.py set_role EMAIL ROLE`."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import Role, User
from accounts.services.people import NotAllowed, set_role


class Command(BaseCommand):
    help = "Make a person a learner, an instructor or an administrator. Exits 1 when there is no such person."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="the e-mail address of the person")
        parser.add_argument("role", choices=Role.values)
        parser.add_argument("--dry-run", action="store_true", help="say what would change, change nothing")

    def handle(self, *, email: str, role: str, dry_run: bool, **options: Any) -> None:
        person = User.objects.filter(email=email).first()
        if person is None:
            raise CommandError(f"Nobody has the e-mail address {email}.")
        if person.role == role:
            self.stdout.write(f"{person.email} is {role} already.")
            return
        change = f"{person.email}: {person.role} -> {role}"
        if not dry_run:
            try:
                set_role(actor=None, person=person, role=role)
            except NotAllowed as error:
                raise CommandError(str(error)) from error
        self.stdout.write(f"Would change {change}" if dry_run else f"Changed {change}")
