"""What pages read: the right people, the right figures, a constant number of queries."""

import csv
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from calibration.enums import Cut, GoldState, Metric
from calibration.models import Dispute, EvidenceRow, GoldAnswer, GoldItem, MetricSnapshot, StandingRecord
from calibration.queries.agreement import agreement_page, agreement_summaries, disputed_items
from calibration.queries.false_flags import expected_false_flags
from calibration.queries.home import policy_desk
from calibration.queries.overview import decision_lines
from calibration.queries.people import people_list
from calibration.queries.questions import read_question
from calibration.queries.scorecards import scorecard
from calibration.queries.watch_figures import watch_figures
from calibration.services.agreement_snapshots import agreement_estimates
from calibration.services.gold import propose_gold
from calibration.services.refresh import refresh_queue
from calibration.stats import AgreementTally, weekly_false_flags_at
from labeling.enums import SlotOrigin, SlotState
from labeling.models import Item, Label, Slot
from qaplatform.people.access import Access
from qaplatform.people.enums import Role
from qaplatform.people.models import Labeler
from qaplatform.people.queries.accesses import read_access
from tests.builders import (
    make_category_question,
    make_external_labeler,
    make_items,
    make_labeler,
    make_policy,
    make_queue,
    make_team,
    make_user,
    make_vendor,
)
from tests.calibration.builders import MINUTE, NOON, add_gold_label, add_label, answer_gold, make_gold, make_plan

pytestmark = pytest.mark.django_db

CODES = ("spam", "scam")
LATER = NOON + timedelta(hours=1)
HATECHECK = Path(__file__).parents[4] / "shared" / "data" / "hatecheck.csv"


def access_as(role: Role, **scope: object) -> Access:
    return read_access(make_user(roles=[role], **scope))


def queries_of(read: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as captured:
        read()
    return len(captured)


def add_overlap(queue, first, second, *, at=NOON):
    item = make_items(queue, answers_needed=2)[0]
    for given in (first, second):
        add_label(item, make_labeler(), given, at=at, origin=SlotOrigin.ENTRY)


def test_people_are_listed_with_one_figure_over_their_queues():
    first, second = make_plan().queue, make_plan(target=0.9).queue
    ada = make_labeler("Ada", queues=[first, second])
    ben = make_labeler("Ben", queues=[first])
    answer_gold(first, ada, [True] * 30)
    answer_gold(second, ada, [True] * 5 + [False] * 5)
    answer_gold(first, ben, [True] * 10)
    for queue in (first, second):
        refresh_queue(queue.pk, now=NOON)

    rows = people_list(access_as(Role.QA_MANAGER), now=NOON)

    by_name = {row.name: row for row in rows}
    assert [row.name for row in rows][:1] == ["Ada"]
    assert (by_name["Ada"].n, by_name["Ada"].correct, len(by_name["Ada"].queues)) == (40, 35, 2)
    assert by_name["Ada"].target == pytest.approx(0.95)
    assert by_name["Ada"].standing == "not_enough_data"
    assert (by_name["Ben"].watch, by_name["Ben"].labels_7_days) == ("quiet", 10)


def test_imported_answers_without_a_date_are_no_answers_of_the_week():
    plan, labeler = make_plan(), make_labeler()
    dated, undated = (add_label(item, labeler, "spam") for item in make_items(plan.queue, 2))
    Slot.objects.filter(pk=dated.slot_id).update(created_at=NOON + MINUTE)
    Slot.objects.filter(pk=undated.slot_id).update(created_at=NOON)

    [row] = people_list(access_as(Role.QA_MANAGER), now=LATER)

    assert row.labels_7_days == 1


def test_a_team_lead_sees_the_own_team_and_a_vendor_manager_the_own_vendor():
    queue, vendor = make_plan().queue, make_vendor()
    team = make_team(vendor)
    make_labeler("Ada", team=team, queues=[queue])
    make_labeler("Ben", vendor=vendor, queues=[queue])
    make_labeler("Cleo", queues=[queue])

    def names(access):
        return {row.name for row in people_list(access, now=NOON)}

    assert names(access_as(Role.TEAM_LEAD, team=team)) == {"Ada"}
    assert names(access_as(Role.VENDOR_MANAGER, vendor=vendor)) == {"Ada", "Ben"}
    assert names(access_as(Role.QA_MANAGER)) == {"Ada", "Ben", "Cleo"}
    assert names(access_as(Role.ADMINISTRATOR)) == set()


def test_the_scorecard_shows_the_cusum_as_it_was_replayed():
    queue, ada = make_plan().queue, make_labeler("Ada")
    answer_gold(queue, ada, [True] * 20 + [False] * 8)
    add_gold_label(make_gold(queue), ada, "spam", at=NOON - MINUTE, is_base=False)
    refresh_queue(queue.pk, now=LATER)

    found = scorecard(access_as(Role.QA_MANAGER), ada, now=LATER)

    [card] = found.queues
    assert card.watch is not None
    assert (card.watch.n, card.watch.level, card.watch.change_index) == (29, "alarm", 20)
    assert [step.is_wrong for step in card.watch.points][19:22] == [False, True, True]
    assert (card.n_base, card.n_extra, card.clauses[0].errors) == (28, 1, 8)
    assert [flag.state for flag in found.flags] == ["open"]


def test_the_explorer_shows_cuts_trend_shares_and_confused_pairs():
    queue = make_queue()
    add_overlap(queue, "spam", "scam")
    add_overlap(queue, "spam", "scam")
    add_overlap(queue, "spam", "no_violation")
    add_overlap(queue, "spam", "spam", at=NOON - timedelta(days=14))
    refresh_queue(queue.pk, now=LATER)

    page = agreement_page(queue, cut=Cut.CATEGORY)

    assert page.headline is not None
    assert (page.headline.n_items, page.headline.percent.value) == (4, 0.25)
    assert [week.week.isoformat() for week in page.trend] == ["2026-11-02", "2026-11-16"]
    assert {row.name for row in page.rows} == {"No violation", "Spam", "Scam", "Impersonation"}
    assert [(pair.first, pair.second, pair.items) for pair in page.confused] == [
        ("spam", "scam", 2),
        ("no_violation", "spam", 1),
    ]
    assert next(share for share in page.shares if share.code == "spam").ratings == 5
    assert page.counted_at == LATER


def test_disputed_items_of_a_confused_pair_show_counts_and_no_names():
    queue = make_queue()
    add_overlap(queue, "spam", "scam")
    add_overlap(queue, "spam", "no_violation")
    add_overlap(queue, "spam", "spam")

    [item] = disputed_items(queue, read_question(queue, "category"), first="spam", second="scam")

    assert [(answer.code, answer.n) for answer in item.answers] == [("scam", 1), ("spam", 1)]


def test_a_fall_of_agreement_is_said_in_words():
    queue = make_queue()
    for number in range(30):
        code = ("spam", "scam")[number % 2]
        add_overlap(queue, code, code, at=NOON - timedelta(days=14))
        add_overlap(queue, code, ("spam", "scam")[number % 3 == 0], at=NOON - timedelta(days=7))
    refresh_queue(queue.pk, now=LATER)

    [line] = agreement_summaries(access_as(Role.QA_MANAGER), now=LATER)

    assert line.has_changed
    assert line.change_words.startswith(f"{queue.name}: agreement (alpha) fell from ")


def test_what_needs_a_decision_is_listed_by_consequence_and_for_whom_it_waits():
    queue, ada = make_plan().queue, make_labeler("Ada", queues=[])
    answer_gold(queue, ada, [False] * 20)
    item = make_items(queue, answers_needed=0)[0]
    propose_gold(item, question="category", accepted=["spam"], reason="It is.", author=make_user())
    refresh_queue(queue.pk, now=LATER)

    lines = decision_lines(access_as(Role.QA_MANAGER), now=LATER)
    of_owner = decision_lines(access_as(Role.POLICY_OWNER), now=LATER)

    assert [line.kind for line in lines] == ["flag", "gold_waiting"]
    assert lines[0].sentence == f"Ada: the running check found {20} of {20} gold answers wrong in {queue.name}."
    assert [line.kind for line in of_owner] == ["gold_waiting"]
    assert expected_false_flags(access_as(Role.QA_MANAGER)).people == 1


def test_nothing_needs_a_decision_in_a_quiet_house():
    assert decision_lines(access_as(Role.QA_MANAGER), now=LATER) == ()


@pytest.mark.parametrize("people", [1, 3])
def test_pages_take_the_same_number_of_queries_for_one_person_and_for_three(people):
    queue = make_plan().queue
    labelers = [make_labeler(queues=[queue]) for _ in range(people)]
    for labeler in labelers:
        answer_gold(queue, labeler, [True] * 21)
    for _ in range(people):
        add_overlap(queue, "spam", "scam")
    refresh_queue(queue.pk, now=LATER)
    access, question = access_as(Role.QA_MANAGER), read_question(queue, "category")

    counts = [
        queries_of(lambda: people_list(access, now=LATER)),
        queries_of(lambda: scorecard(access, labelers[0], now=LATER)),
        queries_of(lambda: agreement_page(queue, cut=Cut.CATEGORY)),
        queries_of(lambda: agreement_summaries(access, now=LATER)),
        queries_of(lambda: disputed_items(queue, question)),
    ]

    assert counts == [8, 21, 10, 5, 1]


@pytest.mark.skipif(not HATECHECK.exists(), reason="the shared data is not beside this checkout")
def test_hatecheck_gives_the_published_standings():
    policy = make_policy(categories=["non_hateful", "hateful"])
    policy.categories.filter(code="non_hateful").update(is_no_violation=True)
    queue = make_queue(policy=policy, questions=[make_category_question(policy)])
    make_plan(queue, target=0.98)
    load_hatecheck(queue)

    refresh_queue(queue.pk, now=LATER)

    standings = dict(StandingRecord.objects.values_list("labeler__external_id", "standing"))
    counts = {row.labeler.external_id: (row.correct, row.n) for row in StandingRecord.objects.select_related("labeler")}
    below, unsure = {"label_2", "label_7"}, {"label_9"}
    assert {name for name, found in standings.items() if found == "below"} == below
    assert {name for name, found in standings.items() if found == "not_enough_data"} == unsure
    assert {name for name, found in standings.items() if found == "meets"} == set(standings) - below - unsure
    assert (counts["label_2"], counts["label_7"], counts["label_9"]) == ((1783, 1861), (1803, 1867), (1816, 1861))
    rows = {row.name: row for row in people_list(access_as(Role.QA_MANAGER), now=LATER)}
    errors = scorecard(access_as(Role.QA_MANAGER), labeler_named("label_2"), now=LATER).queues[0].errors
    assert rows["label_2"].standing == "below"
    assert (errors.false_negatives, errors.false_positives) == (74, 4)


def load_hatecheck(queue):
    """HateCheck's labels and gold as an import leaves them."""
    with HATECHECK.open() as file:
        rows = list(csv.DictReader(file))
    gold = {row["item"]: row["gold"] for row in rows}
    people = {name: make_external_labeler(name) for name in sorted({row["rater"] for row in rows})}
    items = Item.objects.bulk_create(
        Item(queue=queue, external_id=name, content={"text": name}, content_hash=name, answers_needed=0)
        for name in gold
    )
    by_name = {item.external_id: item for item in items}
    slots = Slot.objects.bulk_create(
        Slot(
            item=by_name[row["item"]],
            slot_no=number,
            queue=queue,
            state=SlotState.DONE,
            origin=SlotOrigin.IMPORTED,
            labeler=people[row["rater"]],
            done_at=NOON,
        )
        for number, row in enumerate(rows)
    )
    schema = queue.schemas.get()
    Label.objects.bulk_create(
        Label(
            slot=slot,
            item_id=slot.item_id,
            queue=queue,
            labeler_id=slot.labeler_id,
            answers={"category": row["label"]},
            policy_version=queue.policy_version,
            schema=schema,
            claimed_at=NOON,
            created_at=NOON,
        )
        for slot, row in zip(slots, rows, strict=True)
    )
    author, approver = make_user(), make_user()
    golds = GoldItem.objects.bulk_create(
        GoldItem(item=by_name[name], queue=queue, state=GoldState.LIVE) for name in gold
    )
    GoldAnswer.objects.bulk_create(
        GoldAnswer(
            gold=row,
            number=1,
            question="category",
            accepted=[gold[row.item.external_id]],
            reason="Published",
            author=author,
            approver=approver,
            approved_at=NOON,
        )
        for row in golds
    )


def labeler_named(external_id):
    return Labeler.objects.select_related("vendor", "team").get(external_id=external_id)


def weeks_of_agreement(queue, eras):
    """A week of full agreement, and one of none, each under its policy."""
    for week, era in eras:
        code = "spam" if week == "2026-11-02" else "scam"
        tally = AgreementTally.from_counts([[2, 0]] * 20 + [[0, 2]] * 20 if code == "spam" else [[1, 1]] * 40, CODES)
        estimates = {name: found.to_json() for name, found in agreement_estimates(tally, level="nominal").items()}
        for cut, key in ((Cut.WEEK, f"{week}|v{era}"), (Cut.QUEUE, "")):
            MetricSnapshot.objects.update_or_create(
                queue=queue,
                question="category",
                metric=Metric.AGREEMENT,
                cut=cut,
                key=key,
                defaults={"population": {}, "tally": tally.to_json(), "estimates": estimates},
            )


@pytest.mark.parametrize(("eras", "has_changed"), [((2, 2), True), ((9, 10), False)])
def test_weeks_under_different_policies_are_not_compared(eras, has_changed):
    queue = make_queue()
    weeks_of_agreement(queue, zip(("2026-11-02", "2026-11-09"), eras, strict=True))

    [line] = agreement_summaries(access_as(Role.QA_MANAGER), now=LATER)

    assert line.has_changed is has_changed
    assert ("not compared" in line.change_words) is not has_changed


def test_weeks_before_a_move_are_not_compared_with_what_is_counted_anew():
    queue = make_queue()
    weeks_of_agreement(queue, [("2026-11-02", 1), ("2026-11-09", 1)])
    MetricSnapshot.objects.filter(queue=queue, cut=Cut.QUEUE).update(population={"versions": [2]})

    [line] = agreement_summaries(access_as(Role.QA_MANAGER), now=LATER)

    assert "counted anew from then" in line.change_words
    assert not line.has_changed


def test_versions_within_a_week_stand_in_the_order_of_their_numbers():
    queue = make_queue()
    weeks_of_agreement(queue, [("2026-11-09", 10), ("2026-11-09", 9)])
    MetricSnapshot.objects.update(
        population={"queue": "", "queue_id": "", "question": "", "slots": "", "clauses": [], "versions": []}
    )

    page = agreement_page(queue)

    assert [week.version for week in page.trend] == [9, 10]


def test_a_clause_with_few_items_is_not_said_to_split_people_most():
    queue = make_queue()
    for clause, rows in (("1.1", [[1, 1]] * 3), ("1.2", [[2, 0], [0, 2], [1, 1]] * 20)):
        tally = AgreementTally.from_counts(rows, CODES)
        estimates = {name: found.to_json() for name, found in agreement_estimates(tally, level="nominal").items()}
        MetricSnapshot.objects.create(
            queue=queue,
            question="category",
            metric=Metric.AGREEMENT,
            cut=Cut.CLAUSE,
            key=clause,
            population={},
            tally=tally.to_json(),
            estimates=estimates,
        )

    splits = policy_desk(access_as(Role.POLICY_OWNER)).splits

    assert [split.code for split in splits] == ["1.2", "1.1"]


def test_wrong_flags_are_expected_of_active_people_from_both_tests():
    plan = make_plan(items_a_day=100, gold_rate=0.08)
    people = [make_labeler(queues=[plan.queue]) for _ in range(3)]
    for person in people:
        answer_gold(plan.queue, person, [True] * 3)
    refresh_queue(plan.queue.pk, now=NOON)
    Labeler.objects.filter(pk=people[0].pk).update(is_active=False)
    access = access_as(Role.QA_MANAGER)

    found = expected_false_flags(access)

    by_check = 2 * watch_figures(plan).false_flag_rate
    by_test = weekly_false_flags_at(0.08, 500, 2, p0=0.05) * 90 / 5
    assert found.people == 2
    assert found.in_90_days == pytest.approx(by_check + by_test)
    assert expected_false_flags(access_as(Role.TEAM_LEAD, team=make_team())).people == 0


def test_the_scorecard_divides_the_answers_that_its_accuracy_counts():
    plan, labeler = make_plan(), make_labeler("Ada")
    answer_gold(plan.queue, labeler, [True] * 20 + [False] * 8)
    refresh_queue(plan.queue.pk, now=NOON)
    row = EvidenceRow.objects.filter(is_correct=False).first()
    Dispute.objects.create(evidence=row, filed_by=make_user(), due_at=LATER, reason="It is fine.")
    refresh_queue(plan.queue.pk, now=NOON)

    [card] = scorecard(access_as(Role.QA_MANAGER), labeler, now=NOON).queues

    assert (card.n_base, sum(clause.accuracy.n for clause in card.clauses), card.accuracy.n) == (28, 28, 28)
    assert card.watch.n == 27
