"""The checker walks from version to version; production numbers meanings. Both say the same of any history."""

from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration.queries.clauses import eras_of, read_versions, revisions_in_force
from calibration.queries.meanings import read_carried
from calibration.queries.questions import read_questions
from calibration.services.checking_meanings import Meanings, Version, read_meanings
from labeling.engine.meanings import VersionFacts, changed_between, meanings_of, same_meaning
from tests.builders import make_queue
from tests.calibration.policy_changes import adopt, publish

CLAUSES = {7: "2.1", 8: "2.2", 9: "3.1"}


@st.composite
def histories(draw):
    """Versions in which clauses come, go, come back, are worded anew, and change."""
    versions, revision = [], 100
    for number in range(1, draw(st.integers(1, 6)) + 1):
        stands = draw(st.sets(st.sampled_from(sorted(CLAUSES)), min_size=1))
        revisions = {}
        for clause in sorted(stands):
            revision += draw(st.integers(0, 1)) or (not versions or clause not in versions[-1].revisions)
            before = versions[-1].revisions.get(clause) if versions else None
            revisions[clause] = before if before and draw(st.booleans()) else 1000 * clause + revision
        changed = frozenset(draw(st.sets(st.sampled_from(sorted(CLAUSES)))))
        codes = {clause: CLAUSES[clause] for clause in stands}
        versions.append(Version(10 * number, number, codes, revisions, changed))
    return versions


@settings(max_examples=200, derandomize=True, deadline=None)
@given(versions=histories(), place=st.integers(0, 5))
def test_both_routes_agree_on_any_history(versions, place):
    current = versions[place % len(versions)]
    facts = [VersionFacts(version.number, version.revisions, version.changed) for version in versions]

    ours = Meanings(versions, current.version_id)

    assert ours.in_force() == {revision for revision, _ in same_meaning(facts, current.number)}
    for version in versions:
        expected = {revision for revision, _ in same_meaning(facts, version.number)}
        assert ours.carried()[version.version_id] == expected


@settings(max_examples=200, derandomize=True, deadline=None)
@given(versions=histories(), clauses=st.sets(st.sampled_from(sorted(CLAUSES.values()))))
def test_both_routes_agree_on_eras(versions, clauses):
    question = SimpleNamespace(clauses=dict.fromkeys(clauses, ()), is_taxonomy=bool(clauses))
    facts = [VersionFacts(version.number, version.revisions, version.changed) for version in versions]
    meanings, eras = meanings_of(facts), {}
    era = 0
    for before, version in zip([None, *versions], versions, strict=False):
        touched = {CLAUSES[c] for c in changed_between(meanings, before.number, version.number)} if before else {"all"}
        is_new = not before or bool(touched & clauses if clauses else touched)
        era = version.number if is_new else era
        eras[version.version_id] = era

    assert Meanings(versions, versions[-1].version_id).eras(question) == eras


@pytest.mark.django_db
def test_both_routes_read_the_same_policy_from_the_database():
    queue = make_queue()
    first, second = (revision.clause.code for revision in queue.policy_version.revisions.order_by("pk")[:2])
    for change in ({"changes": first}, {"rewords": second}, {"changes": second}):
        adopt(queue, publish(queue, **change))
    [question] = read_questions(queue)

    ours = read_meanings(queue)

    versions, carried = read_versions(queue), read_carried(queue)
    eras = eras_of(versions, queue, question)
    assert ours.in_force() == set(revisions_in_force(versions, queue).ids)
    assert {pk: set(carried.under(pk)) for pk in ours.carried()} == ours.carried()
    assert ours.eras(question) == dict(zip(eras.version_ids, eras.eras, strict=True))
    assert ours.current_era(question) == eras.current
