-- What the bare view works on: items, the answers that each needs, and labels.
DROP TABLE IF EXISTS bare_label, bare_slot, bare_item;
CREATE TABLE bare_item (id bigint PRIMARY KEY, content jsonb NOT NULL);
CREATE TABLE bare_slot (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    item_id bigint NOT NULL REFERENCES bare_item,
    slot_no int NOT NULL,
    state text NOT NULL DEFAULT 'open',
    rank float8 NOT NULL DEFAULT random(),
    labeler_id bigint,
    assignment_id uuid UNIQUE,
    token uuid,
    lease_until timestamptz,
    UNIQUE (item_id, slot_no),
    UNIQUE (item_id, labeler_id)
);
CREATE INDEX bare_slot_open ON bare_slot (rank) WHERE state = 'open';
CREATE TABLE bare_label (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    slot_id bigint NOT NULL UNIQUE REFERENCES bare_slot,
    item_id bigint NOT NULL REFERENCES bare_item,
    labeler_id bigint NOT NULL,
    answers jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
