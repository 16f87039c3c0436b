"""For whom work is and when its turn comes: lanes, turns, opt-outs, requeues, rearrangements."""

import django.db.models.deletion
import qaplatform.clock
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Adds the columns and tables; nothing reads them yet."""


    dependencies = [
        ('labeling', '0004_policy_drafts'),
        ('people', '0004_rosters'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Lane',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('language', models.CharField(blank=True, max_length=20)),
                ('is_sensitive', models.BooleanField(default=False)),
            ],
        ),
        migrations.CreateModel(
            name='OptOut',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(default=qaplatform.clock.now)),
            ],
        ),
        migrations.CreateModel(
            name='Rearrangement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('requested_at', models.DateTimeField(default=qaplatform.clock.now)),
                ('last_item_id', models.BigIntegerField(default=0)),
                ('opened', models.PositiveIntegerField(default=0)),
                ('cancelled', models.PositiveIntegerField(default=0)),
                ('moved', models.PositiveIntegerField(default=0)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Requeue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('since', models.DateTimeField()),
                ('until', models.DateTimeField()),
                ('reason', models.CharField(max_length=500)),
                ('requested_at', models.DateTimeField(default=qaplatform.clock.now)),
                ('last_slot_id', models.BigIntegerField(default=0)),
                ('asked', models.PositiveIntegerField(default=0)),
                ('left_out', models.PositiveIntegerField(default=0)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.RemoveIndex(
            model_name='slot',
            name='slot_open_work',
        ),
        migrations.AddField(
            model_name='queue',
            name='answers_a_day_cap',
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='queue',
            name='order',
            field=models.CharField(choices=[('mixed', 'Mixed: in no order'), ('breadth', 'Breadth: every item gets its first answer before any gets its second'), ('depth', 'Depth: what was begun is finished first')], default='mixed', max_length=10),
        ),
        migrations.AddField(
            model_name='queue',
            name='reveals_a_day_cap',
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='queue',
            name='vendor_shares',
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.AddField(
            model_name='slot',
            name='turn',
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='lane',
            name='queue',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='lanes', to='labeling.queue'),
        ),
        migrations.AddField(
            model_name='lane',
            name='vendor',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.vendor'),
        ),
        migrations.AddField(
            model_name='slot',
            name='lane',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='labeling.lane'),
        ),
        migrations.AddField(
            model_name='optout',
            name='labeler',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='opt_outs', to='people.labeler'),
        ),
        migrations.AddField(
            model_name='optout',
            name='queue',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='labeling.queue'),
        ),
        migrations.AddField(
            model_name='rearrangement',
            name='queue',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rearrangements', to='labeling.queue'),
        ),
        migrations.AddField(
            model_name='rearrangement',
            name='requested_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='requeue',
            name='labeler',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='requeues', to='people.labeler'),
        ),
        migrations.AddField(
            model_name='requeue',
            name='queue',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='requeues', to='labeling.queue'),
        ),
        migrations.AddField(
            model_name='requeue',
            name='requested_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='slot',
            name='asked_by',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='labeling.requeue'),
        ),
        migrations.AddField(
            model_name='slot',
            name='set_aside_by',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='labeling.requeue'),
        ),
    ]
