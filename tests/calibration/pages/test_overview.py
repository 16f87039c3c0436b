"""The QA manager's overview."""

import csv
from datetime import timedelta

import pytest
from django.urls import reverse

from calibration.enums import FlagCause, GoldState
from calibration.models import GoldAnswer, GoldItem, GoldScore, Suspicion
from calibration.queries.gold import POLICY_CHANGED
from calibration.queries.queue_figures import Freshness
from calibration.services.flagging import open_flag
from calibration.stats import answers_to_settle, clustered_standing, group_answers_to_settle
from calibration.views.overview import counted_words
from labeling.enums import ImportState
from labeling.models import ImportFolder, ImportMapping
from qaplatform import clock
from qaplatform.people.enums import Role
from tests.builders import client_for, make_labeler, make_user
from tests.calibration.auditing import audit_answers, make_run
from tests.calibration.builders import NOON, make_gold, make_plan
from tests.calibration.pages.worlds import count, judge_gold, make_staff, make_world
from tests.calibration.suspicions import make_suspicion

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def test_an_open_flag_stands_first_and_leads_to_its_page():
    world = make_world()
    labeler = world.people[0]
    flag = open_flag(
        labeler,
        world.queue,
        cause=FlagCause.CUSUM,
        finding={"words": "Six of 24 were wrong.", "wrong_count": 6, "n": 24},
        scores=list(GoldScore.objects.filter(labeler=labeler)),
        now=clock.now(),
    )

    answer = client_for(make_staff(Role.QA_MANAGER)).get(reverse("calibration:overview"))

    first = answer.context["lines"][0]
    assert first.url == reverse("calibration:flag", args=[flag.public_id])
    assert "6 of 24 gold answers wrong" in answer.content.decode()


def test_suspicions_lead_to_their_kind_and_gold_that_was_confirmed_to_be_wrong_stays_until_it_is_corrected():
    gold = make_gold(make_plan().queue)
    suspicion = make_suspicion(gold, facts={"n": 6, "labels": [], "stands_out": True})
    manager = make_staff(Role.QA_MANAGER)

    def lines():
        answer = client_for(manager).get(reverse("calibration:overview"))
        return {line.line.kind: line.url for line in answer.context["lines"]}

    found = lines()
    Suspicion.objects.filter(pk=suspicion.pk).update(state="confirmed", decided_at=clock.now(), decided_by=make_user())
    confirmed = lines()
    GoldAnswer.objects.filter(gold=gold).update(approved_at=clock.now() + timedelta(minutes=1))

    assert found["suspicion"] == f"{reverse('calibration:suspicions')}#wrong_gold"
    assert confirmed["wrong_gold"] == reverse("calibration:gold_item", args=[gold.public_id])
    assert "suspicion" not in confirmed
    assert "wrong_gold" not in lines()


def test_figures_come_with_their_freshness_to_a_page_that_asks_again():
    make_world()

    answer = client_for(make_staff(Role.QA_MANAGER)).get(reverse("calibration:overview_figures"), headers=HTMX)

    page = answer.content.decode()
    assert "counted " in page
    assert 'hx-trigger="every 5s"' in page
    assert "<html" not in page


@pytest.mark.parametrize(
    ("role", "address", "people"),
    [(Role.QA_MANAGER, "calibration:overview", 3), (Role.VENDOR_MANAGER, "calibration:home", 2)],
)
def test_an_open_standing_of_a_group_says_how_many_answers_would_settle_it(role, address, people):
    """All are wrong on the same two of 22 items, so that 22 answers count, however many gave them."""
    world = make_world(gold=0)
    right = [True] * 20 + [False] * 2
    judge_gold(world.queue, [*world.people, world.rival], right)
    count(world.queue)
    person = [place // 22 for place in range(22 * people)]
    judged = clustered_standing(right * people, person, list(range(22)) * people, target=0.95)

    page = client_for(make_staff(role, world)).get(reverse(address)).content.decode()

    more = group_answers_to_settle(judged.accuracy, target=0.95)
    assert more > answers_to_settle(20 * people, 22 * people, target=0.95)
    assert f"About {more:,} more answers".replace(",", "\u202f") in page


def test_figures_asked_for_by_hand_lead_to_the_overview():
    answer = client_for(make_staff(Role.QA_MANAGER)).get(reverse("calibration:overview_figures"))

    assert (answer.status_code, answer["Location"]) == (302, reverse("calibration:overview"))


@pytest.mark.parametrize("name", ["overview", "overview_figures", "overview_export"])
@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.QA_MANAGER, Role.LABELER}])
def test_nobody_else_finds_the_overview(role, name):
    world = make_world()

    assert client_for(make_staff(role, world)).get(reverse(f"calibration:{name}")).status_code == 404


@pytest.mark.parametrize(
    ("age", "is_stale", "words"),
    [
        (4, False, "counted 4 s ago"),
        (4, True, "counted 4 s ago, new answers follow"),
        (600, False, "counted 10 min ago"),
        (7200, False, "counted 2 h ago"),
        (259_200, False, "counted 3 days ago"),
    ],
)
def test_freshness_is_said_in_words(age, is_stale, words):
    fresh = Freshness(counted_at=NOON - timedelta(seconds=age), is_stale=is_stale)

    assert counted_words(fresh, now=NOON) == words


def test_a_queue_that_was_never_counted_says_so():
    fresh = [Freshness(counted_at=None, is_stale=is_stale) for is_stale in (True, False)]

    assert [counted_words(each, now=NOON) for each in fresh] == ["being counted", "not counted yet"]


def test_the_export_holds_a_line_a_queue():
    make_world()

    answer = client_for(make_staff(Role.QA_MANAGER)).get(reverse("calibration:overview_export"))

    [headings, line] = csv.reader(answer.content.decode().splitlines())
    found = dict(zip(headings, line, strict=True))
    assert "gold, audit, exam and training slots are out" in found["agreement counts"]
    assert "measured against gold" in found["accuracy counts"]


def test_the_figures_ask_as_much_for_three_queues_as_for_one(count_queries):
    client = client_for(make_staff(Role.QA_MANAGER))
    address = reverse("calibration:overview_figures")
    make_world(people=1, name="One")
    one = count_queries(lambda: client.get(address, headers=HTMX))
    make_world(people=1, name="Two")
    make_world(people=1, name="Three")

    three = count_queries(lambda: client.get(address, headers=HTMX))

    assert one == three


def waiting_things(queue):
    """A disagreement, a folder that stopped, a file that waits, and gold that a policy move suspended."""
    [audited] = audit_answers(queue, make_labeler(), [False])
    mapping = ImportMapping.objects.create(name="QA", header_hash=str(audited.pk), created_by=make_user())
    folder = ImportFolder.objects.create(
        path=f"vendor/{audited.pk}",
        mapping=mapping,
        created_by=make_user(),
        problem="A file is empty.",
        problem_since=NOON,
    )
    run = make_run(state=ImportState.CHECKED, finished_at=None, file_name="march.csv")
    gold = make_gold(queue, ["spam"])
    GoldItem.objects.filter(pk=gold.pk).update(state=GoldState.SUSPENDED, state_reason=f"{POLICY_CHANGED}: 1.2")
    return folder, run


def test_what_waits_is_listed_by_consequence_and_leads_to_where_it_is_decided():
    queue = make_plan().queue
    _, run = waiting_things(queue)

    answer = client_for(make_staff(Role.QA_MANAGER)).get(reverse("calibration:overview"))

    found = [(entry.line.kind, entry.url) for entry in answer.context["lines"]]
    assert [line for line in found if line[0] in {"disagreement", "folder", "import", "gold_again"}] == [
        ("disagreement", reverse("calibration:disagreements")),
        ("folder", reverse("labeling:folders")),
        ("import", reverse("labeling:import", args=[run.public_id])),
        ("gold_again", f"{reverse('calibration:gold_again')}?queue={queue.public_id}"),
    ]
    assert "stopped: A file is empty." in answer.content.decode()


def test_what_waits_is_read_in_as_many_queries_for_many_as_for_one(count_queries):
    queue = make_plan().queue
    client = client_for(make_staff(Role.QA_MANAGER))
    waiting_things(queue)
    client.get(reverse("calibration:overview"))
    once = count_queries(lambda: client.get(reverse("calibration:overview")))
    waiting_things(queue)
    waiting_things(queue)

    assert count_queries(lambda: client.get(reverse("calibration:overview"))) == once
