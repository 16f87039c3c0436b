"""The pages of policies: write a next version, let a queue move to it, read what changed."""

from datetime import timedelta

import pytest
from django.urls import reverse

from labeling.models import Acknowledgement, Adoption, PolicyDraft
from labeling.queries import consequences
from labeling.queries.consequences import Consequence, ConsequenceLine, register_consequence
from labeling.queries.policies import clauses_of
from labeling.services.assignments import claim_assignment
from qaplatform import clock
from qaplatform.people.enums import Role
from tests.builders import (
    api_client_for,
    client_for,
    give_role,
    make_items,
    make_labeler,
    make_policy,
    make_queue,
    make_team,
    make_user,
)
from tests.labeling.moves import move_due_queues
from tests.labeling.test_adoptions import acknowledge, adopt, publish

pytestmark = pytest.mark.django_db

NEW_TEXT = (
    "1.1 Spam\nWhat Spam is.\n\n1.2 Scam\nA lie for money or love.\n\n1.3 Impersonation\nWhat Impersonation is.\n"
)


@pytest.fixture
def owner():
    return client_for(make_user("paul", roles=[Role.POLICY_OWNER]))


def write(client, policy, text=NEW_TEXT, base=1):
    return client.post(reverse("labeling:write_version", args=[policy.public_id]), {"text": text, "base": base})


def review_of(client, policy):
    return client.get(reverse("labeling:review_version", args=[policy.public_id]))


def fields_of(response, **changes):
    """What the form on the page would send."""
    form = response.context["form"]
    fields = {bound.html_name: bound.value() for bound in form if bound.value() not in {None, False}}
    return fields | changes


def move(client, queue, **fields):
    data = {"version": 2, "when": "now", "unfinished": "finish", "grace_hours": 24, "zone": "UTC"} | fields
    return client.post(reverse("labeling:move_queue", args=[queue.public_id]), data)


def test_pasted_text_is_compared_clause_by_clause(owner):
    policy = make_policy()

    assert write(owner, policy).status_code == 302
    page = review_of(owner, policy)

    [row] = page.context["rows"]
    assert (row.change.code, row.brief) == ("1.2", "words changed")
    assert [piece.text.strip() for piece in row.change.text if piece.kind == "added"] == ["A lie for money or love."]
    assert "<ins>" in page.content.decode()
    assert 'name="changed_1" id="id_changed_1" checked' in page.content.decode()


def test_text_that_cannot_be_cut_stays_in_the_form_with_a_sentence(owner):
    policy = make_policy()

    page = write(owner, policy, text="Be kind.")

    assert page.status_code == 422
    assert "No line of it begins with a number" in page.content.decode()
    assert "Be kind." in page.content.decode()
    assert not PolicyDraft.objects.exists()


def test_a_draft_is_kept_and_published_as_it_was_marked(owner):
    policy = make_policy()
    write(owner, policy)
    address = reverse("labeling:review_version", args=[policy.public_id])
    page = review_of(owner, policy)

    kept = owner.post(address, fields_of(page, note="Romance scams too.", do="save"))
    assert kept.status_code == 302
    assert PolicyDraft.objects.get().note == "Romance scams too."

    published = owner.post(address, fields_of(review_of(owner, policy), do="publish"))
    assert published.url == reverse("labeling:policy", args=[policy.public_id])
    version = policy.versions.latest("number")
    assert [clause.code for clause in version.changed_clauses.all()] == ["1.2"]
    assert version.note == "Romance scams too."


def test_an_unmarked_change_of_words_is_published_as_wording(owner):
    policy = make_policy()
    write(owner, policy)
    fields = fields_of(review_of(owner, policy), do="publish")
    del fields["changed_1"]

    owner.post(reverse("labeling:review_version", args=[policy.public_id]), fields)

    assert not policy.versions.latest("number").changed_clauses.exists()


def test_a_mended_typo_is_not_proposed_as_a_change(owner):
    policy = make_policy()
    write(owner, policy, NEW_TEXT.replace("A lie for money or love.", "Whatt Scam is."))

    page = review_of(owner, policy)

    assert 'name="changed_1" id="id_changed_1">' in page.content.decode()
    assert "reads like a typo that was mended" in page.content.decode()


def test_publishing_says_what_hangs_on_the_changed_clauses_and_waits_for_a_confirmation(owner, monkeypatch):
    monkeypatch.setattr(consequences, "_tellers", [])
    queue = make_queue()
    changed = queue.policy.clauses.get(code="1.2").pk
    register_consequence(lambda _, ids: Consequence("7 gold items.") if ids == {changed} else None)
    write(owner, queue.policy)
    address = reverse("labeling:review_version", args=[queue.policy.public_id])

    asked = owner.post(address, fields_of(review_of(owner, queue.policy), do="publish"))

    assert "7 gold items." in asked.content.decode()
    assert queue.name in asked.content.decode()
    assert queue.policy.versions.count() == 1
    owner.post(address, dict(asked.context["hidden"]) | {"do": "confirm"})
    assert queue.policy.versions.count() == 2


def test_clauses_are_edited_one_by_one(owner):
    policy = make_policy()
    write(owner, policy)

    fields = fields_of(review_of(owner, policy), text_0="Unasked advertising.", do="save")
    owner.post(reverse("labeling:review_version", args=[policy.public_id]), fields)

    page = review_of(owner, policy)
    assert [row.change.code for row in page.context["rows"]] == ["1.1", "1.2"]


def test_an_owner_whom_another_overtook_sees_the_comparison_with_the_newer_version(owner):
    queue = make_queue()
    write(owner, queue.policy)
    fields = fields_of(review_of(owner, queue.policy), do="publish")
    publish(queue, changed=["1.3"])

    answer = owner.post(reverse("labeling:review_version", args=[queue.policy.public_id]), fields, follow=True)

    assert "Version 2 was published" in answer.content.decode()
    assert queue.policy.versions.count() == 2
    assert answer.context["draft"].base.number == 2
    assert [row.change.code for row in answer.context["rows"]] == ["1.2"]


def test_a_draft_can_be_thrown_away(owner):
    policy = make_policy()
    write(owner, policy)

    owner.post(reverse("labeling:review_version", args=[policy.public_id]), {"do": "discard"})

    assert not PolicyDraft.objects.exists()


def test_a_version_is_read_beside_the_one_before(owner):
    queue = make_queue()
    publish(queue, changed=["1.1"], without=["1.3"])

    page = owner.get(reverse("labeling:policy", args=[queue.policy.public_id])).content.decode()
    older = owner.get(reverse("labeling:policy", args=[queue.policy.public_id]), {"version": 1})
    missing = owner.get(reverse("labeling:policy", args=[queue.policy.public_id]), {"version": 7})

    assert "changed in meaning" in page
    assert "out of force since version 2" in page
    assert (older.status_code, missing.status_code) == (200, 404)


def test_the_page_says_what_a_move_does_before_it_is_confirmed(owner):
    queue = make_queue(base_answers=2, overlap_size=2)
    first, _second = make_labeler(queues=[queue]), make_labeler(queues=[queue])
    make_items(queue, 2)
    claim_assignment(queue, first)
    publish(queue)

    page = move(owner, queue)

    words = " ".join(page.content.decode().split())
    assert page.status_code == 200
    assert "3 answers are still to be given, 1 answer is in somebody’s hand now" in words
    assert "1 item is partly answered: 1 open answer is still given under version 1" in words
    assert "2 people have to read the changed clauses" in words
    assert not Adoption.objects.exists()


def test_a_move_is_announced_in_the_zone_of_the_reader(owner):
    queue = make_queue()
    publish(queue)

    move(owner, queue, when="later", day="2031-07-01", clock_time="09:00", zone="Europe/Berlin", confirm="yes")

    adoption = Adoption.objects.get()
    assert adoption.at.isoformat() == "2031-07-01T07:00:00+00:00"
    assert adoption.grace_until - adoption.at == timedelta(hours=24)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"when": "later"}, "Choose the date on which the queue moves"),
        ({"when": "later", "day": "2020-01-01", "clock_time": "09:00", "confirm": "yes"}, "This time is past"),
        (
            {"when": "later", "day": "2031-01-01", "clock_time": "09:00", "zone": "Mars/Base"},
            "There is no time zone Mars/Base",
        ),
        (
            {"when": "later", "day": "2031-03-30", "clock_time": "02:30", "zone": "Europe/Berlin"},
            "go forward over this time",
        ),
        ({"grace_hours": 400}, "less than or equal to 336"),
        ({"version": 9}, "valid choice"),
    ],
)
def test_a_move_that_does_not_fit_is_refused_in_words(owner, fields, sentence):
    queue = make_queue()
    publish(queue)

    page = move(owner, queue, **fields)

    assert page.status_code == 422
    assert sentence in page.content.decode()
    assert not Adoption.objects.exists()


def test_a_move_is_called_off_on_its_page(owner):
    queue = make_queue()
    publish(queue)
    move(owner, queue, when="later", day="2031-07-01", clock_time="09:00", confirm="yes")

    owner.post(reverse("labeling:call_off", args=[Adoption.objects.get().public_id]))

    assert Adoption.objects.get().cancelled_at is not None


def test_what_other_applications_say_stands_on_the_page(owner, monkeypatch):
    queue = make_queue()
    publish(queue)
    monkeypatch.setattr(consequences, "_tellers", [])
    register_consequence(
        lambda _queue, changed: Consequence(f"{len(changed)} gold item.", (ConsequenceLine("Gold 1"),))
    )

    page = move(owner, queue).content.decode()

    assert "1 gold item." in page
    assert "Gold 1" in page


def test_a_labeler_reads_the_change_confirms_it_and_goes_on():
    queue = make_queue()
    labeler = make_labeler(queues=[queue])
    make_items(queue)
    version = publish(queue)
    version.note = "Spam is narrower now."
    version.save()
    adopt(queue, version)
    client = client_for(labeler)
    desk = reverse("labeling:workspace", args=[queue.public_id])
    changes = reverse("labeling:read_changes", args=[queue.public_id])

    assert client.get(desk).url == changes
    assert changes in client.get(reverse("labeling:work")).content.decode()
    assert changes in client.get("/").content.decode()
    page = client.get(changes).content.decode()
    assert "Spam is narrower now." in page
    assert "<ins>" in page

    assert client.post(changes, {"version": 2}).url == desk
    assert client.get(desk).status_code == 200
    assert Acknowledgement.objects.get().version == version


def test_reading_a_version_that_was_overtaken_leads_to_the_newer_one():
    queue = make_queue()
    labeler = make_labeler(queues=[queue])
    adopt(queue, publish(queue))
    adopt(queue, publish(queue, changed=["1.2"]))
    changes = reverse("labeling:read_changes", args=[queue.public_id])

    answer = client_for(labeler).post(changes, {"version": 2}, follow=True)

    assert "The rules changed once more" in answer.content.decode()
    assert [change.code for change in answer.context["reading"].changes] == ["1.1", "1.2"]
    assert not Acknowledgement.objects.exists()


def test_a_program_of_a_person_is_told_why_nothing_comes():
    queue = make_queue()
    labeler = make_labeler(queues=[queue])
    make_items(queue)
    adopt(queue, publish(queue))

    answer = api_client_for(labeler).post(
        f"/api/v1/queues/{queue.public_id}/claim", {}, content_type="application/json"
    )

    assert answer.status_code == 204
    assert "must_read_policy" in str(answer.headers)


def test_the_drawer_shows_the_version_of_the_item_in_hand():
    queue = make_queue()
    labeler = make_labeler(queues=[queue])
    make_items(queue, 2)
    claim_assignment(queue, labeler)
    version = publish(queue)
    adopt(queue, version)
    address = reverse("labeling:desk_policy", args=[queue.public_id])
    client = client_for(labeler)

    in_hand = client.get(address).content.decode()
    labeler.slots.all().delete()
    after = client.get(address).content.decode()

    assert "version 1: this item was begun under it" in in_hand
    assert "changed" not in in_hand.split("<dl")[1]
    assert "version 2." in after
    assert after.count('<span class="badge">changed</span>') == 1


def test_a_clause_is_no_longer_marked_after_two_weeks():
    queue = make_queue()
    labeler = make_labeler(queues=[queue])
    adopt(queue, publish(queue))
    Adoption.objects.update(applied_at=clock.now() - timedelta(days=15))

    page = client_for(labeler).get(reverse("labeling:desk_policy", args=[queue.public_id])).content.decode()

    assert "badge" not in page


def test_a_team_lead_sees_who_of_their_own_has_not_read(owner):
    queue = make_queue()
    team = make_team()
    mine, read, theirs = make_labeler("mine", team=team), make_labeler("read", team=team), make_labeler("theirs")
    for labeler in (mine, read, theirs):
        labeler.skill_grants.create(skill=queue.skill, source="manual")
    version = publish(queue)
    adopt(queue, version)
    acknowledge(read, version)
    lead = make_user()
    give_role(lead, Role.TEAM_LEAD, team=team)

    seen = client_for(lead).get(reverse("labeling:reading")).context["readers"]
    all_of_them = owner.get(reverse("labeling:reading")).context["readers"]

    assert [labeler.display_name for labeler in seen[0].have_not] == ["mine"]
    assert seen[0].total == 2
    assert [labeler.display_name for labeler in all_of_them[0].have_not] == ["mine", "theirs"]


def test_the_beat_carries_out_what_is_due():
    queue = make_queue()
    publish(queue)
    owner = client_for(make_user(roles=[Role.POLICY_OWNER]))
    move(owner, queue, confirm="yes")

    move_due_queues(now=clock.now())

    queue.refresh_from_db()
    assert queue.policy_version.number == 2


def test_a_category_is_added_and_renamed_on_the_pages(owner):
    policy = make_policy()
    data = {"name": "Hoax", "code": "hoax", "clause": "1.2", "severity": 3}

    owner.post(reverse("labeling:new_category", args=[policy.public_id]), data)
    again = owner.post(reverse("labeling:new_category", args=[policy.public_id]), data)
    made = policy.categories.get(code="hoax")
    owner.post(reverse("labeling:change_category", args=[made.public_id]), {"name": "Hoaxes"})

    made.refresh_from_db()
    assert (made.name, made.code) == ("Hoaxes", "hoax")
    assert again.status_code == 422
    assert "Codes are never used twice" in again.content.decode()


def test_the_text_in_force_is_what_the_next_version_begins_with(owner):
    policy = make_policy()

    page = owner.get(reverse("labeling:write_version", args=[policy.public_id]))

    for clause in clauses_of(policy.versions.get()):
        assert clause.text in page.content.decode()


@pytest.mark.parametrize(("role", "is_shown"), [(Role.POLICY_OWNER, True), (Role.TRAINER, False)])
def test_who_has_read_the_changes_is_offered_to_whoever_may_see_it(role, is_shown):
    queue = make_queue()
    client = client_for(make_user(roles=[role]))

    page = client.get(reverse("labeling:policy", args=[queue.policy.public_id])).content.decode()

    assert (reverse("labeling:reading") in page) == is_shown


def test_the_queues_page_shows_an_announced_move_and_says_utc_once():
    queue = make_queue()
    publish(queue)
    quinn = client_for(make_user("quinn", roles=[Role.QA_MANAGER]))
    day = (clock.now() + timedelta(days=3)).date().isoformat()
    later = {"when": "later", "day": day, "clock_time": "16:26"}

    preview = move(quinn, queue, **later).content.decode()
    announced = move(quinn, queue, confirm="1", **later)

    assert announced.status_code == 302
    assert "16:26 UTC" in preview
    assert ", that is" not in preview
    assert "counted anew from the move" in preview
    page = quinn.get(reverse("labeling:queue", args=[queue.public_id])).content.decode()
    assert "moves from version 1 to version 2" in page


def test_the_list_counts_ordinary_queues_alone(owner):
    queue = make_queue()
    make_queue("Audit", policy=queue.policy, kind="audit")

    [policy] = owner.get(reverse("labeling:policies")).context["policies"]

    assert policy.queue_count == 1
