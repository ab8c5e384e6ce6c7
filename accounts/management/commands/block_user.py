"""`manage.py block_user EMAIL`."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from accounts.services.people import NotAllowed, block, unblock


class Command(BaseCommand):
    help = (
        "Keep a person out, or let them in again with --unblock. Their sessions end at the next request. "
        "Exits 1 when there is no such person."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="the e-mail address of the person")
        parser.add_argument("--reason", default="", help="what the person is told (at most 500 characters)")
        parser.add_argument("--unblock", action="store_true", help="let the person in again")
        parser.add_argument("--dry-run", action="store_true", help="say what would change, change nothing")

    def handle(self, *, email: str, reason: str, **options: Any) -> None:
        wanted = not options["unblock"]
        word = "blocked" if wanted else "unblocked"
        person = User.objects.filter(email=email).first()
        if person is None:
            raise CommandError(f"Nobody has the e-mail address {email}.")
        if len(reason) > 500:
            raise CommandError("The reason is longer than 500 characters.")
        if person.is_blocked == wanted:
            self.stdout.write(f"{person.email} is {word} already.")
            return
        if options["dry_run"]:
            self.stdout.write(f"{person.email} would be {word}.")
            return
        try:
            block(actor=None, person=person, reason=reason) if wanted else unblock(actor=None, person=person)
        except NotAllowed as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{person.email} is {word}.")
