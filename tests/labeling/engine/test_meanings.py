"""Which clauses mean the same in which versions."""

from labeling.engine.meanings import VersionFacts, changed_between, meanings_of, same_meaning

FIRST = VersionFacts(1, {7: 70, 8: 80})
WITHOUT_8 = VersionFacts(2, {7: 70})
BACK = VersionFacts(3, {7: 71, 8: 81})
HISTORY = [FIRST, WITHOUT_8, BACK]


def test_a_clause_that_comes_back_means_something_of_its_own():
    assert meanings_of(HISTORY)[3] == {7: 1, 8: 3}
    assert changed_between(meanings_of(HISTORY), 1, 3) == {8}


def test_a_clause_that_is_new_has_its_meaning_since_it_came():
    assert meanings_of([WITHOUT_8, BACK])[3] == {7: 2, 8: 3}


def test_what_changes_is_the_same_in_both_directions():
    meanings = meanings_of(HISTORY)

    assert changed_between(meanings, 1, 2) == changed_between(meanings, 2, 1) == {8}


def test_a_clause_that_a_version_has_not_agrees_with_nothing():
    assert same_meaning(HISTORY, 2) == {(70, 1), (70, 2), (71, 3)}


def test_a_revision_that_is_marked_with_the_same_words_means_something_new():
    assert meanings_of([FIRST, VersionFacts(2, {7: 72, 8: 80}, changed=[7])])[2] == {7: 2, 8: 1}
