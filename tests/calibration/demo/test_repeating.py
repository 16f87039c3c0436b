from datetime import date

import pytest
from django.db import transaction

from calibration.demo.loading import load_history, load_people
from calibration.demo.plans import SMALL
from calibration.models import GoldAnswer
from labeling.models import Item, Label, Slot

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 20)


def _rows_of_a_load():
    with transaction.atomic():
        staff = load_people(SMALL, today=TODAY)
        load_history(SMALL, staff, today=TODAY, report=lambda _: None)
        rows = [
            list(Item.objects.order_by("public_id").values_list("public_id", "external_id", "content", "created_at")),
            list(
                Label.objects.order_by("public_id").values_list("public_id", "answers", "created_at", "item__public_id")
            ),
            list(
                Slot.objects.order_by("assignment_id", "rank").values_list("assignment_id", "token", "rank", "done_at")
            ),
            list(GoldAnswer.objects.order_by("public_id").values_list("public_id", "accepted", "reason")),
        ]
        transaction.set_rollback(True)
    return rows


def test_same_seed_on_the_same_day_writes_the_same_rows():
    assert _rows_of_a_load() == _rows_of_a_load()


def test_people_who_are_there_already_are_kept():
    first = load_people(SMALL, today=TODAY)

    second = load_people(SMALL, today=TODAY)

    assert {name: user.pk for name, user in first.users.items()} == {n: user.pk for n, user in second.users.items()}
