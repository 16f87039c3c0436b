"""Tallies from the shapes in which ratings are published."""

from collections.abc import Sequence

import numpy as np

from calibration.stats import AgreementTally


def tally_of_raters(ratings: Sequence[Sequence[object]]) -> AgreementTally:
    """A row a rater, a column an item; 0 (the number) is a missing rating."""
    triples = [
        (item, rater, str(label))
        for rater, row in enumerate(ratings)
        for item, label in enumerate(row)
        if label != 0 or isinstance(label, str)
    ]
    items, raters, labels = zip(*triples, strict=True)
    return AgreementTally.from_triples(items, raters, labels)


def tally_of_table(table: Sequence[Sequence[int]]) -> AgreementTally:
    """A square table of two raters."""
    k = len(table)
    rows = [(np.eye(k, dtype=int)[a] + np.eye(k, dtype=int)[b], table[a][b]) for a in range(k) for b in range(k)]
    return AgreementTally.from_patterns(rows, [str(category) for category in range(k)])


def tally_of_counts(counts: Sequence[Sequence[int]]) -> AgreementTally:
    """A row an item, a column a category."""
    return AgreementTally.from_counts(counts, [str(category) for category in range(len(counts[0]))])
