"""The WSGI application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

# Views start tasks: without the application they would look for a broker that is not ours.
from qaplatform import celery

__all__ = ["application", "celery"]

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qaplatform.settings")

application = get_wsgi_application()

# All views are read before the first visitor comes, so that nobody waits for it.
get_resolver().url_patterns  # noqa: B018
