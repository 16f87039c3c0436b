"""Decisions of files that a later file replaced while an audit of them was under way."""

import pytest

from calibration.queries.audit_figures import count_judged, read_judged, share_of
from calibration.queries.audited import counted_audits
from labeling.enums import SlotOrigin
from qaplatform import clock
from tests.builders import make_external_labeler
from tests.calibration.audits.builders import count_again, decide, draw, judge, make_office
from tests.calibration.builders import revise

pytestmark = pytest.mark.django_db


def test_a_judgement_of_a_decision_that_was_replaced_meanwhile_counts_nowhere():
    office = make_office()
    labels = decide(office.queue, make_external_labeler(), ["spam", "spam"], origin=SlotOrigin.IMPORTED)
    audit = draw(office.queue, [office.olga], 2, actor=office.quinn).audit
    revise(labels[0], "scam", at=clock.now())
    for _ in labels:
        judge(office.olga, audit.audit_queue, "spam")
    count_again(audit)

    judged = read_judged(audit.audited.all())
    rows_behind = counted_audits().filter(audit=audit).count()
    assert (count_judged(judged).judged, share_of(judged).n, rows_behind) == (1, 1, 1)
    assert set(audit.audited.values_list("label", "ended_why")) == {
        (labels[0].pk, "decision changed by an import"),
        (labels[1].pk, ""),
    }
