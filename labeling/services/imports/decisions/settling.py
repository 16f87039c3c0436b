"""Making what a file names and what does not exist here: vendors, teams, policies, queues, categories, labelers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.contrib.auth.base_user import AbstractBaseUser

from labeling.engine.schemas import CANNOT_TELL, Question
from labeling.importing.categories import policy_categories, question_options
from labeling.importing.decisions import DEFAULT_VENDOR, DecisionReader
from labeling.importing.findings import (
    CANNOT_TELL as MEANS_CANNOT_TELL,
)
from labeling.importing.findings import (
    NEW,
    QUEUE,
    SAME_AS,
    CategoryFinding,
    PolicyFinding,
    QuestionFinding,
    VendorFinding,
)
from labeling.importing.meanings import AskedQuestion
from labeling.models import ImportRun, Policy, Queue
from labeling.queries import decision_imports as sql
from labeling.services.imports.decisions.proposals import question_in
from labeling.services.imports.known_people import vendor_named
from labeling.services.imports.references import set_up_references
from labeling.services.imports.staging import fetch
from labeling.services.policies import CategoryText, publish_first_version
from labeling.services.policy_categories import add_category
from labeling.services.queues import QueueSettings, create_queue, publish_schema, taxonomy_options
from qaplatform.people.models import Team, Vendor
from qaplatform.people.services.vendors import add_alias, create_team, create_vendor

SEVERITY = 1

Option = dict[str, object]


@dataclass
class Made:
    """What an import had to make, by sort, for its result in words."""

    names: dict[str, list[str]] = field(default_factory=dict)

    def note(self, sort: str, name: str) -> None:
        """One more thing was made."""
        self.names.setdefault(sort, []).append(name)


def settle_vendors(
    reader: DecisionReader, findings: Iterable[VendorFinding], *, actor: AbstractBaseUser, made: Made
) -> dict[int, Vendor]:
    """The vendor of each number; another name of a known one is kept, so that the next file finds it."""
    settled = {}
    for finding in findings:
        vendor = _vendor(finding, actor=actor, made=made)
        settled[reader.vendors.number(finding.name)] = vendor
    return settled


def default_vendor(*, actor: AbstractBaseUser, made: Made) -> Vendor:
    """Whom people belong to where the file names no vendor."""
    vendor = vendor_named(DEFAULT_VENDOR)
    if vendor is None:
        vendor = create_vendor(DEFAULT_VENDOR, team="", is_in_house=False, actor=actor)  # type: ignore[arg-type]
        made.note("vendor", vendor.name)
    return vendor


def settle_teams(
    reader: DecisionReader,
    vendors: Mapping[int, Vendor],
    default: Vendor | None,
    *,
    actor: AbstractBaseUser,
    made: Made,
) -> dict[int, Team]:
    """The team of each number."""
    settled = {}
    for number in sorted(int(str(team)) for (team,) in fetch(sql.TEAMS_USED)):
        place, name = reader.teams.values[number]
        vendor = vendors.get(int(str(place))) or default
        if vendor is None:
            continue
        team = vendor.teams.filter(name__iexact=str(name)).first()
        if team is None:
            team = create_team(vendor, str(name), actor=actor)  # type: ignore[arg-type]
            made.note("team", f"{vendor.name} / {team.name}")
        settled[number] = team
    return settled


def settle_queue(run: ImportRun, policy: PolicyFinding, reader: DecisionReader, *, made: Made) -> Queue:
    """The queue that the decisions of a policy go to, which asks all that they answer."""
    if policy.decision["do"] == QUEUE:
        queue = (
            Queue.objects.select_for_update(no_key=True, of=["self"])
            .select_related("policy")
            .get(public_id=policy.decision["queue"])
        )
        _widen(run, queue, policy, reader, made=made)
        return queue
    found = Queue.objects.filter(name=policy.decision["queue_name"].strip()).first()
    if found is not None:
        _widen(run, found, policy, reader, made=made)
        return found
    return _make_queue(run, policy, reader, made=made)


def _vendor(finding: VendorFinding, *, actor: AbstractBaseUser, made: Made) -> Vendor:
    if finding.decision["do"] == SAME_AS:
        vendor = Vendor.objects.get(public_id=finding.decision["vendor"])
        if vendor_named(finding.name) is None:
            add_alias(vendor, finding.name, actor=actor)  # type: ignore[arg-type]
            made.note("alias", f"{finding.name} for {vendor.name}")
        return vendor
    found = vendor_named(finding.name)
    if found is not None:
        return found
    made.note("vendor", finding.name)
    return create_vendor(finding.name, team="", is_in_house=False, actor=actor)  # type: ignore[arg-type]


def _make_queue(run: ImportRun, policy: PolicyFinding, reader: DecisionReader, *, made: Made) -> Queue:
    actor = run.created_by
    name = policy.decision["queue_name"].strip()
    body = publish_first_version(
        name=policy.decision["name"],
        description=f"Made for the decisions of {run.file_name}.",
        clauses=(),
        categories=_categories(policy),
        author=actor,
    )
    made.note("policy", body.name)
    asked = [
        _asked(question, body if place == 0 else None, name=reader.mapping.questions[place])
        for place, question in enumerate(policy.questions)
        if place == 0 or question.categories
    ]
    queue = create_queue(QueueSettings(name=name), policy=body, questions=asked, actor=actor)
    made.note("queue", queue.name)
    set_up_references(queue, str(asked[0]["key"]), actor=actor)
    return queue


def _categories(policy: PolicyFinding) -> tuple[CategoryText, ...]:
    """The new categories of a policy, each code once, with what means that nothing is wrong."""
    new = {c.decision["code"]: c.decision["name"] for c in policy.questions[0].categories if c.decision["do"] == NEW}
    categories, fine = policy_categories(new, policy.no_violation)
    return tuple(
        CategoryText(
            code=code,
            name=name,
            severity=0 if code == fine else SEVERITY,
            marks=frozenset({"no violation"}) if code == fine else frozenset(),
        )
        for code, name in categories.items()
    )


def _asked(finding: QuestionFinding, policy: Policy | None, *, name: AskedQuestion) -> Option:
    """A question as a schema stores it: the first one names the policy's categories."""
    options = taxonomy_options(policy) if policy else _options(finding.categories)
    return {
        "key": finding.key,
        "kind": "single",
        "prompt": name.prompt,
        "options": options,
        "taxonomy": policy is not None,
        "cannot_tell": True,
        "required": policy is not None,
        "show_if": None,
    }


def _options(categories: Iterable[CategoryFinding]) -> list[Option]:
    new = {c.decision["code"]: c.decision["name"] for c in categories if c.decision["do"] == NEW}
    options = question_options(new)
    return [{"code": code, "name": name, "parent": None, "severity": None} for code, name in options.items()]


def _widen(run: ImportRun, queue: Queue, policy: PolicyFinding, reader: DecisionReader, *, made: Made) -> None:
    """Let a queue that is here ask and offer all that the decisions answer."""
    schema = queue.schemas.order_by("-number").first()
    if schema is None:
        return
    asked = [dict(question) for question in schema.questions]
    for place, finding in enumerate(policy.questions):
        if finding.categories:
            _widen_question(run, queue, finding, asked, place=place, name=reader.mapping.questions[place], made=made)
    if asked != schema.questions:
        publish_schema(queue, asked, actor=run.created_by)


def _widen_question(
    run: ImportRun,
    queue: Queue,
    finding: QuestionFinding,
    asked: list[Option],
    *,
    place: int,
    name: AskedQuestion,
    made: Made,
) -> None:
    question = question_in(queue, name, is_first=place == 0)
    if question is None:
        asked.append(_asked(finding, None, name=name))
        made.note("question", f"{name.prompt} in {queue.name}")
        return
    stored = next(one for one in asked if one["key"] == question.key)
    new = [category for category in finding.categories if category.decision["do"] == NEW]
    for category in new:
        _add_option(run, queue, question, stored, category, made=made)
    if any(category.decision["do"] == MEANS_CANNOT_TELL for category in finding.categories):
        stored["cannot_tell"] = True


def _add_option(
    run: ImportRun, queue: Queue, question: Question, stored: Option, category: CategoryFinding, *, made: Made
) -> None:
    code, name = category.decision["code"], category.decision["name"]
    options = stored.get("options") or []
    if code == CANNOT_TELL or code in {option["code"] for option in options}:  # type: ignore[attr-defined]
        return
    severity = SEVERITY if question.taxonomy else None
    if question.taxonomy and not queue.policy.categories.filter(code=code).exists():
        add_category(queue.policy, CategoryText(code=code, name=name, severity=SEVERITY), actor=run.created_by)
    stored["options"] = [*options, {"code": code, "name": name, "parent": None, "severity": severity}]  # type: ignore[misc]
    made.note("category", f"{name} in {queue.name}")
