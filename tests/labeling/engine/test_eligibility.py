"""Which work is open to whom."""

import pytest

from labeling.engine.eligibility import Barrier, LabelerFacts, LaneFacts, Standing, find_barrier, sort_lanes, speaks

ANYBODYS = LaneFacts(1, None, "", is_sensitive=False)
OURS = LaneFacts(2, 7, "", is_sensitive=False)
THEIRS = LaneFacts(3, 8, "", is_sensitive=False)
GERMAN = LaneFacts(4, None, "de", is_sensitive=False)
COVERED = LaneFacts(5, None, "", is_sensitive=True)
LANES = [ANYBODYS, OURS, THEIRS, GERMAN, COVERED]


@pytest.mark.parametrize(
    ("labeler", "expected"),
    [
        (LabelerFacts(vendor_id=7), (1, 2, 4, 5)),
        (LabelerFacts(vendor_id=8, languages="en"), (1, 3, 5)),
        (LabelerFacts(vendor_id=9, languages="en, de"), (1, 4, 5)),
        (LabelerFacts(vendor_id=7, refuses_sensitive=True), (1, 2, 4)),
        (LabelerFacts(vendor_id=7, has_enough_reveals=True), (1, 2, 4)),
    ],
)
def test_lanes_are_open_to_whom_they_are_for(labeler, expected):
    assert sort_lanes(LANES, labeler).open == expected


@pytest.mark.parametrize(
    ("labeler", "why", "closed"),
    [
        (LabelerFacts(vendor_id=7, refuses_sensitive=True), Barrier.ONLY_SENSITIVE, (5,)),
        (LabelerFacts(vendor_id=7, has_enough_reveals=True), Barrier.ENOUGH_REVEALS, (5,)),
        (LabelerFacts(vendor_id=7, refuses_sensitive=True, has_enough_reveals=True), Barrier.ONLY_SENSITIVE, (5,)),
        (LabelerFacts(vendor_id=7), None, ()),
    ],
)
def test_what_is_closed_for_the_time_being_says_why(labeler, why, closed):
    lanes = sort_lanes(LANES, labeler)

    assert (lanes.why_closed, lanes.closed) == (why, closed)


@pytest.mark.parametrize(
    ("languages", "language", "expected"),
    [
        ("", "de", True),
        ("de", "", True),
        ("EN", "en-GB", True),
        ("en-GB", "en", False),
        ("en", "eng", False),
        ("en,de", "de-AT", True),
        ("pt-BR", "pt-PT", False),
    ],
)
def test_a_tag_covers_itself_and_its_kinds(languages, language, expected):
    assert speaks(languages, language) is expected


def standing(**facts: bool) -> Standing:
    fine = {
        "queue_by_reservation": False,
        "queue_has_schema": True,
        "labeler_is_active": True,
        "labeler_is_paused": False,
        "must_read_policy": False,
        "has_skill": True,
    }
    return Standing(queue_state="active", **(fine | facts))


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, None),
        ({"has_opted_out": True}, Barrier.OPTED_OUT),
        ({"has_enough_answers": True}, Barrier.ENOUGH_ANSWERS),
        ({"has_enough_answers": True, "must_read_policy": True}, Barrier.MUST_READ_POLICY),
        ({"has_enough_answers": True, "queue_by_reservation": True}, None),
        ({"has_opted_out": True, "labeler_is_paused": True}, Barrier.LABELER_PAUSED),
    ],
)
def test_the_first_barrier_is_told(facts, expected):
    assert find_barrier(standing(**facts)) == expected
