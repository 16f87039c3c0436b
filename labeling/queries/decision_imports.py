"""SQL of the import of decisions. The file is copied into a temporary table; each statement goes over it once.

`import_decision` holds the file as `labeling.importing.decisions` reads it: names are numbers. Small tables beside it
say what the numbers mean here: `import_policy` the queue, `import_person` the labeler, `import_answer` the answers,
`import_judged` the answers of QA decisions and gold, `import_approval` by whom gold was approved. `import_item` and
`import_kept` are what becomes of it: one row an item, one row a decision that counts, with the ids that it will have.
"""

STAGE = """
DROP TABLE IF EXISTS pg_temp.import_decision, pg_temp.import_policy, pg_temp.import_person, pg_temp.import_answer,
    pg_temp.import_judged, pg_temp.import_approval, pg_temp.import_current, pg_temp.import_item, pg_temp.import_kept,
    pg_temp.import_conflict;
CREATE TEMP TABLE import_decision (
    line bigint NOT NULL, item text NOT NULL, content text, content_hash text, language text NOT NULL,
    policy int NOT NULL, person int NOT NULL, team int NOT NULL, answers int NOT NULL, decided_at timestamptz,
    rationale text NOT NULL, judged int NOT NULL, auditor int NOT NULL, audited_on timestamptz, approval int NOT NULL
) ON COMMIT DROP;
CREATE TEMP TABLE import_policy (
    policy int NOT NULL, queue_id bigint NOT NULL, schema_id bigint NOT NULL
) ON COMMIT DROP;
CREATE TEMP TABLE import_person (person int NOT NULL, named_id bigint NOT NULL, labeler_id bigint NOT NULL)
ON COMMIT DROP;
CREATE TEMP TABLE import_answer (answers int NOT NULL, given jsonb NOT NULL) ON COMMIT DROP;
CREATE TEMP TABLE import_judged (
    judged int NOT NULL, reference text NOT NULL, question text NOT NULL, code text NOT NULL
) ON COMMIT DROP;
CREATE TEMP TABLE import_approval (approval int NOT NULL, words text NOT NULL) ON COMMIT DROP
"""

COPY = """
COPY import_decision (line, item, content, content_hash, language, policy, person, team, answers, decided_at, rationale,
    judged, auditor, audited_on, approval) FROM STDIN
"""
COPY_POLICIES = "COPY import_policy (policy, queue_id, schema_id) FROM STDIN"
COPY_PEOPLE = "COPY import_person (person, named_id, labeler_id) FROM STDIN"
COPY_ANSWERS = "COPY import_answer (answers, given) FROM STDIN"
COPY_JUDGED = "COPY import_judged (judged, reference, question, code) FROM STDIN"
COPY_APPROVALS = "COPY import_approval (approval, words) FROM STDIN"

ANALYZE = "ANALYZE import_decision"
ANALYZE_NAMES = (
    "ANALYZE import_policy; ANALYZE import_person; ANALYZE import_answer; ANALYZE import_judged; "
    "ANALYZE import_approval"
)
# Sorts of a large file go to disk in few runs; the memory is given back with the transaction.
MORE_MEMORY = "SET LOCAL work_mem = '64MB'"

COUNT_ANSWERS = "SELECT answers, count(*) FROM import_decision GROUP BY answers"
COUNT_JUDGED = "SELECT judged, approval, count(*) FROM import_decision WHERE judged > 0 GROUP BY judged, approval"
COUNT_PEOPLE = "SELECT person, team, count(*) FROM import_decision GROUP BY person, team"

# Whoever stands in rows that come in, auditors too, and the teams of such rows.
PEOPLE_USED = """
SELECT person FROM import_decision UNION SELECT auditor FROM import_decision WHERE auditor > 0
"""
TEAMS_USED = "SELECT DISTINCT team FROM import_decision WHERE team > 0"

# One hash aggregate over the file: decisions are told apart by policy, item and labeler.
FIND_CONFLICTS = """
CREATE TEMP TABLE import_conflict ON COMMIT DROP AS
WITH repeated AS (
    SELECT policy, item, person FROM import_decision
    GROUP BY policy, item, person HAVING min(answers) <> max(answers)
)
SELECT decision.policy, decision.item, decision.person, decision.line, decision.answers, decision.decided_at,
    row_number() OVER newest AS place, lead(decision.decided_at) OVER newest AS date_before,
    first_value(decision.answers) OVER newest AS answers_that_count
FROM import_decision decision JOIN repeated USING (policy, item, person)
WINDOW newest AS (
    PARTITION BY decision.policy, decision.item, decision.person
    ORDER BY decision.decided_at DESC NULLS LAST, decision.line DESC
)
"""
COUNT_CONFLICTS = """
SELECT count(*), count(*) FILTER (WHERE decided_at IS NOT NULL AND decided_at IS DISTINCT FROM date_before)
FROM import_conflict WHERE place = 1
"""
CONFLICT_EXAMPLES = """
SELECT winner.item, winner.person, winner.line, winner.answers, loser.line, loser.answers
FROM import_conflict winner
JOIN LATERAL (
    SELECT other.line, other.answers FROM import_conflict other
    WHERE (other.policy, other.item, other.person) = (winner.policy, winner.item, winner.person)
        AND other.answers <> winner.answers
    ORDER BY other.place LIMIT 1
) loser ON true
WHERE winner.place = 1 ORDER BY winner.line LIMIT 5
"""
COUNT_DECISIONS = """
SELECT count(*), coalesce(sum(is_first), 0) FROM (
    SELECT CASE WHEN row_number() OVER (PARTITION BY policy, item) = 1 THEN 1 ELSE 0 END AS is_first
    FROM (SELECT policy, item, person FROM import_decision GROUP BY policy, item, person) decision
) counted
"""

# The decision that counts where one was given several times: the later by date, else the later line.
FIND_CURRENT = """
CREATE TEMP TABLE import_current ON COMMIT DROP AS
SELECT DISTINCT ON (policy.queue_id, decision.item, person.labeler_id)
    decision.line, policy.queue_id, decision.item, person.labeler_id, person.named_id, decision.answers,
    decision.decided_at, decision.rationale
FROM import_decision decision
JOIN import_policy policy USING (policy)
JOIN import_person person USING (person)
ORDER BY policy.queue_id, decision.item, person.labeler_id, decision.decided_at DESC NULLS LAST, decision.line DESC;
ANALYZE import_current
"""

# What the file says about each item, once: the first line that gives content, else the first line. Ids are drawn here.
FIND_ITEMS = """
CREATE TEMP TABLE import_item ON COMMIT DROP AS
SELECT found.*, coalesce(found.known_id, nextval(pg_get_serial_sequence('labeling_item', 'id'))) AS item_id
FROM (
    SELECT DISTINCT ON (policy.queue_id, decision.item) policy.queue_id, decision.item, decision.content,
        decision.content_hash, decision.language, item.id AS known_id, item.content_hash AS known_hash,
        item.withdrawn_at IS NOT NULL OR item.purged_at IS NOT NULL AS is_withdrawn
    FROM import_decision decision
    JOIN import_policy policy USING (policy)
    LEFT JOIN labeling_item item ON item.queue_id = policy.queue_id AND item.external_id = decision.item
    ORDER BY policy.queue_id, decision.item, (decision.content_hash IS NULL), decision.line
) found;
CREATE INDEX ON import_item (item_id);
ANALYZE import_item
"""

# Slots of an item are numbered under this lock, in order of id as everywhere; answers to the items go on meanwhile.
LOCK_ITEMS = """
SELECT count(*) FROM (
    SELECT item.id FROM labeling_item item JOIN import_item known ON known.known_id = item.id
    ORDER BY item.id FOR NO KEY UPDATE OF item
) locked
"""

# What becomes of each decision, through the unique index on (item, labeler) of slots: `new`, `changed`, `back` (its
# slot was taken back), `same`, `older` than what is here, `answered_here` or `withdrawn`; the first three are written.
# A decision was made under the policy version that the queue followed on its date; one without a date, under today's.
FIND_KEPT = """
CREATE TEMP TABLE import_kept ON COMMIT DROP AS
WITH judged AS MATERIALIZED (
    SELECT current.*, item.item_id, slot.id AS slot_id, stood.id AS current_id, stood.created_at AS current_at,
        CASE
            WHEN item.is_withdrawn THEN 'withdrawn'
            WHEN slot.id IS NULL THEN 'new'
            WHEN slot.origin <> 'imported' OR slot.state NOT IN ('done', 'cancelled') THEN 'answered_here'
            WHEN slot.state = 'cancelled' THEN 'back'
            WHEN stood.answers = answer.given THEN 'same'
            WHEN current.decided_at < stood.created_at THEN 'older'
            ELSE 'changed'
        END AS act
    FROM import_current current
    JOIN import_item item USING (queue_id, item)
    JOIN import_answer answer USING (answers)
    LEFT JOIN labeling_slot slot ON slot.item_id = item.known_id AND slot.labeler_id = current.labeler_id
    LEFT JOIN LATERAL (
        SELECT label.id, label.answers, label.created_at FROM labeling_label label
        WHERE label.slot_id = slot.id ORDER BY label.id DESC LIMIT 1
    ) stood ON slot.id IS NOT NULL
), numbered AS (
    SELECT known.known_id AS item_id, max(slot.slot_no) AS highest
    FROM import_item known JOIN labeling_slot slot ON slot.item_id = known.known_id GROUP BY known.known_id
)
SELECT judged.line, judged.queue_id, judged.item_id, judged.labeler_id, judged.named_id, judged.answers,
    judged.decided_at, judged.rationale, judged.act, judged.current_id,
    CASE WHEN judged.act = 'new' THEN nextval(pg_get_serial_sequence('labeling_slot', 'id')) ELSE judged.slot_id END
        AS slot_id,
    coalesce(numbered.highest, 0) + row_number() OVER (
        PARTITION BY judged.item_id, judged.act = 'new' ORDER BY judged.labeler_id
    ) AS slot_no,
    CASE WHEN judged.act IN ('new', 'changed', 'back') THEN nextval(pg_get_serial_sequence('labeling_label', 'id'))
        ELSE judged.current_id END AS label_id,
    coalesce(
        (SELECT later.previous_id FROM labeling_adoption later
         WHERE later.queue_id = judged.queue_id AND later.applied_at IS NOT NULL AND later.at > judged.decided_at
         ORDER BY later.at LIMIT 1),
        queue.policy_version_id
    ) AS policy_version_id
FROM judged JOIN labeling_queue queue ON queue.id = judged.queue_id LEFT JOIN numbered USING (item_id);
CREATE INDEX ON import_kept (item_id);
ANALYZE import_kept
"""

COUNT_KEPT = "SELECT act, count(*) FROM import_kept GROUP BY act"

# Foreign keys are checked statement by statement and not at the end, so that what waits to be checked stays small.
CHECK_AT_ONCE = "SET CONSTRAINTS ALL IMMEDIATE"

BATCHES = """
SELECT item_id FROM (
    SELECT item_id, row_number() OVER (ORDER BY item_id) AS place, count(*) OVER () AS n FROM import_item
) ordered
WHERE place %% %(size)s = 0 OR place = n ORDER BY item_id
"""

MAKE_ITEMS = """
INSERT INTO labeling_item (id, public_id, queue_id, external_id, kind, content, context, content_hash, language,
    is_sensitive, answers_needed, priority, withdrawn_reason, created_at)
SELECT item.item_id, gen_random_uuid(), item.queue_id, item.item, 'text',
    jsonb_build_object('text', coalesce(item.content, %(words)s::text || item.item)), '{}',
    coalesce(item.content_hash,
        encode(sha256(convert_to(item.queue_id || ':' || item.item, 'UTF8')), 'hex')),
    item.language, false, least(kept.n, 32767), 0, '', %(now)s
FROM import_item item
JOIN (
    SELECT item_id, count(*) AS n FROM import_kept WHERE item_id > %(low)s AND item_id <= %(high)s GROUP BY item_id
) kept USING (item_id)
WHERE item.known_id IS NULL AND item.item_id > %(low)s AND item.item_id <= %(high)s
"""

MAKE_SLOTS = """
INSERT INTO labeling_slot (id, item_id, slot_no, queue_id, state, origin, turn, rank, serve_chance, is_prefetched,
    labeler_id, policy_version_id, schema_id, imported_as_id, claimed_at, done_at, created_at)
SELECT kept.slot_id, kept.item_id, kept.slot_no, kept.queue_id, 'done', 'imported', 0, random(), 1, false,
    kept.labeler_id, kept.policy_version_id, queue.schema_id, kept.named_id,
    coalesce(kept.decided_at, %(now)s), coalesce(kept.decided_at, %(now)s), %(now)s
FROM import_kept kept
JOIN (SELECT DISTINCT queue_id, schema_id FROM import_policy) queue USING (queue_id)
WHERE kept.act = 'new' AND kept.item_id > %(low)s AND kept.item_id <= %(high)s
"""

REOPEN_SLOTS = """
UPDATE labeling_slot slot SET state = 'done', done_at = coalesce(kept.decided_at, %(now)s)
FROM import_kept kept WHERE kept.act = 'back' AND slot.id = kept.slot_id
"""

MAKE_LABELS = """
INSERT INTO labeling_label (id, public_id, slot_id, item_id, queue_id, labeler_id, revises_id, answers, rationale,
    policy_version_id, schema_id, import_run_id, claimed_at, created_at)
SELECT kept.label_id, gen_random_uuid(), kept.slot_id, kept.item_id, kept.queue_id, kept.labeler_id, kept.current_id,
    answer.given, kept.rationale, kept.policy_version_id, queue.schema_id, %(run)s,
    coalesce(kept.decided_at, %(now)s), coalesce(kept.decided_at, %(now)s)
FROM import_kept kept
JOIN import_answer answer USING (answers)
JOIN (SELECT DISTINCT queue_id, schema_id FROM import_policy) queue USING (queue_id)
WHERE kept.act IN ('new', 'changed', 'back') AND kept.item_id > %(low)s AND kept.item_id <= %(high)s
"""

# Known items that came with decisions alone need as many answers as they have.
COUNT_ANSWERS_NEEDED = """
UPDATE labeling_item item SET answers_needed = slots.n
FROM (
    SELECT slot.item_id, least(count(*) FILTER (WHERE slot.state = 'done'), 32767) AS n
    FROM labeling_slot slot JOIN import_item known ON known.known_id = slot.item_id
    GROUP BY slot.item_id HAVING bool_and(slot.origin = 'imported')
) slots
WHERE item.id = slots.item_id AND item.answers_needed <> slots.n
"""

# Items that were known from a decision alone, and whose content the file gives now.
FILL_CONTENTS = """
UPDATE labeling_item item
SET content = jsonb_build_object('text', found.content), content_hash = found.content_hash
FROM import_item found
WHERE item.id = found.known_id AND found.content_hash IS NOT NULL AND NOT found.is_withdrawn
    AND item.content_hash = encode(sha256(convert_to(item.queue_id || ':' || item.external_id, 'UTF8')), 'hex')
"""

OTHER_CONTENTS = """
SELECT count(*) FROM import_item found JOIN labeling_item item ON item.id = found.known_id
WHERE found.content_hash IS NOT NULL AND found.content_hash <> item.content_hash
    AND item.content_hash <> encode(sha256(convert_to(item.queue_id || ':' || item.external_id, 'UTF8')), 'hex')
"""

# New labelers join the team that their latest decision names; those who have one keep it.
PUT_INTO_TEAMS = """
UPDATE people_labeler labeler SET team_id = named.team_id
FROM (
    SELECT DISTINCT ON (person.labeler_id) person.labeler_id, team.team_id
    FROM import_decision decision
    JOIN unnest(%(people)s::int[], %(labelers)s::bigint[]) AS person(number, labeler_id)
        ON person.number = decision.person
    JOIN unnest(%(numbers)s::int[], %(teams)s::bigint[]) AS team(number, team_id) ON team.number = decision.team
    ORDER BY person.labeler_id, decision.decided_at DESC NULLS LAST, decision.line DESC
) named
JOIN people_team team ON team.id = named.team_id
WHERE labeler.id = named.labeler_id AND labeler.vendor_id = team.vendor_id AND labeler.team_id IS NULL
    AND labeler.kind = 'external'
"""

PLACEHOLDERS_OF = """
SELECT count(*) FROM import_item WHERE known_id IS NULL AND content_hash IS NULL
"""

COUNT_BY_QUEUE = """
SELECT queue_id, count(*), count(DISTINCT labeler_id)
FROM import_kept WHERE act IN ('new', 'changed', 'back') GROUP BY queue_id
"""
