"""Gold remembers the file of decisions that it came with."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("calibration", "0005_left_out_answers"),
        ("labeling", "0002_decisions_and_adoptions"),
    ]

    operations = [
        migrations.AddField(
            model_name="goldanswer",
            name="import_run",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="gold",
                to="labeling.importrun",
            ),
        ),
    ]
