"""Makes the first administrator: `make run EMPTY=1` asks for it."""

import getpass
import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from qaplatform.errors import InvalidInput
from qaplatform.people.enums import Role
from qaplatform.people.models import Membership
from qaplatform.people.services.accounts import NewAccount, create_account

TRIES = 5


class Command(BaseCommand):
    help = "Make an administrator; asks on the terminal, or reads QA_ADMIN_USERNAME and QA_ADMIN_PASSWORD."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--if-none", action="store_true", help="do nothing where there is an administrator")

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["if_none"] and Membership.objects.filter(role=Role.ADMINISTRATOR, user__is_active=True).exists():
            return
        if os.environ.get("QA_ADMIN_USERNAME") and os.environ.get("QA_ADMIN_PASSWORD"):
            self._make(os.environ["QA_ADMIN_USERNAME"], os.environ["QA_ADMIN_PASSWORD"])
        elif sys.stdin.isatty():
            self._ask()
        else:
            raise CommandError(
                "There is no administrator yet, and no terminal to ask on. Set QA_ADMIN_USERNAME and QA_ADMIN_PASSWORD "
                "(12 characters or more), and run it again."
            )

    def _ask(self) -> None:
        self.stdout.write("\nThis is a new database. Who is its first administrator?")
        for _ in range(TRIES):
            username = input("  User name: ").strip()
            password = getpass.getpass("  Password (12 characters or more): ")
            if password != getpass.getpass("  The same password again: "):
                self.stdout.write("  The passwords differ. Once more, please.")
                continue
            try:
                self._make(username, password)
            except CommandError as error:
                self.stdout.write(f"  {error} Once more, please.")
                continue
            return
        raise CommandError("No administrator was made. Run it again.")

    def _make(self, username: str, password: str) -> None:
        if not username:
            raise CommandError("The user name is empty.")
        account = NewAccount(username=username, display_name=username, role=Role.ADMINISTRATOR, password=password)
        try:
            create_account(account, actor=None)
        except InvalidInput as error:
            raise CommandError(error.message) from None
        self.stdout.write(f"  Administrator {username}: sign in with that password.")
