"""One's own tokens of the API."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from qaplatform import clock
from qaplatform.people.access import allow
from qaplatform.people.forms.tokens import TokenForm
from qaplatform.people.models import ApiToken
from qaplatform.people.rules import is_signed_in
from qaplatform.people.services.tokens import issue_token, revoke_token


@allow(is_signed_in)
@require_http_methods(["GET", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """The list, and a form for a new one; its secret is on the answer to that form and nowhere else."""
    form = TokenForm(request.POST or None)
    secret = ""
    if request.method == "POST" and form.is_valid():
        now = clock.now()
        _token, secret = issue_token(
            request.user,
            name=form.cleaned_data["name"],
            scopes=form.cleaned_data["scopes"],
            expires_at=now + form.lasts,
            actor=request.user,
            now=now,
        )
        form = TokenForm()
    own = request.user.api_tokens.order_by("-created_at")
    context = {"form": form, "secret": secret, "tokens": own, "now": clock.now()}
    return render(request, "people/tokens.html", context, status=422 if form.errors else 200)


@allow(is_signed_in)
@require_POST
def end_token(request: HttpRequest, public_id: str) -> HttpResponse:
    """Revoke one's own token."""
    token = get_object_or_404(ApiToken, public_id=public_id, user=request.user)
    revoke_token(token, actor=request.user, now=clock.now())
    messages.success(request, f"{token.name} no longer works.")
    return redirect("people:tokens")
