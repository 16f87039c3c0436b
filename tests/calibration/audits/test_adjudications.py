"""Disagreements: in which order they wait, who decides, and what a decision does."""

from dataclasses import dataclass

import pytest

from calibration.enums import AdjudicationOutcome, GoldPool, GoldState
from calibration.models import Adjudication, AuditedLabel, GoldItem, GoldScore, StaleMark
from calibration.queries.adjudications import gravest_first, read_disagreement, unclear_cases, undecided, votes_on
from calibration.queries.audit_figures import figures_of, read_judged
from calibration.queries.audits import question_of
from calibration.services.adjudications import GoldWish, Ruling, adjudicate
from calibration.services.gold import approve_gold
from calibration.services.refresh import refresh_queue
from labeling.enums import SlotOrigin
from labeling.models import Category, Escalation
from qaplatform import clock
from qaplatform.errors import DomainError, InvalidInput, Refused
from qaplatform.people.queries.accesses import read_access
from qaplatform.trail.models import TrailEntry
from tests.builders import make_labeler
from tests.calibration.audits.builders import (
    LATER,
    Office,
    count_again,
    decide,
    draw,
    judge,
    make_disagreement,
    make_imported_audit,
    make_office,
)
from tests.calibration.builders import add_label, make_plan

pytestmark = pytest.mark.django_db

STANDS, OVERTURNED, UNCLEAR = AdjudicationOutcome


@dataclass(frozen=True)
class Case:
    """Spam was decided, the auditor says scam."""

    office: Office
    row: AuditedLabel


@pytest.fixture
def case() -> Case:
    office = make_office()
    return Case(office, make_disagreement(office.queue, office.lena, actor=office.quinn))


def rule(case: Case, outcome: AdjudicationOutcome, **fields: object) -> Adjudication:
    ruling = Ruling(outcome=outcome, reason="Clause 1.2 names it.", **fields)
    return adjudicate(case.row, ruling, actor=case.office.quentin)


def now_of(case: Case) -> AuditedLabel:
    return AuditedLabel.objects.get(pk=case.row.pk)


def test_a_decision_that_stands_is_right_after_all(case):
    assert now_of(case).is_correct is False
    StaleMark.objects.all().delete()

    rule(case, STANDS)

    row = now_of(case)
    assert (row.expected, row.is_correct, row.auditor_answer) == ("spam", True, "scam")
    assert row.clause_revision.clause.categories.get().code == "spam"
    assert StaleMark.objects.filter(queue=case.office.queue).count() == 1
    entry = TrailEntry.objects.get(action="disagreement_decided")
    assert (entry.detail["outcome"], entry.detail["given"], entry.detail["auditor"]) == ("stands", "spam", "scam")


def test_naming_danger_withdraws_the_item_and_escalates(case):
    Category.objects.filter(code="impersonation").update(never_sample=True)
    with pytest.raises(InvalidInput, match="never gold"):
        rule(case, OVERTURNED, accepted=["impersonation"], gold=GoldWish(GoldPool.TRAINING))

    rule(case, OVERTURNED, accepted=["impersonation"])
    count_again(case.row.audit)

    row = Escalation.objects.get()
    assert (row.item, row.reason, row.note) == (case.row.item, "never_sample", "Clause 1.2 names it.")
    assert (row.item.withdrawn_reason, now_of(case).ended_why) == ("never_sample", "item withdrawn")


def test_an_overturned_decision_stays_wrong_under_the_right_answer(case):
    made = rule(case, OVERTURNED, accepted=["impersonation", "scam"])

    row = now_of(case)
    assert (row.expected, row.is_correct) == ("impersonation", False)
    assert made.accepted == ["impersonation", "scam"]


def test_without_a_choice_the_auditors_answer_is_right(case):
    assert rule(case, OVERTURNED).accepted == ["scam"]


def test_what_the_policy_does_not_settle_leaves_the_score_and_goes_to_the_policy_owner(case):
    quinn = read_access(case.office.quinn)
    assert undecided(quinn).count() == 1

    rule(case, UNCLEAR)

    row = now_of(case)
    assert (row.ended_why, row.is_correct) == ("policy unclear", False)
    assert row.ended_at is not None
    assert (undecided(quinn).count(), unclear_cases(quinn).count()) == (0, 1)
    counts = figures_of(read_judged(row.audit.audited.all()), question_of(row.audit)).counts
    assert (counts.judged, counts.unclear, counts.undecided) == (0, 1, 0)


def test_an_overturned_decision_cannot_be_among_the_right_answers(case):
    with pytest.raises(InvalidInput, match="then the decision stands"):
        rule(case, OVERTURNED, accepted=["scam", "spam"])


def test_an_unknown_answer_is_refused(case):
    with pytest.raises(InvalidInput, match="is no answer to this question"):
        rule(case, OVERTURNED, accepted=["fraud"])


def test_a_reason_is_asked_for(case):
    with pytest.raises(InvalidInput, match="Say why"):
        adjudicate(case.row, Ruling(outcome=STANDS, reason=" "), actor=case.office.quentin)


def test_it_is_decided_once_and_the_second_is_told_by_whom(case):
    rule(case, STANDS)

    with pytest.raises(Refused, match="quentin has decided this already"):
        rule(case, OVERTURNED)
    assert now_of(case).is_correct is True


@pytest.mark.parametrize("party", ["auditor", "labeler"])
def test_neither_side_decides(case, party):
    actor = getattr(case.row, party).user

    with pytest.raises(Refused, match="One of the two answers is your own"):
        adjudicate(case.row, Ruling(outcome=STANDS, reason="Mine."), actor=actor)
    assert not Adjudication.objects.exists()


def test_agreement_and_what_is_not_judged_cannot_be_decided():
    office = make_office()
    decide(office.queue, office.lena, ["spam"])
    audit = draw(office.queue, [office.olga], 1, actor=office.quinn).audit
    ruling = Ruling(outcome=STANDS, reason="So.")

    with pytest.raises(Refused, match="nothing to decide"):
        adjudicate(audit.audited.get(), ruling, actor=office.quentin)
    judge(office.olga, audit.audit_queue, "spam")
    count_again(audit)
    with pytest.raises(Refused, match="agree here"):
        adjudicate(audit.audited.get(), ruling, actor=office.quentin)


def test_gold_is_proposed_by_who_decides_and_approved_by_somebody_else(case):
    clause = case.row.clause_revision
    made = rule(case, OVERTURNED, gold=GoldWish(GoldPool.EXAM, clause))

    answer = made.gold.answers.get()
    assert (made.gold.made_from, made.gold.state, made.gold.pool) == (case.row.item, GoldState.PROPOSED, GoldPool.EXAM)
    assert (answer.accepted, answer.reason, answer.clause_revision) == (["scam"], "Clause 1.2 names it.", clause)
    with pytest.raises(DomainError):
        approve_gold(answer, approver=case.office.quentin)
    approve_gold(answer, approver=case.office.quinn)
    assert GoldItem.objects.get().state == GoldState.LIVE


def test_gold_needs_no_overturned_decision(case):
    assert rule(case, STANDS, gold=GoldWish(GoldPool.TRAINING)).gold.answers.get().accepted == ["spam"]


def test_an_unclear_policy_gives_no_gold_and_nothing_is_half_done(case):
    with pytest.raises(InvalidInput, match="cannot be gold"):
        rule(case, UNCLEAR, gold=GoldWish(GoldPool.TRAINING))

    assert now_of(case).ended_at is None
    assert not Adjudication.objects.exists()


def test_gold_that_is_refused_leaves_the_disagreement_undecided(case):
    Category.objects.filter(policy=case.office.queue.policy, code="scam").update(never_sample=True)

    with pytest.raises(DomainError, match="never gold"):
        rule(case, OVERTURNED, gold=GoldWish(GoldPool.TRAINING))

    assert now_of(case).expected == "scam"
    assert not Adjudication.objects.exists()


def test_answers_that_stood_before_are_never_scored_against_the_gold_that_came_of_them(case):
    make_plan(case.office.queue)
    add_label(case.row.item, make_labeler(), "spam", at=clock.now(), origin=SlotOrigin.IMPORTED)
    made = rule(case, OVERTURNED, gold=GoldWish(GoldPool.MONITORING))

    approve_gold(made.gold.answers.get(), approver=case.office.quinn)
    refresh_queue(case.office.queue.pk, now=clock.now() + LATER)

    assert made.gold.item.content_hash == case.row.item.content_hash
    assert made.gold.item.pk != case.row.item_id
    assert not GoldScore.objects.exists()


def test_the_gravest_and_least_agreed_on_come_first():
    office = make_office()
    Category.objects.filter(code="impersonation").update(severity=4)
    light = make_disagreement(office.queue, office.lena, actor=office.quinn)
    grave = make_disagreement(office.queue, office.lena, actor=office.quinn, judged="impersonation")
    agreed_on = make_disagreement(office.queue, office.lena, actor=office.quinn)
    for _ in range(2):
        add_label(agreed_on.item, make_labeler(), "scam", at=clock.now(), origin=SlotOrigin.ENTRY)

    lines = gravest_first(undecided(read_access(office.quinn)))

    assert [line.public_id for line in lines] == [row.public_id for row in (grave, light, agreed_on)]
    assert [(line.severity, line.agreement, line.votes) for line in lines] == [(4, 0.5, 2), (2, 0.5, 2), (2, 0.75, 4)]
    assert votes_on([agreed_on])[agreed_on.pk] == {"scam": 3, "spam": 1}


def test_the_page_names_nobody(case):
    add_label(case.row.item, make_labeler("petra"), "scam", at=clock.now(), origin=SlotOrigin.ENTRY)

    facts = read_disagreement(case.row)

    assert (facts.given, facts.auditor_answer, facts.auditor_rationale) == ("Spam", "Scam", "It asks for a code.")
    assert [(vote.name, vote.n) for vote in facts.votes] == [("Scam", 1)]
    assert [revision.clause.code for revision in facts.clauses] == ["1.1", "1.2"]
    assert not {"petra", "lena", str(case.row.auditor)} & set(str(facts).split())


def test_imported_disagreements_are_decided_too():
    office = make_office()
    labels = decide(office.queue, office.lena, ["spam", "spam"], origin=SlotOrigin.IMPORTED)
    audit = make_imported_audit(office, labels, right=[True, False])
    row = audit.audited.get(is_correct=False)

    adjudicate(row, Ruling(outcome=STANDS, reason="It is spam."), actor=office.quentin)

    assert AuditedLabel.objects.filter(audit=audit, is_correct=True).count() == 2
