"""Django application of qaplatform.jobs."""

from django.apps import AppConfig

from qaplatform.web.health import register_check
from qaplatform.web.metrics import register_gauge


class JobsConfig(AppConfig):
    """Settings of the application."""

    name = "qaplatform.jobs"
    label = "jobs"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell of jobs with the state of the service and in its metrics; the queries import models, so not before."""
        from qaplatform.jobs.queries import canary_ages, parked_count, see_long, see_quick

        register_check("jobs", see_quick)
        register_check("long jobs", see_long)
        register_gauge(
            "qa_canary_age_seconds",
            "Seconds since a worker last took a canary from the line.",
            canary_ages,
            label="line",
        )
        register_gauge("qa_parked_jobs", "Jobs that failed five times and wait for a person or an hour.", parked_count)
