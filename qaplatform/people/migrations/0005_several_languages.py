"""A labeler may work in several languages."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0004_rosters")]
    operations = [
        migrations.AlterField(
            model_name="labeler", name="language", field=models.CharField(blank=True, max_length=300)
        ),
    ]
