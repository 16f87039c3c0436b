"""Lanes and turns take the place of a slot's vendor and priority."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Removes the old columns; adds the indexes and constraints that rest on the new ones."""

    dependencies = [("labeling", "0006_fill_lanes")]

    operations = [
        migrations.RemoveField(
            model_name='slot',
            name='priority',
        ),
        migrations.RemoveField(
            model_name='slot',
            name='vendor',
        ),
        migrations.AddIndex(
            model_name='slot',
            index=models.Index(condition=models.Q(('reserved_for', None), ('state', 'open')), fields=['lane', 'turn', 'rank', 'id'], name='slot_open_work'),
        ),
        migrations.AddIndex(
            model_name='slot',
            index=models.Index(condition=models.Q(('asked_by__isnull', False)), fields=['asked_by'], name='slot_asked_by'),
        ),
        migrations.AddIndex(
            model_name='slot',
            index=models.Index(condition=models.Q(('set_aside_by__isnull', False)), fields=['set_aside_by'], name='slot_set_aside_by'),
        ),
        migrations.AddConstraint(
            model_name='slot',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'open'), _negated=True), ('lane__isnull', False), _connector='OR'), name='slot_on_offer_has_a_lane'),
        ),
        migrations.AddConstraint(
            model_name='lane',
            constraint=models.UniqueConstraint(fields=('queue', 'vendor', 'language', 'is_sensitive'), name='lane_once_a_queue', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='optout',
            constraint=models.UniqueConstraint(fields=('labeler', 'queue'), name='opted_out_once', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='rearrangement',
            constraint=models.UniqueConstraint(condition=models.Q(('finished_at', None)), fields=('queue',), name='rearranged_once_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='requeue',
            constraint=models.UniqueConstraint(condition=models.Q(('finished_at', None)), fields=('queue', 'labeler'), name='requeued_once_at_a_time'),
        ),
    ]
