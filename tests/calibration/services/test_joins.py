"""Figures before a join, while it stands, and after it was taken back: each time what the checker counts."""

from datetime import timedelta

import pytest

from calibration.models import AuditedLabel, GoldScore, MetricSnapshot, Watch
from calibration.services.checking import check_snapshots
from calibration.services.refresh import refresh_queue
from labeling.models import Label
from labeling.services.joins import join_labeler, part_labeler
from qaplatform.people.models import Labeler
from tests.builders import make_external_labeler, make_items, make_labeler, make_queue, make_user, make_vendor
from tests.calibration.builders import MINUTE, NOON, add_gold_label, add_label, make_gold, make_plan
from tests.labeling.importing.decision_builders import import_decisions

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)


def figures(queue) -> dict[tuple[str, ...], object]:
    rows = MetricSnapshot.objects.filter(queue=queue).values_list("metric", "cut", "key", "reference", "tally")
    return {tuple(key): tally for *key, tally in rows}


def watches(queue) -> list[tuple[object, ...]]:
    rows = Watch.objects.filter(queue=queue, n__gt=0).order_by("labeler_id")
    return list(rows.values_list("labeler_id", "started_at", "n", "statistic"))


def test_figures_are_right_before_while_joined_and_after():
    vendor, queue, ada = make_vendor(), make_queue(), make_user()
    make_plan(queue)
    lena, external = make_labeler("lena", vendor=vendor), make_external_labeler("L7", vendor=vendor)
    other = make_labeler()
    for number, item in enumerate(make_items(queue, 12, answers_needed=2)):
        add_label(item, other, "spam", at=NOON - number * MINUTE)
        add_label(item, external if number % 2 else lena, "scam" if number % 3 else "spam", at=NOON - number * MINUTE)
    for number in range(30):
        gold = make_gold(queue)
        who = (lena, external)[number % 2]
        give = add_gold_label if who is lena else _import_gold
        give(gold, who, "spam" if number % 4 else "scam", at=NOON - timedelta(hours=40 - number))
    shared = make_gold(queue)
    add_gold_label(shared, lena, "spam", at=NOON)
    _import_gold(shared, external, "scam", at=NOON)
    refresh_queue(queue.pk, now=LATER)
    before, watched = figures(queue), watches(queue)
    assert check_snapshots(queue.pk) == ()

    join = join_labeler(external, lena.user, actor=ada)
    refresh_queue(queue.pk, now=LATER)

    assert check_snapshots(queue.pk) == ()
    assert GoldScore.objects.filter(labeler=lena).count() == 31
    assert GoldScore.objects.filter(labeler=external).count() == 1
    assert Watch.objects.get(labeler=lena, queue=queue).n == 31
    assert figures(queue) != before

    part_labeler(join, actor=ada)
    refresh_queue(queue.pk, now=LATER)

    assert check_snapshots(queue.pk) == ()
    assert figures(queue) == before
    assert watches(queue) == watched
    assert not AuditedLabel.objects.exists()


def _import_gold(gold, labeler, category, *, at):
    return add_label(gold.item, labeler, category, at=at)


def test_a_later_file_in_the_externals_name_goes_to_the_account_and_back(settings, tmp_path):
    settings.UPLOAD_DIR = tmp_path
    head = "case,firm,who,verdict,qa"
    first = [f"c{n},Acme,A7,{'spam' if n % 3 else 'ok'},{'spam' if n % 4 else 'ok'}" for n in range(12)]
    later = [f"d{n},Acme,A7,spam,{'spam' if n % 2 else 'ok'}" for n in range(6)]
    import_decisions("\n".join([head, *first]))
    external, ada = Labeler.objects.get(external_id="A7"), make_user()
    lena = make_labeler("lena", vendor=external.vendor)

    join = join_labeler(external, lena.user, actor=ada)
    import_decisions("\n".join([head, *later]))
    [queue_id] = set(Label.objects.values_list("queue_id", flat=True))
    refresh_queue(queue_id)

    assert check_snapshots(queue_id) == ()
    assert set(Label.objects.values_list("labeler", flat=True)) == {lena.pk}
    assert set(AuditedLabel.objects.values_list("labeler", flat=True)) == {lena.pk}

    part_labeler(join, actor=ada)
    refresh_queue(queue_id)

    assert check_snapshots(queue_id) == ()
    assert set(Label.objects.values_list("labeler", flat=True)) == {external.pk}
    assert set(AuditedLabel.objects.values_list("labeler", flat=True)) == {external.pk}
    assert AuditedLabel.objects.count() == 18
