"""The small demo, loaded once for all tests of this file, against the rules that live work obeys."""

from datetime import UTC, date, datetime

import pytest
from django.db import connection, transaction

from calibration.demo.cast import PARTS, Part
from calibration.demo.loading import load_history, load_people
from calibration.demo.plans import SMALL
from calibration.demo.stories import live_through
from calibration.enums import Cut, FlagState, GoldState, Metric, SetPurpose, SuspensionState
from calibration.models import (
    Attempt,
    Audit,
    CalibrationSet,
    Dispute,
    Flag,
    GoldAnswer,
    GoldItem,
    GoldScore,
    MetricSnapshot,
    Placement,
    SkillSuspension,
    StaleMark,
    WeeklyTest,
)
from calibration.queries.boards import board, state_counts
from calibration.services.checking import check_snapshots
from labeling.engine.answers import check_answers
from labeling.engine.draws import draw_answers_needed
from labeling.engine.schemas import parse_questions
from labeling.enums import QueueKind, SlotOrigin, SlotState
from labeling.models import Item, Label, LabelSchema, Queue, Skip, Slot
from qaplatform.people.models import SkillGrant, User

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)

# Planted, and not looked for by the product yet: no service opens anything for them.
NOT_LOOKED_FOR = {Part.COPIES, Part.IS_COPIED, Part.SPEEDS, "leaked gold", "wrong gold"}


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        staff = load_people(SMALL, today=TODAY)
        world = load_history(SMALL, staff, today=TODAY, report=_silent)
        live_through(world, report=_silent, now=NOW)
        yield world
        transaction.set_rollback(True)


def _silent(step):
    pass


def _count(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]


def test_all_answers_are_stored(loaded):
    drawn = [world.answers for world in loaded.world.queues]

    labels = Label.objects.filter(queue__kind=QueueKind.ORDINARY)
    assert labels.filter(revises=None).count() == sum(len(answers.item) for answers in drawn)
    assert labels.exclude(revises=None).count() == sum(int((answers.was >= 0).sum()) for answers in drawn)
    assert Skip.objects.count() == sum(int(((a.skipped_by >= 0) & ~a.is_gold).sum()) for a in drawn)


def test_olga_is_half_way_through_a_blind_audit(loaded):
    audit = Audit.objects.get()
    rows = audit.audited.all()

    assert (rows.count(), rows.filter(judged_at__isnull=False).count()) == (40, 22)
    assert {row.auditor.user.username for row in rows.select_related("auditor__user")} == {"olga"}
    assert 3 <= rows.filter(is_correct=False).count() <= 5


def test_no_item_has_more_ordinary_answers_than_it_needs(loaded):
    over = """SELECT count(*) FROM (
        SELECT i.id FROM labeling_item i JOIN labeling_slot s ON s.item_id = i.id AND s.origin = 'entry'
        GROUP BY i.id, i.answers_needed HAVING count(*) <> i.answers_needed) AS wrong"""

    assert _count(over) == 0


def test_each_done_slot_has_one_first_label_of_its_own_labeler(loaded):
    without = """SELECT count(*) FROM labeling_slot s
        LEFT JOIN labeling_label l ON l.slot_id = s.id AND l.revises_id IS NULL
        WHERE s.state = 'done' AND (l.id IS NULL OR l.labeler_id <> s.labeler_id OR l.item_id <> s.item_id
            OR l.queue_id <> s.queue_id OR l.created_at <> s.done_at)"""

    assert _count(without) == 0


def test_revisions_come_after_what_they_revise_and_before_the_next_answer(loaded):
    assert (
        _count("""SELECT count(*) FROM labeling_label r JOIN labeling_label l ON l.id = r.revises_id
        WHERE r.created_at <= l.created_at OR r.slot_id <> l.slot_id OR r.id <= l.id""")
        == 0
    )


def test_nobody_skips_what_they_answered(loaded):
    both = """SELECT count(*) FROM labeling_skip k
        JOIN labeling_slot s ON s.item_id = k.item_id AND s.labeler_id = k.labeler_id"""

    assert Skip.objects.exists()
    assert _count(both) == 0


def test_gold_is_placed_and_never_ordinary(loaded):
    placed = Slot.objects.filter(placement__isnull=False)

    assert not placed.exclude(origin=SlotOrigin.PLACED).exists()
    unexplained = Slot.objects.filter(origin=SlotOrigin.PLACED, placement=None)
    assert not unexplained.exclude(queue__kind=QueueKind.AUDIT).exists()
    assert not Slot.objects.filter(item__gold__isnull=False, origin=SlotOrigin.ENTRY).exists()
    assert not GoldItem.objects.exclude(item__answers_needed=0).exists()


def test_agreement_counts_no_gold(loaded):
    for queue in Queue.objects.filter(kind="ordinary"):
        snapshot = MetricSnapshot.objects.get(
            queue=queue, question="category", metric=Metric.AGREEMENT, cut=Cut.QUEUE, key=""
        )
        ordinary = Label.objects.filter(queue=queue, revised_by=None, slot__origin=SlotOrigin.ENTRY)
        pairable = ordinary.exclude(answers__category="cannot_tell")
        counted = sum(sum(counts[:-1]) * counts[-1] for counts in snapshot.tally["patterns"])
        assert counted == pairable.count()


def test_the_queues_own_draw_gives_what_each_item_needs(loaded):
    for queue in Queue.objects.filter(kind="ordinary"):
        rows = Item.objects.filter(queue=queue, answers_needed__gt=0).values_list("external_id", "answers_needed")
        drawn = {
            draw_answers_needed(queue.draw_seed, name, queue.base_answers, queue.overlap_rate, queue.overlap_size) == n
            for name, n in rows
        }
        assert drawn == {True}


def test_every_answer_is_one_that_the_product_takes(loaded):
    for schema in LabelSchema.objects.filter(queue__kind="ordinary"):
        questions = parse_questions(schema.questions)
        kinds = Label.objects.filter(schema=schema).values_list("answers", flat=True).distinct()
        assert [answers for answers in kinds if check_answers(questions, answers) != answers] == []


def test_gold_is_approved_by_somebody_other_than_its_author(loaded):
    live = GoldAnswer.objects.filter(gold__state=GoldState.LIVE)

    assert {answer.author_id == answer.approver_id for answer in live} == {False}
    assert not GoldAnswer.objects.filter(gold__state=GoldState.PROPOSED, approved_at__isnull=False).exists()
    assert GoldItem.objects.filter(state=GoldState.PROPOSED).count() == 2 * SMALL.proposed_gold


def test_nobody_works_after_the_suspension(loaded):
    suspension = SkillSuspension.objects.get(state=SuspensionState.CONFIRMED)

    assert not Label.objects.filter(labeler=suspension.grant.labeler, created_at__gt=suspension.decided_at).exists()
    assert suspension.grant.suspended_at == suspension.decided_at


def test_story_is_as_the_tour_tells_it(loaded):
    flags = {flag.labeler.user.username: flag for flag in Flag.objects.order_by("opened_at")}

    assert flags["lena"].state == FlagState.OPEN
    assert flags["marco"].state == FlagState.RETRAINING
    assert flags["marco"].is_disputed
    assert Dispute.objects.get().evidence.flag == flags["marco"]
    assert flags["marco"].decided_by.username == "quinn"
    assert SkillSuspension.objects.get().decided_by.username == "quentin"
    assert flags["marco"].replies.get().author.username == "marco"
    assert flags["lena"].replies.get().author.username == "theo"
    assert flags["yusuf"].state == FlagState.CLOSED
    assert flags["yusuf"].coaching_plan.labeler_signed_at is not None


def test_lena_has_open_work_gold_waiting_and_a_second_queue(loaded):
    lena = User.objects.get(username="lena").labeler

    assert SkillGrant.objects.filter(labeler=lena, suspended_at=None).count() == 2
    assert Placement.objects.filter(slot__reserved_for=lena, slot__state=SlotState.OPEN).exists()
    assert Slot.objects.filter(state=SlotState.OPEN, reserved_for=None, queue__name__startswith="Posts").count() >= 60


def test_an_exam_of_40_with_37_to_pass_is_ready_for_each_queue(loaded):
    exams = CalibrationSet.objects.filter(purpose=SetPurpose.EXAM)
    assert [(made.pass_mark, made.draw_size) for made in exams] == [(37, 40), (37, 40)]
    assert all(made.set_items.count() >= made.draw_size for made in exams)
    assert not Attempt.objects.filter(calibration_set__in=exams).exists()


def test_the_training_board_has_somebody_in_each_state(loaded):
    rows = board(Attempt.objects.all(), now=NOW)

    counts = {count.code: count.n for count in state_counts(rows)}
    assert {code for code, n in counts.items() if n == 0} == {"interrupted"}


def test_product_finds_what_it_looks_for_and_nothing_else(loaded):
    flagged = set(Flag.objects.values_list("labeler__user__username", flat=True))

    looked_for = {name for name, part in PARTS.items() if part not in NOT_LOOKED_FOR}
    assert looked_for <= flagged
    assert flagged <= set(PARTS)


def test_ambiguous_clause_has_the_lowest_agreement_of_its_queue(loaded):
    rows = MetricSnapshot.objects.filter(
        queue__name="Reviews and disputes", question="category", metric=Metric.AGREEMENT, cut=Cut.CATEGORY
    )
    values = {row.key: row.estimates["alpha"]["value"] for row in rows}

    known = {key: value for key, value in values.items() if value is not None}
    assert min(known, key=known.get) == "debt_pressure"


def test_figures_are_counted_and_nothing_is_left_stale(loaded):
    gold = sum(int(world.answers.is_gold.sum()) for world in loaded.world.queues)

    assert GoldScore.objects.filter(ended_at=None).count() == gold
    assert not StaleMark.objects.exists()
    assert WeeklyTest.objects.filter(queue__name="Reviews and disputes").count() == 2


def test_the_checker_of_figures_finds_nothing(loaded):
    assert [check_snapshots(queue.pk) for queue in Queue.objects.filter(kind="ordinary")] == [(), ()]
