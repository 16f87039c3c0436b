"""SQL of the import of labels. A file is copied into a temporary table; each statement then goes over it once."""

STAGE = """
DROP TABLE IF EXISTS pg_temp.import_label, pg_temp.import_labeler, pg_temp.import_content, pg_temp.import_past,
    pg_temp.import_answer, pg_temp.import_kept;
CREATE TEMP TABLE import_label (
    line bigint NOT NULL, item text NOT NULL, vendor text NOT NULL, labeler text NOT NULL, answers jsonb NOT NULL,
    rationale text NOT NULL, labeled_at timestamptz, kind text, content jsonb, content_hash text,
    language text NOT NULL, is_sensitive boolean NOT NULL
) ON COMMIT DROP;
CREATE TEMP TABLE import_labeler (vendor text NOT NULL, labeler text NOT NULL, named_id bigint NOT NULL,
    labeler_id bigint NOT NULL) ON COMMIT DROP
"""

COPY = """
COPY import_label (line, item, vendor, labeler, answers, rationale, labeled_at, kind, content, content_hash, language,
    is_sensitive) FROM STDIN
"""

COPY_LABELERS = "COPY import_labeler (vendor, labeler, named_id, labeler_id) FROM STDIN"

COUNT_LABELERS = "SELECT count(*) FROM (SELECT DISTINCT vendor, labeler FROM import_label) pair"

LABELERS = "SELECT DISTINCT vendor, labeler FROM import_label ORDER BY vendor, labeler"

# What the file says about each item, once: the first line that gives content, else the first line.
FIND_CONTENTS = """
ANALYZE import_label;
CREATE TEMP TABLE import_content ON COMMIT DROP AS
SELECT DISTINCT ON (staged.item) staged.line, staged.item, staged.kind, staged.content, staged.content_hash,
    staged.language, staged.is_sensitive, item.id AS item_id, item.content_hash AS known_hash,
    item.withdrawn_at IS NOT NULL AS is_withdrawn
FROM import_label staged
LEFT JOIN labeling_item item ON item.queue_id = %(queue)s AND item.external_id = staged.item
ORDER BY staged.item, (staged.content_hash IS NULL), staged.line;
ANALYZE import_content
"""

OTHER_CONTENTS = """
SELECT staged.line, staged.item, count(*) OVER ()
FROM import_label staged JOIN import_content first USING (item)
WHERE staged.content_hash <> coalesce(first.known_hash, first.content_hash)
ORDER BY staged.line LIMIT %(limit)s
"""

WITHDRAWN = """
SELECT line, item, count(*) OVER () FROM import_content WHERE is_withdrawn ORDER BY line LIMIT %(limit)s
"""

UNKNOWN_ITEMS = """
SELECT line, item, count(*) OVER () FROM import_content
WHERE item_id IS NULL AND content_hash IS NULL ORDER BY line LIMIT %(limit)s
"""

ITEMS_WITHOUT_CONTENT = "SELECT item FROM import_content WHERE item_id IS NULL AND content_hash IS NULL"

CONTENTLESS = """
UPDATE import_content SET kind = 'text', content = jsonb_build_object('text', %(words)s::text || item),
    content_hash = encode(sha256(convert_to(%(queue)s::text || ':' || item, 'UTF8')), 'hex')
WHERE item_id IS NULL AND content_hash IS NULL
"""

ENTER_ITEMS = """
WITH entered AS (
    INSERT INTO labeling_item (public_id, queue_id, external_id, kind, content, context, content_hash, language,
        is_sensitive, answers_needed, priority, withdrawn_reason, created_at)
    SELECT gen_random_uuid(), %(queue)s, item, kind, content, '{}', content_hash, language,
        is_sensitive, 0, 0, '', %(now)s
    FROM import_content WHERE item_id IS NULL
    RETURNING id, external_id
)
UPDATE import_content SET item_id = entered.id FROM entered WHERE entered.external_id = import_content.item
"""

# Slots of an item are numbered under this lock, in order of id as everywhere; answers to the items go on meanwhile.
LOCK_ITEMS = """
SELECT item.id FROM labeling_item item JOIN import_content content ON content.item_id = item.id
ORDER BY item.id FOR NO KEY UPDATE OF item
"""

# Every answer that these people have given to these items so far; through the unique index on (item, labeler).
FIND_PAST = """
CREATE TEMP TABLE import_answer ON COMMIT DROP AS
SELECT staged.line, content.item_id, labeler.labeler_id, labeler.named_id,
    staged.answers, staged.rationale, staged.labeled_at,
    slot.id AS slot_id, slot.state AS slot_state, slot.origin AS slot_origin,
    row_number() OVER (
        PARTITION BY content.item_id, labeler.labeler_id
        ORDER BY coalesce(staged.labeled_at, %(now)s), staged.line
    ) AS position,
    count(*) OVER (PARTITION BY content.item_id, labeler.labeler_id) AS repeats
FROM import_label staged
JOIN import_content content USING (item)
JOIN import_labeler labeler USING (vendor, labeler)
LEFT JOIN labeling_slot slot ON slot.item_id = content.item_id AND slot.labeler_id = labeler.labeler_id;
ANALYZE import_answer;
CREATE TEMP TABLE import_past ON COMMIT DROP AS
SELECT label.slot_id, label.id AS label_id, label.answers, label.created_at, later.id IS NULL AS is_current
FROM (SELECT DISTINCT slot_id FROM import_answer WHERE slot_id IS NOT NULL) slot
JOIN labeling_label label USING (slot_id)
LEFT JOIN labeling_label later ON later.revises_id = label.id;
ANALYZE import_past
"""

ANSWERED_HERE = """
SELECT answer.line, item.external_id, labeler.display_name, count(*) OVER ()
FROM import_answer answer
JOIN labeling_item item ON item.id = answer.item_id
JOIN people_labeler labeler ON labeler.id = answer.labeler_id
WHERE answer.slot_id IS NOT NULL AND (answer.slot_origin <> 'imported' OR answer.slot_state <> 'done')
ORDER BY answer.line LIMIT %(limit)s
"""

# A row is the same as before if its answer is in the chain of its slot: with its date where it has one; without a
# date the last row must equal the current answer, so that going back to an earlier answer counts as a change. From
# the first new row on, each row that repeats the answer before it adds nothing. An answer was given under the policy
# version that the queue followed on its date; one without a date, under today's.
FIND_KEPT = """
CREATE TEMP TABLE import_kept ON COMMIT DROP AS
WITH marked AS (
    SELECT answer.*, EXISTS (
        SELECT FROM import_past past
        WHERE past.slot_id = answer.slot_id AND past.answers = answer.answers
            AND (past.created_at = answer.labeled_at
                OR answer.labeled_at IS NULL AND (past.is_current OR answer.position < answer.repeats))
    ) AS is_seen
    FROM import_answer answer
), counted AS (
    SELECT marked.*, min(position) FILTER (WHERE NOT is_seen) OVER (PARTITION BY item_id, labeler_id) AS first_new
    FROM marked
), compared AS (
    SELECT counted.*, past.label_id AS current_id, past.created_at AS current_at,
        coalesce(lag(counted.answers) OVER pair, past.answers) AS answers_before
    FROM counted
    LEFT JOIN import_past past ON past.slot_id = counted.slot_id AND past.is_current
    WHERE position >= first_new
    WINDOW pair AS (PARTITION BY item_id, labeler_id ORDER BY position)
), kept AS (
    SELECT * FROM compared WHERE answers IS DISTINCT FROM answers_before
)
SELECT kept.*, nextval(pg_get_serial_sequence('labeling_label', 'id')) AS label_id,
    row_number() OVER (PARTITION BY item_id, labeler_id ORDER BY position) AS step,
    coalesce(
        (SELECT later.previous_id FROM labeling_adoption later
         WHERE later.queue_id = %(queue)s AND later.applied_at IS NOT NULL AND later.at > kept.labeled_at
         ORDER BY later.at LIMIT 1),
        %(policy_version)s
    ) AS policy_version_id
FROM kept;
ANALYZE import_kept
"""

OLDER_THAN_CURRENT = """
SELECT kept.line, item.external_id, labeler.display_name,
    to_char(kept.current_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'), count(*) OVER ()
FROM import_kept kept
JOIN labeling_item item ON item.id = kept.item_id
JOIN people_labeler labeler ON labeler.id = kept.labeler_id
WHERE kept.labeled_at < kept.current_at
ORDER BY kept.line LIMIT %(limit)s
"""

MAKE_SLOTS = """
WITH numbered AS (
    SELECT item_id, coalesce(max(slot_no), 0) AS highest
    FROM (SELECT DISTINCT item_id FROM import_kept WHERE slot_id IS NULL) item
    LEFT JOIN labeling_slot slot USING (item_id) GROUP BY item_id
), made AS (
    INSERT INTO labeling_slot (item_id, slot_no, queue_id, state, origin, turn, rank, serve_chance, is_prefetched,
        labeler_id, policy_version_id, schema_id, imported_as_id, claimed_at, done_at, created_at)
    SELECT kept.item_id, numbered.highest + row_number() OVER (PARTITION BY kept.item_id ORDER BY kept.labeler_id),
        %(queue)s, 'done', 'imported', 0, random(), 1, false, kept.labeler_id, kept.policy_version_id, %(schema)s,
        kept.named_id, coalesce(kept.labeled_at, %(now)s), coalesce(kept.labeled_at, %(now)s), %(now)s
    FROM import_kept kept JOIN numbered USING (item_id)
    WHERE kept.step = 1 AND kept.slot_id IS NULL
    RETURNING id, item_id, labeler_id
)
UPDATE import_kept kept SET slot_id = made.id FROM made
WHERE made.item_id = kept.item_id AND made.labeler_id = kept.labeler_id
"""

MAKE_LABELS = """
INSERT INTO labeling_label (id, public_id, slot_id, item_id, queue_id, labeler_id, revises_id, answers, rationale,
    policy_version_id, schema_id, claimed_at, created_at)
SELECT kept.label_id, gen_random_uuid(), kept.slot_id, kept.item_id, %(queue)s, kept.labeler_id,
    coalesce(lag(kept.label_id) OVER (PARTITION BY kept.slot_id ORDER BY kept.step), kept.current_id),
    kept.answers, kept.rationale, kept.policy_version_id, %(schema)s,
    coalesce(kept.labeled_at, %(now)s), coalesce(kept.labeled_at, %(now)s)
FROM import_kept kept
"""

# Items that came with labels: as many ordinary answers as they have, and none waiting.
COUNT_ANSWERS = """
UPDATE labeling_item item SET answers_needed = slots.n
FROM (
    SELECT slot.item_id, count(*) AS n FROM labeling_slot slot
    WHERE slot.item_id IN (SELECT item_id FROM import_content)
    GROUP BY slot.item_id HAVING bool_and(slot.origin = 'imported')
) slots
WHERE item.id = slots.item_id AND item.answers_needed <> slots.n
"""

COUNT_KEPT = """
SELECT count(*) FILTER (WHERE step = 1 AND current_id IS NULL),
    count(*) FILTER (WHERE step > 1 OR current_id IS NOT NULL)
FROM import_kept
"""
