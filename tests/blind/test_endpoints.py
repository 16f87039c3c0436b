"""Every endpoint that a labeler reaches is in the stories of twins, or says why what it tells is no secret."""

from collections.abc import Iterator

import pytest

from tests.blind import test_random_twins as twins
from tests.people.access_table import ANYBODY, LABELER, ROUTES, SIGNED_IN

pytestmark = pytest.mark.django_db

NO_ITEM = "knows of no item"
IS_TOLD = "shows what the person was told is counted: a flag's evidence"
IS_TRAINING = "belongs to a calibration set, which says what it is"
REASONS = {
    **dict.fromkeys(("healthz", "readyz", "metrics", "calibration:demo_progress"), NO_ITEM),
    **dict.fromkeys(("people:type_code", "people:welcome", "people:tokens", "people:end_token"), NO_ITEM),
    **dict.fromkeys(("account_reset_password", "account_reset_password_done", "account_email"), NO_ITEM),
    **dict.fromkeys(("account_email_verification_sent", "account_confirm_email"), NO_ITEM),
    **dict.fromkeys(("labeling:api_schema", "calibration:glossary"), NO_ITEM),
    **dict.fromkeys(("calibration:flag", "calibration:reply_to_flag", "calibration:dispute_item"), IS_TOLD),
    **dict.fromkeys(("calibration:uncover_evidence", "calibration:sign_coaching", "calibration:finish_step"), IS_TOLD),
    **dict.fromkeys(("calibration:attempt", "calibration:uncover_answer", "calibration:feedback"), IS_TRAINING),
}


@pytest.fixture
def lived(monkeypatch) -> Iterator[set[str]]:
    """The routes that stories come by."""
    found: set[str] = set()
    told = twins.told

    def note(response):
        found.add(response.resolver_match.view_name)
        return told(response)

    monkeypatch.setattr(twins, "told", note)
    return found


def test_every_endpoint_of_labelers_is_lived_through_or_has_a_reason(lived):
    for last in twins.LAST:
        twins.play([*twins.SEEN, last], placed=True, items=3)

    reachable = {name for name, who in ROUTES.items() if who & {LABELER, SIGNED_IN, ANYBODY}}
    assert sorted(reachable - lived) == sorted(REASONS)


@pytest.mark.parametrize("last", twins.LAST)
@pytest.mark.parametrize("is_sensitive", [False, True], ids=["plain", "sensitive"])
def test_each_endpoint_tells_the_same_of_both_twins(last, is_sensitive):
    """Each step alone beside the item, one after the other, and then the end of the work on it."""
    ends = {"pause", "nothing sensitive", "not this queue"}
    steps = [*(name for name in twins.SEEN if name not in ends), last]

    ordinary, placed = (twins.play(steps, placed=kind, items=30, is_sensitive=is_sensitive) for kind in (False, True))

    for (step, one), (_, other) in zip(ordinary, placed, strict=True):
        assert one == other, step
