"""Drawing audits: from what, with which probability, and to whom."""

from datetime import timedelta

import pytest

from calibration.enums import AuditDraw, GoldPool
from calibration.models import AuditedLabel
from calibration.queries.audit_populations import AuditPopulation, Source, Stratum, count_strata
from calibration.queries.audits import preview_draw
from calibration.services.audits import close_audit, reassign_audit
from labeling.enums import QueueKind, SlotOrigin, SlotState
from labeling.models import Category, Label, PolicyVersion, Slot
from labeling.services.withdrawals import withdraw_item
from qaplatform import clock
from qaplatform.errors import InvalidInput, Refused
from qaplatform.people.enums import Role
from qaplatform.people.models import Labeler
from qaplatform.trail.models import TrailEntry
from tests.builders import make_external_labeler, make_labeler, make_team, make_user, make_vendor
from tests.calibration.audits.builders import count_again, decide, draw, judge, make_office, skip
from tests.calibration.builders import add_gold_label, add_label, make_gold, revise

pytestmark = pytest.mark.django_db


def size_of(queue, **filters) -> int:
    population = AuditPopulation(queue=queue, question="category", **filters)
    return sum(stratum.size for stratum in count_strata(population, now=clock.database_now()))


def test_each_decision_is_given_once_and_evenly_to_auditors():
    office = make_office()
    decide(office.queue, office.lena, ["spam"] * 12)

    made = draw(office.queue, [office.olga, office.oskar], 10, actor=office.quinn)

    rows = AuditedLabel.objects.filter(audit=made.audit)
    assert made.drawn == 10
    assert sorted(made.served.by_auditor.values()) == [5, 5]
    assert {row.inclusion_probability for row in rows} == {10 / 12}
    assert {row.slot.reserved_for.user for row in rows} == {office.olga, office.oskar}
    assert {row.slot.item.content_hash for row in rows} == {row.item.content_hash for row in rows}
    assert {row.slot.queue.kind for row in rows} == {QueueKind.AUDIT}
    assert made.audit.drawn_from == 12
    assert made.audit.population["sentence"].startswith("Decisions in Spam on “category”")
    assert TrailEntry.objects.filter(action="audit_drawn").count() == 1


def test_the_same_seed_draws_the_same_decisions():
    office = make_office()
    labels = decide(office.queue, office.lena, ["spam"] * 30)
    first = draw(office.queue, [office.olga], 5, actor=office.quinn, seed=3).audit
    drawn = set(first.audited.values_list("label", flat=True))
    close_audit(first, actor=office.quinn)

    again = draw(office.queue, [office.olga], 5, actor=office.quinn, seed=3).audit

    assert set(again.audited.values_list("label", flat=True)) == drawn
    assert drawn < {label.pk for label in labels}


def test_strata_give_the_same_number_and_store_what_they_had():
    office = make_office()
    decide(office.queue, office.lena, ["spam"] * 20)
    decide(office.queue, office.marco, ["scam"] * 4)

    audit = draw(office.queue, [office.olga], 10, actor=office.quinn, by=AuditDraw.LABELER).audit

    chances = {row.labeler: row.inclusion_probability for row in audit.audited.all()}
    assert chances == {office.lena: 6 / 20, office.marco: 1.0}
    by_answer = preview_draw([Stratum("spam", 20), Stratum("scam", 4)], 10, auditors=1, share=0.95)
    assert (by_answer.drawn, by_answer.each, by_answer.whole_strata) == (10, (10, 10), 1)


def test_fewer_than_one_a_person_is_refused_with_what_to_do():
    office = make_office()
    decide(office.queue, office.lena, ["spam"] * 3)
    decide(office.queue, office.marco, ["spam"] * 3)

    with pytest.raises(InvalidInput, match=r"There are 2 people.*Draw 2 or more"):
        draw(office.queue, [office.olga], 1, actor=office.quinn, by=AuditDraw.LABELER)


def test_what_must_not_be_sampled_is_not_drawn_from():
    office = make_office()
    kept, withdrawn, purged, never, fresh, corrected = decide(office.queue, office.lena, ["spam"] * 3 + ["scam"] * 3)
    withdraw_item(withdrawn.item, reason="illegal", actor=None)
    type(purged.item).objects.filter(pk=purged.item_id).update(purged_at=clock.now())
    Category.objects.filter(policy=office.queue.policy, code="impersonation").update(never_sample=True)
    Label.objects.filter(pk=never.pk).update(answers={"category": "impersonation"})
    Label.objects.filter(pk=fresh.pk).update(created_at=clock.database_now() - timedelta(minutes=1))
    revise(corrected, "no_violation", at=corrected.created_at + timedelta(minutes=1))
    gold = make_gold(office.queue, pool=GoldPool.MONITORING)
    add_gold_label(gold, office.lena, "spam", at=clock.now() - timedelta(days=1))

    population = AuditPopulation(queue=office.queue, question="category", draw=AuditDraw.CATEGORY)

    assert count_strata(population, now=clock.database_now()) == (Stratum("no_violation", 1), Stratum("spam", 1))
    assert kept.answers == {"category": "spam"}


def test_a_decision_in_a_current_audit_is_not_drawn_again_until_that_is_closed():
    office = make_office()
    decide(office.queue, office.lena, ["spam"] * 4)
    first = draw(office.queue, [office.olga], 4, actor=office.quinn).audit

    assert size_of(office.queue) == 0
    close_audit(first, actor=office.quinn)
    assert size_of(office.queue) == 4


def test_filters_narrow_the_population():
    office = make_office()
    yesterday = clock.now() - timedelta(days=1)
    decide(office.queue, office.lena, ["spam"] * 2, start=yesterday - timedelta(days=9))
    decide(office.queue, office.marco, ["spam"] * 3, start=yesterday)
    elsewhere = make_external_labeler(vendor=make_vendor("Agency"))
    decide(office.queue, elsewhere, ["spam"] * 5, origin=SlotOrigin.IMPORTED, start=yesterday)

    assert size_of(office.queue) == 10
    assert size_of(office.queue, source=Source.IMPORTED) == 5
    assert size_of(office.queue, source=Source.OURS) == 5
    assert size_of(office.queue, vendor=office.marco.vendor) == 3
    assert size_of(office.queue, since=(yesterday - timedelta(days=2)).date()) == 8
    assert size_of(office.queue, until=(yesterday - timedelta(days=5)).date()) == 2


def test_nobody_is_given_their_own_or_their_teams_or_what_they_have_answered():
    office = make_office()
    mate = make_labeler("mate", team=office.team)
    rival = make_labeler("rival", vendor=office.lena.vendor)
    other = make_labeler("other")
    [label] = decide(office.queue, office.lena, ["spam"])
    add_label(label.item, other, "scam", at=clock.now() - timedelta(days=1))
    everybody = [office.lena, mate, rival, other]

    for labeler in everybody:
        made = draw(office.queue, [labeler.user], 1, actor=office.quinn, vendor=office.lena.vendor)
        assert (labeler, made.served.unserved) == (labeler, 1)
        close_audit(made.audit, actor=office.quinn)

    assert draw(office.queue, [office.olga], 1, actor=office.quinn, vendor=office.lena.vendor).served.number == 1


def test_in_house_auditors_may_judge_other_teams_of_the_house_and_not_their_own():
    office = make_office()
    oak = make_team(house := make_vendor("House", is_in_house=True))
    decide(office.queue, make_labeler("worker", team=oak), ["spam"])

    same_team = draw(office.queue, [make_labeler("mate", team=oak).user], 1, actor=office.quinn)
    close_audit(same_team.audit, actor=office.quinn)
    other_team = draw(office.queue, [make_labeler("auditor", vendor=house).user], 1, actor=office.quinn)

    assert (same_team.served.number, other_team.served.number) == (0, 1)


def test_an_auditor_without_a_desk_gets_one_in_house():
    office = make_office()
    decide(office.queue, office.lena, ["spam"])

    draw(office.queue, [office.olga], 1, actor=office.quinn)

    desk = Labeler.objects.get(user=office.olga)
    assert (desk.vendor.is_in_house, desk.team, desk.display_name) == (True, None, "olga")


def test_a_vendors_auditor_gets_a_desk_at_the_vendor():
    office = make_office()
    decide(office.queue, office.lena, ["spam"])
    auditor = make_user(roles=[Role.AUDITOR], vendor=office.lena.vendor)

    made = draw(office.queue, [auditor], 1, actor=office.quinn)

    assert Labeler.objects.get(user=auditor).vendor == office.lena.vendor
    assert made.served.unserved == 1


def test_decisions_under_two_policy_versions_are_judged_under_each():
    office = make_office()
    old, new = decide(office.queue, office.lena, ["spam"] * 2)
    second = PolicyVersion.objects.create(policy=office.queue.policy, number=2, published_at=clock.now())
    Label.objects.filter(pk=new.pk).update(policy_version=second)

    audit = draw(office.queue, [office.olga], 2, actor=office.quinn).audit

    asked_under = {row.label_id: row.slot.queue.policy_version for row in audit.audited.all()}
    assert asked_under == {old.pk: old.policy_version, new.pk: second}


def test_a_second_audit_uses_the_same_queue():
    office = make_office()
    decide(office.queue, office.lena, ["spam"] * 4)

    first = draw(office.queue, [office.olga], 2, actor=office.quinn).audit
    second = draw(office.queue, [office.olga], 2, actor=office.quinn).audit

    assert first.audit_queue == second.audit_queue
    assert first.audit_queue.schemas.count() == 1


def test_what_is_unfinished_goes_to_another_auditor():
    office = make_office()
    decide(office.queue, office.lena, ["spam"] * 4)
    audit = draw(office.queue, [office.olga], 4, actor=office.quinn).audit
    judge(office.olga, audit.audit_queue, "spam")
    skip(office.olga, audit.audit_queue)

    served = reassign_audit(
        audit, unfinished=Labeler.objects.get(user=office.olga), to=office.oskar, actor=office.quinn
    )

    oskar = Labeler.objects.get(user=office.oskar)
    olga = Labeler.objects.get(user=office.olga)
    assert served.by_auditor == {oskar.pk: 3}
    assert sorted(audit.audited.values_list("auditor", flat=True)) == sorted([olga.pk, oskar.pk, oskar.pk, oskar.pk])
    assert not Slot.objects.filter(reserved_for__user=office.olga, state=SlotState.OPEN).exists()


def test_what_was_skipped_never_returns_to_the_same_person():
    office = make_office()
    decide(office.queue, office.lena, ["spam"])
    audit = draw(office.queue, [office.olga], 1, actor=office.quinn).audit
    skip(office.olga, audit.audit_queue)
    olga = Labeler.objects.get(user=office.olga)
    reassign_audit(audit, unfinished=olga, to=office.oskar, actor=office.quinn)

    back = reassign_audit(audit, unfinished=Labeler.objects.get(user=office.oskar), to=office.olga, actor=office.quinn)

    assert (back.number, back.unserved) == (0, 1)
    assert audit.audited.get().auditor.user == office.oskar


def test_closing_keeps_an_answer_that_may_still_be_taken_back():
    office = make_office()
    decide(office.queue, office.lena, ["spam"] * 2)
    audit = draw(office.queue, [office.olga], 2, actor=office.quinn).audit
    judge(office.olga, audit.audit_queue, "spam")

    close_audit(audit, actor=office.quinn)
    count_again(audit)

    assert sorted(audit.audited.values_list("ended_why", "is_correct")) == [("", True), ("audit closed", None)]


def test_closing_takes_what_waits_out_of_work_and_twice_is_refused():
    office = make_office()
    decide(office.queue, office.lena, ["spam"] * 3)
    audit = draw(office.queue, [office.olga], 3, actor=office.quinn).audit

    closed = close_audit(audit, actor=office.quinn)

    assert not Slot.objects.filter(queue=audit.audit_queue, state=SlotState.OPEN).exists()
    assert set(audit.audited.values_list("ended_why", flat=True)) == {"audit closed"}
    with pytest.raises(Refused, match="closed already"):
        close_audit(closed, actor=office.quinn)
