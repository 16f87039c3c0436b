"""SQL of QA decisions and gold that came with a file of decisions, over the tables that the import staged.

See `labeling.queries.decision_imports` for those tables. Everything is append-only: a row ends, another one begins.
"""

DECISION_CHANGED = "decision changed by an import"
AUDIT_CHANGED = "QA decision changed by an import"
TAKEN_BACK = "import taken back"
GOLD_CAME_BACK = "The import that it came with was taken back."

# Which clause a category of the first question stands under, in each version of the queue's policy.
STAGE = """
DROP TABLE IF EXISTS pg_temp.import_clause, pg_temp.import_audited, pg_temp.import_gold;
CREATE TEMP TABLE import_clause ON COMMIT DROP AS
SELECT queue.id AS queue_id, taxonomy.question, category.code, held.policyversion_id AS version_id,
    revision.id AS revision_id
FROM (SELECT DISTINCT queue_id FROM import_policy) named
JOIN labeling_queue queue ON queue.id = named.queue_id
JOIN unnest(%(queues)s::bigint[], %(questions)s::text[]) AS taxonomy(queue_id, question) ON taxonomy.queue_id = queue.id
JOIN labeling_category category ON category.policy_id = queue.policy_id AND category.clause_id IS NOT NULL
JOIN labeling_clauserevision revision ON revision.clause_id = category.clause_id
JOIN labeling_policyversion_revisions held ON held.clauserevision_id = revision.id
"""

# One QA decision a decision and question: the latest that any row of it gives. Nobody audits themselves, and an auditor
# who cannot tell has not judged.
FIND_AUDITED = """
CREATE TEMP TABLE import_audited ON COMMIT DROP AS
SELECT found.*,
    CASE jsonb_typeof(found.answers -> found.question)
        WHEN 'array' THEN (SELECT string_agg(part.code, '+' ORDER BY part.code COLLATE "C")
                           FROM jsonb_array_elements_text(found.answers -> found.question) AS part(code))
        ELSE found.answers ->> found.question END AS given
FROM (
    SELECT DISTINCT ON (kept.slot_id, judged.reference, judged.question)
        kept.queue_id, kept.item_id, kept.labeler_id, kept.slot_id, kept.label_id, kept.act, answer.given AS answers,
        judged.reference, judged.question, judged.code, auditor.labeler_id AS auditor_id, decision.audited_on
    FROM import_decision decision
    JOIN import_judged judged ON judged.judged = decision.judged AND judged.reference IN ('audit_blind', 'audit_seen')
    JOIN import_policy policy ON policy.policy = decision.policy
    JOIN import_person person ON person.person = decision.person
    JOIN import_item item ON item.queue_id = policy.queue_id AND item.item = decision.item
    JOIN import_kept kept ON kept.item_id = item.item_id AND kept.labeler_id = person.labeler_id
    JOIN import_answer answer ON answer.answers = kept.answers
    LEFT JOIN import_person auditor ON auditor.person = decision.auditor
    WHERE kept.act IN ('new', 'same', 'changed', 'back')
    ORDER BY kept.slot_id, judged.reference, judged.question,
        coalesce(decision.audited_on, decision.decided_at) DESC NULLS LAST, decision.line DESC
) found
WHERE found.code <> 'cannot_tell' AND found.auditor_id IS DISTINCT FROM found.labeler_id
    AND found.answers -> found.question IS NOT NULL;
CREATE INDEX ON import_audited (item_id);
ANALYZE import_audited
"""

# QA decisions about answers that this file changed: they judged what does not stand any more.
END_OF_CHANGED = """
UPDATE calibration_auditedlabel audited SET ended_at = %(now)s, ended_why = %(why)s
FROM import_kept kept
WHERE kept.act IN ('changed', 'back') AND audited.label_id = kept.current_id AND audited.ended_at IS NULL
    AND audited.judged_at IS NOT NULL
"""

# Those that the same file has always given stay; what was drawn and judged here is not replaced by a file.
DROP_KNOWN = """
DELETE FROM import_audited found USING calibration_auditedlabel known, calibration_audit audit
WHERE found.act <> 'new' AND known.label_id = found.label_id AND known.question = found.question
    AND known.reference = found.reference AND known.ended_at IS NULL AND audit.id = known.audit_id
    AND (known.auditor_answer = found.code OR audit.import_run_id IS NULL)
"""

END_CHANGED = """
UPDATE calibration_auditedlabel known SET ended_at = %(now)s, ended_why = %(why)s
FROM import_audited found
WHERE found.act = 'same' AND known.label_id = found.label_id AND known.question = found.question
    AND known.reference = found.reference AND known.ended_at IS NULL
"""

MAKE_AUDITS = """
INSERT INTO calibration_audit (public_id, name, queue_id, question, reference, origin, draw, import_run_id, population,
    drawn_from, seed, created_by_id, created_at, closed_at)
SELECT gen_random_uuid(), %(name)s, found.queue_id, found.question, found.reference, 'imported', 'random', %(run)s,
    jsonb_build_object('words', %(words)s::text), count(*), 0, %(author)s, %(now)s, %(now)s
FROM import_audited found GROUP BY found.queue_id, found.question, found.reference
ON CONFLICT DO NOTHING
"""

MAKE_AUDITED = """
INSERT INTO calibration_auditedlabel (public_id, audit_id, label_id, queue_id, labeler_id, item_id, question, reference,
    clause_revision_id, stratum, auditor_id, given, auditor_answer, expected, is_correct, answered_at, judged_at,
    created_at, ended_why)
SELECT gen_random_uuid(), audit.id, found.label_id, found.queue_id, found.labeler_id, found.item_id, found.question,
    found.reference, clause.revision_id, '', found.auditor_id, found.given, found.code, found.code,
    found.given = found.code, slot.done_at, coalesce(found.audited_on, %(now)s), %(now)s, ''
FROM import_audited found
JOIN calibration_audit audit ON audit.import_run_id = %(run)s AND audit.queue_id = found.queue_id
    AND audit.question = found.question AND audit.reference = found.reference
JOIN labeling_label label ON label.id = found.label_id
JOIN labeling_slot slot ON slot.id = label.slot_id
LEFT JOIN import_clause clause ON clause.queue_id = found.queue_id AND clause.question = found.question
    AND clause.code = found.code AND clause.version_id = label.policy_version_id
WHERE found.item_id > %(low)s AND found.item_id <= %(high)s
"""

BATCHES = """
SELECT item_id FROM (
    SELECT item_id, row_number() OVER (ORDER BY item_id) AS place, count(*) OVER () AS n FROM import_audited
) ordered
WHERE place %% %(size)s = 0 OR place = n ORDER BY item_id
"""

COUNT_AUDITED = "SELECT reference, count(*) FROM import_audited GROUP BY reference ORDER BY reference"

# Gold is about the item: all rows of an item have to say the same. `agree` is false where they do not.
FIND_GOLD = """
CREATE TEMP TABLE import_gold ON COMMIT DROP AS
SELECT item.queue_id, item.item_id, judged.question, min(judged.code) AS code,
    count(DISTINCT judged.code) = 1 AS agree, max(approval.words) AS approved_elsewhere
FROM import_decision decision
JOIN import_judged judged ON judged.judged = decision.judged AND judged.reference = 'gold'
JOIN import_policy policy ON policy.policy = decision.policy
JOIN import_item item ON item.queue_id = policy.queue_id AND item.item = decision.item
JOIN labeling_queue queue ON queue.id = item.queue_id
LEFT JOIN import_approval approval ON approval.approval = decision.approval
WHERE judged.code <> 'cannot_tell' AND NOT item.is_withdrawn
    AND NOT EXISTS (
        SELECT FROM labeling_category category
        WHERE category.policy_id = queue.policy_id AND category.code = judged.code AND category.never_sample
    )
GROUP BY item.queue_id, item.item_id, judged.question;
ANALYZE import_gold
"""
COUNT_CONTRADICTIONS = "SELECT count(*) FROM import_gold WHERE NOT agree"
DROP_CONTRADICTIONS = "DELETE FROM import_gold WHERE NOT agree"

# What is gold already: the same answer stays; one of people here is theirs to correct; retired gold and gold of exams
# and training keep to themselves. What an earlier file gave, and what nobody approved yet, is replaced.
DROP_KNOWN_GOLD = """
DELETE FROM import_gold found USING calibration_golditem gold
LEFT JOIN calibration_goldanswer answer ON answer.gold_id = gold.id AND answer.replaced_at IS NULL
WHERE gold.item_id = found.item_id AND (
    gold.state = 'retired' OR gold.pool <> 'monitoring'
    OR answer.question = found.question AND found.code = ANY(answer.accepted)
        AND (answer.approved_at IS NOT NULL OR found.approved_elsewhere IS NULL)
    OR answer.question = found.question AND answer.approved_at IS NOT NULL
        AND (answer.import_run_id IS NULL OR found.approved_elsewhere IS NULL)
)
RETURNING found.code = ANY(answer.accepted) AND gold.pool = 'monitoring' AND gold.state <> 'retired'
"""

END_REPLACED_SCORES = """
UPDATE calibration_goldscore score SET ended_at = %(now)s, ended_why = 'gold corrected'
FROM import_gold found
JOIN calibration_golditem gold ON gold.item_id = found.item_id
JOIN calibration_goldanswer answer
    ON answer.gold_id = gold.id AND answer.question = found.question AND answer.replaced_at IS NULL
WHERE score.gold_answer_id = answer.id AND score.ended_at IS NULL
"""

REPLACE_GOLD = """
UPDATE calibration_goldanswer answer SET replaced_at = %(now)s
FROM import_gold found JOIN calibration_golditem gold ON gold.item_id = found.item_id
WHERE answer.gold_id = gold.id AND answer.question = found.question AND answer.replaced_at IS NULL
"""

MAKE_GOLD = """
INSERT INTO calibration_golditem (public_id, item_id, queue_id, state, pool, state_reason, created_at)
SELECT gen_random_uuid(), item_id, queue_id,
    CASE WHEN bool_or(approved_elsewhere IS NOT NULL) THEN 'live' ELSE 'proposed' END, 'monitoring', '', %(now)s
FROM import_gold GROUP BY item_id, queue_id
ON CONFLICT (item_id) DO UPDATE SET state = excluded.state, state_reason = ''
WHERE calibration_golditem.state = 'proposed' AND excluded.state = 'live'
    OR calibration_golditem.state = 'suspended' AND calibration_golditem.state_reason = %(came_back)s
"""

MAKE_GOLD_ANSWERS = """
INSERT INTO calibration_goldanswer (public_id, gold_id, number, question, accepted, reason, clause_revision_id,
    author_id, approved_at, approved_alone, approved_elsewhere, import_run_id, created_at)
SELECT gen_random_uuid(), gold.id,
    coalesce((SELECT max(number) FROM calibration_goldanswer a WHERE a.gold_id = gold.id), 0)
        + row_number() OVER (PARTITION BY gold.id ORDER BY found.question),
    found.question, ARRAY[found.code], %(reason)s, clause.revision_id, %(author)s,
    CASE WHEN found.approved_elsewhere IS NULL THEN NULL ELSE %(now)s END, false,
    coalesce(found.approved_elsewhere, ''), %(run)s, %(now)s
FROM import_gold found
JOIN calibration_golditem gold ON gold.item_id = found.item_id
JOIN labeling_queue queue ON queue.id = found.queue_id
LEFT JOIN import_clause clause ON clause.queue_id = found.queue_id AND clause.question = found.question
    AND clause.code = found.code AND clause.version_id = queue.policy_version_id
"""

COUNT_GOLD = "SELECT count(*), count(approved_elsewhere) FROM import_gold"

# --- Taking an import back. `import_undone` names the slots that it had answered; its decisions are taken back already.

END_OF_IMPORT = """
UPDATE calibration_auditedlabel audited SET ended_at = %(now)s, ended_why = %(why)s
FROM calibration_audit audit
WHERE audit.id = audited.audit_id AND audit.import_run_id = %(run)s AND audited.ended_at IS NULL
"""

END_OF_LABELS = """
UPDATE calibration_auditedlabel audited SET ended_at = %(now)s, ended_why = %(why)s
FROM import_undone undone
WHERE audited.label_id = undone.current_id AND audited.ended_at IS NULL AND audited.judged_at IS NOT NULL
"""

# QA decisions that this import had ended stand again where their decision does, with the audit that they belong to and
# what was decided about them.
REVIVE_AUDITED = """
WITH touched AS (
    SELECT slot_id FROM import_undone WHERE before_id IS NOT NULL
    UNION
    SELECT label.slot_id FROM calibration_auditedlabel audited
    JOIN calibration_audit audit ON audit.id = audited.audit_id AND audit.import_run_id = %(run)s
    JOIN labeling_label label ON label.id = audited.label_id
    JOIN labeling_slot slot ON slot.id = label.slot_id AND slot.state = 'done'
), standing AS (
    SELECT touched.slot_id, current.id AS label_id, current.answers
    FROM touched JOIN LATERAL (
        SELECT label.id, label.answers FROM labeling_label label
        WHERE label.slot_id = touched.slot_id ORDER BY label.id DESC LIMIT 1
    ) current ON true
), ended AS (
    SELECT DISTINCT ON (standing.label_id, audited.question, audited.reference) audited.*,
        standing.label_id AS standing_id
    FROM standing
    JOIN labeling_label label ON label.slot_id = standing.slot_id
    JOIN calibration_auditedlabel audited ON audited.label_id = label.id
    JOIN calibration_audit audit ON audit.id = audited.audit_id
    LEFT JOIN labeling_importrun source ON source.id = audit.import_run_id
    WHERE audited.ended_why IN (%(decision_changed)s, %(audit_changed)s)
        AND (source.id IS NULL OR source.state = 'done')
        AND audited.given = CASE jsonb_typeof(standing.answers -> audited.question)
            WHEN 'array' THEN (SELECT string_agg(part.code, '+' ORDER BY part.code COLLATE "C")
                               FROM jsonb_array_elements_text(standing.answers -> audited.question) AS part(code))
            ELSE standing.answers ->> audited.question END
    ORDER BY standing.label_id, audited.question, audited.reference, audited.id DESC
), revived AS (
INSERT INTO calibration_auditedlabel (public_id, audit_id, label_id, queue_id, labeler_id, item_id, question, reference,
    clause_revision_id, stratum, inclusion_probability, auditor_id, given, auditor_answer, expected, is_correct,
    answered_at, judged_at, created_at, ended_why)
SELECT gen_random_uuid(), audit_id, standing_id, queue_id, labeler_id, item_id, question, reference,
    clause_revision_id, stratum, inclusion_probability, auditor_id, given, auditor_answer, expected, is_correct,
    answered_at, judged_at, %(now)s, ''
FROM ended
ON CONFLICT DO NOTHING
RETURNING id, label_id, question, reference
)
UPDATE calibration_adjudication decided SET audited_id = revived.id
FROM revived JOIN ended ON ended.standing_id = revived.label_id AND ended.question = revived.question
    AND ended.reference = revived.reference
WHERE decided.audited_id = ended.id
"""

END_SCORES = """
UPDATE calibration_goldscore score SET ended_at = %(now)s, ended_why = %(why)s
FROM labeling_label label
WHERE label.import_run_id = %(run)s AND score.label_id = label.id AND score.ended_at IS NULL
"""

END_GOLD_SCORES = """
UPDATE calibration_goldscore score SET ended_at = %(now)s, ended_why = %(why)s
FROM calibration_goldanswer answer
WHERE answer.import_run_id = %(run)s AND score.gold_answer_id = answer.id AND score.ended_at IS NULL
"""

END_GOLD = """
UPDATE calibration_goldanswer SET replaced_at = %(now)s WHERE import_run_id = %(run)s AND replaced_at IS NULL
"""

# Gold that this import had replaced, unless its own import was taken back: it was replaced at the moment when this
# import's answer was made.
REVIVE_GOLD = """
INSERT INTO calibration_goldanswer (public_id, gold_id, number, question, accepted, reason, clause_revision_id,
    author_id, approver_id, approved_at, approved_alone, approved_elsewhere, import_run_id, created_at)
SELECT gen_random_uuid(), before.gold_id,
    (SELECT max(number) FROM calibration_goldanswer a WHERE a.gold_id = before.gold_id)
        + row_number() OVER (PARTITION BY before.gold_id ORDER BY before.id),
    before.question, before.accepted, before.reason, before.clause_revision_id, before.author_id, before.approver_id,
    before.approved_at, before.approved_alone, before.approved_elsewhere, before.import_run_id, %(now)s
FROM calibration_goldanswer mine
JOIN calibration_goldanswer before ON before.gold_id = mine.gold_id AND before.question = mine.question
    AND before.replaced_at = mine.created_at
LEFT JOIN labeling_importrun source ON source.id = before.import_run_id
WHERE mine.import_run_id = %(run)s AND mine.replaced_at = %(now)s AND (source.id IS NULL OR source.state = 'done')
"""

SUSPEND_EMPTY_GOLD = """
UPDATE calibration_golditem gold SET state = 'suspended', state_reason = %(came_back)s
WHERE gold.id IN (SELECT gold_id FROM calibration_goldanswer WHERE import_run_id = %(run)s)
    AND NOT EXISTS (
        SELECT FROM calibration_goldanswer answer WHERE answer.gold_id = gold.id AND answer.replaced_at IS NULL
    )
"""

# Reasons against taking an import back, each with how many.
ADJUDICATED = """
SELECT count(*) FROM calibration_adjudication decided
JOIN calibration_auditedlabel audited ON audited.id = decided.audited_id
JOIN calibration_audit audit ON audit.id = audited.audit_id
JOIN labeling_label label ON label.id = audited.label_id
WHERE audit.import_run_id = %(run)s OR label.import_run_id = %(run)s
"""
AUDITED_SINCE = """
SELECT count(*) FROM labeling_label label
JOIN calibration_auditedlabel audited ON audited.label_id = label.id AND audited.ended_at IS NULL
JOIN calibration_audit audit ON audit.id = audited.audit_id AND audit.import_run_id IS DISTINCT FROM %(run)s
WHERE label.import_run_id = %(run)s
"""
GOLD_USED = """
SELECT count(*) FROM calibration_goldanswer answer
WHERE answer.import_run_id = %(run)s AND (
    answer.approver_id IS NOT NULL
    OR EXISTS (SELECT FROM calibration_placement placement WHERE placement.gold_id = answer.gold_id)
    OR EXISTS (SELECT FROM calibration_setitem member WHERE member.gold_id = answer.gold_id)
)
"""
GOLD_CHANGED = """
SELECT count(*) FROM calibration_goldanswer answer
JOIN calibration_goldanswer later ON later.gold_id = answer.gold_id AND later.question = answer.question
    AND later.number > answer.number AND later.import_run_id IS DISTINCT FROM %(run)s
LEFT JOIN labeling_importrun source ON source.id = later.import_run_id
WHERE answer.import_run_id = %(run)s AND later.replaced_at IS NULL AND (source.id IS NULL OR source.state = 'done')
    AND later.created_at = answer.replaced_at
"""
DISPUTED = """
SELECT count(*) FROM calibration_dispute dispute
JOIN calibration_evidencerow evidence ON evidence.id = dispute.evidence_id
JOIN calibration_goldscore score ON score.id = evidence.score_id
JOIN labeling_label label ON label.id = score.label_id
WHERE label.import_run_id = %(run)s
"""
