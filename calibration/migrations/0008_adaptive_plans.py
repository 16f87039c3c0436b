from django.db import migrations, models


class Migration(migrations.Migration):
    """Queues begin with 4 % gold; plans that are there keep what was declared."""

    dependencies = [
        ("calibration", "0007_suspicions_consensus_and_adaptive_gold"),
    ]

    operations = [
        migrations.AlterField(
            model_name="samplingplan",
            name="gold_rate",
            field=models.FloatField(default=0.04),
        ),
        migrations.AlterField(
            model_name="samplingplan",
            name="false_alarm_rate",
            field=models.FloatField(default=0.0125),
        ),
    ]
