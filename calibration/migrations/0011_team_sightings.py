import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """How often each team meets ordinary items, which matched gold follows."""

    dependencies = [
        ("labeling", "0004_policy_drafts"),
        ("calibration", "0010_long_sets_of_answers"),
    ]

    operations = [
        migrations.AddField(
            model_name="samplingplan",
            name="sightings_counted_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.CreateModel(
            name="TeamSightings",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("team", models.BigIntegerField()),
                (
                    "items",
                    django.contrib.postgres.fields.ArrayField(base_field=models.PositiveIntegerField(), size=None),
                ),
                (
                    "queue",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="team_sightings",
                        to="labeling.queue",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("queue", "team"), name="sightings_once_a_team"),
                ],
            },
        ),
    ]
