"""SQL of the import of items. A file is copied into a temporary table; each statement below then goes over it once."""

# Dropped at the end of the transaction; not logged, so copying costs little.
STAGE = """
DROP TABLE IF EXISTS pg_temp.import_item, pg_temp.import_repeat, pg_temp.import_known;
CREATE TEMP TABLE import_item (
    line bigint NOT NULL, external_id text NOT NULL, kind text NOT NULL, content jsonb NOT NULL, context jsonb NOT NULL,
    content_hash text NOT NULL, language text NOT NULL, is_sensitive boolean NOT NULL, priority smallint NOT NULL,
    due_at timestamptz, answers_needed smallint NOT NULL, turn bigint NOT NULL, vendors bigint[] NOT NULL,
    public_id uuid NOT NULL DEFAULT gen_random_uuid(), rank double precision NOT NULL DEFAULT random()
) ON COMMIT DROP
"""

COPY = """
COPY import_item (line, external_id, kind, content, context, content_hash, language, is_sensitive, priority, due_at,
    answers_needed, turn, vendors) FROM STDIN
"""

# One hash aggregate over the file.
FIND_REPEATS = """
ANALYZE import_item;
CREATE TEMP TABLE import_repeat ON COMMIT DROP AS
SELECT external_id, min(line) AS line FROM import_item GROUP BY external_id HAVING count(*) > 1
"""

_DIFFERS = """
    (staged.content_hash, staged.context, staged.language, staged.is_sensitive, staged.priority, staged.due_at)
    IS DISTINCT FROM
    ({known}.content_hash, {known}.context, {known}.language, {known}.is_sensitive, {known}.priority, {known}.due_at)
"""

CONTRADICTIONS = f"""
SELECT staged.line, staged.external_id, first.line, count(*) OVER ()
FROM import_repeat repeat
JOIN import_item first USING (external_id, line)
JOIN import_item staged ON staged.external_id = repeat.external_id AND staged.line > repeat.line
WHERE {_DIFFERS.format(known="first")}
ORDER BY staged.line LIMIT %(limit)s
"""  # noqa: S608

DROP_REPEATS = """
DELETE FROM import_item staged USING import_repeat repeat
WHERE staged.external_id = repeat.external_id AND staged.line > repeat.line
"""

# Through the unique index on (queue, external id).
FIND_KNOWN = f"""
CREATE TEMP TABLE import_known ON COMMIT DROP AS
SELECT staged.line, item.id AS item_id, staged.external_id, staged.content_hash <> item.content_hash AS has_new_content,
    {_DIFFERS.format(known="item")} AS differs
FROM import_item staged
JOIN labeling_item item ON item.queue_id = %(queue)s AND item.external_id = staged.external_id;
ANALYZE import_known
"""  # noqa: S608

# Claims skip locked slots, so nobody can be given the old content while it is exchanged.
LOCK_CHANGED = """
SELECT slot.id FROM labeling_slot slot
JOIN import_known known ON known.item_id = slot.item_id
WHERE known.has_new_content FOR UPDATE OF slot
"""

FIXED_ITEMS = """
SELECT known.line, known.external_id, count(*) OVER ()
FROM import_known known JOIN labeling_item item ON item.id = known.item_id
WHERE known.has_new_content AND (
    item.answers_needed = 0 OR item.withdrawn_at IS NOT NULL OR item.purged_at IS NOT NULL
    OR EXISTS (
        SELECT FROM labeling_slot slot
        WHERE slot.item_id = item.id AND (slot.state <> 'open' OR slot.origin <> 'entry')
    )
    OR EXISTS (SELECT FROM labeling_skip skip WHERE skip.item_id = item.id)
)
ORDER BY known.line LIMIT %(limit)s
"""

CHANGE_ITEMS = """
UPDATE labeling_item item
SET kind = staged.kind, content = staged.content, context = staged.context, content_hash = staged.content_hash,
    language = staged.language, is_sensitive = staged.is_sensitive, priority = staged.priority, due_at = staged.due_at
FROM import_known known JOIN import_item staged USING (line)
WHERE item.id = known.item_id AND known.differs
"""

# Lanes that are not there yet. A vendor of 0 stands for everybody: arrays of a file hold no nulls.
MAKE_LANES = """
INSERT INTO labeling_lane (queue_id, vendor_id, language, is_sensitive)
SELECT DISTINCT %(queue)s::bigint, nullif(vendor, 0), language, is_sensitive
FROM import_item CROSS JOIN LATERAL unnest(vendors) AS vendor
ON CONFLICT DO NOTHING
"""

# What waits of a changed item keeps its vendor; the last bits of a turn say which answer of its item a slot asks for.
CHANGE_LANES = """
INSERT INTO labeling_lane (queue_id, vendor_id, language, is_sensitive)
SELECT DISTINCT old.queue_id, old.vendor_id, staged.language, staged.is_sensitive
FROM import_known known JOIN import_item staged USING (line)
JOIN labeling_slot slot ON slot.item_id = known.item_id AND slot.state = 'open'
JOIN labeling_lane old ON old.id = slot.lane_id
WHERE known.differs
ON CONFLICT DO NOTHING
"""
CHANGE_SLOTS = """
UPDATE labeling_slot slot SET turn = staged.turn | (slot.turn & 255), lane_id = lane.id
FROM import_known known JOIN import_item staged USING (line), labeling_lane old, labeling_lane lane
WHERE slot.item_id = known.item_id AND known.differs AND slot.state IN ('open', 'leased') AND old.id = slot.lane_id
  AND lane.queue_id = old.queue_id AND lane.vendor_id IS NOT DISTINCT FROM old.vendor_id
  AND lane.language = staged.language AND lane.is_sensitive = staged.is_sensitive
  AND (slot.turn & ~255::bigint, slot.lane_id) IS DISTINCT FROM (staged.turn, lane.id)
"""

DROP_KNOWN = "DELETE FROM import_item staged USING import_known known WHERE known.line = staged.line"

# Items and their open slots in one statement; the rank is random, so the order of the file tells nothing. Where begun
# items are finished first, an item's slots stand together.
ENTER_ITEMS = """
WITH entered AS (
    INSERT INTO labeling_item (public_id, queue_id, external_id, kind, content, context, content_hash, language,
        is_sensitive, answers_needed, priority, due_at, withdrawn_reason, created_at)
    SELECT public_id, %(queue)s, external_id, kind, content, context, content_hash, language,
        is_sensitive, answers_needed, priority, due_at, '', %(now)s
    FROM import_item
    RETURNING id, public_id
), opened AS (
    INSERT INTO labeling_slot (item_id, slot_no, queue_id, state, origin, lane_id, turn, rank, serve_chance,
        is_prefetched, created_at)
    SELECT entered.id, wanted.number, %(queue)s, 'open', 'entry', lane.id,
        staged.turn + least(%(step)s * (wanted.number - 1), 255),
        CASE WHEN %(together)s THEN staged.rank ELSE random() END, 1, false, %(now)s
    FROM entered JOIN import_item staged USING (public_id)
    CROSS JOIN LATERAL unnest(staged.vendors) WITH ORDINALITY AS wanted(vendor, number)
    JOIN labeling_lane lane
        ON lane.queue_id = %(queue)s AND lane.vendor_id IS NOT DISTINCT FROM nullif(wanted.vendor, 0)
        AND lane.language = staged.language AND lane.is_sensitive = staged.is_sensitive
    RETURNING item_id
)
SELECT (SELECT count(*) FROM entered), (SELECT count(*) FROM opened)
"""
