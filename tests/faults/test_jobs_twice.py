"""J1 and J3: each job of ours run twice, in two threads at once, and from shuffled double messages changes nothing."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import count, zip_longest
from threading import Barrier, Thread

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection

from calibration import tasks as measuring
from labeling import tasks as labeling
from labeling.enums import ImportKind, SlotOrigin
from labeling.services.adoptions import adopt_version
from labeling.services.imports import confirm_columns, store_upload
from labeling.services.imports.decisions import ask_undo, choose_mapping
from labeling.services.rearranging import rearrange
from labeling.services.requeue import requeue_answers
from qaplatform import clock
from qaplatform.celery import app
from qaplatform.jobs import tasks as jobs
from qaplatform.jobs.models import Job
from qaplatform.jobs.tasks import CountedTask
from qaplatform.local.waiting import wait_until
from tests.builders import make_items, make_labeler, make_queue, make_user
from tests.calibration.builders import add_gold_label, add_label, make_gold, make_plan
from tests.labeling.importing.decision_builders import import_decisions, mapping_for, upload_decisions

pytestmark = pytest.mark.django_db(transaction=True)

SECONDS = 240
NUMBERS = count()
# What says when or how often something ran, and nothing about what came of it.
LOGS = frozenset({"Job", "Canary", "Session", "Verification"})
CLOCKS = frozenset({"computed_at", "counted_at", "took_ms", "due_at", "seen_at", "looked_at", "since", "until"})


DECISIONS = """case,who,verdict,firm,at
{case}-1,anna,Spam,North,2026-05-01 10:00
{case}-1,ben,OK,North,2026-05-01 11:00
"""


@dataclass(frozen=True)
class World:
    """Something for every job to do."""

    queue: int
    adoption: int
    items: int
    decisions: int
    taken_back: int
    forgotten: int
    requeue: int
    rearrangement: int


def make_world():
    queue = make_plan(make_queue(), gold_rate=0.5).queue
    people = [make_labeler(queues=[queue]) for _ in range(3)]
    past = clock.database_now() - timedelta(days=8)
    for number, item in enumerate(make_items(queue, 12, answers_needed=3)):
        for place, person in enumerate(people):
            add_label(item, person, "spam" if (number + place) % 3 else "scam", at=past, origin=SlotOrigin.ENTRY)
    for number in range(8):
        add_gold_label(make_gold(queue), people[number % 3], "spam" if number % 4 else "scam", at=past)
        make_gold(queue)
    return World(
        queue=queue.pk,
        adoption=announce(queue).pk,
        items=item_file(queue).pk,
        decisions=unchecked_decisions().pk,
        taken_back=ask_undo(import_decisions(DECISIONS.format(case=f"back-{next(NUMBERS)}")), actor=make_user()).pk,
        forgotten=item_file(queue).pk,
        requeue=ask_anew(queue, people[0], since=past).pk,
        rearrangement=ask_more(queue).pk,
    )


def announce(queue):
    """A move of the queue to its policy's next version, which is due."""
    version = queue.policy.versions.create(number=2, published_at=clock.now())
    version.revisions.set(queue.policy_version.revisions.all())
    now = clock.now()
    how = {"unfinished": "finish", "grace": timedelta(hours=1), "actor": make_user()}
    return adopt_version(queue, version, at=now, now=now, **how)


def ask_anew(queue, labeler, *, since):
    """What one of them answered, asked again of others."""
    return requeue_answers(
        queue, labeler, since=since, until=clock.database_now(), reason="They drifted", actor=make_user()
    )


def ask_more(queue):
    """A further answer an item, of the items that are in too."""
    queue.base_answers = queue.overlap_size = 4
    queue.save(update_fields=["base_answers", "overlap_size"])
    return rearrange(queue, actor=make_user())


def item_file(queue):
    """A file of items that waits to be imported."""
    lines = [f"file-{next(NUMBERS)},Text {n}" for n in range(5)]
    content = "\n".join(["external_id,text", *lines]).encode()
    actor = make_user()
    run = store_upload(queue, kind=ImportKind.ITEMS, file_name="items.csv", chunks=[content], actor=actor)
    return confirm_columns(run, {"external_id": "external_id", "text": "text"}, actor=actor)


def unchecked_decisions():
    run = upload_decisions(DECISIONS.format(case=f"new-{next(NUMBERS)}"))
    return choose_mapping(run, mapping_for("case,who,verdict,firm,at"), actor=run.created_by)


@dataclass(frozen=True)
class Case:
    """A job of a world."""

    task: CountedTask
    arguments: Callable[[World], list[object]] = lambda _: []


CASES = (
    Case(measuring.refresh_stale),
    Case(measuring.refresh_scope, lambda world: [world.queue]),
    Case(measuring.place_gold),
    Case(measuring.place_scope, lambda world: [world.queue]),
    Case(measuring.judge_due),
    Case(measuring.judge_scope, lambda world: [world.queue]),
    Case(measuring.lapse_disputes),
    Case(measuring.mend_attempts),
    Case(measuring.join_answers),
    Case(measuring.join_scope, lambda world: [world.queue]),
    Case(measuring.attribute_disagreement),
    Case(measuring.attribute_scope, lambda world: [world.queue]),
    Case(measuring.search_suspicions),
    Case(measuring.search_scope, lambda world: [world.queue]),
    Case(measuring.verify_figures),
    Case(measuring.verify_scope, lambda world: [world.queue]),
    Case(labeling.prune_keys),
    Case(labeling.import_file, lambda world: [world.items]),
    Case(labeling.check_file, lambda world: [world.decisions]),
    Case(labeling.undo_import, lambda world: [world.taken_back]),
    Case(labeling.resume_import, lambda world: [world.forgotten]),
    Case(labeling.sweep_imports),
    Case(labeling.watch_folders),
    Case(labeling.apply_adoptions),
    Case(labeling.apply_one, lambda world: [world.adoption]),
    Case(labeling.change_queues),
    Case(labeling.requeue_one, lambda world: [world.requeue]),
    Case(labeling.rearrange_one, lambda world: [world.rearrangement]),
    Case(jobs.forget_jobs),
    Case(jobs.sing, lambda _: ["quick"]),
)


@pytest.fixture(autouse=True)
def uploads(application, settings):
    """Where the worker looks for files too."""
    settings.UPLOAD_DIR = application.folders.data / "uploads"


def test_every_job_of_ours_has_a_case():
    app.loader.import_default_modules()
    ours = {task.name for task in app.tasks.values() if isinstance(task, CountedTask)}

    assert {case.task.name for case in CASES} == {name for name in ours if not name.startswith(("tests.", "celery."))}


def test_a_job_run_twice_and_in_two_threads_at_once_leaves_the_same_rows():
    world = make_world()
    changed = {}

    for case in CASES:
        arguments = case.arguments(world)
        run_at_once(case.task, arguments)
        first = rows()
        case.task(*arguments)
        run_at_once(case.task, arguments)
        changed[case.task.name] = differences(first, rows())

    assert {name: found for name, found in changed.items() if found} == {}


def test_a_job_begun_in_two_threads_at_once_leaves_as_many_rows_as_one():
    alone, together = make_world(), make_world()
    more = {}

    for case in CASES:
        by_one = growth(lambda case=case: case.task(*case.arguments(alone)))
        by_two = growth(lambda case=case: run_at_once(case.task, case.arguments(together)))
        more[case.task.name] = [model for model in by_one if by_one[model] != by_two[model]]

    assert {name: models for name, models in more.items() if models} == {}


def test_double_messages_in_any_order_change_nothing(real_worker):
    forget_messages()
    world = make_world()
    for _ in range(2):
        send(CASES, world)
    before = rows()
    doubles = [case for case in CASES for _ in range(2)]
    random.Random(20).shuffle(doubles)

    send(doubles, world)

    assert differences(before, rows()) == []


def send(cases, world):
    """Publish these jobs, and wait until they and all that they started have ended."""
    for case in cases:
        case.task.apply_async(case.arguments(world))
    assert wait_until(is_at_rest, seconds=SECONDS), unended()


def forget_messages():
    """What killed and frozen workers of other tests had in hand comes back only much later."""
    with app.connection_for_write() as broker:
        broker.default_channel.client.delete(*settings.LINES, "unacked", "unacked_index")


def is_at_rest():
    with app.connection_for_read() as broker:
        client = broker.default_channel.client
        waiting = sum(client.llen(line) for line in settings.LINES) + client.hlen("unacked")
    return waiting == 0 and not Job.objects.exclude(tries=0).exists()


def run_at_once(task, arguments):
    """What a thread raises fails the test: pytest sees it."""
    start = Barrier(2)

    def run():
        try:
            start.wait()
            task(*arguments)
        finally:
            connection.close()

    threads = [Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def rows():
    """Every row of ours, without what only says when something ran."""
    return {
        model.__name__: [without_clocks(row) for row in model.objects.order_by("pk").values()]
        for model in models_of_ours()
    }


def differences(before, after):
    """Which columns of which tables differ."""
    return [
        (model, name, one.get(name), other.get(name))
        for model in before
        for one, other in zip_longest(before[model], after[model], fillvalue={})
        for name in one | other
        if one.get(name) != other.get(name)
    ]


def growth(run):
    """How many rows each table has more than before."""
    before = sizes()
    run()
    return {model: size - before[model] for model, size in sizes().items()}


def sizes():
    return {model.__name__: model.objects.count() for model in models_of_ours()}


def models_of_ours():
    ours = [
        model
        for name in ("people", "labeling", "calibration", "trail")
        for model in apps.get_app_config(name).get_models()
    ]
    return [model for model in ours if model.__name__ not in LOGS]


def without_clocks(value):
    """A row without its times, also those inside a population, which says up to when it counts."""
    if not isinstance(value, dict):
        return value
    return {name: without_clocks(part) for name, part in value.items() if name not in CLOCKS}


def unended():
    return list(Job.objects.exclude(tries=0, ended_at__isnull=False).values("task", "arguments", "tries", "error"))
