"""Each late text of an assignment is kept, the same one once."""

from django.db import migrations, models
from django.db.models.functions import MD5, Cast


class Migration(migrations.Migration):
    """Until now the first text of an assignment was kept and later ones were dropped."""

    dependencies = [
        ('labeling', '0009_reserved_work_alone_is_indexed'),
    ]

    operations = [
        migrations.AlterField(
            model_name='lateanswer',
            name='assignment_id',
            field=models.UUIDField(),
        ),
        migrations.AddConstraint(
            model_name='lateanswer',
            constraint=models.UniqueConstraint(models.F('assignment_id'), MD5(Cast('answers', models.TextField())), MD5('rationale'), name='late_text_once'),
        ),
    ]
