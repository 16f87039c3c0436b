"""People who work at the product and keep all that their client receives: what a team that hunts gold could log."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from itertools import count
from random import Random
from time import perf_counter

import numpy as np
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from scipy.stats import rankdata

from calibration.enums import GoldState
from calibration.models import GoldAnswer, GoldItem, Placement
from calibration.services.placing import place_gold
from labeling.models import Item, Queue
from qaplatform import clock
from qaplatform.people.models import Labeler
from tests.builders import client_for, make_items, make_labeler, make_queue, make_team, make_token, make_user
from tests.calibration.builders import make_plan

WORDS = ("win", "a", "phone", "now", "call", "us", "free", "of", "charge", "today", "only", "for", "you", "friend")
keys = count()


@dataclass(frozen=True)
class Answer:
    """What came back, and after how many seconds."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    seconds: float

    @property
    def parsed(self) -> dict[str, object]:
        return json.loads(self.body)


@dataclass
class Served:
    """One assignment with all that was answered about it; `is_gold` is looked up afterwards."""

    person: int
    day: int
    place: int
    answers: dict[str, Answer] = field(default_factory=dict)
    is_gold: bool = False

    @property
    def id(self) -> str:
        return str(self.answers["claim"].parsed["id"])


@dataclass(frozen=True)
class Desk:
    """A labeler's place, with a token for the API and a session for pages."""

    labeler: Labeler
    token: str
    cookie: str


class Office:
    """A queue with gold, placed by the product's own sampler, and people in teams of five."""

    def __init__(self, *, people: int, items: int, gold: int, gold_rate: float, seed: int) -> None:
        rng = Random(seed)
        self.handler = WSGIHandler()
        self.queue: Queue = make_queue(overlap_rate=0.1, overlap_size=3, draw_seed=seed)
        make_plan(self.queue, gold_rate=gold_rate, gold_a_day_cap=1000)
        teams = [make_team() for _ in range(-(-people // 5))]
        labelers = [make_labeler(team=teams[number // 5], queues=[self.queue]) for number in range(people)]
        self.desks = [desk_of(labeler) for labeler in labelers]
        make_gold_items(self.queue, gold, rng)
        make_texts(self.queue, items, rng)
        self.served: list[Served] = []

    def place_gold(self) -> None:
        place_gold(self.queue, now=clock.database_now())

    def claim(self, person: int, *, day: int, place: int) -> Served:
        address = f"/api/v1/queues/{self.queue.public_id}/claim"
        served = Served(person, day, place, {"claim": self.ask(person, address, {})})
        self.served.append(served)
        return served

    def act(self, served: Served, name: str, **body: object) -> Answer:
        held = served.answers["claim"].parsed
        sent = {"token": held["token"], **body}
        answer = self.ask(served.person, f"/api/v1/assignments/{held['id']}/{name}", sent)
        served.answers[name] = answer
        return answer

    def revise(self, served: Served, **body: object) -> Answer:
        label = served.answers["submit"].parsed["label"]["id"]
        answer = self.ask(served.person, f"/api/v1/labels/{label}/revise", body)
        served.answers["revise"] = answer
        return answer

    def open_workspace(self, served: Served) -> Answer:
        answer = self.ask(served.person, f"/work/{self.queue.public_id}/", None)
        served.answers["workspace"] = answer
        return answer

    def ask(self, person: int, path: str, body: Mapping[str, object] | None) -> Answer:
        """One request through the whole of Django, as a WSGI server makes it; without a body, a page is opened."""
        sent = b"" if body is None else json.dumps(body).encode()
        desk = self.desks[person]
        environ = {
            "REQUEST_METHOD": "GET" if body is None else "POST",
            "PATH_INFO": path,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "localhost",
            "REMOTE_ADDR": "127.0.0.1",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(sent)),
            "wsgi.input": BytesIO(sent),
            "wsgi.url_scheme": "http",
        }
        environ |= {"HTTP_COOKIE": desk.cookie} if body is None else {"HTTP_AUTHORIZATION": f"Token {desk.token}"}
        if path.endswith("submit"):
            environ["HTTP_IDEMPOTENCY_KEY"] = f"key-{next(keys)}"
        started: list[tuple[int, list[tuple[str, str]]]] = []
        began = perf_counter()
        response = self.handler(environ, lambda status, headers: started.append((int(status[:3]), headers)))
        content = b"".join(response)
        response.close()
        seconds = perf_counter() - began
        status, headers = started[0]
        assert status in {200, 201}, (path, status, content)
        return Answer(status, tuple(headers), content, seconds)

    def look_up_gold(self) -> None:
        """Say of each assignment whether it was gold, from the product's own records."""
        rows = Placement.objects.filter(slot__queue=self.queue).values_list("slot__assignment_id", "gold")
        gold = {str(assignment) for assignment, _ in rows if assignment}
        skipped = Placement.objects.filter(slot__queue=self.queue, slot__ended_assignments__isnull=False)
        gold |= {
            str(assignment) for assignment in skipped.values_list("slot__ended_assignments__assignment_id", flat=True)
        }
        for served in self.served:
            served.is_gold = served.id in gold


def desk_of(labeler: Labeler) -> Desk:
    session = client_for(labeler).cookies["sessionid"].value
    return Desk(labeler, make_token(labeler.user, lifetime=timedelta(days=60)), f"sessionid={session}")


def text_of(rng: Random) -> str:
    """Gold and other items are of one kind: only whoever made them knows which is which."""
    return " ".join(rng.choices(WORDS, k=rng.randint(5, 40))) + f" {rng.randrange(10**9)}"


def make_texts(queue: Queue, number: int, rng: Random, **fields: object) -> list[Item]:
    made: list[Item] = []
    for _ in range(number):
        made += make_items(queue, content={"text": text_of(rng)}, **fields)
    return made


def make_gold_items(queue: Queue, number: int, rng: Random) -> None:
    author, approver = make_user(), make_user()
    items = make_texts(queue, number, rng, answers_needed=0)
    gold = GoldItem.objects.bulk_create(GoldItem(item=item, queue=queue, state=GoldState.LIVE) for item in items)
    GoldAnswer.objects.bulk_create(
        GoldAnswer(
            gold=one,
            number=1,
            question="category",
            accepted=["spam"],
            reason="Because it is.",
            author=author,
            approver=approver,
            approved_at=clock.now(),
        )
        for one in gold
    )


def go_to_day(day: int) -> None:
    """Move the database's time for this connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('qa.clock_offset', %s, false)", [f"{day} days"])


def auc_of(gold: Sequence[float], ordinary: Sequence[float]) -> float:
    """The chance that gold scores higher than other items, ties as a half."""
    both = np.concatenate([np.asarray(gold, float), np.asarray(ordinary, float)])
    ranks = rankdata(both)[: len(gold)]
    return float((ranks.sum() - len(gold) * (len(gold) + 1) / 2) / (len(gold) * len(ordinary)))


def margin_of(gold: int, ordinary: int) -> float:
    """Half of the 95 % interval of an AUC of even (Hanley and McNeil 1982)."""
    return 1.96 * float(np.sqrt((gold + ordinary + 1) / (12 * gold * ordinary)))
