from django.db import migrations, models


class Migration(migrations.Migration):
    """A tie is said apart from the joint answer "nothing chosen", whose category is empty too."""

    dependencies = [
        ("calibration", "0008_adaptive_plans"),
    ]

    operations = [
        migrations.AddField(
            model_name="consensusanswer",
            name="is_tied",
            field=models.BooleanField(default=False),
        ),
    ]
