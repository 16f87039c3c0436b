from django.db import migrations, models


class Migration(migrations.Migration):
    """An answer to a multi question names each of its codes, however many: no length holds them all."""

    dependencies = [
        ("calibration", "0009_tied_joint_answers"),
    ]

    operations = [
        migrations.AlterField(
            model_name="attemptanswer",
            name="given",
            field=models.TextField(blank=True),
        ),
        migrations.AlterField(
            model_name="auditedlabel",
            name="auditor_answer",
            field=models.TextField(blank=True),
        ),
        migrations.AlterField(
            model_name="auditedlabel",
            name="expected",
            field=models.TextField(blank=True),
        ),
        migrations.AlterField(
            model_name="auditedlabel",
            name="given",
            field=models.TextField(),
        ),
        migrations.AlterField(
            model_name="consensusanswer",
            name="category",
            field=models.TextField(blank=True),
        ),
        migrations.AlterField(
            model_name="evidencerow",
            name="expected",
            field=models.TextField(),
        ),
        migrations.AlterField(
            model_name="evidencerow",
            name="given",
            field=models.TextField(),
        ),
        migrations.AlterField(
            model_name="goldscore",
            name="expected",
            field=models.TextField(),
        ),
        migrations.AlterField(
            model_name="goldscore",
            name="given",
            field=models.TextField(),
        ),
        migrations.AlterField(
            model_name="suspicion",
            name="words",
            field=models.TextField(),
        ),
    ]
