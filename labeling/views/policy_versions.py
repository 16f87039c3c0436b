"""The next version of a policy: paste, compare, mark, publish."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from labeling.engine.clauses import ClauseChange, compare_clauses, join_clauses
from labeling.forms.policy_versions import ReviewForm, VersionTextForm
from labeling.models import Clause, Policy, PolicyDraft, PolicyVersion, Queue
from labeling.queries.adoptions import adopting_queues
from labeling.queries.consequences import Consequence, consequences_of
from labeling.queries.policies import clauses_of, latest_version
from labeling.services.policy_drafts import discard_draft, draft_clauses, publish_draft, rebase_draft, save_draft
from labeling.views.policies import WRITERS
from qaplatform.errors import DomainError, Refused
from qaplatform.people.access import allow

STEPS = ("Paste the text", "Compare and publish", "Let queues move to it")


@allow(WRITERS)
@require_http_methods(["GET", "POST"])
def write_version(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Paste the whole text of the next version."""
    policy = get_object_or_404(Policy, public_id=public_id)
    latest = latest_version(policy)
    if latest is None:
        messages.error(request, f"{policy.name} has no published version yet. Publish the first one.")
        return redirect("labeling:policy", public_id=policy.public_id)
    draft = _own_draft(request, policy)
    text = join_clauses(draft_clauses(draft) if draft else clauses_of(latest))
    base = draft.base if draft else latest
    form = VersionTextForm(request.POST or None, initial={"text": text, "base": base.number})
    if request.method == "POST" and form.is_valid() and _keep_text(request, policy, form):
        return redirect("labeling:review_version", public_id=policy.public_id)
    context = {"policy": policy, "form": form, "draft": draft, "latest": latest, "steps": STEPS}
    return render(request, "labeling/policies/write.html", context, status=422 if form.errors else 200)


@allow(WRITERS)
@require_http_methods(["GET", "POST"])
def review_version(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Compare one's draft with the latest version, mark what changes in meaning, publish."""
    policy = get_object_or_404(Policy, public_id=public_id)
    draft = _own_draft(request, policy)
    if draft is None:
        return redirect("labeling:write_version", public_id=policy.public_id)
    if request.method == "POST" and request.POST.get("do") == "discard":
        discard_draft(draft)
        messages.success(request, "The draft is thrown away. The published versions stand as they are.")
        return redirect("labeling:policy", public_id=policy.public_id)
    draft = _up_to_date(request, draft)
    form = ReviewForm(request.POST or None, changes=_changes(draft), initial=_initial(draft))
    if request.method == "POST" and form.is_valid():
        done = _act(request, draft, form)
        if done is not None:
            return done
    context = _review_context(draft, form)
    return render(request, "labeling/policies/review.html", context, status=422 if form.errors else 200)


def _own_draft(request: HttpRequest, policy: Policy) -> PolicyDraft | None:
    return PolicyDraft.objects.filter(policy=policy, author=request.user).select_related("base", "policy").first()


def _keep_text(request: HttpRequest, policy: Policy, form: VersionTextForm) -> bool:
    base = policy.versions.filter(number=form.cleaned_data["base"], published_at__isnull=False).first()
    known = [clause.code for clause in clauses_of(base)] if base else []
    clauses = form.clauses(known)
    if form.errors:
        return False
    draft = _own_draft(request, policy)
    save_draft(policy, clauses, author=request.user, base=base, note=draft.note if draft else "")
    return True


def _up_to_date(request: HttpRequest, draft: PolicyDraft) -> PolicyDraft:
    """The draft beside the latest version; what was published meanwhile is taken over and said."""
    latest = latest_version(draft.policy)
    if request.method == "POST" or latest is None or latest.pk == draft.base_id:
        return draft
    rebased = rebase_draft(draft)
    messages.warning(
        request,
        f"Version {latest.number} was published since this draft was begun. Clauses that you did not touch are as they "
        f"are there; the comparison is with version {latest.number} now.",
    )
    return rebased


def _changes(draft: PolicyDraft) -> tuple[ClauseChange, ...]:
    return compare_clauses(clauses_of(draft.base), draft_clauses(draft))


def _initial(draft: PolicyDraft) -> dict[str, object]:
    marks = {f"changed_{place}": change.code in draft.marked for place, change in enumerate(_changes(draft))}
    return {"base": draft.base.number, "note": draft.note, **marks}


def _act(request: HttpRequest, draft: PolicyDraft, form: ReviewForm) -> HttpResponse | None:
    """Keep what was written; publish it if that was asked. None: the page is shown once more, with what is wrong."""
    policy = draft.policy
    kept = save_draft(
        policy,
        form.clauses(),
        author=request.user,
        base=draft.base,
        marked=form.marked(),
        note=form.cleaned_data["note"],
    )
    if request.POST.get("do") not in {"publish", "confirm"}:
        messages.success(request, "The draft is kept. Nobody sees it but you.")
        return redirect("labeling:review_version", public_id=policy.public_id)
    if request.POST["do"] == "publish" and (told := _consequences(request, kept)):
        return render(request, "labeling/policies/confirm.html", _confirm_context(kept, form, told))
    try:
        version = publish_draft(kept, against=form.cleaned_data["base"], actor=request.user)
    except Refused as error:
        messages.warning(request, error.message)
        return redirect("labeling:review_version", public_id=policy.public_id)
    except DomainError as error:
        form.add_error(None, error.message)
        return None
    _say_published(request, version)
    return redirect("labeling:policy", public_id=policy.public_id)


def _consequences(request: HttpRequest, draft: PolicyDraft) -> list[tuple[Queue, tuple[Consequence, ...]]]:
    """What the marked clauses mean in each queue of the policy that is touched by them, once it moves."""
    clauses = Clause.objects.filter(policy=draft.policy, code__in=_changing(draft))
    changed = frozenset(clauses.values_list("pk", flat=True))
    queues = adopting_queues(request.access).filter(policy=draft.policy).select_related("policy_version")
    told = ((queue, consequences_of(queue, changed)) for queue in queues.order_by("name"))
    return [(queue, consequences) for queue, consequences in told if consequences]


def _changing(draft: PolicyDraft) -> list[str]:
    """Numbers of the clauses that change in meaning: marked, come or gone."""
    return [change.code for change in _changes(draft) if change.must_mark or change.code in draft.marked]


def _confirm_context(draft: PolicyDraft, form: ReviewForm, told: object) -> dict[str, object]:
    return {
        "policy": draft.policy,
        "draft": draft,
        "number": draft.base.number + 1,
        "changing": _changing(draft),
        "told": told,
        "hidden": [(name, value) for name, value in form.data.items() if name not in {"csrfmiddlewaretoken", "do"}],
        "steps": STEPS,
    }


def _say_published(request: HttpRequest, version: PolicyVersion) -> None:
    messages.success(
        request,
        f"Version {version.number} is published. Queues follow it once they move to it: see “Queues that follow it”.",
    )


def _review_context(draft: PolicyDraft, form: ReviewForm) -> dict[str, object]:
    rows = form.rows()
    return {
        "policy": draft.policy,
        "draft": draft,
        "form": form,
        "rows": [row for row in rows if row.change.change != "same"],
        "unchanged": [row for row in rows if row.change.change == "same"],
        "orphans": _orphans(draft),
        "steps": STEPS,
    }


def _orphans(draft: PolicyDraft) -> list[str]:
    """Categories whose clause goes with this version."""
    gone = {clause.code for clause in clauses_of(draft.base)} - {clause.code for clause in draft_clauses(draft)}
    return list(draft.policy.categories.filter(clause__code__in=gone).values_list("name", flat=True))
