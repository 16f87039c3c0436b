"""The import of decisions itself: one transaction in which all of a file comes in, or nothing of it."""

from collections import Counter
from datetime import datetime

from labeling.importing.decisions import BY_THEMSELVES, DecisionReader
from labeling.importing.findings import QUEUE, NameDecisions, PolicyFinding
from labeling.importing.problems import Problem, Problems
from labeling.importing.tables import Table
from labeling.models import ImportRun, Label, Queue
from labeling.queries import decision_imports as sql
from labeling.services.imports.decisions.memory import remember
from labeling.services.imports.decisions.people import FoundPeople, find_people, make_people, people_used
from labeling.services.imports.decisions.proposals import Counts, propose_policies, propose_vendors
from labeling.services.imports.decisions.reading import stage_file
from labeling.services.imports.decisions.resolving import classify, load_names, plan_for
from labeling.services.imports.decisions.settling import (
    Made,
    default_vendor,
    settle_queue,
    settle_teams,
    settle_vendors,
)
from labeling.services.imports.labels import WITHOUT_CONTENT
from labeling.services.imports.outcomes import Outcome, RowsRefused
from labeling.services.imports.progress import Progress
from labeling.services.imports.references import reference_keepers
from labeling.services.imports.staging import execute, fetch
from labeling.signals import label_recorded, labels_imported
from qaplatform.people.models import Team
from qaplatform.trail.services import record

ITEMS_A_BATCH = 20_000
NAMES_SHOWN = 5
# As in `labeling.services.imports.runs`: two imports into one queue follow each other.
LOCK_QUEUE = "SELECT pg_advisory_xact_lock(hashtext('labeling.import'), %(queue)s)"
WORDS = {
    "policy": "policies",
    "queue": "queues",
    "vendor": "vendors",
    "alias": "other names of vendors",
    "team": "teams",
    "category": "categories",
    "question": "questions",
}
ONE = {
    "policy": "policy",
    "queue": "queue",
    "vendor": "vendor",
    "alias": "other name of a vendor",
    "team": "team",
    "category": "category",
    "question": "question",
}


def import_decisions(run: ImportRun, table: Table, progress: Progress, *, now: datetime) -> Outcome:
    """Import all rows of a table. Raises RowsRefused, MappingRefused, DomainError, and the caller rolls back."""
    decisions = NameDecisions.from_json(run.options["decisions"])
    reader = stage_file(run, table, progress, day_first=decisions.day_first, now=now)
    _refuse_problems(reader, decisions)
    execute(sql.CHECK_AT_ONCE)
    made = Made()
    queues, made_people = _settle(run, reader, decisions, made)
    acts = classify()
    _write(run, now=now)
    notes = _notes(reader, made, acts, made_people=made_people)
    references: dict[str, int] = {}
    for keeper in reference_keepers():
        stored = keeper.store(run, now=now)
        references.update(stored.counts)
        notes += stored.notes
    _tell(run, queues)
    run.mapping = remember(run, reader.mapping, _as_made(reader, decisions, queues))
    run.findings = {
        **run.findings,
        "result": _result(queues, made, made_people=made_people) | {"references": references},
    }
    detail = {"file": run.file_name, "decisions": _written(acts)}
    record("decisions_imported", run, actor=run.created_by, detail=detail)
    rows = sum(acts.values())
    new = acts.get("new", 0) + acts.get("back", 0)
    changed = acts.get("changed", 0)
    return Outcome(new=new, changed=changed, same=rows - new - changed, notes=notes)


def _refuse_problems(reader: DecisionReader, decisions: NameDecisions) -> None:
    blocking = [kind for kind in reader.problems.counts if kind not in BY_THEMSELVES]
    if not blocking or decisions.leave_out_problems:
        return
    problems = Problems()
    for kind in blocking:
        words, lines = reader.problems.words[kind], reader.problems.lines[kind]
        problems.add_many([Problem(line, words) for line in lines], count=reader.problems.counts[kind])
    raise RowsRefused(problems)


def _settle(
    run: ImportRun, reader: DecisionReader, decisions: NameDecisions, made: Made
) -> tuple[dict[int, Queue], int]:
    """Find or make all that the file names, and fill the small tables."""
    policies = _policies(reader, decisions)
    queues = {reader.policies.number(policy.name): settle_queue(run, policy, reader, made=made) for policy in policies}
    for queue_id in sorted({queue.pk for queue in queues.values()}):
        execute(LOCK_QUEUE, {"queue": queue_id})
    found, made_people = _settle_people(run, reader, decisions, made)
    plans = [plan_for(reader, policy, queues[reader.policies.number(policy.name)]) for policy in policies]
    load_names(reader, plans, found)
    return queues, made_people


def _policies(reader: DecisionReader, decisions: NameDecisions) -> tuple[PolicyFinding, ...]:
    answers = {int(str(number)): int(str(n)) for number, n in fetch(sql.COUNT_ANSWERS)}
    judged: Counter[int] = Counter()
    for combination, _, n in fetch(sql.COUNT_JUDGED):
        judged[int(str(combination))] += int(str(n))
    return propose_policies(reader, Counts.of(reader, answers, judged), decisions)


def _settle_people(
    run: ImportRun, reader: DecisionReader, decisions: NameDecisions, made: Made
) -> tuple[FoundPeople, int]:
    actor = run.created_by
    everyone = people_used()
    rows = Counter(reader.person(number).vendor for number in everyone)
    vendors = settle_vendors(reader, propose_vendors(reader, rows, {}, decisions), actor=actor, made=made)
    found = find_people(reader, vendors, used=everyone)
    needs_default = any(person.vendor not in vendors for person in found.missing.values())
    default = default_vendor(actor=actor, made=made) if needs_default else None
    made_people = make_people(found, vendors, default=default)
    _put_into_teams(settle_teams(reader, vendors, default, actor=actor, made=made), found)
    return found, made_people


def _put_into_teams(teams: dict[int, Team], found: FoundPeople) -> None:
    """New people join the team that their latest decision names."""
    if teams:
        parameters = {"numbers": list(teams), "teams": [team.pk for team in teams.values()]}
        people = {"people": list(found.named), "labelers": list(found.named.values())}
        execute(sql.PUT_INTO_TEAMS, {**parameters, **people})


def _write(run: ImportRun, *, now: datetime) -> None:
    parameters = {"run": run.pk, "now": now, "words": WITHOUT_CONTENT}
    execute(sql.FILL_CONTENTS)
    low = 0
    for (high,) in fetch(sql.BATCHES, {"size": ITEMS_A_BATCH}):
        batch = {**parameters, "low": low, "high": high}
        execute(sql.MAKE_ITEMS, batch)
        execute(sql.MAKE_SLOTS, batch)
        execute(sql.MAKE_LABELS, batch)
        low = int(str(high))
    execute(sql.REOPEN_SLOTS, parameters)
    execute(sql.COUNT_ANSWERS_NEEDED)


def _written(acts: dict[str, int]) -> int:
    return sum(acts.get(act, 0) for act in ("new", "changed", "back"))


def _as_made(reader: DecisionReader, decisions: NameDecisions, queues: dict[int, Queue]) -> NameDecisions:
    """The decisions for the next file: what was new is a queue that is here now, whatever it will be called."""
    made = {reader.policies.shown[n]: {"do": QUEUE, "queue": str(queue.public_id)} for n, queue in queues.items()}
    return NameDecisions(policies=made).over(decisions)


def _tell(run: ImportRun, queues: dict[int, Queue]) -> None:
    ids = sorted({queue.pk for queue in queues.values()})
    for queue_id in ids:
        label_recorded.send(sender=Label, queue_id=queue_id, labeler_id=None, item_id=None)
    labels_imported.send(sender=ImportRun, run_id=run.pk, queue_ids=ids)


def _result(queues: dict[int, Queue], made: Made, *, made_people: int) -> dict[str, object]:
    """What the page of the result shows, by queue."""
    counts = {int(str(queue)): (int(str(n)), int(str(people))) for queue, n, people in fetch(sql.COUNT_BY_QUEUE)}
    shown = {queue.pk: queue for queue in queues.values()}
    return {
        "queues": [
            {
                "queue": str(queue.public_id),
                "decisions": counts.get(queue.pk, (0, 0))[0],
                "labelers": counts.get(queue.pk, (0, 0))[1],
                "is_new": queue.name in made.names.get("queue", []),
            }
            for queue in shown.values()
        ],
        "made": {WORDS[sort]: len(names) for sort, names in made.names.items()} | {"labelers": made_people},
    }


def _notes(reader: DecisionReader, made: Made, acts: dict[str, int], *, made_people: int) -> tuple[str, ...]:
    notes = [
        f"Made {counted(len(names), ONE[sort], WORDS[sort])}: {_listed(names)}." for sort, names in made.names.items()
    ]
    if made_people:
        people = counted(made_people, "person", "people")
        notes.append(f"Made {people} who labeled or audited; they are known from files alone and cannot sign in.")
    without = int(str(fetch(sql.PLACEHOLDERS_OF)[0][0]))
    if without:
        notes.append(f"{counted(without, 'item')} came without content.")
    others = int(str(fetch(sql.OTHER_CONTENTS)[0][0]))
    if others:
        notes.append(f"{counted(others, 'item')} with other content than here: what is here stays.")
    notes += [sentence.format(counted(acts[act], "decision")) for act, sentence in _ACTS.items() if acts.get(act)]
    left = [f"{counted(n, 'row')}: {reader.problems.words[kind]}" for kind, n in reader.problems.counts.items()]
    return (*notes, *(f"Left out {words}" for words in left))


def _listed(names: list[str]) -> str:
    return ", ".join(names[:NAMES_SHOWN]) + (" and more" if len(names) > NAMES_SHOWN else "")


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its word."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


_ACTS = {
    "older": "Older than what is here, without effect: {}.",
    "answered_here": "By people who answered the same item here, where their own answer stands: {}.",
    "withdrawn": "About items that were withdrawn from work, left out: {}.",
}
