"""What the page of a file tells is recomputed from its labels."""

from dataclasses import replace

import pytest

from calibration.enums import Reference
from calibration.models import AuditedLabel
from calibration.queries.first_results import first_result
from calibration.services.checking_first_results import _compare, _labels, _scores, check_first_results
from calibration.services.refresh import refresh_queue
from labeling.models import Label
from labeling.services.withdrawals import withdraw_item
from tests.builders import make_external_labeler, make_items, make_queue, make_vendor
from tests.calibration.auditing import audit_answers, make_run
from tests.calibration.builders import MINUTE, add_label, make_plan, revise

pytestmark = pytest.mark.django_db


@pytest.fixture
def queue():
    """A file in which two people were checked, one was not, one decision was replaced and one item withdrawn."""
    run, queue, vendor = make_run(), make_queue(), make_vendor()
    make_plan(queue)
    for name, wrong in (("L1", 12), ("L2", 0)):
        audit_answers(queue, make_external_labeler(name, vendor=vendor), [True] * 25 + [False] * wrong, run=run)
    alone = make_external_labeler("L3", vendor=make_vendor())
    for number, item in enumerate(make_items(queue, 4, answers_needed=0)):
        label = add_label(item, alone, "spam")
        Label.objects.filter(pk=label.pk).update(import_run=run)
        if number == 0:
            again = revise(label, "scam", at=label.created_at + MINUTE)
            Label.objects.filter(pk=again.pk).update(import_run=run)
        if number == 1:
            withdraw_item(item, reason="Illegal", actor=None)
    refresh_queue(queue.pk)
    return queue


def test_a_file_is_confirmed(queue):
    told = first_result(Label.objects.exclude(import_run=None).first().import_run, queue=queue.public_id)

    assert check_first_results(queue) == []
    assert (told.total.decisions, told.total.n, told.total.right) == (65, 62, 50)


@pytest.mark.parametrize(
    ("change", "what"), [({"right": 49}, "counts"), ({"decisions": 66}, "counts"), ({"standing": "meets"}, "standing")]
)
def test_another_figure_on_the_page_is_found(queue, change, what):
    run = Label.objects.exclude(import_run=None).first().import_run
    told = replace(first_result(run, queue=queue.public_id).total, **change)
    labels = _labels(run, queue)

    found = list(
        _compare(told, len(labels), _scores(labels, queue, Reference.AUDIT_SEEN), target=0.95, name="the page")
    )

    assert [difference.what for difference in found] == [f"{what}, the page"]


def test_another_interval_on_the_page_is_found(queue):
    run = Label.objects.exclude(import_run=None).first().import_run
    told = first_result(run, queue=queue.public_id).total
    told = replace(told, accuracy=replace(told.accuracy, lower=told.accuracy.lower + 0.001))
    labels = _labels(run, queue)

    found = list(
        _compare(told, len(labels), _scores(labels, queue, Reference.AUDIT_SEEN), target=0.95, name="the page")
    )

    assert [difference.what for difference in found] == ["lower, the page"]


def test_decisions_with_unlike_chances_are_weighted_there_too(queue):
    ids = list(AuditedLabel.objects.values_list("pk", flat=True)[:20])
    AuditedLabel.objects.filter(pk__in=ids).update(inclusion_probability=0.1)
    AuditedLabel.objects.exclude(pk__in=ids).update(inclusion_probability=0.5)

    assert check_first_results(queue) == []
