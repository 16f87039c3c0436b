"""The next version of a policy: drafted, compared, published."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import Max

from labeling.engine.clauses import Change, ClauseText, compare_clauses, find_problems, merge_clauses
from labeling.models import Clause, ClauseRevision, Policy, PolicyDraft, PolicyVersion
from labeling.queries.policies import clauses_of, latest_version
from qaplatform import clock
from qaplatform.errors import InvalidInput, NotFound, Refused
from qaplatform.trail.services import record

LONGEST_NOTE = 5000


@transaction.atomic
def save_draft(
    policy: Policy,
    clauses: Sequence[ClauseText],
    *,
    author: AbstractBaseUser,
    base: PolicyVersion | None = None,
    marked: Collection[str] | None = None,
    note: str = "",
) -> PolicyDraft:
    """Keep an author's text as it is, also with problems. `marked` None proposes: what differs in words is marked.

    `base` is the version that the text was made from, the latest unless told.
    """
    base = base or _base(policy)
    if marked is None:
        changes = compare_clauses(clauses_of(base), clauses)
        marked = [change.code for change in changes if change.proposes_mark]
    draft, _ = PolicyDraft.objects.update_or_create(
        policy=policy,
        author_id=author.pk,
        defaults={
            "base": base,
            "clauses": [asdict(clause) for clause in clauses],
            "marked": sorted(set(marked)),
            "note": note[:LONGEST_NOTE],
            "saved_at": clock.now(),
        },
    )
    return draft


@transaction.atomic
def rebase_draft(draft: PolicyDraft) -> PolicyDraft:
    """Take over what was published since the draft was begun, but for the clauses that its author has changed."""
    draft = _locked(draft)
    base = _base(draft.policy)
    mine, theirs = draft_clauses(draft), clauses_of(base)
    merged = merge_clauses(clauses_of(draft.base), mine, theirs)
    own = {clause.code for clause in mine}
    proposed = {change.code for change in compare_clauses(theirs, merged) if change.proposes_mark}
    stay = {code for code in draft.marked if code in own}
    met = {change.code for change in compare_clauses(clauses_of(draft.base), theirs) if change.proposes_mark}
    marked = (proposed & (stay | met)) | (stay - met)
    return save_draft(draft.policy, merged, author=draft.author, base=base, marked=marked, note=draft.note)


def discard_draft(draft: PolicyDraft) -> None:
    """Throw a draft away; nothing that anybody works under was in it."""
    draft.delete()


@transaction.atomic
def publish_draft(draft: PolicyDraft, *, against: int, actor: AbstractBaseUser) -> PolicyVersion:
    """Make the draft the policy's next version, which never changes; queues follow it once they adopt it.

    `against` is the number of the version that the author compared it with. Raises InvalidInput, and Refused where
    somebody else has published since.
    """
    policy = Policy.objects.select_for_update(no_key=True).get(pk=draft.policy_id)
    draft = _locked(draft)
    base = _base(policy)
    if base.number != against:
        raise Refused(_overtaken(base), detail={"version": base.number})
    clauses = draft_clauses(draft)
    if problems := find_problems(clauses):
        raise InvalidInput(" ".join(problems), detail={"field": "clauses"})
    marked = _marked(base, clauses, draft.marked)
    version = PolicyVersion.objects.create(
        policy=policy, number=base.number + 1, note=draft.note, author_id=actor.pk, published_at=clock.now()
    )
    version.revisions.set(_revisions(policy, base, clauses, marked))
    version.changed_clauses.set(Clause.objects.filter(policy=policy, code__in=marked))
    draft.delete()
    detail = {"policy": policy.name, "number": version.number, "changed": sorted(marked)}
    record("policy_published", version, actor=actor, detail=detail)
    return version


def draft_clauses(draft: PolicyDraft) -> tuple[ClauseText, ...]:
    """The clauses of a draft."""
    return tuple(ClauseText(row["code"], row["title"], row["text"]) for row in draft.clauses)


def _base(policy: Policy) -> PolicyVersion:
    version = latest_version(policy)
    if version is None:
        message = f"{policy.name} has no published version yet. Publish the first one from the list of policies."
        raise Refused(message)
    return version


def _locked(draft: PolicyDraft) -> PolicyDraft:
    found = PolicyDraft.objects.select_for_update(no_key=True).filter(pk=draft.pk).first()
    if found is None:
        raise NotFound("This draft was published or thrown away meanwhile. Look at the policy's versions.")
    return found


def _overtaken(base: PolicyVersion) -> str:
    who = f" by {base.author}" if base.author else ""
    return (
        f"Version {base.number} was published{who} while you were writing. Your text is kept and compared with version "
        f"{base.number} now; clauses that you did not touch are as they are there. Look once more, then publish."
    )


def _marked(base: PolicyVersion, clauses: Sequence[ClauseText], wanted: Collection[str]) -> set[str]:
    """The clauses that change in meaning: those that the author marked, those that come and those that go."""
    changes = compare_clauses(clauses_of(base), clauses)
    marked = {change.code for change in changes if change.must_mark or change.code in wanted}
    if not marked and all(change.change is Change.SAME for change in changes):
        message = f"This text is that of version {base.number}. Change something, or throw the draft away."
        raise InvalidInput(message, detail={"field": "clauses"})
    return marked


def _revisions(
    policy: Policy, base: PolicyVersion, clauses: Sequence[ClauseText], marked: Collection[str]
) -> list[ClauseRevision]:
    """The revision in force where text and meaning stay, else a new one."""
    in_force = {revision.clause.code: revision for revision in base.revisions.select_related("clause")}
    made = _clauses(policy, [clause.code for clause in clauses])
    rows = ClauseRevision.objects.filter(clause__in=made.values()).order_by()
    numbers = dict(rows.values_list("clause").annotate(last=Max("number")))
    found = []
    for clause in clauses:
        standing = in_force.get(clause.code)
        stays = standing is not None and (standing.title, standing.text) == (clause.title, clause.text)
        if standing is not None and stays and clause.code not in marked:
            found.append(standing)
            continue
        found.append(_renew(made[clause.code], clause, number=numbers.get(made[clause.code].pk, 0) + 1))
    return found


def _clauses(policy: Policy, codes: Sequence[str]) -> Mapping[str, Clause]:
    known = {clause.code: clause for clause in Clause.objects.filter(policy=policy, code__in=codes)}
    return known | {code: Clause.objects.create(policy=policy, code=code) for code in codes if code not in known}


def _renew(clause: Clause, text: ClauseText, *, number: int) -> ClauseRevision:
    return ClauseRevision.objects.create(clause=clause, number=number, title=text.title, text=text.text)
