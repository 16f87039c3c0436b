"""What a figure is, down to its rows, and how old it is."""

from html import unescape

import pytest
from django.urls import reverse

from calibration.enums import AuditOrigin, FlagCause, Reference
from calibration.models import GoldScore
from calibration.services.flagging import open_flag
from qaplatform import clock
from qaplatform.people.enums import Role
from tests.builders import client_for, make_items, make_labeler
from tests.calibration.auditing import add_audit, make_audit
from tests.calibration.builders import NOON, add_label, make_plan
from tests.calibration.pages.worlds import make_staff, make_world

pytestmark = pytest.mark.django_db


def read(url, role=Role.QA_MANAGER):
    return unescape(client_for(make_staff(role)).get(url).content.decode())


def test_the_figures_of_an_audit_lead_to_its_rows():
    queue = make_plan().queue
    audit = make_audit(queue, Reference.AUDIT_BLIND, origin=AuditOrigin.DRAWN, population={"sentence": "All of it."})
    for expected in ("spam", "no_violation"):
        [item] = make_items(queue, answers_needed=0)
        label = add_label(item, make_labeler(), "spam", at=NOON)
        add_audit(label, expected, reference=Reference.AUDIT_BLIND, probability=0.5, audit=audit)
    rows = f"{reverse('calibration:figure_rows')}?reference=audit_blind&cut=queue&audit={audit.public_id}"

    page = read(reverse("calibration:audit", args=[audit.public_id]))

    assert f'href="{rows}"' in page
    assert f'href="{rows}&wrong=1"' in page
    assert "What is this figure?" in page
    assert f'href="{rows}"' in read(f"{reverse('calibration:audits')}?queue={queue.public_id}")


def test_false_positives_and_negatives_lead_to_their_errors():
    world = make_world()
    person = world.people[0]

    page = read(reverse("calibration:scorecard", args=[person.public_id]))

    assert "What is a false positive?" in page
    assert "What is a false negative?" in page
    assert f"key={person.public_id}&queue={world.queue.public_id}&wrong=1" in page


def test_a_flag_says_how_old_the_figures_of_its_queue_are():
    world = make_world()
    labeler = world.people[0]
    finding = {"words": "Six of 24 were wrong.", "wrong_count": 6, "n": 24}
    scores = list(GoldScore.objects.filter(labeler=labeler))
    flag = open_flag(labeler, world.queue, cause=FlagCause.CUSUM, finding=finding, scores=scores, now=clock.now())

    page = read(reverse("calibration:flag", args=[flag.public_id]))

    assert f"Figures of {world.queue.name} counted" in page
