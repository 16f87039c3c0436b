"""Who has a place in which queue."""

from django.db import migrations, models

CREATE = """
CREATE VIEW labeling_place AS
SELECT queue.id AS queue_id, skill.labeler_id
FROM labeling_queue queue JOIN people_skillgrant skill ON skill.skill_id = queue.skill_id AND skill.revoked_at IS NULL
WHERE queue.kind = 'ordinary'
UNION ALL
SELECT queue_id, reserved_for_id FROM labeling_slot WHERE state = 'open' AND reserved_for_id IS NOT NULL
UNION ALL
SELECT queue_id, labeler_id FROM labeling_slot WHERE state = 'leased'
UNION ALL
SELECT slot.queue_id, slot.labeler_id
FROM labeling_queue queue JOIN labeling_slot slot ON slot.queue_id = queue.id
WHERE slot.state = 'done' AND queue.kind <> 'ordinary';
COMMENT ON VIEW labeling_place IS 'Who may open the desk of a queue; whether anything is handed out, the claim says.';
"""


class Migration(migrations.Migration):
    """Adds the view that says it once for pages, lists and claims."""

    dependencies = [("labeling", "0002_decisions_and_adoptions"), ("people", "0003_administration")]
    operations = [
        migrations.RunSQL(CREATE, "DROP VIEW labeling_place"),
        migrations.CreateModel(
            name="Place",
            fields=[("pk", models.CompositePrimaryKey("queue_id", "labeler_id", primary_key=True, serialize=False))],
            options={"managed": False, "db_table": "labeling_place"},
        ),
    ]
