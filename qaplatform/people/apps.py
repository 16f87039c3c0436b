"""Django application of qaplatform.people."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Settings of the application."""

    name = "qaplatform.people"
    label = "people"
    default_auto_field = "django.db.models.BigAutoField"
