"""Lists of people on their way in."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import qaplatform.clock


class Migration(migrations.Migration):
    """Adds the table of rosters."""

    dependencies = [("people", "0003_administration")]
    operations = [
        migrations.CreateModel(
            name="Roster",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("file_name", models.CharField(blank=True, max_length=255)),
                ("text", models.TextField(blank=True)),
                ("settings", models.JSONField(default=dict)),
                ("created_at", models.DateTimeField(default=qaplatform.clock.now)),
                ("applied_at", models.DateTimeField(blank=True, null=True)),
                ("counts", models.JSONField(default=dict)),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={"ordering": ["-created_at"]},
        ),
    ]
