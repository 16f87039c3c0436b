"""Slots that are nobody's stand in no index of what is reserved for whom."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Most slots wait for whoever comes; entering them costs a third less without two index entries each."""

    dependencies = [
        ('labeling', '0008_indexes_of_who_holds'),
        ('people', '0004_rosters'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='slot',
            name='reserved_once_an_item',
        ),
        migrations.RemoveIndex(
            model_name='slot',
            name='slot_reserved_work',
        ),
        migrations.AddIndex(
            model_name='slot',
            index=models.Index(condition=models.Q(('reserved_for__isnull', False), ('state', 'open')), fields=['reserved_for', 'queue', 'rank'], name='slot_reserved_work'),
        ),
        migrations.AddConstraint(
            model_name='slot',
            constraint=models.UniqueConstraint(condition=models.Q(('reserved_for__isnull', False), ('state', 'open')), fields=('item', 'reserved_for'), name='reserved_once_an_item'),
        ),
    ]
