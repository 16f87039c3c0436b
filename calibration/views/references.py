"""Which reference a page shows, and the switch between them."""

from collections.abc import Sequence

from django.http import Http404, QueryDict

from calibration.enums import Reference
from calibration.queries.populations import REFERENCE_WORDS
from calibration.queries.references import ReferenceChoice, choose_reference, people_by_reference
from calibration.queries.score_counts import MEASURED
from labeling.models import Queue
from qaplatform.people.models import Labeler
from qaplatform.web.parts import Tab


def read_reference(asked: str, queues: Sequence[Queue], *, people: Sequence[Labeler] | None = None) -> ReferenceChoice:
    """What the address asks for, else the first by which these people have answers; without people: anybody."""
    if asked and asked not in MEASURED:
        raise Http404
    return choose_reference(asked, people_by_reference(people, queues))


def reference_tabs(choice: ReferenceChoice, url: str, query: QueryDict | None = None) -> list[Tab]:
    """A tab a reference with how many people it has figures of; none where there is nothing to choose."""
    shown = [reference for reference in MEASURED if choice.people.get(reference) or reference == choice.chosen]
    if len(shown) < 2:
        return []
    return [
        Tab(
            label=f"Against {REFERENCE_WORDS[reference]}",
            url=reference_url(reference, url, query),
            count=choice.people.get(reference, 0),
            current=reference == choice.chosen,
        )
        for reference in shown
    ]


def reference_url(reference: Reference, url: str, query: QueryDict | None = None) -> str:
    """The same page against another reference."""
    changed = query.copy() if query is not None else QueryDict(mutable=True)
    changed["reference"] = reference.value
    changed.pop("page", None)
    return f"{url}?{changed.urlencode()}"
