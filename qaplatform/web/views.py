"""Error pages. What is forbidden answers exactly like what does not exist."""

from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.shortcuts import render
from django.template.loader import get_template


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001  Django passes it.
    return render(request, "404.html", status=404)


def server_error(_request: HttpRequest) -> HttpResponse:
    return HttpResponseServerError(get_template("500.html").render())
