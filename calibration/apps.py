"""Django application of calibration."""

from django.apps import AppConfig


class CalibrationConfig(AppConfig):
    """Settings of the application."""

    name = "calibration"
    default_auto_field = "django.db.models.BigAutoField"
