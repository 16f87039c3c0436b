"""`manage.py grant_roles`: make the labelers' database role and give it its rights. Twice is once."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection

from qaplatform.people.services.labeler_role import apply_grants, make_role


class Command(BaseCommand):
    """Run it after `migrate` where the role was made later; `migrate` itself grants what a new table needs."""

    help = "Make the database role under which labelers are served, and give it its rights."

    def handle(self, *_: Any, **__: Any) -> None:
        """Make the role, if it is not there; then grant. Raises CommandError with what to run instead."""
        role = settings.LABELER_ROLE
        if not role:
            raise CommandError("QA_LABELER_ROLE is empty, so labelers are served under the application's own role.")
        try:
            made = make_role(role)
        except DatabaseError as error:
            user = connection.settings_dict["USER"]
            raise CommandError(
                f"{user} may not make roles. Run this as a superuser of the database, then run grant_roles again:\n"
                f'  CREATE ROLE "{role}" NOLOGIN;\n  GRANT "{role}" TO "{user}";'
            ) from error
        apply_grants()
        self.stdout.write(f"The role {role} {'was made' if made else 'is there'}, and has its rights.")
