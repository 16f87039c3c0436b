"""Slots that nobody holds stand in no index of who holds what."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Most slots wait; entering them costs a tenth less without two index entries each."""

    dependencies = [
        ('labeling', '0007_lanes_in_force'),
        ('people', '0004_rosters'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='slot',
            name='labeler_once_an_item',
        ),
        migrations.AlterField(
            model_name='slot',
            name='assignment_id',
            field=models.UUIDField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name='slot',
            constraint=models.UniqueConstraint(condition=models.Q(('labeler__isnull', False)), fields=('item', 'labeler'), name='labeler_once_an_item'),
        ),
        migrations.AddConstraint(
            model_name='slot',
            constraint=models.UniqueConstraint(condition=models.Q(('assignment_id__isnull', False)), fields=('assignment_id',), name='slot_assignment_once'),
        ),
    ]
