"""Policies: read them, publish a first version."""

from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from labeling.forms.policies import PolicyForm
from labeling.models import Policy
from labeling.queries.queues import visible_queues
from labeling.services.policies import publish_first_version
from qaplatform.errors import DomainError
from qaplatform.people.access import allow
from qaplatform.people.rules import is_policy_owner, is_qa_manager, is_trainer


@allow(is_qa_manager | is_policy_owner | is_trainer)
@require_GET
def list_policies(request: HttpRequest) -> HttpResponse:
    """All policies."""
    policies = Policy.objects.annotate(
        clause_count=Count("clauses", distinct=True),
        category_count=Count("categories", distinct=True),
        queue_count=Count("queues", distinct=True),
        latest=Max("versions__number"),
        published_at=Max("versions__published_at"),
    )
    return render(request, "labeling/policies/list.html", {"policies": policies})


@allow(is_qa_manager | is_policy_owner | is_trainer)
@require_GET
def policy_page(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A policy's clauses and categories under its latest version."""
    policy = get_object_or_404(Policy, public_id=public_id)
    versions = policy.versions.prefetch_related("changed_clauses").select_related("author").order_by("-number")
    latest = versions.first()
    context = {
        "policy": policy,
        "versions": versions,
        "latest": latest,
        "revisions": latest.revisions.select_related("clause") if latest else [],
        "categories": policy.categories.select_related("clause", "parent"),
        "queues": visible_queues(request.access).filter(policy=policy),
    }
    return render(request, "labeling/policies/policy.html", context)


@allow(is_policy_owner | is_qa_manager)
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
