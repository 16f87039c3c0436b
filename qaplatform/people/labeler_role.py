"""What labelers send and receive is served under a database role that cannot see what calibration knows.

Which item is gold stands in calibration's tables. A labeler's request that asks them anything, by mistake, is refused
by the database ("permission denied") instead of showing it in an answer.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, TypeVar

import psycopg
from django.conf import settings
from django.db import OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from psycopg.errors import InsufficientPrivilege, InvalidParameterValue
from psycopg.pq import DiagnosticField, ExecStatus, TransactionStatus

View = TypeVar("View", bound=Callable[..., Any])

_is_labeler: ContextVar[bool] = ContextVar("is_labeler", default=False)
_grants: dict[str, tuple[str, ...]] = {}


def grant_to_labelers(tables: dict[str, tuple[str, ...]]) -> None:
    """Declare what labelers' requests may do with tables, for `grant_statements`; apps call it when they are ready."""
    _grants.update(tables)


def grant_statements() -> tuple[str, ...]:
    """SQL that gives the role exactly what is declared, whatever it had."""
    role = f'"{settings.LABELER_ROLE}"'
    return (
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}",
        f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {role}",
        f"GRANT USAGE ON SCHEMA public TO {role}",
        *(f"GRANT {', '.join(rights)} ON {table} TO {role}" for table, rights in sorted(_grants.items())),
        *(f"GRANT USAGE ON SEQUENCE {table}_id_seq TO {role}" for table in sorted(_numbered())),
    )


def as_labeler(view: View) -> View:
    """Serve a view under the labelers' role, which is put on before any transaction of the view and off after it."""

    @wraps(view)
    def served(*args: Any, **named: Any) -> Any:
        with _under(is_labeler=True):
            return view(*args, **named)

    return served  # type: ignore[return-value]


@contextmanager
def as_application() -> Iterator[None]:
    """Step out of the labelers' role for one question that only calibration can answer, and back."""
    if not _is_labeler.get():
        yield
        return
    with _under(is_labeler=False):
        yield


@contextmanager
def _under(*, is_labeler: bool) -> Iterator[None]:
    before = _is_labeler.get()
    token = _is_labeler.set(is_labeler)
    try:
        _put_on(is_labeler=is_labeler)
        yield
    finally:
        _is_labeler.reset(token)
        _put_back(is_labeler=before)


def _put_on(*, is_labeler: bool) -> None:
    """Set the role. Raises LabelerRoleMissing; OperationalError where the database is away."""
    link = connection.connection
    if link is None or not settings.LABELER_ROLE:
        return  # A connection gets its role when it is opened: `_put_on_opening`.
    try:
        _run(link, _statement(is_labeler=is_labeler))
    except psycopg.Error as error:
        _close(link)
        if isinstance(error, (InvalidParameterValue, InsufficientPrivilege)):
            raise LabelerRoleMissing(str(error)) from error
        raise OperationalError(str(error)) from error


def _put_back(*, is_labeler: bool) -> None:
    """Set the role that was there before, and let whatever went wrong in between be told.

    In a transaction that failed, its end sets it back. A connection whose role cannot be set is closed, so that nobody
    else is served under it.
    """
    link = connection.connection
    if link is None or not settings.LABELER_ROLE:
        return
    if is_labeler and link.info.transaction_status == TransactionStatus.INERROR:
        return
    try:
        _run(link, _statement(is_labeler=is_labeler))
    except psycopg.Error:
        _close(link)


def _statement(*, is_labeler: bool) -> str:
    return f'SET ROLE "{settings.LABELER_ROLE}"' if is_labeler else "RESET ROLE"


def _close(link: psycopg.Connection[Any]) -> None:
    link.close()
    connection.close()


class LabelerRoleMissing(RuntimeError):
    """The role is not there, or the application is no member of it: `manage.py grant_roles` says what to do."""


def _put_on_opening(connection: BaseDatabaseWrapper, **_: Any) -> None:
    if _is_labeler.get() and settings.LABELER_ROLE:
        _run(connection.connection, _statement(is_labeler=True))


def _run(link: psycopg.Connection[Any], statement: str) -> None:
    """Twice a request, so by the shortest way; inside a transaction psycopg has to know, for it begins them late."""
    if not link.autocommit:
        link.execute(statement.encode())
        return
    result = link.pgconn.exec_(statement.encode())
    if result.status != ExecStatus.COMMAND_OK:
        state = (result.error_field(DiagnosticField.SQLSTATE) or b"08006").decode()
        raise psycopg.errors.lookup(state)(result.error_message.decode(errors="replace"))


def _numbered() -> list[str]:
    """Tables into which rows are put whose ids the database gives."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'S'")
        sequences = {row[0] for row in cursor.fetchall()}
    return [table for table, rights in _grants.items() if "INSERT" in rights and f"{table}_id_seq" in sequences]


connection_created.connect(_put_on_opening, dispatch_uid="people.labeler_role")
