import json

import numpy as np
import pytest

from calibration.demo.contents import compose_contents
from calibration.demo.phrases import CORES
from calibration.demo.plans import SMALL
from calibration.demo.policies import DISPUTES, FRAUD, QUEUES, questions_of
from calibration.demo.worlds import draw_world
from labeling.engine.contents import check_content, content_hash
from labeling.engine.schemas import parse_questions


@pytest.fixture(scope="module")
def contents():
    return [compose_contents(drawn.queue, drawn.items, np.random.default_rng(1)) for drawn in draw_world(SMALL).queues]


def test_every_content_is_one_that_the_product_takes(contents):
    for content in contents[0] + contents[1]:
        body = json.loads(content.body)
        assert check_content(content.kind, body) == body
        assert content_hash(content.kind, body) == content.digest


def test_no_content_comes_twice(contents):
    for composed in contents:
        assert len({content.digest for content in composed}) == len(composed)


def test_nothing_is_left_to_be_filled_in(contents):
    for content in contents[0] + contents[1]:
        assert "{" not in json.dumps(json.loads(content.body)["text"]) if content.kind == "text" else True


def test_the_second_queue_has_a_second_language(contents):
    assert {content.language for content in contents[0]} == {"en"}
    assert {content.language for content in contents[1]} == {"en", "es"}


@pytest.mark.parametrize(("queue", "family"), [(FRAUD, "fraud"), (DISPUTES, "disputes"), (DISPUTES, "spanish")])
def test_each_category_that_is_drawn_has_phrases(queue, family):
    drawn = {category.code for category in queue.categories if category.share > 0}

    assert set(CORES[family]) == drawn


@pytest.mark.parametrize("queue", QUEUES)
def test_questions_are_ones_that_the_product_takes(queue):
    questions = parse_questions(questions_of(queue))

    assert [question.key for question in questions] == ["category", queue.second]
