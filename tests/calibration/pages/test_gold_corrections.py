"""Correcting gold on its page: one writes, another confirms, everybody is scored anew in the open."""

from datetime import timedelta

import pytest
from django.urls import reverse

from calibration.models import GoldAnswer, GoldItem, GoldScore
from calibration.services.gold import retire_gold
from calibration.services.gold_approvals import approve_waiting
from calibration.services.gold_corrections import propose_correction
from calibration.services.scoring import score_gold
from qaplatform import clock
from qaplatform.people.enums import Role
from tests.builders import client_for, make_labeler, make_queue, make_user
from tests.calibration.builders import add_gold_label, make_gold, make_plan

pytestmark = pytest.mark.django_db

CORRECTION = {
    "correction-question": "category",
    "correction-accepted": ["scam"],
    "correction-reason": "It asks for money.",
}


@pytest.fixture
def quinn():
    return make_user("quinn", roles=[Role.QA_MANAGER])


@pytest.fixture
def paul():
    return make_user("paul", roles=[Role.POLICY_OWNER])


@pytest.fixture
def gold() -> GoldItem:
    """Gold that expects spam; of twelve people two answered spam and one scam."""
    queue = make_queue("Spam queue")
    gold = make_gold(queue, ["spam"])
    yesterday = clock.now() - timedelta(days=1)
    for given in ["spam"] * 2 + ["scam"] + ["no_violation"] * 9:
        add_gold_label(gold, make_labeler(), given, at=yesterday)
    score_gold(queue.pk, now=clock.now())
    return gold


def send(user, name: str, thing: GoldItem | GoldAnswer, fields: dict[str, object] | None = None):
    address = reverse(f"calibration:{name}", args=[thing.public_id])
    return client_for(user).post(address, fields or {}, follow=True)


def page_of(user, gold: GoldItem) -> str:
    return client_for(user).get(reverse("calibration:gold_item", args=[gold.public_id])).content.decode()


def correct(gold: GoldItem, author) -> GoldAnswer:
    return propose_correction(gold, question="category", accepted=["scam"], reason="It asks for money.", author=author)


def test_a_correction_is_written_by_one_person_and_changes_nothing_yet(gold, quinn):
    answer = send(quinn, "correct_gold", gold, CORRECTION)

    written = GoldAnswer.objects.get(gold=gold, number=2)
    assert (written.accepted, written.author, written.approved_at) == (["scam"], quinn, None)
    assert "A second person confirms it here" in answer.content.decode()
    assert not GoldScore.objects.exclude(ended_at=None).exists()


def test_whoever_wrote_a_correction_cannot_confirm_it(gold, quinn):
    answer = send(quinn, "confirm_gold_correction", correct(gold, quinn))

    assert "A correction needs a second person who confirms it." in answer.content.decode()
    assert GoldAnswer.objects.get(number=1).replaced_at is None


def test_the_second_person_reads_how_many_answers_were_scored_anew(gold, quinn, paul):
    shown = send(paul, "confirm_gold_correction", correct(gold, quinn)).content.decode()

    assert shown.count("12 answers of 12 people were scored anew; 3 changed.") == 2
    assert GoldScore.objects.filter(ended_why="gold corrected").count() == 12
    assert GoldScore.objects.filter(ended_at=None, expected="scam").count() == 12


def test_the_history_keeps_the_old_answer_with_its_scores(gold, quinn, paul):
    send(paul, "confirm_gold_correction", correct(gold, quinn))

    shown = page_of(quinn, gold)

    rows = shown[shown.index("old ones and their scores") : shown.index("</table>")]
    assert rows.index("It asks for money.") < rows.index("Because it is.")
    assert rows.count('<td class="num">12</td>') == 2


def test_in_a_small_team_one_person_corrects_alone(gold, quinn):
    make_plan(gold.queue, is_small_team=True)

    send(quinn, "confirm_gold_correction", correct(gold, quinn))

    assert GoldAnswer.objects.get(number=2).approved_alone is True


def test_a_discarded_correction_stays_readable_and_the_answer_in_force_stands(gold, quinn, paul):
    send(paul, "discard_gold_correction", correct(gold, quinn))

    shown = page_of(quinn, gold)

    assert "discarded" in shown
    assert "Confirm the correction" not in shown
    assert GoldAnswer.objects.get(number=1).replaced_at is None


def test_a_refused_correction_keeps_what_was_typed(gold, quinn):
    answer = send(quinn, "correct_gold", gold, CORRECTION | {"correction-accepted": ["spam"]})

    assert answer.status_code == 422
    assert "accepts the same answers as before" in answer.content.decode()
    assert "It asks for money." in answer.content.decode()


def test_a_second_correction_waits_for_the_first(gold, quinn, paul):
    correct(gold, quinn)

    answer = send(paul, "correct_gold", gold, CORRECTION)

    assert "waits for a second person already" in answer.content.decode()
    assert GoldAnswer.objects.filter(gold=gold).count() == 2


def test_a_confirmed_correction_cannot_be_confirmed_again_or_discarded(gold, quinn, paul):
    written = correct(gold, quinn)
    send(paul, "confirm_gold_correction", written)

    answers = [send(paul, f"{act}_gold_correction", written) for act in ("confirm", "discard")]

    assert all("There is no correction to decide here any more" in answer.content.decode() for answer in answers)
    assert GoldAnswer.objects.get(number=2).replaced_at is None


def test_approving_everything_of_a_queue_leaves_corrections_alone(gold, quinn, paul):
    correct(gold, quinn)

    assert approve_waiting(gold.queue, approver=paul) == 0
    assert GoldAnswer.objects.get(number=2).approved_at is None


def test_the_list_names_what_waits_and_shows_the_answer_in_force(gold, quinn, paul):
    correct(gold, quinn)

    shown = client_for(paul).get(reverse("calibration:gold")).content.decode()

    assert "Corrections that wait for a second person" in shown
    assert "<td>Spam<" in shown


def test_retired_gold_is_corrected_for_those_whom_it_scored_and_stays_retired(gold, quinn, paul):
    retire_gold(gold, reason="Seen often", actor=quinn)
    send(quinn, "correct_gold", gold, CORRECTION)

    confirmed = send(paul, "confirm_gold_correction", GoldAnswer.objects.get(number=2))

    assert "12 answers of 12 people were scored anew; 3 changed." in confirmed.content.decode()
    gold.refresh_from_db()
    assert gold.state == "retired"


def test_a_trainer_reads_and_corrects_nothing(gold):
    trainer = make_user(roles=[Role.TRAINER])

    assert "Correct the answer" not in page_of(trainer, gold)
    assert send(trainer, "correct_gold", gold, CORRECTION).status_code == 404


def test_a_correction_shows_on_the_scorecard_of_whom_it_scored_anew_and_names_no_item(gold, quinn, paul):
    correct(gold, quinn)
    send(paul, "confirm_gold_correction", GoldAnswer.objects.get(number=2))
    person = GoldScore.objects.filter(given="scam").first().labeler

    shown = client_for(quinn).get(reverse("calibration:scorecard", args=[person.public_id])).content.decode()

    assert "1 answer was scored anew; 1 now counts as right and no longer as wrong." in shown
    assert gold.item.external_id not in shown
