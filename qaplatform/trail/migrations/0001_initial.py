"""The tables of trail."""

import django.db.models.deletion
import qaplatform.clock
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('people', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='TrailEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('at', models.DateTimeField(default=qaplatform.clock.now)),
                ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('action', models.CharField(max_length=60)),
                ('target_kind', models.CharField(max_length=40)),
                ('target_id', models.UUIDField()),
                ('detail', models.JSONField(default=dict)),
            ],
            options={
                'verbose_name_plural': 'trail entries',
                'indexes': [models.Index(fields=['target_kind', 'target_id', 'id'], name='trail_by_target')],
                'constraints': [],
            },
        ),
    ]
