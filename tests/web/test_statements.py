import pytest
from django.db import DataError, IntegrityError, connection

from qaplatform.statements import first_row, run_statement
from tests.builders import make_vendor

pytestmark = pytest.mark.django_db

REPEATED = "SELECT %(a)s::int + %(b)s::int, %(a)s::int"
RENAME = "UPDATE people_vendor SET name = %(name)s WHERE id = ANY(%(ids)s::bigint[])"
KEPT = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT $1::int + $2::int%%'"


def test_a_parameter_may_stand_twice_and_one_that_is_not_named_is_left_out() -> None:
    assert first_row(REPEATED, {"b": 2, "a": 40, "c": object()}) == (42, 40)


def test_there_is_no_row_where_nothing_is_found() -> None:
    assert first_row("SELECT 1 WHERE %(never)s::bool", {"never": False}) is None


def test_the_rows_that_were_changed_are_counted() -> None:
    vendor = make_vendor()

    assert run_statement(RENAME, {"name": "Renamed", "ids": [vendor.pk]}) == 1
    vendor.refresh_from_db()
    assert vendor.name == "Renamed"


def test_a_plan_is_kept_from_the_second_time_on() -> None:
    for number in range(3):
        first_row(REPEATED, {"a": number, "b": number})

    with connection.cursor() as cursor:
        cursor.execute(KEPT)
        assert cursor.fetchone() == (1,)


def test_statements_are_seen_by_whoever_counts_queries(django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        first_row(REPEATED, {"a": 1, "b": 1})


def test_errors_are_those_of_django() -> None:
    with pytest.raises(DataError):
        first_row("SELECT 1 / %(zero)s::int", {"zero": 0})


def test_a_broken_constraint_is_an_integrity_error() -> None:
    first, second = make_vendor(), make_vendor()

    with pytest.raises(IntegrityError):
        run_statement(RENAME, {"name": first.name, "ids": [second.pk]})
