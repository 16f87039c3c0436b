"""The trail is append-only in the database itself."""

import pytest
from django.db import ProgrammingError, transaction

from qaplatform.people.services.vendors import create_vendor
from qaplatform.trail.models import TrailEntry

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("change", [lambda rows: rows.update(action="x"), lambda rows: rows.delete()])
def test_a_trail_row_can_neither_change_nor_go(change):
    create_vendor("North", team="Team 1", is_in_house=False, actor=None)

    with pytest.raises(ProgrammingError, match="append-only"), transaction.atomic():
        change(TrailEntry.objects.all())

    assert TrailEntry.objects.get().action == "vendor_created"
