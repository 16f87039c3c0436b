"""The next version of a policy, from pasted text to what never changes."""

import pytest

from labeling.engine.clauses import ClauseText
from labeling.models import PolicyDraft
from labeling.queries.policies import clauses_of
from labeling.services.assignments import claim_assignment
from labeling.services.policies import CategoryText
from labeling.services.policy_categories import add_category, rename_category
from labeling.services.policy_drafts import discard_draft, publish_draft, rebase_draft, save_draft
from qaplatform.errors import InvalidInput, NotFound, Refused
from qaplatform.trail.models import TrailEntry
from tests.builders import make_items, make_labeler, make_policy, make_queue, make_user

pytestmark = pytest.mark.django_db


def text_of(policy, **changes):
    """The policy's latest text with these clauses put otherwise: None drops one, a new number adds one."""
    clauses = {clause.code: clause for clause in clauses_of(policy.versions.latest("number"))}
    for name, text in changes.items():
        code = name[1:].replace("_", ".")
        clauses[code] = ClauseText(code, clauses[code].title if code in clauses else "New", text) if text else None
    return [clause for clause in clauses.values() if clause is not None]


def publish(policy, *, marked=None, actor=None, **changes):
    actor = actor or make_user()
    draft = save_draft(policy, text_of(policy, **changes), author=actor, marked=marked, note="Why.")
    return publish_draft(draft, against=draft.base.number, actor=actor)


def revisions(version):
    return {revision.clause.code: revision.number for revision in version.revisions.all()}


def changed(version):
    return sorted(clause.code for clause in version.changed_clauses.all())


def test_a_published_version_takes_over_what_did_not_change():
    policy = make_policy()

    version = publish(policy, c1_2="A lie for money or love.")

    assert (version.number, revisions(version), changed(version)) == (2, {"1.1": 1, "1.2": 2, "1.3": 1}, ["1.2"])
    assert version.revisions.get(clause__code="1.1") == policy.versions.get(number=1).revisions.get(clause__code="1.1")
    assert not PolicyDraft.objects.exists()
    assert TrailEntry.objects.get().detail["changed"] == ["1.2"]


def test_a_change_of_words_that_the_author_does_not_mark_keeps_the_meaning():
    version = publish(make_policy(), marked=[], c1_2="What a scam is.")

    assert (revisions(version)["1.2"], changed(version)) == (2, [])


def test_typography_is_not_proposed_as_a_change_of_meaning():
    policy = make_policy()

    draft = save_draft(policy, text_of(policy, c1_1="What  Spam is."), author=make_user())

    assert draft.marked == []


def test_what_comes_and_what_goes_is_marked_whatever_the_author_says():
    version = publish(make_policy(), marked=[], c1_1=None, c1_9="Brand new.")

    assert (revisions(version), changed(version)) == ({"1.2": 1, "1.3": 1, "1.9": 1}, ["1.1", "1.9"])


def test_a_clause_that_changes_in_meaning_with_the_same_words_gets_a_revision_of_its_own():
    version = publish(make_policy(), marked=["1.3"])

    assert (revisions(version), changed(version)) == ({"1.1": 1, "1.2": 1, "1.3": 2}, ["1.3"])


def test_a_clause_that_comes_back_goes_on_with_its_numbers():
    policy = make_policy()
    publish(policy, c1_1=None)

    version = publish(policy, c1_1="What Spam is.")

    assert (revisions(version)["1.1"], changed(version)) == (2, ["1.1"])


def test_a_version_without_a_change_is_refused():
    with pytest.raises(InvalidInput, match="This text is that of version 1"):
        publish(make_policy())


def test_a_text_with_problems_is_kept_and_not_published():
    policy = make_policy()
    draft = save_draft(policy, [ClauseText("1.1", "Spam", "")], author=make_user())

    with pytest.raises(InvalidInput, match="has a heading and no text"):
        publish_draft(draft, against=1, actor=make_user())

    assert PolicyDraft.objects.get() == draft
    assert policy.versions.count() == 1


def test_the_second_of_two_owners_who_publish_is_told_and_keeps_the_text():
    policy = make_policy()
    first, second = make_user("first"), make_user("second")
    late = save_draft(policy, text_of(policy, c1_2="Mine."), author=second)
    publish(policy, actor=first, c1_1="Yours.")

    with pytest.raises(Refused, match="Version 2 was published by first while you were writing"):
        publish_draft(late, against=1, actor=second)

    version = publish_draft(rebase_draft(late), against=2, actor=second)
    assert (version.number, revisions(version), changed(version)) == (3, {"1.1": 2, "1.2": 2, "1.3": 1}, ["1.2"])


def test_a_clause_that_both_owners_changed_is_marked_when_the_drafts_meet():
    policy = make_policy()
    late = save_draft(policy, text_of(policy, c1_2="Mine."), author=make_user(), marked=[])
    publish(policy, c1_2="Yours.", c1_9="Brand new.")

    draft = rebase_draft(late)

    assert draft.marked == ["1.2"]
    assert [clause["text"] for clause in draft.clauses] == [
        "What Spam is.",
        "Mine.",
        "What Impersonation is.",
        "Brand new.",
    ]


def test_a_draft_that_is_gone_is_not_published_again():
    policy = make_policy()
    draft = save_draft(policy, text_of(policy, c1_2="New."), author=make_user())
    same = PolicyDraft.objects.get()
    publish_draft(draft, against=1, actor=make_user())

    with pytest.raises(NotFound, match="published or thrown away"):
        publish_draft(same, against=2, actor=make_user())


def test_saving_again_replaces_the_own_draft_and_leaves_those_of_others():
    policy = make_policy()
    mine, theirs = make_user(), make_user()
    save_draft(policy, text_of(policy, c1_1="One."), author=mine)
    other = save_draft(policy, text_of(policy, c1_1="Other."), author=theirs)

    save_draft(policy, text_of(policy, c1_1="Two."), author=mine)

    assert [draft.clauses[0]["text"] for draft in PolicyDraft.objects.order_by("pk")] == ["Two.", "Other."]
    discard_draft(other)
    assert PolicyDraft.objects.count() == 1


def test_publishing_while_people_label_changes_nothing_for_them():
    queue = make_queue()
    labeler = make_labeler(queues=[queue])
    make_items(queue)

    publish(queue.policy, c1_1="Now narrower.")
    claim_assignment(queue, labeler)

    queue.refresh_from_db()
    slot = labeler.slots.get()
    assert slot.policy_version.number == queue.policy_version.number == 1


def test_a_category_is_added_under_a_clause():
    policy = make_policy()

    made = add_category(
        policy,
        CategoryText(code="hoax", name="Hoax", severity=3, clause="1.2", marks=frozenset({"never sample"})),
        actor=make_user(),
    )

    assert (made.clause.code, made.severity, made.never_sample, made.position) == ("1.2", 3, True, 4)
    assert TrailEntry.objects.get().action == "category_added"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"code": "spam"}, "There is a category spam already"),
        ({"code": "Big Spam"}, "is no code"),
        ({"name": " "}, "Give the category a title"),
        ({"name": "scam"}, "Another category is called scam"),
        ({"severity": 5}, "runs from 0"),
        ({"clause": "9.9"}, "The latest version has no clause 9.9"),
        ({"marks": frozenset({"no violation"})}, "Marks are"),
    ],
)
def test_a_category_that_does_not_fit_is_refused_in_words(fields, sentence):
    category = CategoryText(**({"code": "hoax", "name": "Hoax"} | fields))

    with pytest.raises(InvalidInput, match=sentence):
        add_category(make_policy(), category, actor=make_user())


def test_a_title_changes_and_the_code_stays():
    category = make_policy().categories.get(code="spam")

    renamed = rename_category(category, "Unasked advertising", actor=make_user())

    assert (renamed.code, renamed.name) == ("spam", "Unasked advertising")
    assert TrailEntry.objects.get().detail == {"code": "spam", "from": "Spam", "to": "Unasked advertising"}
