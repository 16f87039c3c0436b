"""The ways from an empty installation to a first result."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from calibration.queries.setup import Setup, Step, Track, read_setup
from calibration.queries.verifications import find_alarms
from qaplatform.errors import Refused
from qaplatform.people.access import Access, allow
from qaplatform.people.rules import is_administrator
from qaplatform.people.services.first_run import take_quality_role
from qaplatform.web.health import see_all

WAYS = {"import": "labeling:new_decisions", "queue": "labeling:new_queue"}
ADMINISTRATORS = "people:"


@dataclass(frozen=True)
class Line:
    """A step as the page shows it; no address where the asker may not do it."""

    step: Step
    href: str
    is_next: bool


def setup_facts(access: Access) -> dict[str, object]:
    """What the administrator's part of the first page shows."""
    setup = read_setup(access)
    tracks = setup.first if setup.is_empty else (setup.later,) if setup.has_result else (*setup.first, setup.later)
    return {
        "title": "Set-up and health" if setup.has_result else "Your first result",
        "setup": setup,
        "tracks": [(track, _lines(track, setup), f"{track.done} of {len(track.steps)}") for track in tracks],
        "go_on": _go_on(setup),
        "checks": see_all(),
        "alarms": find_alarms(access),
    }


@allow(is_administrator)
@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """Make the first administrator QA manager too, and go to the way that was chosen."""
    way = request.POST.get("way", "")
    if way not in WAYS:
        raise Http404
    try:
        take_quality_role(request.user)
    except Refused as refused:
        messages.error(request, refused.message)
        return redirect("calibration:home")
    messages.success(request, "You are QA manager too now; the activity history says so.")
    return redirect(WAYS[way])


def _go_on(setup: Setup) -> Line | None:
    way = setup.way
    if way is None or way.next_step is None or not setup.may_run_queues:
        return None
    return _line(way.next_step, setup, is_next=True)


def _lines(track: Track, setup: Setup) -> list[Line]:
    return [_line(step, setup, is_next=step is track.next_step) for step in track.steps]


def _line(step: Step, setup: Setup, *, is_next: bool) -> Line:
    if not step.url_name or not (setup.may_run_queues or step.url_name.startswith(ADMINISTRATORS)):
        return Line(step, "", is_next)
    return Line(step, reverse(step.url_name, args=[step.target] if step.target else []), is_next)
