"""Labelers' requests run under a database role that cannot see what calibration knows."""

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import OperationalError, ProgrammingError, connection, transaction
from django.http import HttpResponse
from psycopg.errors import InsufficientPrivilege

from calibration.models import GoldItem
from labeling.models import Label, Slot
from labeling.services.assignments import claim_assignment
from labeling.signals import label_recorded
from qaplatform.people.labeler_role import LabelerRoleMissing, as_application, as_labeler
from qaplatform.people.services.labeler_role import apply_grants
from tests.builders import answer, api_client_for, make_items, make_labeler, make_queue

pytestmark = pytest.mark.django_db

ROLE = "qaplatform_labeler"


def current_role() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        return cursor.fetchone()[0]


@as_labeler
def tell_role(request: object) -> str:
    return current_role()


def submit(labeler, queue):
    held = claim_assignment(queue, labeler)
    body = {"token": str(held.token), "answers": answer()}
    return api_client_for(labeler).post(f"/api/v1/assignments/{held.id}/submit", body, content_type="application/json")


def test_a_view_of_labelers_runs_under_their_role_and_leaves_it():
    before = current_role()

    assert tell_role(None) == ROLE
    assert current_role() == before != ROLE


def test_the_role_is_left_also_where_the_view_fails():
    @as_labeler
    def fail(request: object) -> HttpResponse:
        raise LookupError("nothing here")

    with pytest.raises(LookupError, match="nothing here"):
        fail(None)

    assert current_role() != ROLE


def test_one_question_may_be_asked_as_the_application_within_a_view():
    @as_labeler
    def ask(request: object) -> list[str]:
        roles = [current_role()]
        with as_application():
            roles.append(current_role())
        return [*roles, current_role()]

    roles = ask(None)

    assert (roles[0], roles[2]) == (ROLE, ROLE)
    assert roles[1] != ROLE


def test_a_leak_in_the_path_of_an_answer_becomes_permission_denied():
    queue = make_queue()
    labeler = make_labeler(queues=[queue])
    make_items(queue)

    def peek(**_: object) -> None:
        GoldItem.objects.exists()

    label_recorded.connect(peek)
    try:
        with pytest.raises(ProgrammingError) as refused:
            submit(labeler, queue)
    finally:
        label_recorded.disconnect(peek)

    assert isinstance(refused.value.__cause__, InsufficientPrivilege)
    assert "permission denied for table calibration_golditem" in str(refused.value)


def test_an_answer_is_stored_and_marked_under_the_role():
    queue = make_queue()
    labeler = make_labeler(queues=[queue])
    make_items(queue)

    assert submit(labeler, queue).status_code == 201
    assert Label.objects.count() == 1
    assert Slot.objects.get().state == "done"


def rights_on(tables: set[str]) -> set[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, privilege_type FROM information_schema.role_table_grants WHERE grantee = %s", [ROLE]
        )
        return {(table, right) for table, right in cursor.fetchall() if table in tables}


def tables_of(*labels: str) -> set[str]:
    return {
        model._meta.db_table
        for label in labels
        for model in apps.get_app_config(label).get_models(include_auto_created=True)
    }


def test_of_all_that_calibration_knows_the_role_may_append_marks_and_nothing_else():
    assert rights_on(tables_of("calibration")) == {("calibration_stalemark", "INSERT")}


def test_the_role_deletes_nothing_and_changes_slots_and_items_only():
    rights = rights_on(tables_of("labeling", "people", "trail", "calibration", "jobs"))

    assert {right for _, right in rights} == {"SELECT", "INSERT", "UPDATE"}
    assert {table for table, right in rights if right == "UPDATE"} == {"labeling_slot", "labeling_item"}


def test_the_role_reads_no_token_no_membership_and_no_session():
    hidden = tables_of("people", "sessions", "mfa") - {
        "people_labeler",
        "people_skillgrant",
        "people_user",
        "people_vendor",
    }

    assert rights_on(hidden) == set()


def test_granting_again_gives_exactly_what_is_declared():
    with connection.cursor() as cursor:
        cursor.execute(f"GRANT SELECT ON calibration_golditem TO {ROLE}")

    apply_grants()

    assert rights_on(tables_of("calibration")) == {("calibration_stalemark", "INSERT")}


def test_grant_roles_says_what_to_run_where_it_may_not_make_the_role(settings):
    settings.LABELER_ROLE = "nobody_made_this_role"

    with pytest.raises(CommandError, match='CREATE ROLE "nobody_made_this_role" NOLOGIN'):
        call_command("grant_roles")


def test_readyz_says_that_the_role_is_missing(client, settings):
    settings.LABELER_ROLE = "nobody_made_this_role"

    response = client.get("/readyz")

    assert response.status_code == 503
    assert "grant_roles" in response.json()["checks"]["labelers' role"]["detail"]


def test_grant_roles_again_changes_nothing(capsys):
    call_command("grant_roles")

    assert "is there, and has its rights" in capsys.readouterr().out


def test_without_a_role_labelers_are_served_under_the_applications_own(settings):
    settings.LABELER_ROLE = ""

    assert tell_role(None) == current_role()


def test_a_role_that_is_missing_is_told_by_name(settings):
    settings.LABELER_ROLE = "nobody_made_this_role"

    with pytest.raises(LabelerRoleMissing, match="nobody_made_this_role"):
        tell_role(None)


def test_what_the_database_says_within_a_question_is_not_covered_up():
    @as_labeler
    def ask(request: object) -> None:
        with transaction.atomic(), as_application(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = '50ms'")
            cursor.execute("SELECT pg_sleep(5)")

    with pytest.raises(OperationalError, match="statement timeout"):
        ask(None)

    assert current_role() != ROLE
