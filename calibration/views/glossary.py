"""The glossary: our words and the trade's."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from calibration.queries.glossary import TERMS, find_terms
from qaplatform.people.access import allow
from qaplatform.people.rules import is_signed_in


@allow(is_signed_in)
@require_GET
def glossary(request: HttpRequest) -> HttpResponse:
    """All words, or those that fit what is searched for."""
    wanted = request.GET.get("q", "")[:80]
    groups = [(kind.value, terms) for kind, terms in find_terms(wanted).items()]
    context = {"groups": groups, "wanted": wanted, "total": len(TERMS)}
    return render(request, "calibration/glossary/glossary.html", context)
