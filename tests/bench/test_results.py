"""The first result of a file by 5,000 people, and their page, with 50,000 decisions that QA checked.

make bench ARGS=tests/bench/test_results.py

No target is set but the same number of queries as for one person (tests/calibration/pages/test_results.py).
"""

from datetime import timedelta

import pytest
from django.urls import reverse

from calibration.enums import Reference
from calibration.models import AuditedLabel
from calibration.services.refresh import refresh_queue
from labeling.enums import SlotOrigin
from labeling.models import Label
from qaplatform import clock
from qaplatform.people.enums import LabelerKind, Role
from qaplatform.people.models import Labeler
from tests.bench.measuring import cost_of, load_words, median_cost, tell
from tests.builders import client_for, make_items, make_queue, make_user, make_vendor
from tests.calibration.auditing import make_audit, make_run
from tests.calibration.builders import make_plan
from tests.calibration.pages.worlds import write_labels

pytestmark = [pytest.mark.bench, pytest.mark.django_db]

PEOPLE = 5_000
EACH = 10


def test_the_first_result_of_5000_people() -> None:
    run, queue = make_run(), make_queue()
    make_plan(queue)
    vendor = make_vendor()
    people = Labeler.objects.bulk_create(
        Labeler(vendor=vendor, kind=LabelerKind.EXTERNAL, external_id=f"e{n}", display_name=f"e{n}")
        for n in range(PEOPLE)
    )
    items = make_items(queue, EACH, answers_needed=0)
    given = [(item, labeler, "spam") for labeler in people for item in items]
    write_labels(queue, given, at=clock.now() - timedelta(days=2), origin=SlotOrigin.IMPORTED)
    Label.objects.filter(queue=queue).update(import_run=run)
    audit = make_audit(queue, Reference.AUDIT_SEEN)
    AuditedLabel.objects.bulk_create(
        AuditedLabel(
            audit=audit,
            label=label,
            queue=queue,
            labeler_id=label.labeler_id,
            item_id=label.item_id,
            question="category",
            reference=Reference.AUDIT_SEEN,
            given="spam",
            auditor_answer="spam" if label.pk % 17 else "no_violation",
            expected="spam" if label.pk % 17 else "no_violation",
            is_correct=bool(label.pk % 17),
            answered_at=label.created_at,
            judged_at=label.created_at,
        )
        for label in Label.objects.filter(queue=queue)
    )
    client = client_for(make_user(roles=[Role.QA_MANAGER]))
    counting = cost_of(lambda: refresh_queue(queue.pk, now=clock.now()))

    result = median_cost(lambda: client.get(reverse("calibration:first_result", args=[run.public_id])))
    listed = median_cost(lambda: client.get(reverse("calibration:people")))

    tell(
        f"{PEOPLE:,} people, {len(given):,} checked decisions; {load_words()}",
        f"counting the queue   {counting.words}",
        f"first result         {result.words}",
        f"people               {listed.words}",
    )
