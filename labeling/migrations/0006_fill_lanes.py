"""Every slot that waits gets its lane and its turn."""

from django.db import migrations

# Every slot that may still be handed out gets its lane and its turn, as `labeling.engine.order` gives them.
FILL = """
INSERT INTO labeling_lane (queue_id, vendor_id, language, is_sensitive)
SELECT DISTINCT slot.queue_id, slot.vendor_id, item.language, item.is_sensitive
FROM labeling_slot slot JOIN labeling_item item ON item.id = slot.item_id WHERE slot.state IN ('open', 'leased');
UPDATE labeling_slot slot
SET lane_id = lane.id,
    turn = ((32767 - slot.priority)::bigint << 32)
         | (least(greatest(coalesce(floor(extract(epoch FROM item.due_at - '2020-01-01 00:00Z') / 3600), 16777215), 0),
                  CASE WHEN item.due_at IS NULL THEN 16777215 ELSE 16777214 END)::bigint << 8)
FROM labeling_item item, labeling_lane lane
WHERE item.id = slot.item_id AND slot.state IN ('open', 'leased') AND lane.queue_id = slot.queue_id
  AND lane.vendor_id IS NOT DISTINCT FROM slot.vendor_id AND lane.language = item.language
  AND lane.is_sensitive = item.is_sensitive;
"""


class Migration(migrations.Migration):
    """Fills the new columns from the slot's vendor and priority and the item's language, due time and cover."""

    dependencies = [("labeling", "0005_lanes")]
    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
