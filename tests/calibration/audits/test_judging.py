"""Judgements: what an auditor answered becomes the score of a decision once it can no longer be taken back."""

from datetime import timedelta

import pytest

from calibration.models import AuditedLabel, Recount, StaleMark
from calibration.queries.audit_figures import POLICY_UNCLEAR, figures_of, read_judged
from calibration.queries.audits import auditor_rows, question_of
from calibration.services.audits import reassign_audit
from calibration.services.refresh import refresh_queue, stale_queue_ids
from calibration.stats import weighted_share
from labeling.models import Item
from labeling.services.withdrawals import withdraw_item
from qaplatform import clock
from qaplatform.people.models import Labeler
from tests.builders import make_external_labeler
from tests.calibration.audits.builders import (
    LATER,
    count_again,
    decide,
    draw,
    judge,
    make_imported_audit,
    make_office,
    skip,
)
from tests.calibration.builders import revise

pytestmark = pytest.mark.django_db


def test_an_answer_is_judged_when_undo_has_closed_and_not_before():
    office = make_office()
    decide(office.queue, office.lena, ["spam"])
    audit = draw(office.queue, [office.olga], 1, actor=office.quinn).audit
    judge(office.olga, audit.audit_queue, "spam")
    now = clock.database_now()

    refresh_queue(audit.audit_queue_id, now=now)
    assert audit.audited.get().judged_at is None
    assert Recount.objects.get(queue=audit.audit_queue).due_at <= now + timedelta(minutes=5)
    refresh_queue(audit.audit_queue_id, now=now + LATER)

    row = audit.audited.get()
    assert (row.auditor_answer, row.expected, row.is_correct) == ("spam", "spam", True)
    assert row.judged_at == now + LATER


def test_the_next_answer_closes_undo_and_what_stood_then_counts():
    office = make_office()
    decide(office.queue, office.lena, ["spam", "spam"])
    audit = draw(office.queue, [office.olga], 2, actor=office.quinn).audit
    first = judge(office.olga, audit.audit_queue, "scam")
    revise(first, "spam", at=clock.database_now())
    judge(office.olga, audit.audit_queue, "scam")

    refresh_queue(audit.audit_queue_id, now=clock.database_now())

    assert sorted(audit.audited.values_list("auditor_answer", flat=True)) == ["", "spam"]


def test_counting_twice_changes_nothing_and_the_source_is_counted_again():
    office = make_office()
    decide(office.queue, office.lena, ["spam"])
    audit = draw(office.queue, [office.olga], 1, actor=office.quinn).audit
    judge(office.olga, audit.audit_queue, "scam")
    refresh_queue(office.queue.pk)
    StaleMark.objects.all().delete()

    refresh_queue(audit.audit_queue_id, now=clock.database_now() + LATER)
    once = AuditedLabel.objects.values().get()
    assert office.queue.pk in stale_queue_ids(clock.database_now())
    refresh_queue(audit.audit_queue_id, now=clock.database_now() + 2 * LATER)

    assert AuditedLabel.objects.values().get() == once
    assert once["is_correct"] is False


def test_an_error_hangs_on_the_clause_of_the_expected_answer_else_of_the_given_one():
    office = make_office()
    decide(office.queue, office.lena, ["spam", "scam"])
    audit = draw(office.queue, [office.olga], 2, actor=office.quinn).audit
    expected = {"spam": "scam", "scam": "no_violation"}
    for _ in range(2):
        labeler = Labeler.objects.get(user=office.olga)
        item = audit.audited.filter(slot__state="open", slot__reserved_for=labeler).order_by("slot__rank").first()
        judge(office.olga, audit.audit_queue, expected[item.given])
    count_again(audit)

    clauses = {row.given: row.clause_revision.clause.categories.get().code for row in audit.audited.all()}
    assert clauses == {"spam": "scam", "scam": "scam"}


def test_cannot_tell_is_no_judgement_and_can_be_given_to_somebody_else():
    office = make_office()
    decide(office.queue, office.lena, ["spam"])
    audit = draw(office.queue, [office.olga], 1, actor=office.quinn).audit
    judge(office.olga, audit.audit_queue, "cannot_tell")
    count_again(audit)

    [olga] = auditor_rows(audit)
    assert (olga.judged, olga.undecidable, olga.waiting) == (0, 1, 0)
    reassign_audit(audit, unfinished=olga.auditor, to=office.oskar, actor=office.quinn)
    judge(office.oskar, audit.audit_queue, "scam")
    count_again(audit)

    assert audit.audited.get().is_correct is False


def test_an_answer_that_can_still_be_undone_is_told():
    office = make_office()
    decide(office.queue, office.lena, ["spam"])
    audit = draw(office.queue, [office.olga], 1, actor=office.quinn).audit
    judge(office.olga, audit.audit_queue, "spam")

    [olga] = auditor_rows(audit)

    assert (olga.judged, olga.undoable, olga.waiting) == (1, 1, 0)
    count_again(audit)
    assert auditor_rows(audit)[0].undoable == 0


def test_what_left_because_the_policy_is_unclear_stays_given():
    office = make_office()
    decide(office.queue, office.lena, ["spam"])
    audit = draw(office.queue, [office.olga], 1, actor=office.quinn).audit
    judge(office.olga, audit.audit_queue, "scam")
    count_again(audit)
    audit.audited.update(ended_at=clock.now(), ended_why=POLICY_UNCLEAR)

    [olga] = auditor_rows(audit)

    assert (olga.given, olga.judged, olga.waiting) == (1, 1, 0)


def test_a_skip_is_no_judgement_and_is_told():
    office = make_office()
    decide(office.queue, office.lena, ["spam"] * 2)
    audit = draw(office.queue, [office.olga], 2, actor=office.quinn).audit
    skip(office.olga, audit.audit_queue)
    judge(office.olga, audit.audit_queue, "spam")
    count_again(audit)

    [olga] = auditor_rows(audit)
    figures = figures_of(read_judged(audit.audited.all()), question_of(audit))
    assert (olga.judged, olga.skipped, olga.waiting) == (1, 1, 0)
    assert (figures.counts.judged, figures.counts.missing, figures.share.n) == (1, 1, 1)


def test_what_an_auditor_escalates_as_illegal_is_withdrawn_where_it_came_from():
    office = make_office()
    [label] = decide(office.queue, office.lena, ["spam"])
    audit = draw(office.queue, [office.olga], 1, actor=office.quinn).audit

    skip(office.olga, audit.audit_queue, reason="illegal")
    count_again(audit)

    assert Item.objects.get(pk=label.item_id).withdrawn_reason == "illegal"
    assert audit.audited.get().ended_why == "item withdrawn"


def test_an_item_withdrawn_at_its_source_leaves_the_audit_and_the_desk():
    office = make_office()
    [label] = decide(office.queue, office.lena, ["spam"])
    audit = draw(office.queue, [office.olga], 1, actor=office.quinn).audit

    withdraw_item(label.item, reason="illegal", actor=None)
    count_again(audit)

    row = audit.audited.get()
    assert row.ended_why == "item withdrawn"
    assert (row.slot.state, row.slot.item.withdrawn_reason) == ("cancelled", "illegal")


def test_figures_weigh_each_decision_by_its_probability():
    office = make_office()
    decide(office.queue, office.lena, ["spam"] * 30)
    decide(office.queue, office.marco, ["scam"] * 3)
    audit = draw(office.queue, [office.olga], 6, actor=office.quinn, by="labeler").audit
    AuditedLabel.objects.filter(audit=audit, labeler=office.lena).update(
        auditor_answer="spam", expected="spam", is_correct=True, judged_at=clock.now()
    )
    AuditedLabel.objects.filter(audit=audit, labeler=office.marco).update(
        auditor_answer="no_violation", expected="no_violation", is_correct=False, judged_at=clock.now()
    )

    figures = figures_of(read_judged(audit.audited.all()), question_of(audit))

    assert figures.share.value == pytest.approx(30 / 33)
    assert figures.unweighted.value == pytest.approx(0.5)
    assert figures.is_weighted
    assert {row.name: row.share.value for row in figures.by_given} == {"Spam": 1.0, "Scam": 0.0}
    assert {row.name: row.share.value for row in figures.by_expected} == {"Spam": 1.0, "No violation": 0.0}
    [kind] = figures.kinds
    assert (kind.found, kind.name) == (3, "False positive")
    assert kind.share.value == pytest.approx(3 / 33)
    assert figures.counts.undecided == 3


def test_imported_judgements_are_not_weighted():
    office = make_office()
    external = make_external_labeler()
    labels = decide(office.queue, external, ["spam"] * 4)
    audit = make_imported_audit(office, labels, right=[True, True, True, False])

    figures = figures_of(read_judged(audit.audited.all()), question_of(audit))

    assert figures.share.value == weighted_share([1, 1, 1, 0], [1.0] * 4, range(4)).value == 0.75
    assert not figures.is_weighted
