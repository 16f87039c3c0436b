"""Django application of qaplatform.trail."""

from django.apps import AppConfig


class TrailConfig(AppConfig):
    """Settings of the application."""

    name = "qaplatform.trail"
    label = "trail"
    default_auto_field = "django.db.models.BigAutoField"
