"""Making the labelers' role and giving it its rights."""

from typing import Any

from django.conf import settings
from django.db import connection, transaction

from qaplatform.people.labeler_role import grant_statements
from qaplatform.web.health import NotThere

# Whether the role is there, and whether who asks may put it on.
FIND_ROLE = "SELECT pg_has_role(current_user, rolname, 'SET') FROM pg_roles WHERE rolname = %s"


def has_role() -> bool:
    """Whether the application can serve under the role."""
    with connection.cursor() as cursor:
        cursor.execute(FIND_ROLE, [settings.LABELER_ROLE])
        row = cursor.fetchone()
    return row is not None and bool(row[0])


@transaction.atomic
def make_role(role: str) -> bool:
    """Make the role and become a member of it; False if it is there. Raises DatabaseError where that may not be."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = %s), current_user", [role])
        is_there, user = cursor.fetchone()
        if not is_there:
            cursor.execute(f'CREATE ROLE "{role}" NOLOGIN')
        if not has_role():
            cursor.execute(f'GRANT "{role}" TO "{user}"')
    return not is_there


@transaction.atomic
def apply_grants() -> None:
    """Give the role exactly what the apps declared."""
    with connection.cursor() as cursor:
        for statement in grant_statements():
            cursor.execute(statement)


def see_role() -> str:
    """For `/readyz`. Raises NotThere."""
    if not settings.LABELER_ROLE:
        return "not used: QA_LABELER_ROLE is empty"
    if not has_role():
        raise NotThere("missing: run manage.py grant_roles, which makes it or says what to run")
    return "is there"


def grant_after_migrate(**_: Any) -> None:
    """A new table, or a table that is gone, changes what is to be granted."""
    if settings.LABELER_ROLE and has_role():
        apply_grants()
