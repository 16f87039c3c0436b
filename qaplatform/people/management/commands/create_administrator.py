"""Makes the first administrator: `make run EMPTY=1` asks for it."""

import getpass
import os
import secrets
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from qaplatform.errors import InvalidInput
from qaplatform.people.enums import Role
from qaplatform.people.models import Membership
from qaplatform.people.services.accounts import NewAccount, create_account

TRIES = 5
NAME_UNATTENDED = "admin"


class Command(BaseCommand):
    help = "Make an administrator; asks on the terminal, or reads QA_ADMIN_USERNAME and QA_ADMIN_PASSWORD."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--if-none", action="store_true", help="do nothing where there is an administrator")
        parser.add_argument(
            "--password-file", type=Path, help="where to leave a new password when there is nobody to ask"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["if_none"] and Membership.objects.filter(role=Role.ADMINISTRATOR, user__is_active=True).exists():
            return
        if os.environ.get("QA_ADMIN_USERNAME") and os.environ.get("QA_ADMIN_PASSWORD"):
            self._make(os.environ["QA_ADMIN_USERNAME"], os.environ["QA_ADMIN_PASSWORD"])
        elif sys.stdin.isatty():
            self._ask()
        elif options["password_file"]:
            self._make_unattended(options["password_file"])
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

    def _make_unattended(self, path: Path) -> None:
        password = secrets.token_urlsafe(12)
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(f"{password}\n")
        self._make(NAME_UNATTENDED, password)
        self.stdout.write(f"  Nobody was there to ask, so the password was made up. It is in {path}")
        self.stdout.write("  Sign in, change it under Change password, and delete the file.")

    def _make(self, username: str, password: str) -> None:
        if not username:
            raise CommandError("The user name is empty.")
        account = NewAccount(username=username, display_name=username, role=Role.ADMINISTRATOR, password=password)
        try:
            create_account(account, actor=None)
        except InvalidInput as error:
            raise CommandError(error.message) from None
        self.stdout.write(f"  Administrator {username}: sign in with that password.")
