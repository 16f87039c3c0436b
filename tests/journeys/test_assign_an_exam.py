"""A trainer assigns an exam: two people and a team get it, one is certified for the first time, one retakes it."""

import json
from collections.abc import Iterable
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from calibration.models import Attempt, CalibrationSet
from calibration.services.refresh import refresh_queue
from labeling.models import Label
from qaplatform.people.enums import Role
from qaplatform.people.models import Labeler
from tests.builders import client_for, make_items, make_labeler, make_queue, make_team, make_user
from tests.calibration.loop.builders import make_golds

pytestmark = pytest.mark.django_db

POOL = 8
TRY = 4
PASS_MARK = 3


def words(page) -> str:
    return " ".join(strip_tags(page.content.decode()).split())


def read(client: Client, name: str, /, *args: object, **query: str) -> str:
    page = client.get(reverse(f"calibration:{name}", args=args), query)
    assert page.status_code == 200
    return words(page)


def post(client: Client, name: str, /, *args: object, **fields: object) -> str:
    return words(client.post(reverse(f"calibration:{name}", args=args), fields, follow=True))


def ids(people: Iterable[Labeler]) -> list[str]:
    return [str(person.public_id) for person in people]


def claim(client: Client, queue) -> object:
    return client.post(f"/api/v1/queues/{queue.public_id}/claim", "{}", content_type="application/json")


def answer(client: Client, queue, categories: Iterable[str]) -> None:
    """Answer as the workspace does: claim, then submit under a key of one's own."""
    for category in categories:
        assignment = claim(client, queue).json()
        body = json.dumps({"token": assignment["token"], "answers": {"category": category}})
        submitted = client.post(
            f"/api/v1/assignments/{assignment['id']}/submit",
            body,
            content_type="application/json",
            headers={"Idempotency-Key": str(uuid4())},
        )
        assert submitted.status_code == 201


def test_an_exam_from_its_assignment_to_the_work_that_it_opens():
    queue, team = make_queue("Spam"), make_team()
    make_items(queue, 3)
    make_golds(queue, POOL)
    ana, ben = make_labeler("ana"), make_labeler("ben")
    mates = [make_labeler(f"mate{n}", team=team) for n in range(3)]
    trainer = client_for(make_user("tara", roles=[Role.TRAINER]))
    for_ana, for_ben = client_for(ana), client_for(ben)

    # The work is closed to Ana: she is not certified for it.
    assert claim(for_ana, queue).status_code == 404

    # Tara builds an exam whose pool is twice as large as a try, and reads how many tries that gives.
    form = read(trainer, "new_set")
    assert "Take about twice as many items as a try asks" in form
    golds = [str(gold.public_id) for gold in queue.gold_items.all()]
    built = post(
        trainer, "new_set", name="Spam exam", items=golds, draw_size=TRY, pass_mark=PASS_MARK, shows_answers="on"
    )
    assert "Spam exam is ready" in built
    assert "8 items, 4 a try: 2 tries a person, each on other items." in built
    exam = CalibrationSet.objects.get()

    # She ticks two people and a whole team, reads who gets it, and confirms. Nothing is assigned before.
    assert "5 ticked" not in read(trainer, "assign_set", exam.public_id)
    chosen = ids([ana, ben, *mates])
    asked = post(trainer, "assign_set", exam.public_id, labelers=chosen)
    assert "Assign to 5 people?" in asked
    assert not Attempt.objects.exists()
    assert "is assigned to 5 people" in post(trainer, "assign_set", exam.public_id, labelers=chosen, confirm="yes")

    # Asked again, she reads who cannot get it, and why.
    again = post(trainer, "assign_set", exam.public_id, labelers=[*ids([ana]), *ids([make_labeler("cleo")])])
    assert "Assign to 1 person?" in again
    assert "Has it already and is not finished." in again

    # Ana and Ben answer in the workspace. Nothing is shown before the end.
    assert "0 of 4" in words(for_ana.get(reverse("labeling:workspace", args=[exam.training_queue.public_id])))
    answer(for_ana, exam.training_queue, ["spam"] * TRY)
    answer(for_ben, exam.training_queue, ["scam"] * TRY)
    refresh_queue(exam.training_queue.pk)

    # Ana has passed: her page says so, and the work is open to her.
    assert "Passed: Spam exam, 4 of 4 right. You are certified for" in read(for_ana, "home")
    assert claim(for_ana, queue).status_code == 200

    # Ben has not: his page says what comes next, and his result lists what was expected.
    first = Attempt.objects.get(labeler=ben)
    assert "Not passed: Spam exam, 0 of 4 right, 3 pass. What next: read the answers" in read(for_ben, "home")
    assert "Because it is." in read(for_ben, "attempt", first.public_id)
    assert claim(for_ben, queue).status_code == 404

    # Tara's first page names Ben; the board counts everybody by state.
    assert "ben did not pass Spam exam (0 of 4 right)" in read(trainer, "home")
    board = read(trainer, "board")
    assert "Not started 3" in board
    assert "Passed 1" in board
    assert "ben" not in read(trainer, "board", state="passed").split("Reason")[0].split("Assigned")[-1]

    # Ben retakes it on the other four items, passes, and gets work.
    assert "Attempt 2 is assigned to ben" in post(trainer, "retake", first.public_id)
    second = Attempt.objects.get(labeler=ben, number=2)
    asked_golds = [set(attempt.answers.values_list("gold_answer__gold", flat=True)) for attempt in (first, second)]
    assert asked_golds[0].isdisjoint(asked_golds[1])
    answer(for_ben, exam.training_queue, ["spam"] * TRY)
    refresh_queue(exam.training_queue.pk)
    assert "Passed: Spam exam, 4 of 4 right" in read(for_ben, "home")
    answer(for_ben, queue, ["spam"])
    assert Label.objects.filter(labeler=ben, queue=queue).count() == 1

    # The team has changed its plans: Tara takes their assignments back, with a reason that they read.
    open_ones = [str(attempt.public_id) for attempt in Attempt.objects.filter(labeler__in=mates)]
    assert "3 assignments are cancelled." in post(
        trainer, "cancel_attempts", attempts=open_ones, reason="Moved to next week"
    )
    assert "Taken back: Spam exam. Moved to next week" in read(client_for(mates[0]), "home")
    assert "Nobody is due or stuck" in read(trainer, "sets")
