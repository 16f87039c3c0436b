import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import qaplatform.clock


class Migration(migrations.Migration):
    """Items that labelers answer differently are decided by one person, and can become gold as a copy."""

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("labeling", "0004_policy_drafts"),
        ("calibration", "0011_team_sightings"),
    ]

    operations = [
        migrations.AddField(
            model_name="golditem",
            name="made_from",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="gold_made_from_it",
                to="labeling.item",
            ),
        ),
        migrations.CreateModel(
            name="ItemAdjudication",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("question", models.CharField(max_length=60)),
                (
                    "accepted",
                    django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=200), size=None),
                ),
                ("reason", models.TextField()),
                ("decided_at", models.DateTimeField(default=qaplatform.clock.now)),
                (
                    "decided_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "gold",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="calibration.golditem",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="adjudications", to="labeling.item"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("item", "question"), name="item_adjudicated_once_a_question"),
                    models.CheckConstraint(
                        condition=models.Q(("accepted__len__gte", 1)), name="item_adjudication_names_what_is_right"
                    ),
                ],
            },
        ),
    ]
