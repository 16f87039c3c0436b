"""Policies: read them by clause and version, publish a first version, change the taxonomy."""

from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Max, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from labeling.engine.clauses import Change, ClauseChange
from labeling.enums import QueueKind
from labeling.forms.policies import PolicyForm
from labeling.forms.policy_versions import CategoryForm, RenameForm
from labeling.models import Category, Policy, PolicyDraft, PolicyVersion
from labeling.queries.adoptions import adopting_queues, adoptions_to_come, followers
from labeling.queries.policies import changes_between, clauses_of
from labeling.rules import moves_queues
from labeling.services.policies import publish_first_version
from labeling.services.policy_categories import add_category, rename_category
from qaplatform.errors import DomainError
from qaplatform.people.access import allow
from qaplatform.people.rules import is_policy_owner, is_qa_manager, is_trainer

WRITERS = is_policy_owner | is_qa_manager


@allow(is_qa_manager | is_policy_owner | is_trainer)
@require_GET
def list_policies(request: HttpRequest) -> HttpResponse:
    """All policies."""
    policies = Policy.objects.annotate(
        clause_count=Count("clauses", distinct=True),
        category_count=Count("categories", distinct=True),
        queue_count=Count("queues", filter=Q(queues__kind=QueueKind.ORDINARY), distinct=True),
        latest=Max("versions__number"),
        published_at=Max("versions__published_at"),
    )
    return render(
        request, "labeling/policies/list.html", {"policies": policies, "may_write": WRITERS.test(request.access)}
    )


@allow(is_qa_manager | is_policy_owner | is_trainer)
@require_GET
def policy_page(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A policy under one of its versions, and what that version changed."""
    policy = get_object_or_404(Policy, public_id=public_id)
    versions = list(policy.versions.prefetch_related("changed_clauses").select_related("author").order_by("-number"))
    shown = _chosen(request, versions)
    before = next((version for version in versions if shown and version.number < shown.number), None)
    context = {
        "policy": policy,
        "versions": _with_followers(request, versions),
        "latest": versions[0] if versions else None,
        "shown": shown,
        "before": before,
        "clauses": clauses_of(shown) if shown else (),
        "changes": _told_changes(before, shown),
        "changed": {clause.code for clause in shown.changed_clauses.all()} if shown and before else set(),
        "categories": policy.categories.select_related("clause", "parent"),
        "queues": adopting_queues(request.access).filter(policy=policy).select_related("policy_version"),
        "coming": adoptions_to_come(request.access).filter(queue__policy=policy),
        "draft": PolicyDraft.objects.filter(policy=policy, author=request.user).first(),
        "may_write": WRITERS.test(request.access),
        "may_open_queues": (is_qa_manager | is_trainer).test(request.access),
        "may_move": moves_queues.test(request.access),
    }
    return render(request, "labeling/policies/policy.html", context)


@allow(WRITERS)
@require_http_methods(["GET", "POST"])
def new_policy(request: HttpRequest) -> HttpResponse:
    """Paste and publish the first version of a policy."""
    form = PolicyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            policy = publish_first_version(**form.cleaned_data, author=request.user)
        except DomainError as error:
            form.add_error(str(error.detail["field"]), error.message)
        else:
            messages.success(request, f"Version 1 of {policy.name} is published.")
            return redirect("labeling:policy", public_id=policy.public_id)
    return render(request, "labeling/policies/new.html", {"form": form}, status=422 if form.errors else 200)


@allow(WRITERS)
@require_http_methods(["GET", "POST"])
def new_category(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Add a category to a policy."""
    policy = get_object_or_404(Policy, public_id=public_id)
    form = CategoryForm(request.POST or None, policy=policy)
    if request.method == "POST" and form.is_valid():
        try:
            category = add_category(policy, form.category(), actor=request.user)
        except DomainError as error:
            field = str(error.detail.get("field", ""))
            form.add_error(field if field in form.fields else None, error.message)
        else:
            messages.success(request, f"{category.name} is added. A queue offers it once its questions are saved anew.")
            return redirect("labeling:policy", public_id=policy.public_id)
    context = {"policy": policy, "form": form}
    return render(request, "labeling/policies/category.html", context, status=422 if form.errors else 200)


@allow(WRITERS)
@require_http_methods(["GET", "POST"])
def change_category(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Give a category another title."""
    category = get_object_or_404(Category.objects.select_related("policy"), public_id=public_id)
    form = RenameForm(request.POST or None, initial={"name": category.name})
    if request.method == "POST" and form.is_valid():
        try:
            rename_category(category, form.cleaned_data["name"], actor=request.user)
        except DomainError as error:
            form.add_error("name", error.message)
        else:
            messages.success(request, "Saved. Queues show the new title once their questions are saved anew.")
            return redirect("labeling:policy", public_id=category.policy.public_id)
    context = {"policy": category.policy, "category": category, "form": form}
    return render(request, "labeling/policies/category.html", context, status=422 if form.errors else 200)


def _chosen(request: HttpRequest, versions: list[PolicyVersion]) -> PolicyVersion | None:
    wanted = request.GET.get("version", "")
    if not wanted:
        return versions[0] if versions else None
    found = next((version for version in versions if str(version.number) == wanted), None)
    if found is None:
        raise Http404
    return found


def _told_changes(before: PolicyVersion | None, shown: PolicyVersion | None) -> dict[str, ClauseChange]:
    if before is None or shown is None:
        return {}
    changes = changes_between(before, shown)
    return {change.code: change for change in changes if change.change is not Change.SAME}


def _with_followers(request: HttpRequest, versions: list[PolicyVersion]) -> list[tuple[PolicyVersion, list[object]]]:
    found = followers(versions, request.access)
    return [(version, found.get(version.pk, [])) for version in versions]
