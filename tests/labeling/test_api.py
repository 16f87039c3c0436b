"""The API of labeling over real requests, held against its own description."""

from uuid import uuid4

import pytest
from django.urls import URLResolver, get_resolver
from openapi_spec_validator import OpenAPIV30SpecValidator

from labeling.models import EndedAssignment, Label, LateAnswer, Reveal, Skip, Slot
from labeling.services.assignments import claim_assignment
from tests.builders import (
    answer,
    api_client_for,
    client_for,
    make_items,
    make_labeler,
    make_queue,
    make_user,
)
from tests.labeling.clocks import shift_clock
from tests.labeling.descriptions import check_against_description, described_path, description

pytestmark = pytest.mark.django_db


def send(client, address, body, **headers):
    return client.post(f"/api/v1/{address}", body, content_type="application/json", headers=headers)


@pytest.fixture
def queue():
    return make_queue()


@pytest.fixture
def labeler(queue):
    return make_labeler(queues=[queue])


@pytest.fixture
def client(labeler):
    return api_client_for(labeler)


def claim(client, queue, **body):
    return send(client, f"queues/{queue.public_id}/claim", body)


def test_claim_gives_an_assignment_as_described(client, queue):
    make_items(queue, 1, content={"text": "Win a phone"}, context={"channel": "public"})

    response = claim(client, queue)

    assert response.status_code == 200
    body = response.json()
    assert set(body) == {"id", "token", "lease_until", "queue", "item", "schema_version"}
    assert body["item"] == {
        "content": {"kind": "text", "covered": False, "body": {"text": "Win a phone"}},
        "context": {"channel": "public"},
    }
    check_against_description(response, "/api/v1/queues/{queue_id}/claim")


def test_claim_of_an_empty_queue_says_why_and_when_to_ask_again(client, queue):
    response = claim(client, queue)

    assert response.status_code == 204
    assert (response["X-Queue-Reason"], response["Retry-After"]) == ("nothing_left", "60")
    check_against_description(response, "/api/v1/queues/{queue_id}/claim")


def test_submit_stores_and_gives_the_next(client, queue, labeler):
    make_items(queue, 2)
    first = claim(client, queue).json()

    response = send(
        client,
        f"assignments/{first['id']}/submit",
        {
            "token": first["token"],
            "answers": answer(),
            "rationale": "Asks for money.",
            "confidence": 0.5,
            "active_ms": 4000,
            "claim_next": True,
        },
        **{"Idempotency-Key": "one"},
    )

    assert response.status_code == 201
    check_against_description(response, "/api/v1/assignments/{assignment_id}/submit")
    label = Label.objects.get()
    assert response.json()["label"]["id"] == str(label.public_id)
    assert (label.answers, label.rationale, label.confidence, label.active_ms, label.labeler) == (
        {"category": "spam"},
        "Asks for money.",
        0.5,
        4000,
        labeler,
    )
    assert response.json()["next"]["id"] != first["id"]


def test_submit_of_the_last_item_says_that_nothing_is_left(client, queue):
    make_items(queue, 1)
    first = claim(client, queue).json()

    body = {"token": first["token"], "answers": answer(), "claim_next": True}
    response = send(client, f"assignments/{first['id']}/submit", body)

    assert response.json()["next"] is None
    assert response["X-Queue-Reason"] == "nothing_left"
    check_against_description(response, "/api/v1/assignments/{assignment_id}/submit")


def test_a_replay_repeats_status_and_label_byte_by_byte_and_next_is_what_is_held_now(client, queue):
    make_items(queue, 3)
    first = claim(client, queue).json()
    body = {"token": first["token"], "answers": answer(), "claim_next": True}
    address = f"assignments/{first['id']}/submit"

    original = send(client, address, body, **{"Idempotency-Key": "one"})
    second = original.json()["next"]
    send(client, f"assignments/{second['id']}/submit", {"token": second["token"], "answers": answer()})
    held = claim(client, queue).json()
    replay = send(client, address, body, **{"Idempotency-Key": "one"})

    assert replay.status_code == original.status_code == 201
    assert replay.content.partition(b',"next"')[0] == original.content.partition(b',"next"')[0]
    assert replay.json()["next"]["id"] == held["id"]
    assert Label.objects.count() == 2


def test_the_same_key_with_another_body_is_refused(client, queue):
    make_items(queue, 2)
    first = claim(client, queue).json()
    send(
        client,
        f"assignments/{first['id']}/submit",
        {"token": first["token"], "answers": answer()},
        **{"Idempotency-Key": "one"},
    )
    second = claim(client, queue).json()

    same_address = send(
        client,
        f"assignments/{first['id']}/submit",
        {"token": first["token"], "answers": answer("scam")},
        **{"Idempotency-Key": "one"},
    )
    other_address = send(
        client,
        f"assignments/{second['id']}/submit",
        {"token": second["token"], "answers": answer()},
        **{"Idempotency-Key": "one"},
    )

    for response in (same_address, other_address):
        assert (response.status_code, response.json()["code"]) == (422, "key_reused")
        check_against_description(response, "/api/v1/assignments/{assignment_id}/submit")
    assert Label.objects.count() == 1


def test_a_second_submit_without_a_key_is_refused(client, queue):
    make_items(queue, 1)
    first = claim(client, queue).json()
    body = {"token": first["token"], "answers": answer()}
    send(client, f"assignments/{first['id']}/submit", body)

    response = send(client, f"assignments/{first['id']}/submit", body)

    assert (response.status_code, response.json()["code"]) == (409, "already_answered")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"answers": {"category": "weather"}}, "category"),
        ({"answers": {}}, "category"),
        ({"answers": {"category": "spam", "mood": "bad"}}, "mood"),
        ({"answers": {"category": ["spam"]}}, "category"),
        ({"answers": "spam"}, "answers"),
        ({"answers": {"category": "spam"}, "confidence": 2}, "confidence"),
        ({"answers": {"category": "spam"}, "active_ms": -1}, "active_ms"),
        ({"answers": {"category": "spam"}, "rationale": "x" * 10_001}, "rationale"),
        ({"answers": {"category": "spam"}, "rationale": "a\0b"}, "body"),
        ({"answers": {"category": "spam"}, "surprise": 1}, "body"),
        ({"answers": {"category": "spam"}, "token": "none"}, "token"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused_with_its_field_and_can_be_sent_again(client, queue, body, field):
    make_items(queue, 1)
    held = claim(client, queue).json()

    refused = send(
        client, f"assignments/{held['id']}/submit", {"token": held["token"]} | body, **{"Idempotency-Key": "k"}
    )
    accepted = send(
        client,
        f"assignments/{held['id']}/submit",
        {"token": held["token"], "answers": answer()},
        **{"Idempotency-Key": "k"},
    )

    assert (refused.status_code, refused.json()["detail"]["field"]) == (422, field)
    check_against_description(refused, "/api/v1/assignments/{assignment_id}/submit")
    assert accepted.status_code == 201


def test_a_late_answer_is_kept_and_refused(client, queue, labeler):
    other = make_labeler(queues=[queue])
    [item] = make_items(queue, 1)
    held = claim(client, queue).json()
    shift_clock(queue.lease_seconds + 1)
    claim_assignment(queue, other)

    body = {"token": held["token"], "answers": answer(), "rationale": "late"}
    responses = [send(client, f"assignments/{held['id']}/submit", body, **{"Idempotency-Key": "k"}) for _ in range(2)]

    assert [response.status_code for response in responses] == [409, 409]
    assert responses[0].content == responses[1].content
    assert responses[0].json()["code"] == "late"
    late = LateAnswer.objects.get()
    assert (late.item, late.labeler, late.answers, late.rationale) == (item, labeler, {"category": "spam"}, "late")
    assert not Label.objects.exists()


def test_an_overrun_lease_that_nobody_took_still_counts(client, queue):
    make_items(queue, 1)
    held = claim(client, queue).json()
    shift_clock(queue.lease_seconds * 10)

    response = send(client, f"assignments/{held['id']}/submit", {"token": held["token"], "answers": answer()})

    assert response.status_code == 201


@pytest.mark.parametrize("action", ["submit", "extend", "skip", "reveal"])
def test_an_assignment_that_was_never_ones_own_does_not_exist(queue, action, client):
    make_items(queue, 1)
    held = claim(client, queue).json()
    stranger = api_client_for(make_labeler(queues=[queue]))
    body = {"submit": {"answers": answer()}, "skip": {"reason": "unclear"}}.get(action, {})

    not_theirs = send(stranger, f"assignments/{held['id']}/{action}", {"token": held["token"]} | body)
    wrong_token = send(client, f"assignments/{held['id']}/{action}", {"token": str(uuid4())} | body)
    unknown = send(client, f"assignments/{uuid4()}/{action}", {"token": held["token"]} | body)

    assert [response.status_code for response in (not_theirs, wrong_token, unknown)] == [404, 404, 404]
    assert not_theirs.content == wrong_token.content == unknown.content
    check_against_description(not_theirs, f"/api/v1/assignments/{{assignment_id}}/{action}")


def test_extend_starts_the_lease_anew(client, queue):
    make_items(queue, 1)
    held = claim(client, queue).json()
    shift_clock(300)

    response = send(client, f"assignments/{held['id']}/extend", {"token": held["token"]})

    assert response.status_code == 200
    assert response.json()["lease_until"] > held["lease_until"]
    check_against_description(response, "/api/v1/assignments/{assignment_id}/extend")


def test_skip_gives_the_slot_back_and_the_next_one(client, queue, labeler):
    make_items(queue, 2)
    held = claim(client, queue).json()

    body = {"token": held["token"], "reason": "language", "note": "Finnish", "claim_next": True}
    response = send(client, f"assignments/{held['id']}/skip", body)

    assert response.status_code == 200
    assert response.json()["next"]["id"] != held["id"]
    skip = Skip.objects.get()
    assert (skip.labeler, skip.reason, skip.note) == (labeler, "language", "Finnish")
    check_against_description(response, "/api/v1/assignments/{assignment_id}/skip")


def test_an_unknown_reason_to_skip_is_refused(client, queue):
    make_items(queue, 1)
    held = claim(client, queue).json()

    response = send(client, f"assignments/{held['id']}/skip", {"token": held["token"], "reason": "bored"})

    assert (response.status_code, response.json()["detail"]) == (422, {"field": "reason"})


def test_a_sensitive_item_is_covered_until_it_is_revealed(client, queue, labeler):
    [item] = make_items(queue, 1, is_sensitive=True, content={"text": "harsh"}, context={"parent": "harsh too"})
    response = claim(client, queue)
    held = response.json()

    revealed = send(client, f"assignments/{held['id']}/reveal", {"token": held["token"]})

    assert held["item"] == {"content": {"kind": "text", "covered": True, "body": None}, "context": {}}
    assert b"harsh" not in response.content
    assert revealed.json()["item"]["content"] == {"kind": "text", "covered": False, "body": {"text": "harsh"}}
    assert (Reveal.objects.get().item, Reveal.objects.get().labeler) == (item, labeler)
    check_against_description(response, "/api/v1/queues/{queue_id}/claim")
    check_against_description(revealed, "/api/v1/assignments/{assignment_id}/reveal")


def test_an_answer_can_be_revised(client, queue):
    make_items(queue, 1)
    held = claim(client, queue).json()
    sent = send(client, f"assignments/{held['id']}/submit", {"token": held["token"], "answers": answer()}).json()

    response = send(client, f"labels/{sent['label']['id']}/revise", {"answers": answer("scam")})

    assert response.status_code == 201
    assert response.json()["label"]["answers"] == {"category": "scam"}
    check_against_description(response, "/api/v1/labels/{label_id}/revise")


def test_pause_gives_back_whatever_is_held(client, queue):
    make_items(queue, 3)
    claim(client, queue)
    claim(client, queue, prefetch=True)

    response = send(client, "work/pause", {})

    assert response.json() == {"given_back": 2}
    assert EndedAssignment.objects.filter(why="given_back").count() == 2
    assert not Slot.objects.filter(state="leased").exists()
    check_against_description(response, "/api/v1/work/pause")


def test_questions_and_policy_can_be_read_by_those_who_work_there(client, queue):
    questions = client.get(f"/api/v1/queues/{queue.public_id}/schema")
    policy = client.get(f"/api/v1/queues/{queue.public_id}/policy")

    assert questions.json()["questions"][0]["key"] == "category"
    assert [clause["code"] for clause in policy.json()["clauses"]] == ["1.1", "1.2", "1.3"]
    check_against_description(questions, "/api/v1/queues/{queue_id}/schema", "get")
    check_against_description(policy, "/api/v1/queues/{queue_id}/policy", "get")


def test_a_queue_in_which_one_may_not_work_does_not_exist(client):
    other = make_queue()
    make_items(other, 1)

    responses = [
        claim(client, other),
        client.get(f"/api/v1/queues/{other.public_id}/schema"),
        client.get(f"/api/v1/queues/{other.public_id}/policy"),
        client.get(f"/api/v1/queues/{uuid4()}/policy"),
    ]

    assert {response.status_code for response in responses} == {404}
    assert len({response.content for response in responses}) == 1


def test_who_does_not_label_cannot_claim(queue):
    make_items(queue, 1)

    response = claim(api_client_for(make_user()), queue)

    assert response.status_code == 404


def test_without_a_token_or_with_one_for_something_else_nothing_is_handed_out(queue, labeler, client):
    make_items(queue, 1)
    nobody = api_client_for(labeler)
    nobody.defaults["HTTP_AUTHORIZATION"] = "Token wrong"

    assert claim(nobody, queue).status_code == 401
    assert claim(api_client_for(labeler, scopes=["import"]), queue).status_code == 404


def test_a_body_over_64_kb_is_refused(client, queue):
    response = send(client, f"assignments/{uuid4()}/submit", {"rationale": "x" * 70_000})

    assert (response.status_code, response.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize("body", [b"{", b"\xff", b'{"token": "\\ud800"}', b"[]", b"3"])
def test_a_body_that_is_not_json_is_refused_in_words(client, body):
    response = client.post(f"/api/v1/assignments/{uuid4()}/submit", body, content_type="application/json")

    assert response.status_code == 422
    assert response.json()["detail"] == {"field": "body"}


def test_a_signed_in_browser_needs_its_csrf_token(labeler, queue):
    make_items(queue, 1)
    browser = client_for(labeler)
    browser.handler.enforce_csrf_checks = True

    assert claim(browser, queue).status_code == 403


def test_the_description_is_served_and_valid(client):
    response = client.get("/api/v1/schema", headers={"Accept": "application/json"})

    assert response.status_code == 200
    OpenAPIV30SpecValidator(response.json()).validate()
    assert "/api/v1/assignments/{assignment_id}/submit" in response.json()["paths"]


def test_every_route_of_the_api_is_described():
    routes = {described_path(address) for address in api_addresses(get_resolver().url_patterns)}

    assert routes - {"/api/v1/schema"} == set(description()["paths"])


def api_addresses(patterns, before=""):
    """Addresses of the API as the resolver knows them."""
    for pattern in patterns:
        address = f"{before}{pattern.pattern}"
        if isinstance(pattern, URLResolver):
            yield from api_addresses(pattern.url_patterns, address)
        elif address.startswith("api/"):
            yield address
