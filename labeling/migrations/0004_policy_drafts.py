"""Drafts of policy versions, and what an adoption changes and how far it is."""

import django.db.models.deletion
import qaplatform.clock
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Adds drafts, the changed clauses of an adoption, and the moments of its work."""

    dependencies = [
        ('labeling', '0003_places'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='adoption',
            name='changed_clauses',
            field=models.ManyToManyField(blank=True, related_name='adoptions', to='labeling.clause'),
        ),
        migrations.AddField(
            model_name='adoption',
            name='settled_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='adoption',
            name='started_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.CreateModel(
            name='PolicyDraft',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('clauses', models.JSONField(default=list)),
                ('marked', models.JSONField(default=list)),
                ('note', models.TextField(blank=True)),
                ('saved_at', models.DateTimeField(default=qaplatform.clock.now)),
                ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('base', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='labeling.policyversion')),
                ('policy', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='drafts', to='labeling.policy')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('policy', 'author'), name='one_draft_a_policy_and_author')],
            },
        ),
    ]
