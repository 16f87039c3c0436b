"""Django application of labeling."""

from django.apps import AppConfig


class LabelingConfig(AppConfig):
    """Settings of the application."""

    name = "labeling"
    default_auto_field = "django.db.models.BigAutoField"
