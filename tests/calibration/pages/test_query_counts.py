"""Every page asks the database as often for three rows of a kind as for one."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from django.test import Client
from django.urls import reverse

from calibration.enums import Cut, FlagDecision
from calibration.models import Attempt, CalibrationSet, Flag, GoldItem, Suspicion
from calibration.queries.overview import decision_lines
from calibration.services.consensus import join_queue
from calibration.services.decisions import decide_flag
from calibration.services.disputes import file_dispute
from calibration.services.gold import propose_gold
from calibration.services.replies import reply_to_flag
from calibration.services.sampling_plans import PlanSettings, save_plan
from labeling.enums import ImportKind, SkipReason
from labeling.models import ImportRun, Queue, Skip
from qaplatform import clock
from qaplatform.people.enums import Role
from qaplatform.people.models import Labeler, Team, User
from qaplatform.people.queries.accesses import read_access
from tests.builders import client_for, grant_skill, make_items, make_labeler, make_queue, make_team, make_user
from tests.calibration.builders import make_gold
from tests.calibration.loop.builders import answer_set, assign, make_set, wrong_row
from tests.calibration.pages.worlds import count, judge_gold, judge_items
from tests.calibration.suspicions import suspect_all

pytestmark = pytest.mark.django_db

RIGHT_THEN_WRONG = [True] * 20 + [False] * 8
Count = Callable[[Callable[[], object]], int]


@dataclass
class House:
    """Everybody, and one queue after another with rows of every kind in it."""

    team: Team
    lena: Labeler
    rival: Labeler
    staff: dict[Role, User]
    quentin: User
    queues: list[Queue] = field(default_factory=list)
    sets: list[CalibrationSet] = field(default_factory=list)

    @property
    def quinn(self) -> User:
        return self.staff[Role.QA_MANAGER]

    def grow(self) -> None:
        """One more of everything."""
        number = len(self.queues)
        queue = make_queue(f"Queue {number}", overlap_rate=0.1, overlap_size=3)
        self.queues.append(queue)
        save_plan(queue, PlanSettings(question="category", gold_rate=0.1, cusum_h=6.0), actor=self.quinn)
        mate = make_labeler(f"mate{number}", team=self.team, queues=[queue])
        for labeler in (self.lena, self.rival):
            grant_skill(labeler, queue)
        judge_items(queue, [self.lena, mate, self.rival])
        judge_gold(queue, [self.lena, mate, self.rival], RIGHT_THEN_WRONG)
        count(queue)
        join_queue(queue.pk)
        suspect_all(queue, mate, self.lena)
        self._work_on_flags(queue, mate)
        self._train(queue, mate)
        self._leave_things_waiting(queue)

    def _work_on_flags(self, queue: Queue, mate: Labeler) -> None:
        flags = {flag.labeler_id: flag for flag in Flag.objects.filter(queue=queue)}
        reply_to_flag(flags[self.lena.pk], author=self.lena.user, text="These are jokes.")
        first = Flag.objects.filter(labeler=self.lena).earliest("id")
        file_dispute(wrong_row(first, len(self.queues) - 1), actor=self.lena.user, reason="It only quotes.")
        decide_flag(flags[mate.pk], FlagDecision.RETRAIN, actor=self.quinn, reason="Eight misses")
        decide_flag(flags[self.rival.pk], FlagDecision.COACH, actor=self.quinn, reason="Eight misses")

    def _train(self, queue: Queue, mate: Labeler) -> None:
        trainer, number = self.staff[Role.TRAINER], len(self.queues)
        self.sets.append(make_set(queue, actor=trainer, name=f"Exam {queue.name}"))
        if number > 1:
            grant_skill(mate, self.queues[0])
        assign(self.sets[0], mate, actor=trainer)
        answer_set(assign(self.sets[-1], self.lena, actor=trainer), ["spam"])

    def _leave_things_waiting(self, queue: Queue) -> None:
        [skipped], [proposed] = make_items(queue), make_items(queue, answers_needed=0)
        Skip.objects.create(
            item=skipped,
            slot=skipped.slots.get(slot_no=1),
            labeler=self.lena,
            reason=SkipReason.OTHER_ESCALATION,
            note="Look",
        )
        propose_gold(proposed, question="category", accepted=["spam"], reason="So.", author=self.quinn)
        make_gold(queue)
        make_items(queue, 2)
        ImportRun.objects.create(queue=queue, kind=ImportKind.ITEMS, file_name="a.csv", created_by=self.quinn)


@pytest.fixture
def house() -> House:
    team = make_team(name="Morning")
    staff = {role: make_user(roles=[role]) for role in Role if role != Role.LABELER}
    staff[Role.TEAM_LEAD] = make_user(roles=[Role.TEAM_LEAD], team=team)
    staff[Role.VENDOR_MANAGER] = make_user(roles=[Role.VENDOR_MANAGER], vendor=team.vendor)
    quentin = make_user("quentin", roles=[Role.QA_MANAGER])
    house = House(team, make_labeler("lena", team=team), make_labeler("rival"), staff, quentin)
    house.grow()
    return house


def pages_of(house: House) -> dict[str, tuple[Client, str]]:
    """Each page with somebody who may see it; pages of one thing are those of the first queue's."""
    clients = {role: client_for(user) for role, user in house.staff.items()}
    quinn, theo, tara, lena = clients[Role.QA_MANAGER], clients[Role.TEAM_LEAD], clients[Role.TRAINER], house.lena
    queue, flag = house.queues[0], Flag.objects.filter(labeler=lena).earliest("id")
    coached = Flag.objects.filter(labeler=house.rival).earliest("id")
    attempt = Attempt.objects.filter(labeler=lena).earliest("id")
    suspicion = Suspicion.objects.earliest("id")
    about_queue = f"?queue={queue.public_id}"
    pages = {f"home of {role.label}": (clients[role], reverse("calibration:home")) for role in clients}
    pages |= {f"agreement by {cut}": (quinn, _of(queue, "agreement", f"&cut={cut}")) for cut in Cut}
    coefficients = _of(queue, "agreement", "&coefficients=all")
    pages |= {
        "all coefficients": (quinn, coefficients),
        "an interval over labelers": (quinn, f"{coefficients}&bootstrap=labelers"),
    }
    pages |= {
        name: (quinn, reverse(f"calibration:{name}")) for name in ("overview", "agreement", "people", "flags", "gold")
    }
    pages |= {name: (quinn, reverse(f"labeling:{name}")) for name in ("queues", "imports", "new_import", "policies")}
    pages |= {
        f"{name} of a queue": (quinn, reverse(name, args=[queue.public_id]))
        for name in ("calibration:plan", "calibration:plan_curve", "labeling:queue", "labeling:queue_settings")
    }
    polling = client_for(house.quinn)
    polling.defaults["HTTP_HX_REQUEST"] = "true"
    return pages | {
        "figures of the overview": (polling, reverse("calibration:overview_figures")),
        "home of a labeler": (client_for(lena), reverse("calibration:home")),
        "home of the second QA manager": (client_for(house.quentin), reverse("calibration:home")),
        "sources of disagreement": (quinn, _of(queue, "disagreement_sources", "")),
        "planner": (quinn, reverse("calibration:planner")),
        "disputed items": (quinn, _of(queue, "disputed_items", "&question=category")),
        "people of a queue": (quinn, reverse("calibration:people") + about_queue),
        "people of a team": (theo, reverse("calibration:people")),
        "flags of a team": (theo, reverse("calibration:flags")),
        "gold of a queue": (quinn, reverse("calibration:gold") + about_queue),
        "gold item": (quinn, reverse("calibration:gold_item", args=[GoldItem.objects.earliest("id").public_id])),
        "scorecard": (quinn, reverse("calibration:scorecard", args=[lena.public_id])),
        "flag": (quinn, reverse("calibration:flag", args=[flag.public_id])),
        "flag for the lead": (theo, reverse("calibration:flag", args=[flag.public_id])),
        "flag in coaching": (quinn, reverse("calibration:flag", args=[coached.public_id])),
        "answers behind a figure": (
            quinn,
            f"{reverse('calibration:figure_rows')}?reference=gold&cut=labeler&key={lena.public_id}",
        ),
        "items behind an agreement": (quinn, _of(queue, "agreement_rows", "&question=category")),
        "joint answers": (quinn, reverse("calibration:consensus", args=[queue.public_id])),
        "suspicions": (quinn, reverse("calibration:suspicions")),
        "suspicion": (quinn, reverse("calibration:suspicion", args=[suspicion.public_id])),
        "words": (client_for(lena), reverse("calibration:glossary")),
        "my quality": (client_for(lena), reverse("calibration:my_quality")),
        "sets": (tara, reverse("calibration:sets")),
        "new set": (tara, reverse("calibration:new_set") + about_queue),
        "set": (tara, reverse("calibration:set", args=[house.sets[0].public_id])),
        "board": (tara, reverse("calibration:board")),
        "attempt": (tara, reverse("calibration:attempt", args=[attempt.public_id])),
        "policy": (quinn, reverse("labeling:policy", args=[queue.policy.public_id])),
        "next version": (quinn, reverse("labeling:write_version", args=[queue.policy.public_id])),
        "new category": (quinn, reverse("labeling:new_category", args=[queue.policy.public_id])),
        "move of a queue": (quinn, reverse("labeling:move_queue", args=[queue.public_id])),
        "changes to read": (theo, reverse("labeling:reading")),
        "changes of a queue": (client_for(lena), reverse("labeling:read_changes", args=[queue.public_id])),
        "policy on the desk": (client_for(lena), reverse("labeling:desk_policy", args=[queue.public_id])),
        "work": (client_for(lena), reverse("labeling:work")),
        "accounts": (clients[Role.ADMINISTRATOR], reverse("people:accounts")),
        "vendors": (clients[Role.ADMINISTRATOR], reverse("people:vendors")),
    }


def _of(queue: Queue, name: str, more: str = "") -> str:
    return f"{reverse(f'calibration:{name}')}?queue={queue.public_id}{more}"


def counts_of(house: House, count_queries: Count) -> dict[str, int]:
    return {name: _queries(count_queries, client, url) for name, (client, url) in pages_of(house).items()}


def _queries(count_queries: Count, client: Client, url: str) -> int:
    statuses = []
    number = count_queries(lambda: statuses.append(client.get(url).status_code))
    assert statuses == [200], url
    return number


def test_every_page_asks_as_often_for_three_of_each_as_for_one(house: House, count_queries: Count) -> None:
    counts_of(house, count_queries)
    for_one = counts_of(house, count_queries)
    house.grow()
    house.grow()

    for_three = counts_of(house, count_queries)

    assert {name: (n, for_three[name]) for name, n in for_one.items() if n != for_three[name]} == {}


def test_what_waits_for_a_decision_is_read_as_often_for_three_queues_as_for_one(
    house: House, count_queries: Count
) -> None:
    access = read_access(house.quentin)
    for_one = count_queries(lambda: decision_lines(access, now=clock.now()))
    house.grow()
    house.grow()

    lines = []
    for_three = count_queries(lambda: lines.extend(decision_lines(access, now=clock.now())))

    assert for_three == for_one
    assert {"flag", "suspension", "dispute", "gold_waiting", "gold_supply"} <= {line.kind for line in lines}
    assert sum(line.kind == "gold_supply" for line in lines) == 3
