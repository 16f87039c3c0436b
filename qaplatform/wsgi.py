"""The WSGI application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

# Views start tasks: without the application they would look for a broker that is not ours.
from qaplatform import celery
from qaplatform.web.warming import warm_up

__all__ = ["application", "celery"]

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qaplatform.settings")

application = get_wsgi_application()
warm_up()
