"""Answers leave the database as patterns, so that a queue a hundred times as large needs no more memory."""

import pytest

from calibration.queries.clauses import eras_of, read_versions
from calibration.queries.questions import read_question
from calibration.queries.rating_counts import _read, count_ratings
from labeling.enums import SlotOrigin
from tests.builders import make_items, make_labeler, make_queue
from tests.calibration.builders import add_label

pytestmark = pytest.mark.django_db


def answer(queue, people, n):
    for item in make_items(queue, n, answers_needed=2):
        for person, given in zip(people, ("spam", "scam"), strict=True):
            add_label(item, person, given, origin=SlotOrigin.ENTRY)


def test_sixty_items_of_one_pattern_are_a_handful_of_rows():
    queue = make_queue()
    people = [make_labeler() for _ in range(2)]
    eras = eras_of(read_versions(queue), queue, read_question(queue, "category"))
    answer(queue, people, 6)

    answer(queue, people, 54)
    rows = _read(queue.pk, "category", eras)

    assert len(rows) <= 5  # one pattern, in either order of its answers; two vendors; one pair of them
    assert count_ratings(queue.pk, "category", eras).of_era(eras.current) == {("scam", "spam"): 60}
