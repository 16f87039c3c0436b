"""How long a file of people takes. Target: 450 people in under 30 s.

make bench ARGS=tests/bench/test_people.py
"""

import pytest

from qaplatform import clock
from qaplatform.people.enums import Role
from qaplatform.people.models import Invitation, Labeler, SkillGrant, User
from qaplatform.people.services.rosters import draft_of, store_roster, write_roster
from tests.bench.measuring import cost_of, load_words, tell
from tests.builders import make_user

pytestmark = [pytest.mark.bench, pytest.mark.django_db]

PEOPLE = 450
MOST_SECONDS = 30


def people_file(n: int) -> str:
    lines = ["Name,E-mail,Vendor,Team,Language,Role,Queues"]
    lines += [
        f"Person {k},person{k}@example.org,Vendor {k % 3},Team {k % 30},en,labeler,Spam; Scam; Hate" for k in range(n)
    ]
    return "\n".join(lines)


def test_450_people_from_a_file() -> None:
    ada = make_user("ada", roles=[Role.ADMINISTRATOR])
    text = people_file(PEOPLE)
    roster = store_roster(text, file_name="people.csv", actor=ada)

    preview = cost_of(lambda: draft_of(roster))
    digest = draft_of(roster).plan.digest
    confirm = cost_of(lambda: write_roster(roster, digest=digest, leave_out=False, actor=ada, now=clock.now()))
    again = store_roster(text, file_name="people.csv", actor=ada)
    repeated = cost_of(lambda: draft_of(again))

    assert (User.objects.count(), Labeler.objects.count()) == (PEOPLE + 1, PEOPLE)
    assert (SkillGrant.objects.count(), Invitation.objects.count()) == (3 * PEOPLE, PEOPLE)
    assert draft_of(again).plan.acts == ()
    assert confirm.wall < MOST_SECONDS
    tell(
        f"preview of {PEOPLE} people {preview.words}",
        f"confirm               {confirm.words}",
        f"preview, all here     {repeated.words}; {load_words()}",
    )
