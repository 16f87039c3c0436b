"""All coefficients of a queue: each led by a sentence, over labelers on request, and in the export."""

import csv
import io
import re

import pytest
from django.urls import reverse

from calibration.queries.agreement_coefficients import over_labelers, read_coefficients
from calibration.services.refresh import refresh_queue
from calibration.stats import Status
from labeling.enums import SlotOrigin
from labeling.models import Queue
from qaplatform import clock
from qaplatform.people.enums import Role
from tests.builders import (
    client_for,
    make_category_question,
    make_items,
    make_labeler,
    make_policy,
    make_queue,
)
from tests.calibration.pages.worlds import make_staff, make_world, write_labels

pytestmark = pytest.mark.django_db


def explorer(world, **query):
    answer = client_for(make_staff(Role.QA_MANAGER)).get(
        reverse("calibration:agreement"), {"queue": world.queue.public_id} | query
    )
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def answer_queue(answers, **question) -> Queue:
    """A queue of one question with these answers of two people (or more) to each item."""
    policy = make_policy()
    queue = make_queue(policy=policy, questions=[make_category_question(policy, **question)])
    people = [make_labeler(f"person{number}", queues=[queue]) for number in range(len(answers[0]))]
    items = make_items(queue, len(answers))
    given = [(item, people[n], code) for item, row in zip(items, answers, strict=True) for n, code in enumerate(row)]
    write_labels(queue, given, at=clock.now(), origin=SlotOrigin.IMPORTED)
    refresh_queue(queue.pk)
    return queue


def test_the_explorer_leads_with_one_figure_and_the_others_are_one_click_away():
    world = make_world()

    first, all_of_them = explorer(world), explorer(world, coefficients="all")

    assert "Alpha is" in first
    assert "Brennan-Prediger" not in first
    for name in ("Gwet's AC1", "Brennan-Prediger", "Fleiss' kappa", "Percent agreement", "Alpha, drawn over items"):
        assert name in all_of_them.replace("&#x27;", "'")


def test_each_coefficient_is_led_by_what_it_says():
    world = make_world()

    page = explorer(world, coefficients="all")

    found = read_coefficients(world.queue, "category")
    percent = next(row for row in found.rows if row.name == "Percent agreement")
    assert f"about {round(100 * percent.estimate.value)} are alike" in page
    assert f"{found.n_pairable} items of {found.n_items} were judged by two or more" in page


def test_an_interval_over_labelers_comes_on_request_alone():
    world = make_world(people=9)

    without, drawn = (explorer(world, coefficients="all", bootstrap=asked) for asked in ("", "labelers"))

    assert "other people doing the same work" not in without
    assert "other people doing the same work" in drawn


def test_alpha_over_labelers_counts_what_the_headline_counts():
    world = make_world(people=9)

    drawn = over_labelers(world.queue, "category")

    headline = read_coefficients(world.queue, "category").rows[0].estimate
    assert drawn.estimate.value == pytest.approx(headline.value)
    assert (drawn.estimate.n, drawn.estimate.n_ratings) == (headline.n, headline.n_ratings)
    assert drawn.estimate.lower < drawn.estimate.value < drawn.estimate.upper


def test_too_many_answers_to_draw_from_point_to_the_command(monkeypatch):
    monkeypatch.setattr("calibration.queries.agreement_ratings.MOST_RATINGS", 10)
    monkeypatch.setattr("calibration.queries.agreement_coefficients.MOST_RATINGS", 10)
    world = make_world()

    drawn = over_labelers(world.queue, "category")

    assert drawn.estimate.value is None
    assert "manage.py analyze" in drawn.words


def test_few_labelers_have_no_interval_over_labelers():
    world = make_world()

    assert over_labelers(world.queue, "category").estimate.status is Status.TOO_FEW


def test_a_question_that_is_not_asked_has_no_coefficients():
    world = make_world()

    assert read_coefficients(world.queue, "mood") is None
    assert over_labelers(world.queue, "mood") is None


def test_sets_that_overlap_count_as_partly_alike():
    queue = answer_queue([[["spam"], ["spam", "scam"]]] * 6 + [[["spam"], ["spam"]], [[], []]] * 4, kind="multi")

    rows = {row.name: row.estimate.value for row in read_coefficients(queue, "category").rows}

    whole, masi, jaccard = (
        rows[name] for name in ("Krippendorff's alpha, whole sets", "Alpha of sets, MASI", "Alpha of sets, Jaccard")
    )
    assert whole < masi < jaccard


def test_an_order_of_answers_adds_the_coefficients_that_know_it():
    queue = answer_queue(
        [["spam", "scam"]] * 6 + [["spam", "spam"], ["no_violation", "no_violation"]] * 6, kind="ordinal"
    )

    names = [row.name for row in read_coefficients(queue, "category").rows]

    assert names[:2] == ["Krippendorff's alpha, ordinal", "Alpha, nominal"]
    assert "Gwet's AC2, quadratic" in names


def test_all_coefficients_are_exported_with_their_status_and_population():
    world = make_world()
    client = client_for(make_staff(Role.QA_MANAGER))

    answer = client.get(
        reverse("calibration:agreement_export", args=["coefficients"]), {"queue": world.queue.public_id}
    )

    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    found = read_coefficients(world.queue, "category")
    assert [row["coefficient"] for row in rows] == [row.name for row in found.rows]
    assert [float(row["value"]) for row in rows] == pytest.approx([row.estimate.value for row in found.rows])
    assert {row["population"] for row in rows} == {found.population.sentence()}


def test_a_queue_without_answers_exports_headings_alone():
    queue = make_queue("Fresh")
    client = client_for(make_staff(Role.QA_MANAGER))

    answer = client.get(reverse("calibration:agreement_export", args=["coefficients"]), {"queue": queue.public_id})

    assert len(answer.content.decode().splitlines()) == 1
