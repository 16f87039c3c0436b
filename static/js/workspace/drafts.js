const PREFIX = "workspace.draft.";
const OUTBOX = "workspace.outbox";

/**
 * Answers typed for an assignment stay in this browser until they are sent.
 * @param {string} assignment
 */
export function readDraft(assignment) {
  return parse(localStorage.getItem(PREFIX + assignment));
}

/**
 * @param {string} assignment
 * @param {unknown} draft
 */
export function keepDraft(assignment, draft) {
  localStorage.setItem(PREFIX + assignment, JSON.stringify(draft));
}

/** @param {string} assignment */
export function dropDraft(assignment) {
  localStorage.removeItem(PREFIX + assignment);
}

/** What was submitted and not yet acknowledged: sent again under the same idempotency key.
 * @returns {{assignment: string, key: string, body: any}|null}
 */
export function readOutbox() {
  return parse(localStorage.getItem(OUTBOX));
}

/** @param {{assignment: string, key: string, body: any}} letter */
export function keepOutbox(letter) {
  localStorage.setItem(OUTBOX, JSON.stringify(letter));
}

export function dropOutbox() {
  localStorage.removeItem(OUTBOX);
}

function parse(text) {
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}
