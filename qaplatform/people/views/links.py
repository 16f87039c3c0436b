"""One-time links: the sheet that shows them once, and the page that each opens."""

from collections.abc import Sequence

from allauth.core.internal.ratelimit import consume
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from qaplatform import clock
from qaplatform.api.spreadsheets import csv_lines
from qaplatform.errors import InvalidInput, NotFound
from qaplatform.people.access import allow
from qaplatform.people.forms.accounts import PasswordForm
from qaplatform.people.queries.invitations import find_invitation
from qaplatform.people.rules import is_anybody
from qaplatform.people.services.invitations import Link, accept_invitation

COLUMNS = ("Name", "User name", "E-mail", "Link", "Works until")


def show_links(request: HttpRequest, links: Sequence[Link]) -> HttpResponse:
    """A sheet to print or keep: this answer is the only place where the links can be read."""
    slips = [(link, request.build_absolute_uri(reverse("people:welcome", args=[link.code]))) for link in links]
    rows = (
        (str(link.user), link.user.username, link.user.email, url, link.expires_at.date().isoformat())
        for link, url in slips
    )
    context = {
        "slips": slips,
        "table": "".join(csv_lines(COLUMNS, rows)),
        "typed": request.build_absolute_uri(reverse("people:type_code")),
    }
    return render(request, "people/links.html", context)


@allow(is_anybody)
@require_http_methods(["GET", "POST"])
def type_code(request: HttpRequest) -> HttpResponse:
    """Where somebody types the code that stands on their sheet."""
    code = request.POST.get("code", "").strip()[:100]
    letters = "".join(character for character in code if character.isalnum() or character == "-")
    if letters:
        return redirect("people:welcome", code=letters)
    return render(request, "people/type_code.html", {"is_empty": request.method == "POST"})


@allow(is_anybody)
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "POST"])
def welcome(request: HttpRequest, code: str) -> HttpResponse:
    """Set one's password with a link. Opening it changes nothing; a link that does not work says nothing about why."""
    if not consume(request, app="allauth.account", action="invitation", limit_get=True):
        return render(request, "people/too_many_tries.html", status=429)
    now = clock.now()
    invitation = find_invitation(code, now=now)
    if invitation is None:
        return _does_not_work(request)
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user = accept_invitation(code, form.cleaned_data["password"], now=now)
        except NotFound:
            return _does_not_work(request)
        except InvalidInput as error:
            form.add_error("password", error.message)
        else:
            messages.success(request, f"Your password is set. Sign in as {user.username}.")
            return redirect("account_login")
    context = {"form": form, "account": invitation.user}
    return render(request, "people/welcome.html", context, status=422 if form.errors else 200)


def _does_not_work(request: HttpRequest) -> HttpResponse:
    return render(request, "people/dead_link.html", status=404)
