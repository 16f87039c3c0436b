"""Django application of calibration."""

from django.apps import AppConfig


class CalibrationConfig(AppConfig):
    """Settings of the application, and the one event that it listens to."""

    name = "calibration"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect the receivers; they import models, so not before those are loaded."""
        from calibration.receivers import note_stale  # noqa: PLC0415
        from labeling.signals import label_recorded  # noqa: PLC0415

        label_recorded.connect(note_stale, dispatch_uid="calibration.note_stale")
