"""A labeler's morning over HTTP: look at what waits, claim, answer, skip, undo, and reach the end of the queue."""

import pytest

from labeling.models import Label, Skip, Slot
from labeling.queries.work import open_work
from tests.builders import answer, api_client_for, make_items, make_labeler, make_queue

pytestmark = pytest.mark.django_db


def post(client, address, body, **headers):
    return client.post(f"/api/v1/{address}", body, content_type="application/json", headers=headers)


def test_a_morning_of_work():
    queue = make_queue("Spam")
    make_items(queue, 4)
    labeler = make_labeler("lena", queues=[queue])
    client = api_client_for(labeler)

    # Four items wait in the one queue that lena is certified for.
    [waiting] = open_work(labeler)
    assert (waiting.name, waiting.waiting, waiting.has_begun) == ("Spam", 4, False)

    # The queue says what it asks, and under which policy.
    questions = client.get(f"/api/v1/queues/{waiting.queue}/schema").json()["questions"]
    assert questions[0]["options"][0]["code"] == "no_violation"
    assert client.get(f"/api/v1/queues/{waiting.queue}/policy").json()["version"] == 1

    # The first one is claimed; answering it brings the next one in the same request.
    first = post(client, f"queues/{waiting.queue}/claim", {}).json()
    sent = {"token": first["token"], "answers": answer("scam"), "claim_next": True}
    second = post(client, f"assignments/{first['id']}/submit", sent, **{"Idempotency-Key": "1"}).json()
    assert second["next"]["id"] != first["id"]

    # The network fell and the same answer is sent again: nothing changes.
    again = post(client, f"assignments/{first['id']}/submit", sent, **{"Idempotency-Key": "1"}).json()
    assert again == second

    # On second thoughts it was spam.
    revised = post(client, f"labels/{second['label']['id']}/revise", {"answers": answer("spam")})
    assert revised.status_code == 201

    # The second is not for lena; the third takes longer; after the fourth nothing is left.
    held = second["next"]
    skipped = post(
        client, f"assignments/{held['id']}/skip", {"token": held["token"], "reason": "language", "claim_next": True}
    )
    held = skipped.json()["next"]
    assert post(client, f"assignments/{held['id']}/extend", {"token": held["token"]}).status_code == 200
    for key in ("3", "4"):
        sent = {"token": held["token"], "answers": answer("no_violation"), "claim_next": True}
        response = post(client, f"assignments/{held['id']}/submit", sent, **{"Idempotency-Key": key})
        held = response.json()["next"]
    assert held is None
    assert response["X-Queue-Reason"] == "nothing_left"

    # What is stored: three answers of which one was changed, one skip, one slot open for somebody else.
    current = Label.objects.filter(revised_by=None).values_list("answers__category", flat=True)
    assert sorted(current) == ["no_violation", "no_violation", "spam"]
    assert Skip.objects.get().labeler == labeler
    assert Slot.objects.filter(state="open").count() == 1
    assert open_work(labeler)[0].waiting == 0
