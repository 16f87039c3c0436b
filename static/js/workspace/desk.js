import { announce } from "../announce.js";
import { NetworkError, postJSON, request } from "../http.js";
import { bindKeys } from "../keys.js";
import { showItem } from "./content.js";
import { askFeedback, showFeedback } from "./feedback.js";
import { dropDraft, dropOutbox, keepDraft, keepOutbox, readDraft, readOutbox } from "./drafts.js";
import { watchLease } from "./lease.js";
import { attachSkip } from "./skip.js";
import { ACTIONS, attachPreferences, readPreferences } from "./preferences.js";
import { buildQuestions } from "./questions.js";

const RETRY_MS = 3000;
const MUST_READ = "must_read_policy";
const LONGEST_ANSWER_MS = 3_600_000;

const config = JSON.parse(document.getElementById("desk-config").textContent);
const at = (name) => document.querySelector(`[data-desk="${name}"]`);
const rationale = at("rationale");
const submitButton = at("submit");

let preferences = readPreferences();
let assignment = null;
let revealed = null;
let previous = null;
let isRevising = false;
let isSending = false;
let isHeld = false;
let isReading = false;
let shownAt = 0;
let doneToday = config.done_today;
let doneHere = config.done;
let waiting = 0;
let unlist = () => {};
const askReason = attachSkip(document.getElementById("skip-dialog"), sendSkip);

const questions = buildQuestions(at("questions"), config.questions, () => {
  if (assignment && !isRevising) {
    keepDraft(assignment.id, { answers: questions?.read(), rationale: rationale.value });
  }
  refreshSubmit();
  if (preferences.autoAdvance && config.questions.length === 1 && questions?.isComplete() && assignment && !isSending) {
    submit();
  }
});
const lease = watchLease(at("lease"), extendLease, say);

start();

async function start() {
  showPreferences();
  attachPreferences(document.querySelector("[data-preferences]"), (chosen) => {
    preferences = chosen;
    showPreferences();
  });
  document.addEventListener("keydown", pressed);
  document.addEventListener("keyup", (event) => event.key.toLowerCase() === preferences.keys.reveal && cover());
  document.addEventListener("click", clicked);
  document.addEventListener("pointerdown", (event) => event.target.closest("[data-reveal]") && reveal());
  document.addEventListener("pointerup", cover);
  document.addEventListener("pointercancel", cover);
  window.addEventListener("blur", cover);
  rationale.addEventListener("input", () => assignment && keepDraft(assignment.id, draft()));
  const unsent = readOutbox();
  if (unsent) {
    await sendLetter(unsent);
  } else {
    await claim();
  }
}

async function claim() {
  isReading = false;
  showParts();
  showState("loading");
  const answer = await persist(() => postJSON(`/api/v1/queues/${config.queue}/claim`, {}));
  receive(answer);
}

function receive(answer) {
  if (answer.status === 200) {
    show(answer.data);
  } else if (answer.status === 204) {
    showNothing(answer.headers.get("X-Queue-Reason") ?? "", Number(answer.headers.get("Retry-After") ?? 30));
  } else {
    showProblem("The next item could not be fetched", answer, "The server did not understand. Reload the page.");
  }
}

function show(given) {
  clearTimeout(waiting);
  if (given.schema_version !== config.schema_version) {
    // The questions changed since this page was loaded; the server puts those of the item in hand on it.
    window.location.reload();
    return;
  }
  assignment = given;
  revealed = null;
  isRevising = false;
  shownAt = Date.now();
  showState("item");
  put(given.item);
  const kept = readDraft(given.id);
  rationale.value = kept?.rationale ?? "";
  questions.fill(kept?.answers);
  lease.start(given.lease_until);
  at("undo").hidden = !previous;
  at("content").scrollTop = 0;
  questions.firstOpen()?.focus({ preventScroll: true });
  announce(given.item.content.covered ? "A covered item." : "The next item.");
}

async function submit() {
  if (!assignment || isSending) {
    return;
  }
  if (assignment.item.content.covered && !revealed && !isRevising) {
    say("Uncover the item before you judge it, or skip it.");
    return;
  }
  if (!questions.isComplete()) {
    questions.firstOpen()?.focus();
    say("One answer is still missing.");
    return;
  }
  if (isRevising) {
    await sendRevision();
    return;
  }
  await sendLetter({ assignment: assignment.id, key: crypto.randomUUID(), body: letterBody() });
}

function letterBody() {
  return {
    token: assignment.token,
    answers: questions.read(),
    rationale: rationale.value,
    active_ms: Math.min(LONGEST_ANSWER_MS, Date.now() - shownAt),
    claim_next: !config.feedback,
  };
}

async function sendLetter(letter) {
  isSending = true;
  refreshSubmit();
  keepOutbox(letter);
  const answer = await persist(() =>
    postJSON(`/api/v1/assignments/${letter.assignment}/submit`, letter.body, {
      headers: { "Idempotency-Key": letter.key },
    }),
  );
  isSending = false;
  if (answer.status === 201) {
    dropOutbox();
    dropDraft(letter.assignment);
    accepted(letter, answer.data);
  } else {
    refused(answer);
  }
  refreshSubmit();
}

function accepted(letter, data) {
  previous = {
    label: data.label,
    answers: letter.body.answers,
    rationale: letter.body.rationale,
    item: revealed ?? assignment?.item,
  };
  doneToday += 1;
  countOn();
  if (config.feedback) {
    readFeedback(data.label);
  } else if (data.next) {
    show(data.next);
  } else {
    assignment = null;
    lease.stop();
    claim();
  }
}

/** A skipped item of a set is done too. */
function countOn() {
  doneHere += 1;
  at("done").textContent = config.total ? `${Math.min(doneHere, config.total)} of ${config.total}` : `${doneToday} today`;
}

/** In practice what is expected is read before going on; the answer stands from then on. */
async function readFeedback(label) {
  lease.stop();
  previous = null;
  at("undo").hidden = true;
  const said = await askFeedback(config.feedback, idOf(label));
  if (!said) {
    assignment = null;
    claim();
    return;
  }
  // The item stays in view, covered again if it was; nothing about it can be sent any more.
  if (assignment?.item.content.covered) {
    put(assignment.item);
  }
  assignment = null;
  isReading = true;
  showParts();
  showFeedback(at("feedback"), said);
}

function goOn() {
  if (isReading) {
    claim();
  }
}

/** Either the questions or the feedback, and only the acts that make sense. */
function showParts() {
  for (const part of [at("questions"), at("why"), document.querySelector(".workspace-actions")]) {
    part.hidden = isReading;
  }
  if (at("feedback")) {
    at("feedback").hidden = !isReading;
  }
  refreshSubmit();
}

function refused(answer) {
  dropOutbox();
  const field = answer.data?.detail?.field;
  if (answer.status === 422 && field) {
    questions.showError(String(field).replace(/^answers\./u, ""), answer.data.message);
    say(answer.data.message);
    return;
  }
  showProblem("This answer was not counted", answer, "Your answer was not taken. Reload the page and try again.");
}

async function sendRevision() {
  isSending = true;
  const body = { answers: questions.read(), rationale: rationale.value };
  const answer = await persist(() => postJSON(`/api/v1/labels/${idOf(previous.label)}/revise`, body));
  isSending = false;
  if (answer.status >= 400) {
    say(answer.data?.message ?? "The answer could not be changed any more.");
  } else {
    say("Your last answer was changed.");
  }
  previous = null;
  show(assignment);
}

function undo() {
  if (!previous?.item || isRevising || !assignment) {
    return;
  }
  isRevising = true;
  put(previous.item);
  rationale.value = previous.rationale ?? "";
  questions.fill(previous.answers);
  at("revising").hidden = false;
  announce("You are changing your last answer.");
}

async function reveal() {
  if (!assignment?.item.content.covered || isRevising) {
    return;
  }
  isHeld = true;
  if (!revealed) {
    const asked = assignment.id;
    const answer = await persist(() => postJSON(`/api/v1/assignments/${asked}/reveal`, { token: assignment.token }));
    if (answer.status !== 200 || assignment?.id !== asked) {
      say(answer.data?.message ?? "The item could not be uncovered.");
      return;
    }
    revealed = answer.data.item;
  }
  if (isHeld) {
    put(revealed);
  }
}

function cover() {
  isHeld = false;
  if (assignment?.item.content.covered && revealed && !isRevising) {
    put(assignment.item);
  }
}

function put(item) {
  showItem(at("content"), item);
  showKeyCaps();
  showSize();
}

async function extendLease() {
  if (!assignment || isSending) {
    return null;
  }
  const answer = await postJSON(`/api/v1/assignments/${assignment.id}/extend`, { token: assignment.token }).catch(() => null);
  return answer?.status === 200 ? answer.data.lease_until : null;
}

function askSkip(reasons) {
  if (!assignment) {
    return;
  }
  askReason(reasons);
}

async function sendSkip({ reason, note }) {
  if (!assignment || isSending) {
    return;
  }
  const body = { token: assignment.token, reason, note, claim_next: true };
  dropDraft(assignment.id);
  const answer = await persist(() => postJSON(`/api/v1/assignments/${assignment.id}/skip`, body));
  if (answer.status >= 400) {
    showProblem("The item could not be skipped", answer, "Reload the page and try again.");
    return;
  }
  previous = null;
  countOn();
  if (answer.data.next) {
    show(answer.data.next);
  } else {
    await claim();
  }
}

/** Whatever the network does, nothing is claimed any more and nothing stays in view. */
async function pause() {
  clearTimeout(waiting);
  isReading = false;
  assignment = null;
  revealed = null;
  isHeld = false;
  lease.stop();
  at("content").replaceChildren();
  showParts();
  showState("paused");
  const answer = await postJSON("/api/v1/work/pause", {}).catch(() => null);
  at("paused-words").textContent = answer?.status === 200 ? "The item went back." : "The network is gone: the item goes back by itself when its time is over.";
}

/** Repeats a request until the network answers; what was typed stays where it is. */
async function persist(send) {
  for (;;) {
    try {
      const answer = await send();
      at("offline").hidden = true;
      if (answer.status < 500) {
        return answer;
      }
    } catch (error) {
      if (!(error instanceof NetworkError)) {
        throw error;
      }
    }
    at("offline").hidden = false;
    await new Promise((resolve) => {
      setTimeout(resolve, RETRY_MS);
      window.addEventListener("online", resolve, { once: true });
    });
  }
}

function pressed(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) {
    return;
  }
  const isTyping = Boolean(event.target.closest("textarea, select, input:not([type=checkbox], [type=radio])"));
  if (event.key === "Enter" && !isTyping && !event.target.closest("button, a, summary")) {
    event.preventDefault();
    // Whoever holds the key down does not skip what is to be read.
    if (isReading && !event.repeat) {
      goOn();
    } else if (!isReading) {
      submit();
    }
    return;
  }
  if (isReading && event.key.toLowerCase() !== preferences.keys.policy) {
    return;
  }
  if (isTyping || !preferences.singleKeys) {
    return;
  }
  const action = Object.keys(preferences.keys).find((name) => preferences.keys[name] === event.key.toLowerCase());
  if (action && !event.repeat) {
    event.preventDefault();
    run[action]();
  } else if (/^\d$/u.test(event.key) && assignment && questions.choose(event.key)) {
    event.preventDefault();
  }
}

const run = {
  skip: () => askSkip(config.skip_reasons),
  escalate: () => askSkip(config.escalate_reasons),
  edge: () => askSkip(["edge_case"]),
  policy: openPolicy,
  reveal,
  undo,
};

function clicked(event) {
  const name = event.target.closest("[data-do]")?.dataset.do;
  if (name === "submit") {
    submit();
  } else if (name === "pause") {
    pause();
  } else if (name === "claim") {
    claim();
  } else if (name === "next") {
    goOn();
  } else if (name === "keep") {
    show(assignment);
  } else if (run[name]) {
    run[name]();
  }
}

const draft = () => ({ answers: questions.read(), rationale: rationale.value });
const idOf = (label) => label?.id ?? label;

function refreshSubmit() {
  submitButton.disabled = isSending || !assignment;
}

function showState(name) {
  for (const part of document.querySelectorAll("[data-state]")) {
    part.hidden = part.dataset.state !== name;
  }
  at("revising").hidden = true;
  document.querySelector(".workspace-decision").hidden = name !== "item";
  refreshSubmit();
}

/** The policy is that of the item in hand; what the page came with stands in while it is fetched. */
async function openPolicy() {
  document.getElementById("policy-dialog").showModal();
  const answer = await request(config.policy_url).catch(() => null);
  if (answer?.status === 200) {
    at("policy").innerHTML = answer.data;
  }
}

function showNothing(reason, seconds) {
  assignment = null;
  lease.stop();
  showState("nothing");
  at("to-read").hidden = reason !== MUST_READ;
  at("nothing-words").textContent = config.nothing_words[reason] ?? config.nothing_words.nothing_left;
  announce(at("nothing-words").textContent);
  clearTimeout(waiting);
  waiting = setTimeout(claim, Math.max(2, seconds) * 1000);
}

/** A session that ended is told in words of its own: what was chosen stays in this browser. */
function showProblem(title, answer, otherwise) {
  const isSignedOut = answer.status === 401;
  const kept = "You were signed out. Sign in again: what you chose is kept here.";
  const message = isSignedOut ? kept : (answer.data?.message ?? otherwise);
  lease.stop();
  showState("problem");
  at("problem-title").textContent = title;
  at("sign-in").hidden = !isSignedOut;
  at("go-on").hidden = isSignedOut;
  at("problem-words").textContent = message;
  at("problem-answer").textContent = rationale.value;
  announce(message);
}

function say(text) {
  at("said").textContent = text;
  at("said").hidden = !text;
  announce(text);
  setTimeout(() => {
    at("said").hidden = true;
  }, 6000);
}

function showPreferences() {
  listKeys();
  showKeyCaps();
  showSize();
}

/** For the list of keys only: the desk acts on them itself. */
function listKeys() {
  const letters = Object.entries(ACTIONS).map(([name, action]) => [preferences.keys[name].toUpperCase(), action.label]);
  const lines = [["1 to 9, 0", "Choose an answer"], ["Enter", "Submit"], ...(preferences.singleKeys ? letters : [])];
  unlist();
  unlist = bindKeys(Object.fromEntries(lines.map(([key, label]) => [key, { label, run: () => {} }])));
}

function showKeyCaps() {
  for (const cap of document.querySelectorAll("[data-key-of]")) {
    cap.textContent = preferences.keys[cap.dataset.keyOf]?.toUpperCase() ?? "";
    cap.hidden = !preferences.singleKeys;
  }
}

function showSize() {
  for (const text of document.querySelectorAll(".item-text")) {
    text.dataset.size = preferences.size;
  }
}
