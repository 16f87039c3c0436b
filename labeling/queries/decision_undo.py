"""SQL of taking an import of decisions back: what only it said ends, what it changed gets back what stood before."""

# For each slot that the import answered: its current label, and what stood before the import, if that still stands. The
# current label is the last one of the slot. Labels of imports that were taken back are passed over.
FIND_UNDONE = """
DROP TABLE IF EXISTS pg_temp.import_undone;
CREATE TEMP TABLE import_undone ON COMMIT DROP AS
SELECT mine.slot_id, mine.item_id, current.id AS current_id, current.import_run_id AS current_run,
    before.id AS before_id
FROM (SELECT DISTINCT slot_id, item_id FROM labeling_label WHERE import_run_id = %(run)s) mine
JOIN LATERAL (
    SELECT label.id, label.import_run_id FROM labeling_label label
    WHERE label.slot_id = mine.slot_id ORDER BY label.id DESC LIMIT 1
) current ON true
LEFT JOIN LATERAL (
    SELECT label.id FROM labeling_label label
    LEFT JOIN labeling_importrun run ON run.id = label.import_run_id
    WHERE label.slot_id = mine.slot_id AND label.import_run_id IS DISTINCT FROM %(run)s
        AND (run.id IS NULL OR run.state = 'done')
    ORDER BY label.id DESC LIMIT 1
) before ON true;
ANALYZE import_undone
"""

LOCK_ITEMS = """
SELECT count(*) FROM (
    SELECT item.id FROM labeling_item item
    WHERE item.id IN (SELECT item_id FROM import_undone) ORDER BY item.id FOR NO KEY UPDATE
) locked
"""

CHANGED_SINCE = "SELECT count(*) FROM import_undone WHERE current_run IS DISTINCT FROM %(run)s"

# The same without the temporary table, for the page: stops at the first one.
IS_CHANGED_SINCE = """
SELECT EXISTS (
    SELECT FROM labeling_label label
    JOIN labeling_label later ON later.slot_id = label.slot_id AND later.id > label.id
    LEFT JOIN labeling_importrun run ON run.id = later.import_run_id
    WHERE label.import_run_id = %(run)s AND later.import_run_id IS DISTINCT FROM %(run)s
        AND (run.id IS NULL OR run.state = 'done')
        AND NOT EXISTS (
            SELECT FROM labeling_label last
            WHERE last.slot_id = label.slot_id AND last.id > later.id AND last.import_run_id = %(run)s
        )
)
"""

CANCEL_SLOTS = """
UPDATE labeling_slot slot SET state = 'cancelled'
FROM import_undone undone WHERE undone.before_id IS NULL AND slot.id = undone.slot_id AND slot.state = 'done'
"""

# What stood before stands again, and belongs to the import that it came with.
GIVE_BACK = """
INSERT INTO labeling_label (public_id, slot_id, item_id, queue_id, labeler_id, revises_id, answers, rationale,
    policy_version_id, schema_id, import_run_id, claimed_at, created_at)
SELECT gen_random_uuid(), before.slot_id, before.item_id, before.queue_id, current.labeler_id, current.id,
    before.answers, before.rationale, before.policy_version_id, before.schema_id, before.import_run_id,
    before.claimed_at, greatest(before.created_at, current.created_at)
FROM import_undone undone
JOIN labeling_label before ON before.id = undone.before_id
JOIN labeling_label current ON current.id = undone.current_id
"""

# Items that came with decisions alone, all of which are taken back now: nothing of them stays but their id.
EMPTY_ITEMS = """
UPDATE labeling_item item
SET content = jsonb_build_object('text', %(words)s::text || item.external_id), context = '{}', answers_needed = 0,
    content_hash = encode(sha256(convert_to(item.queue_id || ':' || item.external_id, 'UTF8')), 'hex')
WHERE item.id IN (SELECT item_id FROM import_undone WHERE before_id IS NULL)
    AND NOT EXISTS (
        SELECT FROM labeling_slot slot
        WHERE slot.item_id = item.id AND (slot.origin <> 'imported' OR slot.state <> 'cancelled')
    )
"""

COUNT_ANSWERS_NEEDED = """
UPDATE labeling_item item SET answers_needed = slots.n
FROM (
    SELECT slot.item_id, least(count(*) FILTER (WHERE slot.state = 'done'), 32767) AS n
    FROM labeling_slot slot WHERE slot.item_id IN (SELECT item_id FROM import_undone)
    GROUP BY slot.item_id HAVING bool_and(slot.origin = 'imported')
) slots
WHERE item.id = slots.item_id AND item.answers_needed <> slots.n
"""

QUEUES = "SELECT DISTINCT queue_id FROM labeling_label WHERE import_run_id = %(run)s ORDER BY queue_id"
