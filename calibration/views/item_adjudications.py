"""An item on which labelers differ, and the form that decides it."""

from urllib.parse import quote
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from calibration.forms.item_adjudications import ItemAdjudicationForm
from calibration.models import ItemAdjudication
from calibration.queries.item_adjudications import asked_question, decidable_items, read_disputed
from calibration.services.item_adjudications import adjudicate_item
from calibration.views.adjudications import may_decide_disagreements, withdrawn_words
from labeling.models import Item
from qaplatform.errors import DomainError
from qaplatform.people.access import allow


@allow(may_decide_disagreements)
@require_http_methods(["GET", "POST"])
def disputed_item(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Read what labelers answered, without names, and name what is right."""
    items = decidable_items(request.access).select_related("queue__policy_version__policy")
    item = get_object_or_404(items, public_id=public_id)
    question = asked_question(item, request.GET.get("question", "")[:60])
    if question is None:
        raise Http404
    facts = read_disputed(item, question)
    form = ItemAdjudicationForm(request.POST or None, facts=facts, queue=item.queue)
    if request.method == "POST" and form.is_valid():
        made = _decide(request, item, question.key, form)
        if made is not None:
            return redirect(request.get_full_path())
    is_open = facts.is_disputed and facts.adjudication is None and item.withdrawn_at is None
    context = {
        "item": item,
        "facts": facts,
        "form": form if is_open or form.errors else None,
        "back": f"{reverse('calibration:disputed_items')}?queue={item.queue.public_id}&question={quote(question.key)}",
    }
    return render(request, "calibration/adjudications/item.html", context, status=422 if form.errors else 200)


def _decide(request: HttpRequest, item: Item, question: str, form: ItemAdjudicationForm) -> ItemAdjudication | None:
    try:
        made = adjudicate_item(item, question, form.ruling, actor=request.user)
    except DomainError as error:
        field = str(error.detail.get("field", ""))
        form.add_error(field if field in form.fields else None, error.message)
        return None
    gold = " A copy is proposed as gold and waits for somebody else's approval." if made.gold else ""
    messages.success(request, f"Decided.{gold}{withdrawn_words(item)}")
    return made
